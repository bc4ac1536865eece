import { seededRandom } from '../core/random.ts';
import { DAY_SECONDS, MINUTE_SECONDS, type Samples } from '../core/series.ts';
import { DEFAULT_OBSERVATION } from '../replay/observation.ts';
import type { ReplaySettings } from '../replay/result.ts';

/** 2026-03-02T00:00:00Z, a Monday. */
export const MONDAY_SECONDS = 1_772_409_600;

/** Samples of a load given by the seconds since Monday; NaN leaves the row out. */
export function sampled(seconds: number, load: (t: number) => number, stepSeconds = MINUTE_SECONDS): Samples {
  const times: number[] = [];
  const values: number[] = [];
  for (let t = 0; t <= seconds; t += stepSeconds) {
    const value = load(t);
    if (Number.isNaN(value)) continue;
    times.push(MONDAY_SECONDS + t);
    values.push(value);
  }
  return { times: Float64Array.from(times), values: Float64Array.from(values) };
}

/** A day's wave between 20 and 100, with seeded noise of ± 4 %. @param t seconds since Monday */
export function dailyLoad(seed: number): (t: number) => number {
  const random = seededRandom(seed);
  return (t) => {
    const wave = 60 - 40 * Math.cos((2 * Math.PI * t) / DAY_SECONDS);
    return wave * (1 + 0.08 * (random() - 0.5));
  };
}

/** All policies, a pod serves 5, a day of history. */
export const SETTINGS: ReplaySettings = {
  podCapacity: 5,
  unmetTargetBp: 1,
  min: 1,
  max: 5_000,
  fixed: 12,
  hpaTarget: 0.7,
  observation: DEFAULT_OBSERVATION,
  startCostSeconds: 300,
  historySeconds: DAY_SECONDS,
  seed: 1,
  policies: ['predictive', 'hpa', 'hpa-tuned', 'cron', 'fixed-max', 'fixed', 'oracle'],
};
