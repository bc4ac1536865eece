import { workloadKey } from '../../core/workload.ts';
import type { WorkloadStatus } from '../../core/workload-status.ts';
import type { AddonView } from '../../telemetry/http/addon-view.ts';
import { describeReason } from './describe.ts';
import { type ChainStep, explainChain } from './explain-chain.ts';
import { durationWords } from './quantity-text.ts';
import type { PastDecision, RecentDecisions, RecentMinute } from './recent-decisions.ts';

/** A round begins every 15 s; after eight missed ones the process is stuck and had better be started again. */
const STUCK_SECONDS = 120;

interface Shown {
  readonly version: string;
  /** Only the replica that acts knows workloads. */
  readonly leader: boolean;
  readonly nowSeconds: number;
}

/** The answer of `GET /api/v1/workloads`. */
export interface ShownWorkloads extends Shown {
  /** By namespace, kind and name. */
  readonly workloads: readonly (WorkloadStatus & { readonly why: string })[];
}

/** The answer of `GET /api/v1/workloads/<namespace>/<kind>/<name>`. */
export interface ShownWorkload extends Shown {
  readonly status: WorkloadStatus;
  readonly why: string;
  readonly chain: readonly ChainStep[];
  /** Oldest first. */
  readonly decisions: readonly PastDecision[];
  readonly minutes: readonly RecentMinute[];
}

/** What the view reads; all of it is in memory. */
export interface ViewedParts {
  readonly version: string;
  readonly metrics: { readonly contentType: string; render(): Promise<string> };
  readonly recent: RecentDecisions;
  statuses(): readonly WorkloadStatus[];
  leader(): boolean;
  /** Epoch seconds. */
  now(): number;
  /** When the last round ended, or, before the first one, when the process started; a replica that only waits has rounds too. */
  lastRoundSeconds(): number;
  /** Why the addon can't act now, each with the fix. */
  unready(): readonly string[];
}

/** What the HTTP server shows of the addon. */
export function addonView(parts: ViewedParts): AddonView {
  const shown = (): Shown => ({ version: parts.version, leader: parts.leader(), nowSeconds: parts.now() });
  return {
    metricsContentType: parts.metrics.contentType,
    metrics: () => parts.metrics.render(),
    unready: () => parts.unready(),
    unhealthy: () => {
      const age = parts.now() - parts.lastRoundSeconds();
      return age > STUCK_SECONDS ? [`no round ended for ${durationWords(age)}; one begins every 15 s`] : [];
    },
    workloads: (): ShownWorkloads => ({
      ...shown(),
      workloads: [...parts.statuses()].sort(byKey).map((status) => ({ ...status, why: describeReason(status) })),
    }),
    workload: (key): ShownWorkload | undefined => {
      const status = parts.statuses().find(({ ref }) => workloadKey(ref) === key);
      return status && { ...shown(), ...explained(status, parts.recent) };
    },
  };
}

function explained(status: WorkloadStatus, recent: RecentDecisions): Omit<ShownWorkload, keyof Shown> {
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
