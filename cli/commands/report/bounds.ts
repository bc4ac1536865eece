import type { TimeRange } from '../../../collector/demand/demand-source.ts';
import type { PrometheusHttp } from '../../../collector/prometheus/answer.ts';
import { readUsage, type Usage, usageBatches } from '../../../collector/prometheus/usage-history.ts';
import { atMost } from '../../../core/concurrency/at-most.ts';
import { podsFor } from '../../../core/pods.ts';
import { formatCores } from '../../../core/quantity.ts';
import { DAY_SECONDS, HOUR_SECONDS, MINUTE_SECONDS } from '../../../core/series.ts';
import type { StartupLatency } from '../../../core/startup.ts';
import { workloadKey } from '../../../core/workload.ts';
import { elasticPodHour, forPodSize, type PriceBook } from '../../../replay/cost/price-book.ts';
import type { ReplaySettings } from '../../../replay/result.ts';
import { savingBound } from '../../../replay/saving-bound.ts';
import { MAX_PODS } from '../../options/options.ts';
import type { ClusterWorkload, PodSize } from './cluster-workloads.ts';
import { type OwnBaseline, ownBaseline } from './own-baseline.ts';
import { boundRow, type SavingsRow } from './savings-rows.ts';
import type { Skipped } from './skipped.ts';

/** A workload with its bound: what a replay of it needs. */
export interface Bounded {
  readonly workload: ClusterWorkload;
  readonly own: OwnBaseline;
  readonly row: SavingsRow;
}

/** All that is the same for every workload. */
export interface BoundSettings {
  readonly settings: Omit<ReplaySettings, 'podCapacity'>;
  readonly startup: StartupLatency;
  readonly prices: PriceBook;
}

/** What one coarse query may take: 40 workloads of 14 days at 5 min are 5 MB of answer, 800 pods of three containers 10 M samples. */
const BATCH = { workloads: 40, pods: 800 };
/** Queries at a time: the server stays free for others. */
const CONCURRENCY = 2;
/** A point each five minutes, and what fits into one query of over 34 days. */
const STEP_SECONDS = 5 * MINUTE_SECONDS;
const MOST_POINTS = 10_000;
/** Of the replayed days, with less known than this nothing is said. */
const LEAST_KNOWN_HOURS = 24;
const GIB = 2 ** 30;

/** The range at the step of the bound: each point is the mean of the step before it. */
export function coarseRange({ startSeconds, endSeconds }: TimeRange): TimeRange {
  const least = (endSeconds - startSeconds) / (MOST_POINTS - 1);
  const stepSeconds = Math.max(STEP_SECONDS, Math.ceil(least / MINUTE_SECONDS) * MINUTE_SECONDS);
  return { startSeconds, endSeconds, stepSeconds };
}

/**
 * The bound of every workload by few queries, as their answers arrive.
 * @param mayGoOn asked before each query; what is not asked for any more is skipped, as a fault
 */
export async function readBounds(
  http: PrometheusHttp,
  workloads: readonly ClusterWorkload[],
  range: TimeRange,
  common: BoundSettings,
  mayGoOn: () => boolean,
  onProgress: (fraction: number) => void,
): Promise<{ readonly bounded: readonly Bounded[]; readonly skipped: readonly Skipped[] }> {
  const bounded: Bounded[] = [];
  const skipped: Skipped[] = [];
  const coarse = coarseRange(range);
  const window = { seconds: coarse.stepSeconds };
  const subjects = workloads.map((workload) => ({ ref: workload.ref, pods: Math.max(1, workload.replicas), workload }));
  const slot = atMost(CONCURRENCY);
  let done = 0;
  await Promise.all(
    usageBatches(subjects, BATCH).map((batch) =>
      slot(async () => {
        const found = mayGoOn() ? await readUsage(http, batch, coarse, window) : undefined;
        for (const { workload } of batch.subjects) {
          const usage = found?.get(workloadKey(workload.ref)) ?? NOT_ASKED;
          const result = boundOf(workload, usage, common);
          if ('row' in result) bounded.push(result);
          else skipped.push({ workload: workloadKey(workload.ref), ...result });
          onProgress(++done / workloads.length);
        }
      }),
    ),
  );
  return { bounded, skipped };
}

const NOT_ASKED = new Error('the budget of time was spent before it was asked for; --budget gives more');

function boundOf(
  workload: ClusterWorkload,
  usage: Usage,
  { settings, startup, prices }: BoundSettings,
): Bounded | Omit<Skipped, 'workload'> {
  if (usage instanceof Error) return { why: usage.message, fault: true };
  const { times } = usage;
  if (times.length === 0) return { why: 'Prometheus has no CPU usage of its pods', fault: false };
  const span = times.at(-1)! - times[0]!;
  const needed = settings.historySeconds + HOUR_SECONDS;
  if (span < needed) {
    const why = `found ${days(span)} of data; expected ${days(settings.historySeconds)} of history (--history) and an hour`;
    return { why, fault: false };
  }
  const { cpuCores } = workload.size;
  const peak = usage.values.reduce((most, value) => Math.max(most, value), 0);
  if (podsFor(peak, cpuCores) > MAX_PODS) {
    const why = `its peak of ${formatCores(peak)} cores is over ${MAX_PODS} times what a pod requests (${formatCores(cpuCores)})`;
    return { why, fault: false };
  }
  const own = ownBaseline(workload.hpa, workload.replicas);
  const bound = savingBound(usage, startup, settingsOf(settings, workload.size, own));
  if (bound.knownHours < LEAST_KNOWN_HOURS) {
    return { why: `CPU usage is known in ${Math.round(bound.knownHours)} h only after the history`, fault: false };
  }
  const podHour = elasticPodHour(forPodSize(prices, pricedSize(workload.size, prices)));
  return { workload, own, row: boundRow(workload, own, bound, podHour) };
}

function settingsOf(
  common: BoundSettings['settings'],
  { cpuCores }: PodSize,
  { min, max, fixed, hpa }: OwnBaseline,
): ReplaySettings {
  return {
    ...common,
    podCapacity: cpuCores,
    min,
    max,
    ...(fixed === undefined ? {} : { fixed }),
    ...(hpa === undefined ? {} : { hpa: hpa.manifest }),
  };
}

/** By its requests; memory that is not requested goes by the price book's ratio to the cores. */
export function pricedSize({ cpuCores, memoryBytes }: PodSize, { pod }: PriceBook): PriceBook['pod'] {
  const memoryGib = memoryBytes > 0 ? memoryBytes / GIB : (cpuCores * pod.memoryGib) / pod.vcpu;
  return { vcpu: cpuCores, memoryGib };
}

function days(seconds: number): string {
  return `${Number((seconds / DAY_SECONDS).toFixed(1))} d`;
}
