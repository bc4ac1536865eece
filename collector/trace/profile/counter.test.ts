import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../core/random.ts';
import type { Samples } from '../../../core/series.ts';
import { demandOf, refuseCounter } from '../findings/series-kind.ts';
import { movementOf, rateOf } from './counter.ts';

const START = 1_714_953_600;

function every(step: number, values: readonly number[]): Samples {
  return { times: Float64Array.from(values, (_, i) => START + i * step), values: Float64Array.from(values) };
}

/** A week of 5-minute rates, requests a second. */
const rates = Array.from({ length: 2016 }, (_, i) => 100 + 60 * Math.sin(i / 45));
/** What a counter shows that counts them, and begins anew before the rows named. */
function counted(resetsAt: readonly number[], members = 1): Samples {
  const counts = new Array<number>(members).fill(1_000);
  const totals = rates.map((rate, i) => {
    if (resetsAt.includes(i)) counts[i % members] = 0;
    for (let member = 0; member < members; member++) counts[member]! += (rate * 300) / members;
    return counts.reduce((sum, count) => sum + count, 0);
  });
  return every(300, totals);
}

/** A week by the minute of so many members, each of which begins anew at a minute of its own each day. */
function rolling(members: number): Samples {
  const counts = new Array<number>(members).fill(5_000);
  const totals = Array.from({ length: 10_080 }, (_, i) => {
    for (let member = 0; member < members; member++)
      counts[member] = i % 1_440 === 600 + member ? 0 : counts[member]! + 180;
    return counts.reduce((sum, count) => sum + count, 0);
  });
  return every(60, totals);
}

describe('a counter is told from a load', () => {
  const random = seededRandom(5);
  const counters: [string, Samples][] = [
    ['one that never began anew', counted([])],
    ['one that was restarted twice', counted([400, 1_500])],
    ['a sum of ten, each restarted in a rollout', counted([700, 701, 702, 703, 704, 705, 706, 707, 708, 709], 10)],
    ['a sum of twenty, each restarted once a day', rolling(20)],
    [
      'one that starts at zero each midnight',
      every(
        3_600,
        Array.from({ length: 240 }, (_, i) => 1_000 * (i % 24)),
      ),
    ],
    [
      'one that stands still for most of the time',
      every(
        60,
        Array.from({ length: 9_000 }, (_, i) => Math.floor(i / 500)),
      ),
    ],
  ];
  for (const [name, samples] of counters) it(name, () => expect(movementOf(samples).isCounter).toBe(true));

  const loads: [string, readonly number[]][] = [
    ['a day and its noise', Array.from({ length: 2_000 }, (_, i) => 100 + 50 * Math.sin(i / 200) + 5 * random())],
    ['a smooth day', Array.from({ length: 2_000 }, (_, i) => 100 + 50 * Math.sin(i / 200))],
    ['growth with noise', Array.from({ length: 2_000 }, (_, i) => i + 20 * random())],
    ['a constant', new Array<number>(2_000).fill(7)],
    ['zeros', new Array<number>(2_000).fill(0)],
    ['a queue that fills by and by and is emptied at once', Array.from({ length: 2_000 }, (_, i) => i % 7)],
    ['a backlog that is worked off 25 times a day', Array.from({ length: 10_000 }, (_, i) => i % 58)],
    ['a few steps up', Array.from({ length: 2_000 }, (_, i) => 3 + Math.floor(i / 400))],
    ['one value', [5]],
  ];
  for (const [name, values] of loads)
    it(`not ${name}`, () => expect(movementOf(every(60, values)).isCounter).toBe(false));
});

describe('the rate of a counter', () => {
  it('is what it counted, across resets too', () => {
    const { samples, resets, unexplainedFalls } = rateOf(counted([400, 1_500]));
    expect({ resets, unexplainedFalls }).toEqual({ resets: 2, unexplainedFalls: 0 });
    expect(samples.times[0]).toBe(START + 300);
    expect(samples.values.length).toBe(2_015);
    for (const [i, rate] of samples.values.entries()) expect(rate).toBeCloseTo(rates[i + 1]!, 6);
  });

  it('has no data where a member of a sum disappeared, instead of a peak of all it ever counted', () => {
    const { samples, resets, unexplainedFalls } = rateOf(counted([700, 701], 10));
    expect({ resets, unexplainedFalls }).toEqual({ resets: 0, unexplainedFalls: 2 });
    expect(Math.max(...samples.values)).toBeLessThanOrEqual(160);
    expect(samples.values.length).toBe(2_013);
  });

  it('has no data across a gap', () => {
    const { times, values } = counted([]);
    const kept = Array.from(times.keys()).filter((i) => i < 500 || i > 520);
    const { samples } = rateOf({
      times: Float64Array.from(kept, (i) => times[i]!),
      values: Float64Array.from(kept, (i) => values[i]!),
    });
    expect(samples.times.filter((time) => time > START + 499 * 300 && time <= START + 521 * 300)).toHaveLength(0);
  });

  it('of any increments gives them back', () => {
    const increments = fc.array(fc.integer({ min: 0, max: 1_000 }), { minLength: 2, maxLength: 200 });
    fc.assert(
      fc.property(increments, (added) => {
        let total = 17;
        const { samples } = rateOf(every(60, [17, ...added.map((one) => (total += one))]));
        expect(Array.from(samples.values, (rate) => Math.round(rate * 60))).toEqual(added);
      }),
    );
  });
});

describe('what a person says it is', () => {
  it('nothing: a counter is refused in one sentence that names both options; a query may ask for its rate', () => {
    expect(() => refuseCounter(counted([400]), 'load.csv:2017', false)).toThrow(
      /^load\.csv:2017: found a counter \(2,014 rises, 1 fall\); expected a load: take --counter to replay its rate a second, or --gauge if it is a load that grows$/,
    );
    expect(() => refuseCounter(counted([]), 'http://p:9090', true)).toThrow(
      /ask for its rate \(rate\(…\[1m\]\)\), or take --counter/,
    );
    expect(() => refuseCounter(every(60, rates), 'load.csv:2017', false)).not.toThrow();
  });

  it('--counter: its rate, and how often it began anew', () => {
    const { samples, findings } = demandOf(counted([400]), 'counter', 'load.csv:2017');
    expect(samples.values[0]).toBeCloseTo(rates[1]!, 6);
    expect(findings).toMatchObject([
      { name: 'counter', severity: 'note', what: expect.stringMatching(/anew once\.$/) },
    ]);
    const sum = demandOf(counted([700, 701], 10), 'counter', 'load.csv:2017').findings;
    expect(sum).toMatchObject([{ severity: 'warning', meaning: expect.stringMatching(/^It fell 2 times to more/) }]);
  });

  it('--counter of a load is refused', () => {
    expect(() => demandOf(every(60, rates), 'counter', 'load.csv:2017')).toThrow(
      /^load\.csv:2017: --counter: found a series that falls in (49|50|51) % of its moves; expected a counter/,
    );
    expect(() => demandOf(every(60, [1, 2]), 'counter', 'load.csv:3')).toThrow(
      /found 2 rows; expected at least three$/,
    );
  });

  it('--gauge: as it stands, and that it rises is said', () => {
    const rising = counted([]);
    const { samples, findings } = demandOf(rising, 'gauge', 'load.csv:2017');
    expect(samples).toBe(rising);
    expect(findings).toMatchObject([{ name: 'counter', severity: 'warning' }]);
    expect(demandOf(every(60, rates), 'gauge', 'x').findings).toEqual([]);
  });
});
