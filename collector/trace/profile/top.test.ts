import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../core/random.ts';
import type { Samples } from '../../../core/series.ts';
import { flatTopOf, peakOf } from './top.ts';

const DAY = 1_440;
const random = seededRandom(11);
const noise = Array.from({ length: 14 * DAY }, () => random() - 0.5);
const jitter = Array.from({ length: 14 * DAY }, () => random());
const sine = (i: number) => 100 + 50 * Math.sin((2 * Math.PI * i) / DAY);

function minutes(value: (minute: number) => number, count = 14 * DAY): Samples {
  return {
    times: Float64Array.from({ length: count }, (_, i) => 1_714_953_600 + 60 * i),
    values: Float64Array.from({ length: count }, (_, i) => value(i)),
  };
}

describe('a flat top', () => {
  const flat: [string, (i: number) => number][] = [
    ['exactly at a limit', (i) => Math.min(130, sine(i) + 10 * noise[i]!)],
    ['at a limit that usage trembles under', (i) => Math.min(130 - 2 * jitter[i]!, sine(i) + 10 * noise[i]!)],
    ['under a few outliers', (i) => (i % 4_000 === 77 ? 900 : Math.min(130, sine(i)))],
    ['of whole percents', (i) => Math.min(100, Math.round(0.8 * sine(i) + 10 * noise[i]!))],
  ];
  for (const [name, value] of flat) it(name, () => expect(flatTopOf(minutes(value))).toBeDefined());

  it('says where and how much', () => {
    const top = flatTopOf(minutes((i) => Math.min(130, sine(i))));
    expect(top).toMatchObject({ to: 130 });
    expect(top!.share).toBeCloseTo(1 / 2 - Math.asin(0.6) / Math.PI, 1);
  });

  const round: [string, (i: number) => number][] = [
    ['a smooth day, which is round', sine],
    ['a smooth day in whole numbers', (i) => Math.round(sine(i))],
    ['a noisy day', (i) => sine(i) + 20 * noise[i]!],
    ['a noisy plateau', (i) => (i % DAY > 480 && i % DAY < 1_080 ? 100 : 20) * (1 + 0.2 * noise[i]!)],
    ['a pointed day', (i) => Math.abs((i % DAY) - 720)],
    ['counts of a few', (i) => Math.floor(4 * jitter[i]!)],
    ['a constant', () => 5],
    ['zeros', () => 0],
  ];
  for (const [name, value] of round) it(`is not ${name}`, () => expect(flatTopOf(minutes(value))).toBeUndefined());
});

describe('the peak', () => {
  it('and the largest value outside the half hour around it', () => {
    const burst = minutes((i) => (i >= 5_000 && i < 5_003 ? 400 + i : sine(i)));
    expect(peakOf(burst)).toMatchObject({ timeSeconds: 1_714_953_600 + 60 * 5_002, value: 5_402, rows: 3 });
    expect(peakOf(burst).next).toBeCloseTo(150, 6);
    expect(peakOf(minutes(() => 3, 1))).toMatchObject({ value: 3, next: 0, rows: 1 });
  });
});
