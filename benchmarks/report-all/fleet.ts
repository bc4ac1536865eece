import { seededRandom } from '../../core/random.ts';
import { DAY_SECONDS, MINUTE_SECONDS } from '../../core/series.ts';

/** So many namespaces, whatever the fleet. */
const NAMESPACES = 40;
/** The last instant that is known: two full blocks of Prometheus do not meet in the fortnight before it. */
export const END_SECONDS = Date.UTC(2026, 2, 16) / 1000;
export const DAYS = 14;

/** A made-up Deployment. */
export interface Shop {
  readonly namespace: string;
  readonly name: string;
  /** Pods that are there all the time, each with its share of the load. */
  readonly pods: number;
  readonly replicas: number;
  readonly cpuCores: number;
  /** Undefined: it has no HPA. */
  readonly hpaPercent: number | undefined;
}

/** Two of three have an HPA on CPU; one to three pods are measured of each. */
export function fleetOf(deployments: number): Shop[] {
  return Array.from({ length: deployments }, (_, i) => ({
    namespace: `team-${i % NAMESPACES}`,
    name: `service-${i}`,
    pods: 1 + (i % 3),
    replicas: 2 + (i % 11),
    cpuCores: [0.25, 0.5, 1][i % 3]!,
    hpaPercent: i % 3 === 0 ? undefined : 50 + (i % 4) * 10,
  }));
}

/** The CPU counters of a fleet by the minute as OpenMetrics: a day and a week, noise, here and there a burst. */
export function* cpuCounters(fleet: readonly Shop[]): Generator<string> {
  yield '# TYPE container_cpu_usage_seconds counter\n';
  for (const [i, shop] of fleet.entries()) {
    const random = seededRandom(i + 1);
    const scale = shop.cpuCores * (1 + random() * shop.replicas);
    const [swing, phase, weekend] = [0.2 + 0.7 * random(), random(), 0.4 + 0.6 * random()];
    const totals = new Float64Array(shop.pods);
    const lines: string[] = [];
    let burst = 0;
    for (let at = END_SECONDS - DAYS * DAY_SECONDS; at <= END_SECONDS; at += MINUTE_SECONDS) {
      burst = random() < 0.0005 ? 0.5 + random() : burst * 0.95;
      const day = 1 + swing * Math.sin(2 * Math.PI * (at / DAY_SECONDS + phase));
      const isWeekend = Math.floor(at / DAY_SECONDS + 3) % 7 >= 5;
      const cores = scale * (day * (isWeekend ? weekend : 1) + burst) * (0.95 + 0.1 * random());
      for (let pod = 0; pod < shop.pods; pod++) {
        totals[pod]! += (cores / shop.pods) * MINUTE_SECONDS;
        lines.push(
          `container_cpu_usage_seconds_total{namespace="${shop.namespace}",pod="${podName(shop, pod)}",container="app"} ${totals[pod]!.toFixed(2)} ${at}\n`,
        );
      }
    }
    yield lines.join('');
  }
}

function podName({ name }: Shop, pod: number): string {
  return `${name}-7d9f8bc5d4-x2x4${'bcd'[pod]}`;
}
