import fc from 'fast-check';
import { Counter, Gauge, Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { headLines, histogramLines, labelText, sampleLine } from './exposition.ts';

const value = fc.oneof(fc.double({ noNaN: true }), fc.integer());

it('is what prom-client prints, whatever stands in a label', async () => {
  const labels = fc.record({
    namespace: fc.string({ unit: 'binary' }),
    unit: fc.constantFrom('', 'req/s', '"\\\n"', 'c:\\n'),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.tuple(labels, value), { selector: ([one]) => labelText(one) }),
      async (samples) => {
        const registry = new Registry();
        const gauge = new Gauge({ name: 'a', help: 'Some.', labelNames: ['namespace', 'unit'], registers: [registry] });
        for (const [one, number] of samples) gauge.set(one, number);
        const lines = samples.map(([one, number]) => sampleLine('a', [labelText(one), number]));
        expect(`${[headLines('a', 'Some.', 'gauge'), ...lines].join('\n')}\n`).toBe(await registry.metrics());
      },
    ),
  );
});

it('has no braces where there are no labels', async () => {
  const registry = new Registry();
  new Counter({ name: 'b', help: 'Some.', registers: [registry] }).inc(3);
  expect(`${headLines('b', 'Some.', 'counter')}\n${sampleLine('b', ['', 3])}\n`).toBe(await registry.metrics());
});

it('of a histogram has its buckets, their sum and their count', () => {
  const counted = { boundsSeconds: [0.5, 1], buckets: [3, 9], sumSeconds: 7.25, count: 10 };
  expect([...histogramLines('c_seconds', { labels: 'kind="x"', ...counted })]).toEqual([
    'c_seconds_bucket{le="0.5",kind="x"} 3',
    'c_seconds_bucket{le="1",kind="x"} 9',
    'c_seconds_bucket{le="+Inf",kind="x"} 10',
    'c_seconds_sum{kind="x"} 7.25',
    'c_seconds_count{kind="x"} 10',
  ]);
  expect([...histogramLines('c_seconds', { labels: '', ...counted })].at(-1)).toBe('c_seconds_count 10');
});
