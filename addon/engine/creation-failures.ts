import { inTurn } from '../../core/concurrency/in-turn.ts';
import { messageOf } from '../../core/errors.ts';
import type { EngineParts, Roster } from './engine-parts.ts';
import type { ScaledWorkload } from './scaled-workload.ts';

/** 200 workloads under one quota: four requests a second. */
const ASKED_A_TICK = 60;
const ASKED_AT_ONCE = 4;

/** Asks the API server why pods are not created, of few workloads at a time. */
export class CreationFailures {
  private readonly parts: EngineParts;
  private readonly roster: Roster;

  constructor(parts: EngineParts, roster: Roster) {
    this.parts = parts;
    this.roster = roster;
  }

  /** Those that are due; nobody waits for the answers, which stand in the next tick's conditions. */
  ask(): void {
    const { creationFailure } = this.parts;
    if (!creationFailure) return;
    const due: ScaledWorkload[] = [];
    for (const workload of this.roster.workloads.values()) {
      if (due.length < ASKED_A_TICK && workload.uncreated.due(this.roster.tickNumber)) due.push(workload);
    }
    if (due.length > 0) void inTurn(due, ASKED_AT_ONCE, (workload) => this.askOf(workload, creationFailure));
  }

  private async askOf(
    { ref, uid, key, uncreated }: ScaledWorkload,
    creationFailure: NonNullable<EngineParts['creationFailure']>,
  ): Promise<void> {
    try {
      uncreated.why = await creationFailure(ref, uid);
    } catch (error) {
      this.parts.log.warn('could not be asked why pods are not created', { workload: key, error: messageOf(error) });
    } finally {
      uncreated.asked = true;
    }
  }
}
