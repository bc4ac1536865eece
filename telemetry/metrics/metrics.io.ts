import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { othersFirst } from '../../core/concurrency/event-loop.io.ts';
import type { WorkloadStatus } from '../../core/workload-status.ts';
import type { AddonMetrics, ApiRequestCount } from './addon-metrics.ts';
import type { Baselines } from './baseline-series.ts';
import { headLines, histogramLines, labelText, type Sample, sampleLine } from './exposition.ts';
import { METRICS, type MetricName, type MetricRow } from './metric-table.ts';
import { WorkloadSeries } from './workload-series.ts';

/** About 45 series a workload: 2,000 workloads, which is what one Prometheus target of this kind should fallBack. */
export const DEFAULT_MAX_SERIES = 90_000;

const REQUEST_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const TICK_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15];

export interface MetricsOptions {
  readonly version: string;
  readonly maxSeries?: number;
  /** Called once when the cap is reached, and again after it was left. */
  readonly onCapReached?: (hiddenWorkloads: number, maxSeries: number) => void;
  /** Also process_… and nodejs_…: memory, CPU, event-loop lag. */
  readonly processMetrics?: boolean;
}

/** The addon's metrics with a way to print them. */
export interface PromAddonMetrics extends AddonMetrics {
  readonly contentType: string;
  /** Where the baselines are kept: read when the metrics are. */
  baselines(read: () => Baselines): void;
  /** The exposition text, in UTF-8. */
  render(): Promise<Buffer>;
}

/**
 * A workload's series are made from its newest status when they are read, and never kept: a workload that is gone has none
 * (prom-client keeps a label's child until it is removed). Only what is counted is kept, by workload, and leaves with it.
 */
export function addonMetrics(options: MetricsOptions): PromAddonMetrics {
  const registry = new Registry();
  const series = new WorkloadSeries(options.maxSeries ?? DEFAULT_MAX_SERIES, options.onCapReached);
  const reads: Reads = { apiRequests: () => [], consoleFailures: () => 0 };
  registerInOrder(registry, (name) => series.reader(name) ?? readerOf(name, reads), series);
  const count = (name: MetricName) => registry.getSingleMetric(name) as Counter;
  const set = (name: MetricName) => registry.getSingleMetric(name) as Gauge;
  const time = (name: MetricName) => registry.getSingleMetric(name) as Histogram;
  set('prescale_build_info').set({ version: options.version }, 1);
  if (options.processMetrics) collectDefaultMetrics({ register: registry });
  return {
    contentType: registry.contentType,
    render: () => render(registry),
    observe: (statuses: readonly WorkloadStatus[]) => series.observe(statuses),
    startups: (boundsSeconds, read) => series.startups(boundsSeconds, read),
    baselines: (read) => series.baselines(read),
    apiRequests(read) {
      reads.apiRequests = read;
    },
    query(source, outcome, seconds) {
      count('prescale_queries_total').inc({ source, outcome });
      time('prescale_query_duration_seconds').observe({ source }, seconds);
    },
    refits: (waiting) => set('prescale_refits_waiting').set(waiting),
    write: (target, outcome) => count('prescale_writes_total').inc({ target, outcome }),
    tick(durationSeconds, endSeconds) {
      time('prescale_tick_duration_seconds').observe(durationSeconds);
      set('prescale_last_tick_timestamp_seconds').set(endSeconds);
    },
    consoleFailures(read) {
      reads.consoleFailures = read;
    },
    leader: (acts) => set('prescale_leader').set(Number(acts)),
    ready: (canAct) => set('prescale_ready').set(Number(canAct)),
  };
}

/** So many take a millisecond. */
const LINES_AT_ONCE = 500;

/**
 * A part at a time: the text of thousands of workloads takes a while, and who asks this thread for something else is answered in between. A tick may
 * end meanwhile: each metric is of one tick, not all of them of the same. Its 10 MB are never on the heap, which grows old with each tick.
 */
async function render(registry: Registry): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (const metric of registry.getMetricsAsArray()) {
    if (metric instanceof PrintedMetric) await print(metric.lines(), parts);
    else parts.push(Buffer.from(`${await registry.getSingleMetricAsString(metric.name)}\n`));
    parts.push(NEW_LINE);
    await othersFirst();
  }
  return Buffer.concat(parts.slice(0, -1));
}

const NEW_LINE = Buffer.from('\n');

async function print(lines: Iterable<string>, parts: Buffer[]): Promise<void> {
  let part: string[] = [];
  const end = () => {
    if (part.length > 0) parts.push(Buffer.from(`${part.join('\n')}\n`));
    part = [];
  };
  for (const line of lines) {
    part.push(line);
    if (part.length < LINES_AT_ONCE) continue;
    end();
    await othersFirst();
  }
  end();
}

/** What is counted elsewhere. */
interface Reads {
  apiRequests: () => readonly ApiRequestCount[];
  consoleFailures: () => number;
}

function readerOf(name: MetricName, reads: Reads): (() => Iterable<Sample>) | undefined {
  const of = (value: (one: ApiRequestCount) => number) => () =>
    reads.apiRequests().map((one): Sample => {
      const { verb, resource, status } = one;
      return [labelText({ verb, resource, code: String(status) }), value(one)];
    });
  if (name === 'prescale_api_requests_total') return of(({ count }) => count);
  if (name === 'prescale_api_request_seconds_total') return of(({ seconds }) => seconds);
  if (name === 'prescale_console_failures_total') return () => [['', reads.consoleFailures()]];
  return undefined;
}

/** Every row of the table becomes a metric; those with a reader collect when they are read. */
function registerInOrder(
  registry: Registry,
  reader: (name: MetricName) => (() => Iterable<Sample>) | undefined,
  series: WorkloadSeries,
): void {
  for (const [key, row] of Object.entries(METRICS)) {
    const name = key as MetricName;
    const histograms = series.histograms(name);
    const read = reader(name);
    if (histograms) {
      registry.registerMetric(
        new PrintedMetric(name, row, () => mapped(histograms(), (one) => histogramLines(name, one))),
      );
    } else if (read) {
      registry.registerMetric(new PrintedMetric(name, row, () => mapped(read(), (one) => [sampleLine(name, one)])));
    } else registerCounted(registry, name, row);
  }
}

/** One that is counted as things happen. */
function registerCounted(registry: Registry, name: MetricName, { type, labels, help }: MetricRow): void {
  const common = { name, help, labelNames: [...labels], registers: [registry] };
  if (type === 'histogram') {
    new Histogram({ ...common, buckets: name === 'prescale_tick_duration_seconds' ? TICK_BUCKETS : REQUEST_BUCKETS });
  } else if (type === 'counter') new Counter(common);
  else new Gauge(common);
}

function* mapped<From, To>(all: Iterable<From>, each: (one: From) => Iterable<To>): Iterable<To> {
  for (const one of all) yield* each(one);
}

/**
 * One whose samples are made when they are printed. prom-client's own would keep all of them from one reading to the next: 70,000 series are
 * 30 MB.
 */
class PrintedMetric extends Gauge {
  private readonly head: string;
  private readonly samples: () => Iterable<string>;

  constructor(name: string, { help, type }: MetricRow, samples: () => Iterable<string>) {
    super({ name, help, registers: [] });
    this.head = headLines(name, help, type);
    this.samples = samples;
  }

  *lines(): Iterable<string> {
    yield this.head;
    yield* this.samples();
  }
}
