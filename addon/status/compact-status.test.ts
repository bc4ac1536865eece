import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainText } from '../../core/text/plain-text.ts';
import { EXAMPLE_SECONDS, exampleStatus } from '../../test/example-status.ts';
import { COMPACT_BYTES, compactKey, compactStatus, parseCompactKey, parseCompactStatus } from './compact-status.ts';

const unready = (message: string) =>
  exampleStatus({ conditions: [{ type: 'Ready', status: false, reason: 'NoMetric', message, sinceSeconds: 0 }] });

describe('the compact status', () => {
  it('comes back as it was', () => {
    const text = compactStatus(exampleStatus());
    expect(parseCompactStatus(text)).toEqual({
      mode: 'auto',
      target: 'scale',
      replicas: [6, 6, 9],
      bounds: [3, 40],
      why: 'forecast',
      leadTime: 21,
      is: ['Ready', 'Forecasting'],
      decided: EXAMPLE_SECONDS,
      written: EXAMPLE_SECONDS,
    });
  });

  it('keeps a short problem whole', () => {
    expect(parseCompactStatus(compactStatus(unready('no metric: set prescale.dev/metric')))!.problem).toBe(
      'no metric: set prescale.dev/metric',
    );
  });

  it('stays within its bytes whatever the message, and says that it was cut', () => {
    let cut = 0;
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 1000, size: 'max' }), (given) => {
        const message = plainText(given);
        const text = compactStatus(unready(given));
        expect(new TextEncoder().encode(text).length).toBeLessThanOrEqual(COMPACT_BYTES);
        const { problem } = parseCompactStatus(text)!;
        if (problem !== message) {
          cut++;
          expect(problem!.endsWith('…')).toBe(true);
          expect(message.startsWith(problem!.slice(0, -1))).toBe(true);
        }
      }),
    );
    expect(cut).toBeGreaterThan(10);
  });

  it('is not made up from what is none', () => {
    for (const text of ['', '{', '{}', 'null', '{"mode":"auto"}']) expect(parseCompactStatus(text)).toBeUndefined();
  });
});

it('a ConfigMap key names its workload, dots in the name included', () => {
  const ref = { namespace: 'shop', kind: 'StatefulSet', name: 'db.v2' };
  expect(compactKey(ref)).toMatch(/^[-._a-zA-Z0-9]+$/);
  expect(parseCompactKey(compactKey(ref))).toEqual(ref);
  expect(parseCompactKey('shop')).toBeUndefined();
});
