import { RECALLED_TICKS } from '../../actuator/guards/false-zero.ts';
import { OBSERVATION_DELAY_SECONDS } from '../../collector/demand/demand-source.ts';
import { endSeconds, MINUTE_SECONDS, type Series } from '../../core/series.ts';
import { TICK_SECONDS } from '../../core/tick.ts';
import type { EngineParts } from '../engine/engine-parts.ts';
import type { MetricScaler } from '../engine/metric-scaler.ts';
import type { ScaledWorkload } from '../engine/scaled-workload.ts';
import { recalledPods } from './recalled-pods.ts';
import { ticksOf } from './refit.ts';

/** A history that ends so late is up to date for the guards: two minutes, as they call no shorter one a gap. */
const UP_TO_DATE_TICKS = 8;

/** What was recorded since, as observations by tick: for a refit from before this process began. */
export async function pastOf(
  history: EngineParts['history'],
  { query, measurement }: MetricScaler,
  sinceSeconds: number,
): Promise<((tick: number) => number) | undefined> {
  const series = await history.read(query.id);
  if (!series) return undefined;
  const points = Math.ceil((endSeconds(series) - sinceSeconds) / MINUTE_SECONDS) + 2;
  const { startSeconds, values } = ticksOf(tail(series, Math.max(2, points)), measurement);
  const first = (startSeconds + OBSERVATION_DELAY_SECONDS) / TICK_SECONDS;
  return (tick) => values[tick - first] ?? Number.NaN;
}

/** What the guards are to know of a workload's load from before this process saw it. The metric must be fitted. */
export async function rememberHistory(
  history: EngineParts['history'],
  workload: ScaledWorkload,
  metric: MetricScaler,
  nowSeconds: number,
): Promise<void> {
  const series = await history.read(metric.query.id);
  const { podCapacity } = metric.fitted!.policy;
  if (!series) return workload.remember([], 0);
  const ticks = ticksOf(tail(series, RECALLED_TICKS / 4 + 2), metric.measurement);
  const newestSeconds = endSeconds(ticks) - TICK_SECONDS + OBSERVATION_DELAY_SECONDS;
  const since = Math.max(0, Math.round((nowSeconds - newestSeconds) / TICK_SECONDS));
  // What it saw itself is in its place; without that, a history of a minute ago is as good as one of now.
  const gap = workload.carried || since > UP_TO_DATE_TICKS ? since : 0;
  const demandPods = recalledPods(ticks.values, podCapacity, gap);
  let largest = 0;
  for (const demand of series.values) if (demand > largest) largest = demand;
  workload.remember(demandPods, largest / podCapacity);
}

/** The last so many points. */
function tail({ startSeconds, stepSeconds, values }: Series, points: number): Series {
  const from = Math.max(0, values.length - points);
  return { startSeconds: startSeconds + from * stepSeconds, stepSeconds, values: values.subarray(from) };
}
