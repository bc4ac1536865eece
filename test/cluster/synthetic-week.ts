import { normalQuantile, seededRandom } from '../../core/random.ts';
import { DAY_SECONDS, HOUR_SECONDS, MINUTE_SECONDS } from '../../core/series.ts';
import { type Load, loadOf } from './shifted-trace.ts';

const LOW = 20;
const HIGH = 200;
const RAMP_SECONDS = 10 * MINUTE_SECONDS;

/**
 * A made-up shop whose day starts at `rampSeconds` (epoch): within ten minutes the load goes from 20 to 200, stays near it for
 * ten hours, and is back at 20 two hours later. The same every day, with seeded noise of ± 3 %.
 */
export function syntheticWeek(rampSeconds: number, seed = 1): Load {
  return loadOf((epochSeconds) => {
    const sinceRamp = (((epochSeconds - rampSeconds) % DAY_SECONDS) + DAY_SECONDS) % DAY_SECONDS;
    const up = Math.min(1, sinceRamp / RAMP_SECONDS);
    const down = Math.min(1, Math.max(0, (sinceRamp - 10 * HOUR_SECONDS) / (2 * HOUR_SECONDS)));
    const noise = seededRandom(seed + Math.floor(epochSeconds / MINUTE_SECONDS));
    return (LOW + (HIGH - LOW) * up * (1 - down)) * (1 + 0.01 * normalQuantile(0.001 + 0.998 * noise()));
  });
}
