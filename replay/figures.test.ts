import { describe, expect, it } from 'vitest';
import { forecastAccuracy, hoursPerDayByRank, runFigures, startingPods } from './figures.ts';
import { EXACT_OBSERVATION } from './observation.ts';
import type { ReplaySettings, Timeline } from './result.ts';

const settings: ReplaySettings = {
  podCapacity: 10,
  unmetTargetBp: 1,
  min: 1,
  max: Number.POSITIVE_INFINITY,
  hpaTarget: 0.7,
  observation: EXACT_OBSERVATION,
  startCostSeconds: 300,
  historySeconds: 604_800,
  seed: 1,
  policies: ['predictive'],
};

/** Demand in pods (undefined: no data), and the pods that were Ready. */
function figures(need: readonly (number | undefined)[], ready: readonly number[], total = ready) {
  const demand = Float64Array.from(need, (pods) => (pods ?? Number.NaN) * 10);
  const timeline: Timeline = {
    startSeconds: 0,
    demand,
    observed: demand,
    forecastP50: demand,
    forecastUpper: demand,
    runs: [],
  };
  const pods = Int32Array.from(total);
  const started = pods.map((now, i) => Math.max(0, now - (i === 0 ? now : pods[i - 1]!)));
  const run = { name: 'predictive', desired: pods, total: pods, ready: Int32Array.from(ready), started } as const;
  return runFigures(timeline, run, settings);
}

describe('service', () => {
  it('weighs what found no pod against what was asked, and skips what is no data', () => {
    const { unmetBp, underProvisionedMinutes, podHours } = figures([2, undefined, 4, 4], [2, 0, 3, 4]);
    expect(unmetBp).toBeCloseTo((10 / 100) * 1e4, 9);
    expect(underProvisionedMinutes).toBe(0.25);
    expect(podHours).toBeCloseTo((9 * 15) / 3600, 12);
  });

  it('is perfect where nothing was asked', () => {
    expect(figures([0, 0], [0, 0]).unmetBp).toBe(0);
  });
});

describe('scale-ups and scale-downs', () => {
  it('count ticks, from the pods that the first demand needs', () => {
    expect(figures([3, 3, 3, 3], [3, 5, 2, 2])).toMatchObject({ scaleUps: 1, scaleDowns: 1 });
    expect(figures([3], [4])).toMatchObject({ scaleUps: 1, scaleDowns: 0 });
  });

  it('start within the bounds', () => {
    expect(startingPods(34, settings)).toBe(4);
    expect(startingPods(0, settings)).toBe(1);
    expect(startingPods(Number.NaN, { ...settings, min: 3 })).toBe(3);
    expect(startingPods(900, { ...settings, max: 12 })).toBe(12);
  });
});

describe('starts', () => {
  it('count pods, and in the objective five minutes of a pod each', () => {
    const { starts, startsPerDay, podHours, objectiveHours } = figures([3, 3, 3, 3], [3, 5, 2, 4]);
    expect(starts).toBe(4);
    expect(startsPerDay).toBeCloseTo((4 * 86_400) / 60, 6);
    expect(objectiveHours - podHours).toBeCloseTo(4 / 12, 12);
  });
});

describe('saturation and shortage', () => {
  it('the shortage is that of the worst tick, in pods and parts of them', () => {
    expect(figures([2, undefined, 4.25, 3], [2, 0, 3, 4]).largestShortage).toBeCloseTo(1.25, 12);
    expect(figures([2, 3], [2, 4]).largestShortage).toBe(0);
  });

  it('a quantile is the smallest value that so many ticks don’t exceed', () => {
    // 100 ticks of 1 % … 100 % of ten pods, and some without data.
    const need = [undefined, ...Array.from({ length: 100 }, (_, i) => (i + 1) / 10), undefined];
    const { saturationP95, saturationP99 } = figures(need, new Array<number>(102).fill(10));
    expect(saturationP95).toBeCloseTo(0.95, 12);
    expect(saturationP99).toBeCloseTo(0.99, 12);
  });

  it('is none without data, and where no pod was Ready for what was asked', () => {
    expect(figures([undefined, undefined], [1, 1])).toMatchObject({ saturationP95: null, saturationP99: null });
    expect(figures([1, 1], [0, 1]).saturationP95).toBeNull();
    expect(figures([0, 1], [0, 2]).saturationP95).toBeCloseTo(0.5, 12);
  });
});

describe('lead', () => {
  const lead = (need: readonly (number | undefined)[], ready: readonly number[]) =>
    figures(need, ready).leadTimeSeconds;

  it('is how long a pod was Ready before its demand', () => {
    expect(lead([1, 1, 1, 1, 2], [1, 2, 2, 2, 2])).toBe(45);
  });

  it('is negative when the demand had to wait, 0 when both came at once', () => {
    expect(lead([1, 2, 2, 2], [1, 1, 1, 2])).toBe(-30);
    expect(lead([1, 2], [1, 2])).toBe(0);
  });

  it('counts the wait only since the pod was last Ready', () => {
    expect(lead([2, 2, 2, 2, 2], [2, 2, 1, 1, 2])).toBe(-30);
  });

  it('does not count pods that were never needed, nor those that were there before the span', () => {
    expect(lead([1, 1, 1], [1, 2, 1])).toBeNull();
    expect(lead([1, 2, 2], [2, 2, 2])).toBeNull();
  });

  it('is cut by a gap in the data: no data needs nobody', () => {
    expect(lead([1, 2, undefined, 2, 2], [1, 1, 1, 1, 2])).toBe(-15);
  });

  it('is the median over ranks and runs', () => {
    expect(lead([1, 1, 1, 1, 3], [1, 2, 2, 3, 3])).toBe((45 + 15) / 2);
  });
});

describe('accuracy', () => {
  it('compares a forecast with the demand that it was made for', () => {
    const nan = Number.NaN;
    const timeline: Timeline = {
      startSeconds: 0,
      demand: Float64Array.of(0, 10, 20, nan),
      observed: new Float64Array(4),
      forecastP50: Float64Array.of(8, 24, 1, 1),
      forecastUpper: Float64Array.of(12, 18, 1, 1),
      runs: [],
    };
    const { wape, wql, coverage95 } = forecastAccuracy(timeline, 15);
    expect(wape).toBeCloseTo(6 / 30, 12);
    expect(coverage95).toBe(0.5);
    const upper = 0.05 * 2 + 0.95 * 2;
    expect(wql).toBeCloseTo((6 / 30 + (2 * upper) / 30) / 2, 12);
    expect(forecastAccuracy(timeline, 60)).toEqual({ wape: null, wql: null, coverage95: null });
  });
});

describe('hours a day', () => {
  it('counts for each rank the share of ticks with at least as many pods', () => {
    expect(hoursPerDayByRank(Int32Array.of(1, 2, 4, 1))).toEqual([24, 12, 6, 6]);
    expect(hoursPerDayByRank(Int32Array.of(0, 0))).toEqual([]);
  });
});
