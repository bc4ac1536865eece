import { messageOf } from '../../core/errors.ts';
import { workloadKey } from '../../core/workload.ts';
import type { Baseline, NoBaseline, WorkloadStatus } from '../../core/workload-status.ts';
import type { AddonView } from '../../telemetry/http/addon-view.ts';
import type { Journal } from '../journal/journal-text.ts';
import { describeReason } from './describe.ts';
import { type ChainStep, explainChain } from './explain-chain.ts';
import { durationWords } from './quantity-text.ts';
import type { PastDecision, RecentDecisions, RecentMinute } from './recent-decisions.ts';

/** A sync begins every 15 s; after eight missed ones the process is stuck and had better be started again. */
const STUCK_SECONDS = 120;

interface Shown {
  readonly version: string;
  /** Whether the replica that answers acts; one that waits shows what it sees itself. */
  readonly leader: boolean;
  /** The replica that answers: these are its figures. */
  readonly replica: string;
  /** The replica that acts; null: none does, or it is not known. */
  readonly acting: string | null;
  /** When the figures were made: the end of its last tick. */
  readonly figuresSeconds: number;
  readonly nowSeconds: number;
}

/** The answer of `GET /api/v1/workloads`. */
export interface ShownWorkloads extends Shown {
  /** By namespace, kind and name. */
  readonly workloads: readonly (WorkloadStatus & {
    readonly why: string;
    /** What ran in the last week against the HPA that would have; or why there is no such comparison. */
    readonly baseline: Baseline | NoBaseline;
  })[];
}

/** The answer of `GET /api/v1/workloads/<namespace>/<kind>/<name>`. */
export interface ShownWorkload extends Shown {
  readonly status: WorkloadStatus;
  readonly why: string;
  readonly chain: readonly ChainStep[];
  /** Oldest first. */
  readonly decisions: readonly PastDecision[];
  readonly minutes: readonly RecentMinute[];
  /** Changes of replicas in the last eight days; null: none are kept. */
  readonly journal: Journal | null;
  /** Why the journal can't be read; null: it can. */
  readonly journalProblem: string | null;
  readonly baseline: Baseline | NoBaseline;
}

/** What is kept in a store. */
export interface ViewedRecords {
  /** @throws where the store can't be read */
  journal(key: string): Promise<Journal | undefined>;
  baseline(key: string): Baseline | NoBaseline;
}

const NOTHING_KEPT: ViewedRecords = {
  journal: async () => undefined,
  baseline: () => ({ why: 'nothing is kept of what ran', madeSeconds: null }),
};

/** What the view reads; all but the records is in memory. */
export interface ViewedParts {
  readonly version: string;
  readonly metrics: { readonly contentType: string; render(): Promise<string> };
  readonly recent: RecentDecisions;
  statuses(): readonly WorkloadStatus[];
  leader(): boolean;
  /** Names of the replica that answers, and of the one that acts; undefined: not known. */
  readonly replica?: string;
  acting?(): string | undefined;
  readonly records?: ViewedRecords;
  /** Epoch seconds. */
  now(): number;
  /** When the last sync ended, or, before the first one, when the process started; a replica that only waits syncs too. */
  lastTickSeconds(): number;
  /** Why the addon can't act now, each with the fix. */
  unready(): readonly string[];
}

/** What the HTTP server shows of the addon. */
export function addonView(parts: ViewedParts): AddonView {
  const { version, replica = '', records = NOTHING_KEPT } = parts;
  const shown = (): Shown => {
    const leader = parts.leader();
    const acting = leader ? replica : (parts.acting?.() ?? null);
    return { version, leader, replica, acting, figuresSeconds: parts.lastTickSeconds(), nowSeconds: parts.now() };
  };
  return {
    metricsContentType: parts.metrics.contentType,
    metrics: () => parts.metrics.render(),
    unready: () => parts.unready(),
    unhealthy: () => {
      const age = parts.now() - parts.lastTickSeconds();
      return age > STUCK_SECONDS ? [`no sync ended for ${durationWords(age)}; one begins every 15 s`] : [];
    },
    workloads: (): ShownWorkloads => ({
      ...shown(),
      workloads: [...parts.statuses()].sort(byKey).map((status) => {
        return { ...status, why: describeReason(status), baseline: records.baseline(workloadKey(status.ref)) };
      }),
    }),
    workload: async (key): Promise<ShownWorkload | undefined> => {
      const status = parts.statuses().find(({ ref }) => workloadKey(ref) === key);
      return status && { ...shown(), ...explained(status, parts.recent), ...(await kept(key, records)) };
    },
  };
}

type Kept = Pick<ShownWorkload, 'journal' | 'journalProblem' | 'baseline'>;

/** A store that doesn't answer keeps nobody from the rest. */
async function kept(key: string, records: ViewedRecords): Promise<Kept> {
  const baseline = records.baseline(key);
  try {
    return { journal: (await records.journal(key)) ?? null, journalProblem: null, baseline };
  } catch (error) {
    return { journal: null, journalProblem: messageOf(error), baseline };
  }
}

function explained(status: WorkloadStatus, recent: RecentDecisions): Omit<ShownWorkload, keyof Shown | keyof Kept> {
  const key = workloadKey(status.ref);
  return {
    status,
    why: describeReason(status),
    chain: explainChain(status),
    decisions: recent.decisions(key),
    minutes: recent.minutes(key),
  };
}

function byKey(a: WorkloadStatus, b: WorkloadStatus): number {
  const [first, second] = [workloadKey(a.ref), workloadKey(b.ref)];
  return first < second ? -1 : Number(first > second);
}
