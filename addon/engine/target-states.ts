import type { ScaleTarget, TargetState } from '../../actuator/targets/target.ts';
import { inTurn } from '../../core/concurrency/in-turn.ts';
import { messageOf } from '../../core/errors.ts';
import { TICK_SECONDS } from '../../core/tick.ts';
import { type WorkloadRef, workloadKey } from '../../core/workload.ts';
import { fieldOf } from '../journal/journal-text.ts';
import type { EngineParts, Roster, Upkeep } from './engine-parts.ts';
import type { ScaledWorkload } from './scaled-workload.ts';

/** A state that no event touched is read again after half an hour: 1,000 workloads cost 0.6 requests a second. */
const STATE_TICKS = 120;
const READS_AT_ONCE = 16;

/** How workloads may be written to, and what stands there: read when something changed, and now and then. */
export class TargetStates {
  private readonly parts: EngineParts;
  private readonly roster: Roster;

  constructor(parts: EngineParts, roster: Roster) {
    this.parts = parts;
    this.roster = roster;
  }

  /** The object's spec was changed up to this generation: by us, or by somebody else. */
  seen(key: string, generation: number): void {
    const upkeep = this.roster.upkeep.get(key);
    if (!upkeep) return;
    const known = upkeep.generation;
    if (known !== undefined && generation <= known) return;
    upkeep.generation = generation;
    // The first one comes with the workload itself, whose state is read when it is opened.
    if (known !== undefined && (upkeep.opened || upkeep.opening)) void this.readState(key);
  }

  /** Something about how a workload may be written to has changed: an HPA came, went or was edited. */
  async reroute(ref: WorkloadRef): Promise<void> {
    const workload = this.roster.workloads.get(workloadKey(ref));
    if (!workload) return;
    await this.routeTo(workload);
    const upkeep = this.roster.upkeep.get(workload.key);
    if (upkeep) upkeep.writeTick = 0;
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
    const workload = this.roster.workloads.get(key);
    const upkeep = this.roster.upkeep.get(key);
    if (!workload?.target || !upkeep) return;
    // What is being read may be older than the change that asks for it now; what is being written may change any moment.
    upkeep.readAgain = upkeep.reading || this.roster.writing.has(key);
    if (upkeep.readAgain) return;
    upkeep.reading = true;
    upkeep.readVoid = false;
    try {
      const state = await workload.target.read();
      if (this.roster.workloads.get(key) !== workload) return;
      if (upkeep.readVoid) upkeep.readAgain = true;
      else await this.take(workload, upkeep, state);
      workload.succeeded('read');
    } catch (error) {
      workload.failed('read', messageOf(error));
      // Due again at the next tick: what an outage hid must not wait for half an hour.
      upkeep.readTick = Number.NEGATIVE_INFINITY;
      this.parts.log.warn('a scale target could not be read', { workload: key, error });
    } finally {
      upkeep.reading = false;
    }
    if (upkeep.readAgain) await this.readState(key);
  }

  /** What was to be read while it was being written is read now. */
  written(key: string): void {
    if (this.roster.upkeep.get(key)?.readAgain) void this.readState(key);
  }

  private async take(workload: ScaledWorkload, upkeep: Upkeep, state: TargetState | undefined): Promise<void> {
    const { doubtful } = upkeep;
    upkeep.doubtful = undefined;
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
        atSeconds: this.roster.tickNumber * TICK_SECONDS,
      });
    }
    workload.state = state;
    upkeep.readTick = this.roster.tickNumber;
    if (state) await this.parts.pods.register(workload.ref, state.selector);
    // Opted out meanwhile: nobody else would take its pods out again.
    if (!this.roster.workloads.has(workload.key)) this.parts.pods.unregister(workload.ref);
  }

  /** Those that no event touched for half an hour; nobody waits for them. */
  readStale(): void {
    const due = [...this.roster.workloads.keys()].filter((key) => this.readDue(key));
    void inTurn(due, READS_AT_ONCE, (key) => this.readState(key));
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

  private readDue(key: string): boolean {
    const upkeep = this.roster.upkeep.get(key)!;
    return upkeep.opened && this.roster.tickNumber - upkeep.readTick >= STATE_TICKS;
  }
}
