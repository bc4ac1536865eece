import { honoursDeletionCost, markPods, podsToMark } from '../actuator/deletion-cost.ts';
import type { ScaleOutcome } from '../actuator/targets/target.ts';
import { messageOf } from '../core/errors.ts';
import { describeChange } from './describe.ts';
import type { EngineParts, EngineSettings, Roster, Upkeep } from './engine-parts.ts';
import { inTurn } from './in-turn.ts';
import type { ScaledWorkload } from './scaled-workload.ts';
import type { TargetStates } from './target-states.ts';
import type { WorkloadStatus } from './workload-status.ts';

/** A write that failed is tried again after 1, 2, 4 ticks; one that was refused also after 8, two minutes: the same gets the same answer. */
const MOST_FAILED_WRITE_TICKS = 4;
const MOST_REFUSED_WRITE_TICKS = 8;

/** Carries decisions out, where this replica acts: a few at once, each fenced, each said. */
export class Writes {
  private readonly parts: EngineParts;
  private readonly settings: EngineSettings;
  private readonly roster: Roster;
  private readonly targets: TargetStates;
  private readonly status: (workload: ScaledWorkload, nowSeconds: number) => WorkloadStatus;

  /** @param status of a workload, for the words of its Events */
  constructor(
    parts: EngineParts,
    settings: EngineSettings,
    roster: Roster,
    targets: TargetStates,
    status: (workload: ScaledWorkload, nowSeconds: number) => WorkloadStatus,
  ) {
    this.parts = parts;
    this.settings = settings;
    this.roster = roster;
    this.targets = targets;
    this.status = status;
  }

  async write(changing: readonly ScaledWorkload[], nowSeconds: number): Promise<void> {
    if (this.parts.isLeader()) {
      await inTurn(
        changing.filter(
          ({ policy, key }) =>
            policy.mode !== 'observe' && this.roster.upkeep.get(key)!.writeTick <= this.roster.tickNumber,
        ),
        this.settings.writesAtOnce,
        (workload) => this.gated(() => this.writeOne(workload, nowSeconds)),
      );
    }
  }

  private gated(write: () => Promise<void>): Promise<void> {
    const { writeGate } = this.parts;
    return writeGate ? writeGate.run(write) : write();
  }

  private async writeOne(workload: ScaledWorkload, nowSeconds: number): Promise<void> {
    const { target, state, proposal, key } = workload;
    const upkeep = this.roster.upkeep.get(key);
    if (!target || !state || !proposal || !upkeep) return;
    const from = state.replicas;
    const to = proposal.decision.replicas;
    try {
      if (to < from) await this.markGoing(workload, from - to);
      // Fenced as late as can be: a leader that was frozen writes nothing stale, and nobody what was opted out or paused meanwhile.
      if (!this.parts.isLeader() || this.roster.workloads.get(key) !== workload) return;
      const counts = upkeep.generation !== undefined && target.kind === 'scale';
      if (counts) upkeep.generation!++;
      const outcome = await target.write(from, to);
      if (outcome.kind !== 'scaled' && counts) upkeep.generation!--;
      this.wrote(workload, from, outcome, nowSeconds);
      if (outcome.kind === 'refused') this.backOff(upkeep, MOST_REFUSED_WRITE_TICKS);
      else upkeep.failedWrites = 0;
    } catch (error) {
      upkeep.doubtful = { from, to };
      this.backOff(upkeep, MOST_FAILED_WRITE_TICKS);
      workload.failed('write', messageOf(error));
      this.parts.onWrite?.(target.kind, 'error');
      this.parts.log.warn('replicas could not be written', { workload: key, error });
      // Whether it was carried out after all.
      void this.targets.readState(key);
    }
  }

  private backOff(upkeep: Upkeep, mostTicks: number): void {
    upkeep.writeTick = this.roster.tickNumber + Math.min(mostTicks, 2 ** upkeep.failedWrites++);
  }

  private wrote(workload: ScaledWorkload, from: number, outcome: ScaleOutcome, nowSeconds: number): void {
    const { ref, uid, memory, key } = workload;
    const kind = workload.target!.kind;
    switch (outcome.kind) {
      case 'scaled': {
        memory.wrote(from, outcome.replicas);
        workload.state = { ...workload.state!, replicas: outcome.replicas };
        workload.writtenSeconds = nowSeconds;
        workload.succeeded('write');
        this.parts.onWrite?.(kind, 'ok');
        const message = describeChange(this.status(workload, nowSeconds), from, outcome.replicas);
        this.parts.events.normal(ref, uid, outcome.replicas > from ? 'ScaledOut' : 'ScaledIn', message);
        this.parts.log.info('scaled', { workload: key, from, to: outcome.replicas, why: message });
        return;
      }
      case 'unchanged':
        workload.state = { ...workload.state!, replicas: outcome.replicas };
        workload.succeeded('write');
        return;
      case 'foreign':
        // Told by the next tick, as every change that another writer made.
        workload.state = { ...workload.state!, replicas: outcome.replicas };
        workload.succeeded('write');
        this.parts.onWrite?.(kind, 'conflict');
        return;
      case 'gone':
        workload.state = undefined;
        return;
      case 'refused':
        workload.failed('write', outcome.why);
        this.parts.onWrite?.(kind, 'error');
        this.parts.events.warning(ref, uid, 'Refused', outcome.why);
        return;
    }
  }

  /** Pods of virtual nodes go first, where pods are on both. Scale in all the same where that fails: it is only money. */
  private async markGoing({ key, ref, target }: ScaledWorkload, removed: number): Promise<void> {
    if (!this.settings.markDeletionCost || !honoursDeletionCost(ref.kind)) return;
    const pods = this.parts.pods.podsOf(key);
    const errors = await markPods(this.parts.api, podsToMark(pods, target?.kind === 'hpa' ? pods.length : removed));
    for (const [pod, error] of errors) this.parts.log.warn('a pod could not be marked', { workload: key, pod, error });
  }
}
