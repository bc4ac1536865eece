import { describe, expect, it } from 'vitest';
import { DEFAULT_BEHAVIOR, hpaNormalizer, type ScalingPolicy, type ScalingRules } from './hpa-behavior.ts';

/*
 * Questions and answers of the controller's own tests: TestConvertDesiredReplicasWithBehaviorRate and
 * TestNormalizeDesiredReplicasWithBehavior of kubernetes v1.35 pkg/controller/podautoscaler/horizontal_test.go.
 */

const pods = (value: number, periodSeconds: number): ScalingPolicy => ({ type: 'Pods', value, periodSeconds });
const percent = (value: number, periodSeconds: number): ScalingPolicy => ({ type: 'Percent', value, periodSeconds });
const FREE: ScalingRules = { stabilizationSeconds: 0, select: 'Max', policies: [pods(1e6, 15)], tolerance: 0.1 };

interface Question {
  readonly up?: Partial<ScalingRules>;
  readonly down?: Partial<ScalingRules>;
  /** Pods added and removed in the last two minutes. */
  readonly added?: readonly number[];
  readonly removed?: readonly number[];
  readonly current: number;
  readonly wanted: number;
  readonly min?: number;
  readonly max?: number;
  readonly answer: number;
}

const NOW = 10_000;

/** Events lie evenly over the last two minutes. */
function answer({ up, down, added = [], removed = [], current, wanted, min = 1, max = 1_000 }: Question): number {
  const normalizer = hpaNormalizer({ scaleUp: { ...FREE, ...up }, scaleDown: { ...FREE, ...down } });
  const ago = (i: number, of: readonly number[]) => NOW - 120 + (120 * (i + 0.5)) / of.length;
  for (const [i, change] of added.entries()) normalizer.scaled(0, change, ago(i, added));
  for (const [i, change] of removed.entries()) normalizer.scaled(change, 0, ago(i, removed));
  return normalizer.replicas(wanted, current, { min, max }, NOW);
}

describe('the rate of scaling up', () => {
  const cases: [name: string, question: Question][] = [
    ['a policy of pods', { up: { policies: [pods(30, 60)] }, current: 10, wanted: 50, answer: 40 }],
    ['a policy in percent', { up: { policies: [percent(200, 60)] }, current: 10, wanted: 50, answer: 30 }],
    ['a policy that is no limit', { up: { policies: [pods(10_000, 60)] }, current: 10, wanted: 50, answer: 50 }],
    [
      'what was added in the period counts: 100 − 15 + 150',
      { up: { policies: [pods(150, 120)] }, added: [1, 5, 9], current: 100, wanted: 500, answer: 235 },
    ],
    [
      'in percent of what was there before the period: (100 − 15) + 200 %',
      { up: { policies: [percent(200, 120)] }, added: [1, 5, 9], current: 100, wanted: 500, answer: 255 },
    ],
    [
      'never takes away: 100 − 15 + 5 are fewer than there are',
      { up: { policies: [pods(5, 120)] }, added: [1, 5, 9], current: 100, wanted: 500, answer: 100 },
    ],
    [
      'the maximum stands over the policy',
      { up: { policies: [pods(300, 120)] }, added: [1, 5, 9], max: 200, current: 100, wanted: 500, answer: 200 },
    ],
    [
      'what was removed in the period counts, too: (6 − 4 + 2) + 300 %',
      { up: { policies: [percent(300, 300)] }, added: [4], removed: [2], current: 6, wanted: 24, answer: 16 },
    ],
    [
      'Max takes the policy that allows more',
      { up: { policies: [pods(2, 60), percent(100, 60)] }, current: 10, wanted: 50, answer: 20 },
    ],
    [
      'Min the one that allows less',
      { up: { select: 'Min', policies: [pods(2, 60), percent(100, 60)] }, current: 10, wanted: 50, answer: 12 },
    ],
    ['Disabled adds nothing', { up: { select: 'Disabled' }, current: 10, wanted: 50, answer: 10 }],
    ['a percentage is rounded up', { up: { policies: [percent(10, 60)] }, current: 3, wanted: 9, answer: 4 }],
  ];
  it.each(cases)('%s', (_, question) => expect(answer(question)).toBe(question.answer));
});

describe('the rate of scaling down', () => {
  const cases: [name: string, question: Question][] = [
    ['Max: pods', { down: { policies: [pods(20, 60), percent(1, 60)] }, current: 100, wanted: 2, answer: 80 }],
    [
      'Max: pods before 1 %',
      { down: { policies: [pods(2, 60), percent(1, 60)] }, current: 100, wanted: 2, answer: 98 },
    ],
    ['Min', { down: { select: 'Min', policies: [pods(2, 60), percent(1, 60)] }, current: 100, wanted: 2, answer: 99 }],
    ['Disabled removes nothing', { down: { select: 'Disabled' }, current: 100, wanted: 2, answer: 100 }],
    [
      'the minimum stands over it',
      { down: { policies: [percent(100, 60)] }, min: 5, current: 10, wanted: 2, answer: 5 },
    ],
    ['a policy of pods', { down: { policies: [pods(5, 60)] }, current: 10, wanted: 2, answer: 5 }],
    [
      '100 + 15 − 5 are more than there are',
      { down: { policies: [pods(5, 120)] }, removed: [1, 5, 9], current: 100, wanted: 2, answer: 100 },
    ],
    [
      '(100 + 12) − 50 %',
      { down: { policies: [percent(50, 120)] }, removed: [2, 4, 6], current: 100, wanted: 0, answer: 56 },
    ],
    [
      'what was added counts, too: (10 − 2 + 4) − 50 %',
      { down: { policies: [percent(50, 180)] }, added: [2], removed: [4], current: 10, wanted: 1, answer: 6 },
    ],
    [
      '(100 + 30) − 10 % are more than there are',
      { down: { policies: [percent(10, 120)] }, removed: [10, 10, 10], current: 100, wanted: 0, answer: 100 },
    ],
    [
      'below zero is no limit',
      { down: { policies: [percent(1_000, 120)] }, removed: [10, 10, 10], current: 10, wanted: 5, answer: 5 },
    ],
  ];
  it.each(cases)('%s', (_, question) => expect(answer(question)).toBe(question.answer));
});

describe('stabilization', () => {
  /** Recommendations by their age in minutes, the oldest first. */
  function stabilized(
    recommendations: readonly [ageMinutes: number, replicas: number][],
    windows: { readonly up: number; readonly down: number },
    current: number,
    wanted: number,
  ): number {
    const normalizer = hpaNormalizer({
      scaleUp: { ...FREE, stabilizationSeconds: windows.up },
      scaleDown: { ...FREE, stabilizationSeconds: windows.down },
    });
    const bounds = { min: 0, max: 1_000 };
    // With as many pods as recommended nothing else is done than to remember.
    for (const [age, replicas] of recommendations) normalizer.replicas(replicas, replicas, bounds, NOW - 60 * age);
    return normalizer.replicas(wanted, current, bounds, NOW);
  }

  it('down to the largest recommendation of its window, up to the smallest', () => {
    const recent: [number, number][] = [
      [2, 4],
      [1, 5],
    ];
    expect(stabilized([], { up: 0, down: 0 }, 100, 5)).toBe(5);
    expect(stabilized(recent, { up: 0, down: 180 }, 100, 3)).toBe(5);
    expect(stabilized(recent, { up: 300, down: 0 }, 1, 7)).toBe(4);
    expect(stabilized(recent, { up: 300, down: 0 }, 100, 3)).toBe(3);
    expect(stabilized(recent, { up: 0, down: 300 }, 1, 3)).toBe(3);
  });

  it('forgets what is as old as the window', () => {
    expect(
      stabilized(
        [
          [10, 10],
          [9, 9],
        ],
        { up: 0, down: 300 },
        100,
        3,
      ),
    ).toBe(3);
    expect(
      stabilized(
        [
          [10, 10],
          [2, 5],
          [1, 4],
        ],
        { up: 0, down: 180 },
        100,
        3,
      ),
    ).toBe(5);
    expect(stabilized([[5, 10]], { up: 0, down: 300 }, 100, 3)).toBe(3);
    expect(stabilized([[4.75, 10]], { up: 0, down: 300 }, 100, 3)).toBe(10);
  });

  it('never turns the direction: older recommendations on the other side hold what is there', () => {
    expect(stabilized([[3, 3]], { up: 300, down: 300 }, 2, 1)).toBe(2);
    expect(stabilized([[3, 1]], { up: 300, down: 300 }, 2, 3)).toBe(2);
  });

  it('a new HPA counts what is there as recommended', () => {
    const normalizer = hpaNormalizer(DEFAULT_BEHAVIOR);
    const bounds = { min: 1, max: 100 };
    normalizer.begin(9, 0);
    expect(normalizer.replicas(2, 9, bounds, 0)).toBe(9);
    expect(normalizer.replicas(2, 9, bounds, 285)).toBe(9);
    expect(normalizer.replicas(2, 9, bounds, 300)).toBe(2);
  });
});

describe('a manifest without behavior', () => {
  const bounds = { min: 1, max: 100 };

  it('doubles, or goes to four: one pod becomes four, where `behavior: {}` would make it five', () => {
    expect(hpaNormalizer(undefined).replicas(50, 1, bounds, 0)).toBe(4);
    expect(hpaNormalizer(DEFAULT_BEHAVIOR).replicas(50, 1, bounds, 0)).toBe(5);
    expect(hpaNormalizer(undefined).replicas(50, 7, bounds, 0)).toBe(14);
  });

  it('takes the largest recommendation of five minutes in both directions', () => {
    const plain = hpaNormalizer(undefined);
    plain.replicas(10, 3, bounds, 0);
    // A step up was cut at 6; less is needed now, and it still goes on to the 10 of before.
    expect(plain.replicas(7, 6, bounds, 15)).toBe(10);
    expect(plain.replicas(7, 10, bounds, 299)).toBe(10);
    expect(plain.replicas(7, 10, bounds, 300)).toBe(7);
  });
});
