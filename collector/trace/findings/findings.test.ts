import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_SECONDS, type Samples } from '../../../core/series.ts';
import { profileTrace } from '../profile/profile.ts';
import { peakOf } from '../profile/top.ts';
import type { ReplayContext } from './finding.ts';
import { traceFindings } from './findings.ts';
import { demandOf } from './series-kind.ts';

/** Monday 6 May 2024, 00:00 UTC. */
const MONDAY = 1_714_953_600;
const DAY = 1_440;
const daily = (minute: number) => 100.5 + 50 * Math.sin((2 * Math.PI * minute) / DAY);

function rows(count: number, value: (i: number) => number | undefined, step = 60, start = MONDAY): Samples {
  const kept = Array.from({ length: count }, (_, i) => [start + i * step, value(i)] as const);
  const known = kept.filter((row): row is readonly [number, number] => row[1] !== undefined);
  return { times: Float64Array.from(known, ([t]) => t), values: Float64Array.from(known, ([, v]) => v) };
}

const found = (samples: Samples, replay?: ReplayContext) => traceFindings(profileTrace(samples), replay);

describe('what changes how figures must be read', () => {
  it('no data each night, and how much of the span that is; other gaps apart', () => {
    const isOut = (i: number) => i % DAY < 360 || (i > 9 * DAY + 600 && i < 9 * DAY + 720);
    const [nights, others] = found(rows(15 * DAY, (i) => (isOut(i) ? undefined : daily(i))));
    expect(nights).toMatchObject({
      name: 'recurring-gaps',
      severity: 'warning',
      what: 'No data each day from 00:00 to 06:00 UTC (14 of 14); 24 % of the span is missing.',
    });
    expect(others).toMatchObject({ name: 'gaps', what: expect.stringMatching(/^1 other gap without rows, 0\.56 %/) });
  });

  it('zeros each weekend', () => {
    const [finding] = found(rows(21 * DAY, (i) => (Math.floor(i / DAY) % 7 > 4 ? 0 : daily(i))));
    expect(finding).toMatchObject({
      name: 'recurring-zeros',
      severity: 'warning',
      what: 'The load is zero each week from Sat 00:00 to Mon 00:00 UTC (3 of 3); 29 % of the rows are.',
    });
  });

  it('a flat top', () => {
    expect(found(rows(15 * DAY, (i) => Math.min(130, daily(i))))).toMatchObject([
      {
        name: 'saturated',
        severity: 'warning',
        what: expect.stringMatching(/^A flat top: [\d,]+ rows \(\d+ %\) at 130,/),
      },
    ]);
  });

  it('times that count from their own start, with the unit that they seem to have', () => {
    expect(found(rows(15 * DAY, daily, 60, 0))).toMatchObject([
      { name: 'relative-time', severity: 'warning', what: expect.stringMatching(/^Its times begin at 0 s after 1970/) },
    ]);
    const meanings = (samples: Samples) => found(samples).map(({ name, meaning }) => `${name}: ${meaning}`);
    expect(meanings(rows(3_000, daily, 1, 0)).join('\n')).toMatch(/relative-time: .*numbers of rows, multiply them/);
    expect(meanings(rows(3_000, daily, 60_000, 0)).join('\n')).toMatch(
      /too-coarse: .*milliseconds, divide them by 1,000/,
    );
  });

  it('a counter, in the words of both options', () => {
    let total = 0;
    const [finding] = found(rows(15 * DAY, (i) => (total += daily(i))));
    expect(finding).toMatchObject({ name: 'counter', severity: 'error' });
    expect(finding!.meaning).toMatch(/--counter .* --gauge/);
  });

  it('a coarse step is a warning up to an hour, and an error above', () => {
    const first = (step: number) =>
      found(rows(Math.ceil((15 * DAY_SECONDS) / step), (i) => daily((i * step) / 60), step))[0];
    expect(first(61)).toBeUndefined();
    expect([120, 300, 3_600].map((step) => first(step)?.name)).toEqual(new Array(3).fill('coarse-step'));
    expect([7_200, 86_400].map((step) => [first(step)!.name, first(step)!.severity])).toEqual(
      new Array(2).fill(['too-coarse', 'error']),
    );
  });

  it('what the reader says stands first, and instead of what the rules say of the same', () => {
    const rising = rows(15 * DAY, (i) => i, 300);
    const { findings } = demandOf(rising, 'gauge', 'load.csv:21601');
    expect(traceFindings(profileTrace(rising), undefined, findings).slice(0, 2)).toMatchObject([
      { name: 'counter', severity: 'warning', what: expect.stringMatching(/taken as a load that grows/) },
      { name: 'coarse-step' },
    ]);
  });
});

describe('of a replay', () => {
  const spiked = (at: readonly number[]) => rows(15 * DAY, (i) => (at.includes(i) ? 3_000 : daily(i)));
  /** With the first week as history. */
  function ofReplay(samples: Samples, isSizedByPeak: boolean) {
    const first = samples.times.findIndex((time) => time >= MONDAY + 7 * DAY_SECONDS);
    const part = (from: number, end?: number) =>
      peakOf({ times: samples.times.subarray(from, end), values: samples.values.subarray(from, end) });
    const context = { historyPeak: part(0, first), replayedPeak: part(first), isSizedByPeak };
    return found(samples, context).find(({ name }) => name === 'peak-outlier');
  }

  it('an outlier of the history decides the size of a pod, where it comes from the peak', () => {
    const { what, meaning } = ofReplay(spiked([5_000]), true)!;
    expect(what).toBe(
      'One row decides the peak: 3,000 at 2024-05-09T11:20:00Z, against 151 in the rest of the history.',
    );
    expect(meaning).toMatch(/^With --peak-pods it alone decides the size of a pod: without it 5\.02 % of that/);
    expect(ofReplay(spiked([5_000]), false)).toBeUndefined();
  });

  it('one of the replayed time decides what fixed-max costs; one in each part decides both', () => {
    expect(ofReplay(spiked([15_000]), false)!.meaning).toMatch(/^It alone decides what fixed-max costs/);
    expect(ofReplay(spiked([5_000, 15_000]), true)!.meaning).toMatch(
      /size of a pod.*fixed-max costs.*delete the rows\.$/,
    );
  });
});

it('of any trace are whole sentences with figures in them, worst first', () => {
  const value = fc.oneof(
    fc.constant(0),
    fc.integer({ min: 0, max: 50 }),
    fc.double({ min: 0, max: 1e12, noNaN: true }),
  );
  const samples = fc.array(fc.tuple(fc.integer({ min: 1, max: 100_000 }), value), { minLength: 1, maxLength: 300 });
  fc.assert(
    fc.property(samples, fc.integer({ min: 0, max: 2e9 }), (made, start) => {
      let at = start;
      const times = Float64Array.from(made, ([distance]) => (at += distance));
      const findings = found({ times, values: Float64Array.from(made, ([, v]) => v) });
      for (const { what, meaning } of findings) {
        for (const text of [what, meaning]) {
          expect(text).not.toMatch(/NaN|undefined|Infinity|Invalid/);
          expect(text).toMatch(/\.$/);
        }
      }
      const ranks = findings.map(({ severity }) => ['error', 'warning', 'note'].indexOf(severity));
      expect(ranks).toEqual(ranks.toSorted((a, b) => a - b));
      expect(new Set(findings.map(({ name }) => name)).size).toBe(findings.length);
    }),
  );
});
