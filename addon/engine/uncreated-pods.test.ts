import { describe, expect, it } from 'vitest';
import { UncreatedPods } from './uncreated-pods.ts';

/** Each tick: how many were asked for, exist, and of these are starting. */
function over(
  ticks: readonly (readonly [wanted: number, total: number, starting?: number])[],
  inOrder = false,
): number[] {
  const pods = new UncreatedPods();
  return ticks.map(([wanted, total, starting = 0]) => {
    pods.update(wanted, total, starting, inOrder);
    return pods.count;
  });
}

describe('pods that were asked for and that nobody creates', () => {
  it('are missing for half a minute in which none was added', () => {
    expect(
      over([
        [10, 10],
        [22, 10],
        [22, 13],
        [22, 13],
        [22, 13],
        [22, 13],
        [22, 13],
      ]),
    ).toEqual([0, 0, 0, 0, 0, 9, 9]);
  });

  it('are none while a slow controller makes them, ten each quarter of a minute', () => {
    const slow = Array.from({ length: 40 }, (_, i) => [500, 100 + 10 * i] as const);
    expect(new Set(over([...slow, [500, 500]]))).toEqual(new Set([0]));
  });

  it('stay so while some get through, until all are there', () => {
    const refused = Array.from({ length: 5 }, () => [22, 13] as const);
    expect(over([...refused, [22, 14], [22, 20], [22, 22], [22, 21]]).slice(-5)).toEqual([9, 8, 2, 0, 0]);
  });

  it('call for another number each five minutes while they stay away', () => {
    const pods = new UncreatedPods();
    let wanted = 22;
    const times = Array.from({ length: 70 }, (_, tick) => {
      pods.update(wanted, 13, 0, false);
      wanted += pods.tryAnew;
      return pods.tryAnew === 0 ? [] : [[tick, wanted]];
    });
    expect(times.flat()).toEqual([
      [22, 23],
      [42, 22],
      [62, 23],
    ]);
    pods.update(22, 22, 0, false);
    expect(pods.tryAnew).toBe(0);
  });

  it('are never asked for by one fewer where the one more before was not written', () => {
    const pods = new UncreatedPods();
    const steps = Array.from({ length: 70 }, () => {
      pods.update(22, 13, 0, false);
      return pods.tryAnew;
    });
    expect(steps.filter((step) => step !== 0)).toEqual([1, 1, 1]);
  });

  it('are none where the next pod of a StatefulSet waits for the one before it', () => {
    const waits = Array.from({ length: 20 }, () => [10, 3, 1] as const);
    const refused = Array.from({ length: 5 }, () => [10, 4, 0] as const);
    expect(over([...waits, ...refused], true).slice(-6)).toEqual([0, 0, 0, 0, 6, 6]);
  });

  it('are asked about once a minute', () => {
    const pods = new UncreatedPods();
    for (let tick = 0; tick < 4; tick++) pods.update(22, 13, 0, false);
    const due = Array.from({ length: 12 }, (_, tick) => pods.due(tick));
    expect(due.flatMap((is, tick) => (is ? [tick] : []))).toEqual([0, 4, 8]);
  });
});

it('of a kind that we know nothing of are none before it had any: its selector may find them elsewhere, or nowhere', () => {
  const pods = new UncreatedPods();
  for (let tick = 0; tick < 10; tick++) pods.update(4, 0, 0, false, false);
  expect(pods.count).toBe(0);
  pods.update(4, 4, 0, false, false);
  for (let tick = 0; tick < 10; tick++) pods.update(6, 4, 0, false, false);
  expect(pods.count).toBe(2);
});
