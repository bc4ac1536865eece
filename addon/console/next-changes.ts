import { workloadKey } from '../../core/workload.ts';
import type { ExpectedChange, WorkloadStatus } from '../../core/workload-status.ts';

/** Looked at after each tick: all of 5,000 have their turn within five minutes, and no tick pays for more. */
const AT_ONCE = 250;

interface Told {
  readonly wanted: number;
  readonly change: ExpectedChange | undefined;
}

/** The next change of each workload, looked at by turns; what was told for other pods than are wanted now, or is past, is not known. */
export class NextChanges {
  private readonly told = new Map<string, Told>();
  private readonly look: (key: string) => ExpectedChange | undefined;
  private turn = 0;

  constructor(look: (key: string) => ExpectedChange | undefined) {
    this.look = look;
  }

  /** To be called once a tick. @returns what is known of each */
  after(
    statuses: readonly WorkloadStatus[],
    nowSeconds: number,
  ): (status: WorkloadStatus) => ExpectedChange | undefined {
    const { told } = this;
    for (let i = 0; i < Math.min(AT_ONCE, statuses.length); i++) {
      const { ref, replicas } = statuses[this.turn++ % statuses.length]!;
      const key = workloadKey(ref);
      told.set(key, { wanted: replicas.wanted, change: this.look(key) });
    }
    if (told.size > statuses.length) this.forgetAllBut(statuses);
    return ({ ref, replicas }) => {
      const { wanted, change } = told.get(workloadKey(ref)) ?? {};
      return change && wanted === replicas.wanted && change.atSeconds > nowSeconds ? change : undefined;
    };
  }

  private forgetAllBut(statuses: readonly WorkloadStatus[]): void {
    const keys = new Set(statuses.map(({ ref }) => workloadKey(ref)));
    for (const key of this.told.keys()) if (!keys.has(key)) this.told.delete(key);
  }
}
