import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PredictiveScaler } from '../../actuator/scaler/scaler.ts';
import { seededRandom } from '../../core/random.ts';
import type { Series } from '../../core/series.ts';
import { MemoryForecastStore } from '../../storage/forecast-store.ts';
import { type Refitted, refit } from './refit.ts';
import { type RefitJob, runRefitJob } from './refit-job.ts';

const ID = 'shop/Deployment/web#0';
const START = 1_800_000_000;
const DAY_TICKS = 5_760;

const JOB: RefitJob = {
  policy: { podCapacity: 5, unmetTargetBp: 1, min: 1, max: 1_000, youngTarget: 0.7 },
  startup: { kind: 'log-normal', p50Seconds: 9, p90Seconds: 20 },
  leadSeconds: 20,
  seed: 1,
  aimBp: undefined,
  aheadTicks: 720,
};

/** Days of a wave between 20 and 100, by minute. */
function wave(days: number): Series {
  const random = seededRandom(4);
  const values = Float64Array.from({ length: days * 1_440 }, (_, minute) => {
    return (60 - 40 * Math.cos((2 * Math.PI * minute) / 1_440)) * (0.97 + 0.06 * random());
  });
  return { startSeconds: START, stepSeconds: 60, values };
}

describe('refits one after the other', () => {
  let days: number;
  let forecasts: MemoryForecastStore<Refitted>;
  const run = async (job: Partial<RefitJob> = {}) => {
    const pool = { run: async (request: Parameters<typeof refit>[0]) => refit(request), close: async () => {} };
    const parts = { history: { read: async () => wave(days) }, forecasts, pool, networks: { current: 'off' as const } };
    await runRefitJob({ ...parts, epochSeconds: () => START + days * 86_400 }, ID, { ...JOB, ...job });
    return (await forecasts.peek(ID))!.payload;
  };
  let opening: Refitted;
  beforeAll(async () => {
    forecasts = new MemoryForecastStore();
    days = 3;
    opening = await run({ aimBp: 'fresh' });
  });
  beforeEach(async () => {
    forecasts = new MemoryForecastStore();
    await forecasts.publish(ID, { untilSeconds: opening.untilSeconds, expiresSeconds: 1e12, payload: opening });
    days = 4;
  });

  it('a routine one hands on the margins in use and their age: who begins with it decides as who was there before', async () => {
    expect(opening.calibrated).toBe(true);
    const routine = await run();
    expect(routine.calibrated).toBe(false);
    expect(routine.state.calibration).toEqual(opening.state.calibration);
    expect(routine.state.sinceCalibration).toBe(DAY_TICKS);
    const { policy } = JOB;
    const leader = PredictiveScaler.resume(policy, routine.state);
    expect(leader.calibrated).toBe(true);
    // They are a day old, and leaders that follow on each other don't make them younger.
    expect(leader.calibrationDue).toBe(true);
    expect(PredictiveScaler.resume(policy, opening.state).calibrationDue).toBe(false);
  });

  it('a third one hands on what the second one was handed', async () => {
    await run();
    days = 5;
    const third = await run();
    expect(third.state.calibration).toEqual(opening.state.calibration);
    expect(third.state.sinceCalibration).toBe(2 * DAY_TICKS);
  });

  it('margins for other pods are not handed on: the HPA’s rule decides until there are some', async () => {
    const other = await run({ policy: { ...JOB.policy, podCapacity: 50 } });
    expect(PredictiveScaler.resume(JOB.policy, other.state).calibrated).toBe(false);
    expect(other.state.calibration.mode).toEqual({ kind: 'reactive', target: 0.7 });
  });

  it('without an earlier one there is nothing to hand on, and a calibration is due', async () => {
    forecasts = new MemoryForecastStore();
    const first = await run();
    const leader = PredictiveScaler.resume(JOB.policy, first.state);
    expect([leader.calibrated, leader.calibrationDue]).toEqual([false, true]);
  });
});
