import { AMBIGUOUS_SELECTOR, ambiguousWords, PARTLY_MEASURED } from '../status/addon-status.ts';
import { describeExternal } from '../status/describe.ts';
import type { EngineParts } from './engine-parts.ts';
import type { ScaledWorkload } from './scaled-workload.ts';

/** Events on workloads that say what others did to them, and what keeps them from being scaled as they should. */
export class WorkloadNotices {
  private readonly parts: Pick<EngineParts, 'events' | 'isLeader'>;

  constructor(parts: Pick<EngineParts, 'events' | 'isLeader'>) {
    this.parts = parts;
  }

  /** A change that another writer made is said on the workload, with what comes of it. */
  tellOfOthers({ ref, uid, memory }: ScaledWorkload): void {
    const change = memory.external.newest;
    if (change) this.parts.events.warning(ref, uid, 'ExternalChange', describeExternal(change.from, change.replicas));
  }

  /** What keeps it from being scaled as it should is said in one Event when it begins. */
  tellObstacles(workload: ScaledWorkload): void {
    const { ambiguous, obstacle, requestProblem, uncreated, key, state } = workload;
    this.tellOnce(workload, AMBIGUOUS_SELECTOR, ambiguous && ambiguousWords(ambiguous, key));
    this.tellOnce(workload, 'FailedGetResourceMetric', requestProblem);
    this.tellOnce(workload, PARTLY_MEASURED, workload.partlyMeasured);
    this.tellOnce(workload, 'Refused', state?.blocked);
    const refused = uncreated.count > 0;
    // Not before Kubernetes was asked why.
    if (!refused || uncreated.asked) this.tellOnce(workload, 'FailedCreate', refused ? obstacle?.message : undefined);
    this.tellOnce(workload, 'PodsNotStarting', refused ? undefined : obstacle?.message, obstacle?.reason);
  }

  private tellOnce({ ref, uid, told }: ScaledWorkload, what: string, message: string | undefined, reason = what): void {
    if (message === undefined) told.delete(what);
    else if (!told.has(what) && this.parts.isLeader()) {
      told.add(what);
      this.parts.events.warning(ref, uid, reason, message);
    }
  }
}
