import type { TimeRange } from '../../../collector/demand/demand-source.ts';
import { type PrometheusHttp, TooMuchAtOnce } from '../../../collector/prometheus/answer.ts';
import type { UsageLimits, UsageSubject } from '../../../collector/prometheus/usage-batches.ts';
import { readUsage, type Usage } from '../../../collector/prometheus/usage-history.ts';
import { podsFor } from '../../../core/pods.ts';
import { formatCores } from '../../../core/quantity.ts';
import { DAY_SECONDS, HOUR_SECONDS } from '../../../core/series.ts';
import type { StartupLatency } from '../../../core/startup.ts';
import { workloadKey } from '../../../core/workload.ts';
import { elasticPodHour, forPodSize, type PriceBook } from '../../../replay/cost/price-book.ts';
import type { ReplaySettings } from '../../../replay/result.ts';
import { savingBound } from '../../../replay/saving-bound.ts';
import { MAX_PODS } from '../../options/options.ts';
import type { ClusterWorkload, PodSize } from './cluster-workloads.ts';
import { type OwnBaseline, ownBaseline } from './own-baseline.ts';
import { boundRow, noted, type SavingsRow } from './savings-rows.ts';
import { type Sentence, type Skipped, verbatim } from './skipped.ts';
import { FINEST_SECONDS, planBounds, shrunk } from './usage-plan.ts';

/** A workload with its bound: what a replay of it needs. */
export interface Bounded {
  readonly workload: ClusterWorkload;
  readonly own: OwnBaseline;
  readonly row: SavingsRow<Sentence>;
}

/** All that is the same for every workload. */
export interface BoundSettings {
  readonly settings: Omit<ReplaySettings, 'podCapacity'>;
  readonly startup: StartupLatency;
  /** Undefined: a pod-hour costs 1, so that the rows are in pod-hours. */
  readonly prices: PriceBook | undefined;
}

/** Queries at a time: the server stays free for others. */
const CONCURRENCY = 2;
/** Of the replayed days, with less known than this nothing is said. */
const LEAST_KNOWN_HOURS = 24;
const GIB = 2 ** 30;

/** A workload as Prometheus is asked about it. */
export interface WorkloadSubject extends UsageSubject {
  readonly workload: ClusterWorkload;
}

export function subjectOf(workload: ClusterWorkload): WorkloadSubject {
  return { ref: workload.ref, pods: Math.max(1, workload.replicas), workload };
}

/** What was found, and the limits that the server is within. */
export interface Bounds {
  readonly bounded: readonly Bounded[];
  readonly skipped: readonly Skipped<Sentence>[];
  readonly limits: UsageLimits;
}

/**
 * The bound of every workload by few queries, as their answers arrive. Where a query is too much for the server, what is left is planned
 * anew with smaller or coarser ones.
 * @param mayGoOn asked before each query; what is not asked for any more is skipped, as a fault
 */
export async function readBounds(
  http: PrometheusHttp,
  workloads: readonly ClusterWorkload[],
  range: TimeRange,
  common: BoundSettings,
  limits: UsageLimits,
  mayGoOn: () => boolean,
  onProgress: (fraction: number) => void,
): Promise<Bounds> {
  const bounded: Bounded[] = [];
  const skipped: Skipped<Sentence>[] = [];
  const all = workloads.map(subjectOf);
  let plan = planBounds(all, all, range, limits);
  let waiting = [...plan.batches];
  let done = 0;
  const settle = (subjects: readonly WorkloadSubject[], stepSeconds: number, found?: ReadonlyMap<string, Usage>) => {
    for (const { workload } of subjects) {
      const result = boundOf(workload, found?.get(workloadKey(workload.ref)), stepSeconds, common);
      if ('row' in result) bounded.push(result);
      else skipped.push({ workload: verbatim(workloadKey(workload.ref)), ...result });
      onProgress(++done / workloads.length);
    }
  };
  const work = async () => {
    for (let batch = waiting.shift(); batch !== undefined; batch = waiting.shift()) {
      const asked = plan;
      const { stepSeconds } = asked.range;
      if (!mayGoOn()) {
        settle(batch.subjects, stepSeconds);
        continue;
      }
      try {
        const found = await readUsage(http, batch, asked.range, { seconds: stepSeconds }, 'whole');
        settle(batch.subjects, stepSeconds, found);
      } catch (error) {
        if (!(error instanceof TooMuchAtOnce)) throw error;
        const left = [...batch.subjects, ...waiting.flatMap(({ subjects }) => subjects)];
        // The other query under way may have been refused, too: once smaller is enough.
        const smaller = plan.limits === asked.limits ? shrunk(plan.limits, error) : plan.limits;
        plan = planBounds(left, all, range, smaller);
        waiting = [...plan.batches];
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  return { bounded, skipped, limits: plan.limits };
}

function boundOf(
  workload: ClusterWorkload,
  usage: Usage | undefined,
  stepSeconds: number,
  { settings, startup, prices }: BoundSettings,
): Bounded | Omit<Skipped<Sentence>, 'workload'> {
  if (usage === undefined) return { why: (texts) => texts.noTimeLeft, fault: true };
  if (usage instanceof Error) return { why: verbatim(usage.message), fault: true };
  const { times } = usage;
  if (times.length === 0) return { why: (texts) => texts.noUsage, fault: false };
  const span = times.at(-1)! - times[0]!;
  const needed = settings.historySeconds + HOUR_SECONDS;
  if (span < needed) {
    const [found, history] = [span, settings.historySeconds].map((seconds) => seconds / DAY_SECONDS) as [
      number,
      number,
    ];
    return { why: (texts) => texts.tooYoung(found, history), fault: false };
  }
  const { cpuCores } = workload.size;
  const peak = usage.values.reduce((most, value) => Math.max(most, value), 0);
  if (podsFor(peak, cpuCores) > MAX_PODS) {
    return { why: (texts) => texts.peakTooHigh(formatCores(peak), MAX_PODS, formatCores(cpuCores)), fault: false };
  }
  const own = ownBaseline(workload.hpa, workload.replicas);
  const bound = savingBound(usage, startup, settingsOf(settings, workload.size, own));
  const { knownHours } = bound;
  if (knownHours < LEAST_KNOWN_HOURS)
    return { why: (texts) => texts.tooLittleKnown(Math.round(knownHours)), fault: false };
  const podHour = prices === undefined ? 1 : elasticPodHour(forPodSize(prices, pricedSize(workload.size, prices)));
  const row = boundRow(workload, own, bound, podHour);
  const coarse: Sentence = (texts) => texts.coarse(stepSeconds);
  return { workload, own, row: stepSeconds > FINEST_SECONDS ? noted(row, coarse) : row };
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
