import { describe, expect, it } from 'vitest';
import { DAY_SECONDS, HOUR_SECONDS } from '../core/series.ts';
import { logNormalStartup } from '../core/startup.ts';
import { EXACT_OBSERVATION } from './observation.ts';
import type { ReplaySettings } from './result.ts';
import { savingBound } from './saving-bound.ts';

const STARTUP = logNormalStartup(9, 20);
const SETTINGS: ReplaySettings = {
  podCapacity: 0.5,
  unmetTargetBp: 1,
  min: 1,
  max: Number.POSITIVE_INFINITY,
  hpaTarget: 0.7,
  observation: EXACT_OBSERVATION,
  startCostSeconds: 300,
  historySeconds: DAY_SECONDS,
  seed: 1,
  policies: ['oracle'],
};
/** Three days at five minutes. @param load in cores; undefined: nothing was measured */
function samples(load: (seconds: number) => number | undefined) {
  const times: number[] = [];
  const values: number[] = [];
  for (let at = 0; at <= 3 * DAY_SECONDS; at += 300) {
    const value = load(at);
    if (value === undefined) continue;
    times.push(at);
    values.push(value);
  }
  return { times: Float64Array.from(times), values: Float64Array.from(values) };
}

describe('the bound of what can be saved', () => {
  it('a flat load of four pods and twelve pods all the time: two thirds, over two days', () => {
    const bound = savingBound(
      samples(() => 2),
      STARTUP,
      { ...SETTINGS, fixed: 12 },
    );
    expect(bound.knownHours).toBeCloseTo(48, 1);
    expect(bound.baseline.podHours).toBeCloseTo(12 * 48, -1);
    expect(bound.oracle.podHours).toBeCloseTo(4 * 48, -1);
  });

  it('an HPA at 70 % holds a flat load with one pod in three more than are needed, and serves all of it', () => {
    const { baseline, oracle } = savingBound(
      samples(() => 2),
      STARTUP,
      SETTINGS,
    );
    expect(baseline.podHours / oracle.podHours).toBeCloseTo(1.5, 1);
    expect([baseline.unmetBp, oracle.unmetBp]).toEqual([0, 0]);
  });

  it('hours without data are counted for nobody: no pod-hour, no demand', () => {
    const isGap = (at: number) => at > 1.5 * DAY_SECONDS && at < 1.5 * DAY_SECONDS + 12 * HOUR_SECONDS;
    const whole = savingBound(
      samples(() => 2),
      STARTUP,
      { ...SETTINGS, fixed: 12 },
    );
    const bound = savingBound(
      samples((at) => (isGap(at) ? undefined : 2)),
      STARTUP,
      { ...SETTINGS, fixed: 12 },
    );
    expect(bound.knownHours).toBeCloseTo(36, 0);
    expect(bound.baseline.podHours / bound.knownHours).toBeCloseTo(whole.baseline.podHours / whole.knownHours, 1);
    expect(bound.oracle.podHours / bound.knownHours).toBeCloseTo(4, 0);
  });
});
