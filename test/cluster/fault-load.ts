import { normalQuantile, seededRandom } from '../../core/random.ts';
import { DAY_SECONDS, MINUTE_SECONDS } from '../../core/series.ts';
import { type DemandExporter, EXPORTER } from './demand-exporter.ts';
import { type Load, loadOf } from './shifted-trace.ts';

/** What one pod serves, in the unit of the load. */
export const POD_CAPACITY = 20;
const LOW = 20;
const HIGH = 180;
const FLAT = 60;

/** Each day at the same time from one pod's worth to nine within five minutes, back after six hours; noise of ± 3 %. */
export function rampLoad(rampSeconds: number, seed: number): Load {
  return loadOf((epochSeconds) => {
    const since = (((epochSeconds - rampSeconds) % DAY_SECONDS) + DAY_SECONDS) % DAY_SECONDS;
    const up = Math.min(1, since / (5 * MINUTE_SECONDS));
    const down = Math.min(1, Math.max(0, since / MINUTE_SECONDS - 360) / 5);
    return (LOW + (HIGH - LOW) * up * (1 - down)) * (1 + 0.01 * noise(epochSeconds, seed));
  });
}

/** Three pods' worth, with noise of ± 3 %. */
export function flatLoad(seed: number): Load {
  return loadOf((epochSeconds) => FLAT * 0.97 * (1 + 0.01 * noise(epochSeconds, seed)));
}

/** No hour is like that of any other day: a value of its own each minute, around five pods' worth ± a quarter. */
export function noiseLoad(seed: number): Load {
  return loadOf((epochSeconds) => 5 * POD_CAPACITY * (1 + 0.08 * noise(epochSeconds, seed)));
}

/** Standard normal, cut at ± 3; one number a minute. */
function noise(epochSeconds: number, seed: number): number {
  return normalQuantile(0.001 + 0.998 * seededRandom(seed + Math.floor(epochSeconds / MINUTE_SECONDS))());
}

/** A workload's series. */
export function seriesOf(key: string): string {
  return `demand{app="${key}"}`;
}

/** One text with the past of all loads, by `namespace/name`; from now on the exporter follows them. */
export function backfillAll(
  exporter: DemandExporter,
  loads: Readonly<Record<string, Load>>,
  endSeconds: number,
): string {
  const lines = Object.entries(loads).flatMap(([key, load]) => {
    exporter.follow(seriesOf(key), load.at);
    const text = exporter.backfill(seriesOf(key), load.past(endSeconds), MINUTE_SECONDS, endSeconds);
    return text.split('\n').filter((line) => line.startsWith('demand{'));
  });
  return `# TYPE demand gauge\n${lines.join('\n')}\n# EOF\n`;
}

/** The administrator's template of these tests: means of a minute, as observations are. */
export const DEMAND_TEMPLATE = {
  query: `sum(avg_over_time(demand{app="$namespace/$name",job="${EXPORTER}"}[1m]))`,
  unit: 'req/s',
};
