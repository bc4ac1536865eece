import { describe, expect, it } from 'vitest';
import { PredictiveScaler } from '../../actuator/scaler/scaler.ts';
import { zoneOffset } from '../../core/calendar/time-zone.ts';
import { INSTANT } from '../../core/measurement.ts';
import { seededRandom } from '../../core/random.ts';
import { DAY_SECONDS, type Series, WEEK_SECONDS } from '../../core/series.ts';
import { eciStartup, specOf, startupOf } from '../../core/startup.ts';
import { ofWeeks } from '../../core/weeks.ts';
import { type RefitRequest, type Refitted, refit } from './refit.ts';
import { refitThreads } from './refit-pool.io.ts';

const START = 1_800_000_000;

/** Days of a wave between 20 and 100 with noise, by minute; `gap` minutes are missing on the second day. */
function history(days: number, gap = 0): Series {
  const random = seededRandom(4);
  const values = Float64Array.from({ length: days * 1_440 }, (_, m) => {
    if (m >= 2_000 && m < 2_000 + gap) return Number.NaN;
    return (60 - 40 * Math.cos((2 * Math.PI * m) / 1_440)) * (0.97 + 0.06 * random());
  });
  return { startSeconds: START, stepSeconds: 60, values };
}

function request(over: Partial<RefitRequest> = {}): RefitRequest {
  return {
    history: history(7),
    policy: { podCapacity: 5, unmetTargetBp: 1, min: 1, max: 1_000 },
    startup: { kind: 'log-normal', p50Seconds: 9, p90Seconds: 20 },
    leadTimeSeconds: undefined,
    seed: 1,
    aimBp: 'fresh',
    aheadTicks: 1_440,
    neural: 'shipped',
    ...over,
  };
}

/** Carried out once for all who only read it. */
let kept: Refitted | undefined;
const usual = (): Refitted => {
  kept ??= refit(request());
  return kept;
};
let keptRoutine: Refitted | undefined;
const routine = (): Refitted => {
  keptRoutine ??= refit(request({ aimBp: undefined }));
  return keptRoutine;
};

describe('a refit', () => {
  it('learns seven days, finds the day in them, calibrates, and is good up to the last minute', () => {
    const refitted = usual();
    expect(refitted.learnedDays).toBe(7);
    expect(refitted.period.found).toBe(true);
    expect(refitted.period.seconds[0]).toBe(DAY_SECONDS);
    expect(refitted.calibrated).toBe(true);
    expect(refitted.state.calibration.why).toMatch(/backtested days/);
    expect(refitted.untilSeconds).toBe(START + (7 * 1_440 - 1) * 60 + 15);
  });

  it('sees the week in four weeks, and learns the same minutes as without them', () => {
    const quiet = (series: Series): Series => {
      const isWeekend = (i: number) => Math.floor((i * series.stepSeconds) / DAY_SECONDS) % 7 > 4;
      return { ...series, values: series.values.map((value, i) => (isWeekend(i) ? 0.4 * value : value)) };
    };
    const all = quiet(history(28));
    const minutes = { ...all, startSeconds: START + 20 * DAY_SECONDS, values: all.values.slice(20 * 1_440) };
    const own = { history: minutes, aimBp: undefined };
    const [without, withWeeks] = [refit(request(own)), refit(request({ ...own, weeks: ofWeeks(all) }))];
    expect(without.period.seconds).not.toContain(WEEK_SECONDS);
    expect(withWeeks.period.seconds).toEqual(expect.arrayContaining([DAY_SECONDS, WEEK_SECONDS]));
    expect({ ...withWeeks, period: without.period }).toEqual(without);
  });

  it('goes on live: forecasts the next hour within a tenth', () => {
    const scaler = PredictiveScaler.resume(request().policy, structuredClone(usual().state));
    const wave = (minute: number) => 60 - 40 * Math.cos((2 * Math.PI * minute) / 1_440);
    for (let tick = 1; tick < 240; tick++) {
      scaler.observe(wave(7 * 1_440 - 1 + tick / 4));
      expect(scaler.forecast!.median / wave(7 * 1_440 + tick / 4)).toBeGreaterThan(0.9);
      expect(scaler.forecast!.median / wave(7 * 1_440 + tick / 4)).toBeLessThan(1.1);
    }
  });

  it('of an instant gauge that flickers expects no more than it ever showed when it jumps within its flicker', () => {
    const random = seededRandom(9);
    const flicker = () => 90.5 * (0.98 + 0.04 * random());
    const values = Float64Array.from({ length: 2 * 1_440 }, flicker);
    const policy = { ...request().policy, measurement: INSTANT };
    const refitted = refit(
      request({ history: { startSeconds: START, stepSeconds: 60, values }, policy, aimBp: undefined }),
    );
    const scaler = PredictiveScaler.resume(policy, refitted.state);
    let most = 0;
    for (let minute = 0; minute < 120; minute++) {
      const shown = flicker();
      for (let tick = 0; tick < 4; tick++) {
        scaler.observe(shown);
        most = Math.max(most, scaler.forecast!.median);
      }
    }
    expect(most).toBeLessThan(1.02 * 90.5);
  });

  it('says how little it has learned of a young workload, and that no period can be told yet', () => {
    const { learnedDays, period, calibrated, state } = refit(request({ history: history(0.5) }));
    expect(learnedDays).toBe(0.5);
    expect(period).toEqual({ found: false, seconds: [], reason: expect.stringContaining('0.5 days') });
    expect(calibrated).toBe(true);
    expect(state.calibration.why).toMatch(/the HPA's rule until there is 1 day/);
  });

  it('counts days with data, not days', () => {
    expect(refit(request({ history: history(7, 720) })).learnedDays).toBe(6.5);
  });

  it('learns the same whether it backtests or not, and says that it can not backtest what it read without forecasts', () => {
    expect(routine().state.learner).toEqual(usual().state.learner);
    const scaler = PredictiveScaler.beginning(request().policy, eciStartup(), 1);
    scaler.observe(5, false);
    expect(() => scaler.calibrate(1)).toThrow('without their forecasts');
  });

  it('has the lead time of the start-up latency, or the one it was given', () => {
    expect(usual().state.learner.leadTimeSeconds).toBeCloseTo(20, 9);
    expect(refit(request({ leadTimeSeconds: 180 })).state.learner.leadTimeSeconds).toBe(180);
  });

  it('folds its days by the policy’s calendar: on the day after a change of the clocks the rise is expected when it comes', () => {
    // Five days by Berlin's clock until Sunday, March 29th 2026, the day of the change, and Monday morning: a rise from 20 to 100 at eight.
    const startSeconds = Date.parse('2026-03-24T00:00:00Z') / 1_000;
    const offset = zoneOffset('Europe/Berlin');
    const values = Float64Array.from({ length: 6 * 1_440 + 350 }, (_, minute) => {
      const at = startSeconds + 60 * minute;
      const hour = ((at + offset(at)) % DAY_SECONDS) / 3_600;
      return hour >= 8 && hour < 20 ? 100 : 20;
    });
    const expectedAtEight = (over: Partial<RefitRequest['policy']>) => {
      const asked = request({
        history: { startSeconds, stepSeconds: 60, values },
        aimBp: undefined,
        leadTimeSeconds: 120,
      });
      const policy = { ...asked.policy, ...over };
      const scaler = PredictiveScaler.resume(policy, refit({ ...asked, policy }).state);
      // From 5:50 to 5:59 by UTC.
      for (let tick = 0; tick < 36; tick++) scaler.observe(20);
      return scaler.forecast!.peakPlusFloor - scaler.forecast!.floor;
    };
    expect(expectedAtEight({})).toBeLessThan(30);
    expect(expectedAtEight({ calendarNames: { timeZone: 'Europe/Berlin' } })).toBeGreaterThan(70);
  });

  it('keeps the margins in use where no calibration was asked for', () => {
    const { calibrated, state } = routine();
    expect(calibrated).toBe(false);
    expect(state.calibration.why).toMatch(/the HPA's rule until there is 1 day/);
  });

  it('on a thread of its own gives the same; a request that breaks it fails alone', async () => {
    const pool = refitThreads(new URL('../../dist/addon/refits/refit-worker.io.js', import.meta.url), 2);
    try {
      const here = usual();
      const broken = pool.run({ ...request(), policy: undefined as never });
      const there = pool.run(request());
      await expect(broken).rejects.toThrow(/undefined/);
      expect(await there).toEqual(here);
      expect((await Promise.all([pool.run(request()), pool.run(request())])).length).toBe(2);
    } finally {
      await pool.close();
    }
  });
});

it('a refit that hangs is ended with its thread; who waited behind it gets a new one', async () => {
  const hanging = new URL(
    `data:text/javascript,${encodeURIComponent(`
      import { parentPort } from 'node:worker_threads';
      parentPort.on('message', ({ seed }) => {
        // Never looks up again, and takes no time from others.
        while (seed === 1) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
        parentPort.postMessage({ refitted: seed });
      });
    `)}`,
  );
  const pool = refitThreads(hanging, 1, 2);
  const ask = (seed: number) => pool.run({ ...request(), seed });
  try {
    const [hung, ...behind] = await Promise.allSettled([ask(1), ask(2), ask(3)]);
    expect(hung).toMatchObject({
      status: 'rejected',
      reason: { message: 'a refit took longer than 2 s and was ended' },
    });
    expect(behind).toMatchObject([{ value: 2 }, { value: 3 }]);
    expect(await ask(4)).toBe(4);
  } finally {
    await pool.close();
  }
  await expect(ask(5)).rejects.toThrow('refits have ended');
});

describe('a start-up distribution as plain data', () => {
  it('keeps its quantiles', () => {
    const back = startupOf(specOf(eciStartup()));
    for (const level of [0.1, 0.5, 0.9, 0.95]) {
      expect(back.quantile(level) / eciStartup().quantile(level)).toBeCloseTo(1, 1);
    }
  });
});
