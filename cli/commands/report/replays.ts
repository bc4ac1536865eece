import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { TimeRange } from '../../../collector/demand/demand-source.ts';
import type { PrometheusHttp } from '../../../collector/prometheus/answer.ts';
import {
  queriesOf,
  type UsageBatch,
  type UsageLimits,
  type UsageSubject,
  usageBatches,
} from '../../../collector/prometheus/usage-batches.ts';
import { readUsage } from '../../../collector/prometheus/usage-history.ts';
import { canonicalCsv } from '../../../collector/trace/csv/canonical-csv.ts';
import { workloadKey } from '../../../core/workload.ts';
import type { PriceBook } from '../../../replay/cost/price-book.ts';
import { writeOutFiles } from '../replay/out-folder.ts';
import type { Flags } from '../replay/replay-options.ts';
import { replayOnThreads, type TraceJob, threadsFor } from '../replay/replay-pool.ts';
import { type Bounded, pricedSize, subjectOf } from './bounds.ts';
import type { ClusterWorkload } from './cluster-workloads.ts';
import { noted, replayedRow, type SavingsRow } from './savings-rows.ts';
import { type Sentence, type Skipped, verbatim } from './skipped.ts';

/** What of the best is replayed, and how. */
export interface ReplayPlan {
  readonly range: TimeRange;
  /** Every workload of the cluster. */
  readonly all: readonly ClusterWorkload[];
  readonly limits: UsageLimits;
  readonly prices: PriceBook;
  readonly out: string;
  /** Options of `prescale replay`, the same for all. */
  readonly flags: Flags;
  /** Whether another replay may begin: there is time. */
  readonly mayBegin: () => boolean;
  /** Requests to Prometheus that are left. */
  readonly queriesLeft: () => number;
}

/** The load that a workload was replayed with stands beside its report, so that anybody can replay it again. */
const DEMAND_FILE = 'demand.csv';
const HPA_FILE = 'hpa.yaml';
const POLICIES = { own: 'predictive,hpa,oracle', fixed: 'predictive,hpa,fixed,oracle' };

interface Job {
  readonly bounded: Bounded;
  readonly folder: string;
  /** What a thread is sent of it. */
  readonly trace: TraceJob;
}

/**
 * Replays workloads by the minute in their order while there is time and queries are left.
 * @returns the rows of those that were replayed or failed, by workloadKey, and what failed
 */
export async function replayBest(
  http: PrometheusHttp,
  best: readonly Bounded[],
  plan: ReplayPlan,
  onProgress: (done: number) => void,
): Promise<{
  readonly rows: ReadonlyMap<string, SavingsRow<Sentence>>;
  readonly failed: readonly Skipped<Sentence>[];
}> {
  const rows = new Map<string, SavingsRow<Sentence>>();
  const failed: Skipped<Sentence>[] = [];
  const begun: Job[] = [];
  const fail = ({ workload, row }: Bounded, why: string) => {
    const key = workloadKey(workload.ref);
    failed.push({ workload: verbatim(key), why: (texts) => texts.onlyBound(why), fault: true });
    rows.set(
      key,
      noted(row, (texts) => texts.replayFailed(why)),
    );
  };
  async function* jobs(): AsyncGenerator<TraceJob> {
    for await (const job of minuteDemand(http, best, plan, fail)) {
      if (!plan.mayBegin()) return;
      begun.push(job);
      yield job.trace;
    }
  }
  const threads = threadsFor(best.length, availableParallelism());
  let done = 0;
  // One at a time: each removes what it began when it is interrupted.
  let writing = Promise.resolve();
  await replayOnThreads(
    jobs(),
    threads,
    { flags: plan.flags, kind: undefined, reading: {} },
    () => {},
    async (i, outcome) => {
      const { bounded, folder } = begun[i]!;
      const key = workloadKey(bounded.workload.ref);
      if ('failed' in outcome) fail(bounded, outcome.failed);
      else if ('refused' in outcome) {
        const { refused } = outcome;
        rows.set(
          key,
          noted(bounded.row, (texts) => texts.notReplayable(refused)),
        );
      } else {
        writing = writing.then(() => writeOutFiles(join(plan.out, folder), outcome.files));
        await writing;
        const { min, max } = bounded.own;
        rows.set(key, replayedRow(bounded.row, outcome.report, folder, min, max));
      }
      onProgress(++done);
    },
  );
  return { rows, failed };
}

/** Each with its demand by the minute written; a batch is read when the one before it was taken. */
async function* minuteDemand(
  http: PrometheusHttp,
  best: readonly Bounded[],
  { range, all, limits, out, prices, mayBegin, queriesLeft }: ReplayPlan,
  fail: (bounded: Bounded, why: string) => void,
): AsyncGenerator<Job> {
  const subjects = best.map((bounded) => ({ ...subjectOf(bounded.workload), bounded }));
  const batches = usageBatches(subjects, all.map(subjectOf), range, 'observation', limits);
  const taken = new Set<string>();
  for (const batch of inOrder(subjects, batches)) {
    if (!mayBegin() || queriesLeft() < queriesOf([batch], range)) return;
    const found = await readUsage(http, batch, range, 'observation');
    for (const { bounded, ref } of batch.subjects) {
      const usage = found.get(workloadKey(ref))!;
      if (usage instanceof Error) {
        fail(bounded, usage.message);
        continue;
      }
      const folder = folderOf(bounded, taken);
      const { hpa } = bounded.own;
      await writeOutFiles(join(out, folder), [
        { name: DEMAND_FILE, pieces: canonicalCsv(usage) },
        ...(hpa === undefined ? [] : [{ name: HPA_FILE, pieces: [hpa.text] }]),
      ]);
      yield {
        bounded,
        folder,
        trace: { path: join(out, folder, DEMAND_FILE), flags: flagsOf(bounded, join(out, folder), prices) },
      };
    }
  }
}

/** Batches by the first of their subjects: the best come first. */
function inOrder<Subject extends UsageSubject>(
  subjects: readonly Subject[],
  batches: readonly UsageBatch<Subject>[],
): UsageBatch<Subject>[] {
  const place = new Map(subjects.map((subject, i) => [subject, i]));
  const first = ({ subjects: [one] }: UsageBatch<Subject>) => (one && place.get(one)) ?? 0;
  return [...batches].sort((a, b) => first(a) - first(b));
}

function flagsOf({ workload, own }: Bounded, folder: string, prices: PriceBook): Flags {
  const { cpuCores } = workload.size;
  const { vcpu, memoryGib } = pricedSize(workload.size, prices);
  const bounds = {
    min: String(own.min),
    ...(Number.isFinite(own.max) ? { max: String(own.max) } : {}),
  };
  return {
    ...bounds,
    podCapacity: String(cpuCores),
    podSize: `${vcpu},${memoryGib}Gi`,
    policies: own.fixed === undefined ? POLICIES.own : POLICIES.fixed,
    ...(own.fixed === undefined ? {} : { fixed: String(own.fixed) }),
    ...(own.hpa === undefined ? {} : { hpa: join(folder, HPA_FILE) }),
  };
}

/**
 * `shop_deployment_web`: names in Kubernetes have no underscore, so that none takes another's place; of names that Kubernetes would refuse the
 * later ones get a number.
 */
function folderOf({ workload: { ref } }: Bounded, taken: Set<string>): string {
  const safe = (text: string) => text.toLowerCase().replace(/[^a-z0-9.-]/g, '-');
  const base = [ref.namespace, ref.kind, ref.name].map(safe).join('_');
  let folder = base;
  for (let n = 2; taken.has(folder); n++) folder = `${base}_${n}`;
  taken.add(folder);
  return folder;
}
