import type { DemandSource } from '../../collector/demand/demand-source.ts';
import { prometheusDemand } from '../../collector/prometheus/demand.ts';
import { seededRandom } from '../../core/random.ts';
import { Scraping } from '../../simulation/measurement/scraping.ts';
import { SeriesStore } from '../../simulation/measurement/series-store.ts';
import { SimulatedPrometheus } from '../../simulation/measurement/simulated-prometheus.ts';
import type { Measurement } from '../../simulation/plain-measurement.ts';
import { START_SECONDS, type World } from '../../simulation/world.ts';

/** What both Prometheus hold of a workload: what was asked so far, and a series that is there while the figure is a false zero. */
export const COUNTER = 'asked_total';
export const FALSE_ZERO = 'false_zero';
/** The administrator's template on both sides. */
export const AGREED_TEMPLATE = {
  query: `(sum(rate(${COUNTER}{app="$name"}[1m])) unless max(${FALSE_ZERO}{app="$name"})) or 0 * max(${FALSE_ZERO}{app="$name"})`,
  args: [],
  unit: 'req/s',
  kind: 'rate',
  window: '60s',
} as const;

/** As a Prometheus with little to do. */
const PUNCTUAL = { jitterSeconds: 0.02, readSeconds: 0.02 };
const PAST_SECONDS = 300;
const COUNT_STEP_SECONDS = 1;

/** The simulation's demand as a simulated Prometheus scrapes and answers it. */
export function scrapedMeasurement(world: World, everySeconds: number): Measurement {
  const store = new SeriesStore(3600);
  const from = START_SECONDS - PAST_SECONDS;
  const scraping = new Scraping(store, seededRandom(world.scenario.seed), from, { everySeconds, ...PUNCTUAL });
  for (const [app, workload] of world.cluster.workloads) {
    const target = scraping.target();
    let [total, counted] = [0, from];
    target.expose({ __name__: COUNTER, app }, (seconds) => {
      for (; counted < seconds; counted += COUNT_STEP_SECONDS) total += workload.workAt(counted) * COUNT_STEP_SECONDS;
      return total - workload.workAt(seconds) * (counted - seconds);
    });
    const isZero = () => world.measured.of(app)?.action === 'metric-zero';
    target.expose({ __name__: FALSE_ZERO, app }, () => (isZero() ? 1 : undefined));
  }
  const prometheus = new SimulatedPrometheus(store, { nowSeconds: world.clock.nowSeconds });
  const templates = { requests: AGREED_TEMPLATE };
  const source: DemandSource = prometheusDemand(prometheus, prometheus, { templates, allowRawQueries: false });
  world.clock.every(1, START_SECONDS, () => scraping.advance(world.nowSeconds));
  return { sourceFor: () => source };
}
