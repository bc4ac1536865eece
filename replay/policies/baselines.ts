import { podsFor } from '../../core/pods.ts';
import { DAY_SECONDS, HOUR_SECONDS, WEEK_SECONDS } from '../../core/series.ts';
import type { Autoscaler } from '../pods.ts';
import { TICK_SECONDS } from '../result.ts';

/** The same number of replicas all the time. */
export function fixed(replicas: number): Autoscaler {
  return { decide: () => replicas };
}

/**
 * CronHPA as a careful operator writes it: for each hour of the week (of the day with under 14 days of history) the
 * largest need that the history had, switched on one start-up p90 early. Hours are UTC. An hour that the history never
 * saw takes the largest need of all.
 */
export function cron(
  demand: Float64Array,
  startSeconds: number,
  first: number,
  podCapacity: number,
  startupP90Seconds: number,
): Autoscaler {
  const cycle = first * TICK_SECONDS >= 14 * DAY_SECONDS ? WEEK_SECONDS : DAY_SECONDS;
  const slots = cycle / HOUR_SECONDS;
  const slot = (seconds: number) => Math.floor((seconds % cycle) / HOUR_SECONDS) % slots;
  const needs = new Int32Array(slots).fill(-1);
  let largest = 0;
  for (let i = 0; i < first; i++) {
    const load = demand[i]!;
    if (Number.isNaN(load)) continue;
    const at = slot(startSeconds + i * TICK_SECONDS);
    const need = podsFor(load, podCapacity);
    if (need > needs[at]!) needs[at] = need;
    if (need > largest) largest = need;
  }
  const needAt = (seconds: number) => {
    const need = needs[slot(seconds)]!;
    return need < 0 ? largest : need;
  };
  return {
    decide(tick) {
      const now = startSeconds + tick * TICK_SECONDS;
      return Math.max(needAt(now), needAt(now + startupP90Seconds));
    },
  };
}
