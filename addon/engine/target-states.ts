import type { ScaleTarget, TargetState } from '../../actuator/targets/target.ts';
import { inTurn } from '../../core/concurrency/in-turn.ts';
import { messageOf } from '../../core/errors.ts';
import { TICK_SECONDS } from '../../core/tick.ts';
import { type WorkloadRef, workloadKey } from '../../core/workload.ts';
import { fieldOf } from '../journal/journal-text.ts';
import type { EngineParts, WorkloadRegistry } from './engine-parts.ts';
import type { ScaledWorkload } from './scaled-workload.ts';
import type { WorkloadProgress } from './workload-progress.ts';

const READS_AT_ONCE = 16;

/** How workloads may be written to, and what stands there: read when something changed, and now and then. */
export class TargetStates {
  private readonly parts: EngineParts;
  private readonly registry: WorkloadRegistry;

  constructor(parts: EngineParts, registry: WorkloadRegistry) {
    this.parts = parts;
    this.registry = registry;
  }

  /** The object's spec was changed up to this generation: by us, or by somebody else. */
  seen(key: string, generation: number): void {
    if (this.registry.progress.get(key)?.see(generation)) void this.readState(key);
  }

  /** Something about how a workload may be written to has changed: an HPA came, went or was edited. */
  async reroute(ref: WorkloadRef): Promise<void> {
    const workload = this.registry.workloads.get(workloadKey(ref));
    if (!workload) return;
    await this.routeTo(workload);
    this.registry.progress.get(workload.key)?.writeAtOnce();
    await this.readState(workload.key);
  }

  async routeTo(workload: ScaledWorkload): Promise<void> {
    const routed = await this.parts.route(workload.ref, workload.policy);
    const before = workload.target;
    workload.target = 'target' in routed ? routed.target : undefined;
    workload.blocked = 'refused' in routed ? routed.refused : undefined;
    if (before && before.kind !== workload.target?.kind) await this.releaseTarget(before, workload.key);
    if (!workload.target) workload.state = undefined;
  }

  async readState(key: string): Promise<void> {
    const workload = this.registry.workloads.get(key);
    const progress = this.registry.progress.get(key);
    if (!workload?.target || !progress?.beginRead(this.registry.writing.has(key))) return;
    try {
      const state = await workload.target.read();
      if (this.registry.workloads.get(key) !== workload) return;
      if (progress.takeRead()) await this.take(workload, progress, state);
      workload.succeeded('read');
    } catch (error) {
      workload.failed('read', messageOf(error));
      progress.readFailed();
      this.parts.log.warn('a scale target could not be read', { workload: key, error });
    } finally {
      progress.endRead();
    }
    if (progress.isReadAgain) await this.readState(key);
  }

  /** What was to be read while it was being written is read now. */
  written(key: string): void {
    if (this.registry.progress.get(key)?.isReadAgain) void this.readState(key);
  }

  private async take(
    workload: ScaledWorkload,
    progress: WorkloadProgress,
    state: TargetState | undefined,
  ): Promise<void> {
    const doubtful = progress.takeDoubtful();
    // The answer got lost, the write did not: it is ours, and nobody else's change.
    if (doubtful && state?.replicas === doubtful.to) {
      workload.memory.wrote(doubtful.from, doubtful.to);
      this.parts.journal?.wrote({
        key: workload.key,
        field: fieldOf(workload.target?.kind),
        from: doubtful.from,
        to: doubtful.to,
        reason: undefined,
        why: 'the answer of the API server was lost',
        atSeconds: this.registry.tickNumber * TICK_SECONDS,
      });
    }
    workload.state = state;
    progress.readAt(this.registry.tickNumber);
    if (state) await this.parts.pods.register(workload.ref, state.selector);
    // Opted out meanwhile: nobody else would take its pods out again.
    if (!this.registry.workloads.has(workload.key)) this.parts.pods.unregister(workload.ref);
  }

  /** Those that no event touched for half an hour; nobody waits for them. */
  readStale(): void {
    const { workloads, progress, tickNumber } = this.registry;
    const due = [...workloads.keys()].filter((key) => progress.get(key)!.isReadDue(tickNumber));
    void this.readStates(due);
  }

  readStates(keys: readonly string[]): Promise<void> {
    return inTurn(keys, READS_AT_ONCE, (key) => this.readState(key));
  }

  async release(workload: ScaledWorkload): Promise<void> {
    if (workload.target) await this.releaseTarget(workload.target, workload.key);
  }

  private async releaseTarget(target: ScaleTarget, key: string): Promise<void> {
    if (!this.parts.isLeader()) return;
    if (target.kind === 'hpa') this.parts.journal?.putsBack(key);
    try {
      await target.release();
    } catch (error) {
      this.parts.log.error('could not put back what stands because of us', { workload: key, error });
    }
  }
}
