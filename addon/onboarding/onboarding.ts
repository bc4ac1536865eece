import { atMost } from '../../core/concurrency/at-most.ts';
import { messageOf } from '../../core/errors.ts';
import type { EngineParts, Roster, Upkeep } from '../engine/engine-parts.ts';
import type { ScaledWorkload } from '../engine/scaled-workload.ts';
import type { TargetStates } from '../engine/target-states.ts';
import type { Refits } from '../refits/refits.ts';

/** A failed opening is tried again after so many ticks: a minute. */
const OPEN_AGAIN_TICKS = 4;
const REACH_AT_ONCE = 32;
/** Histories asked for at once, of those that are open otherwise. */
const LEARN_AT_ONCE = 8;

/** From opted in to learned: how a workload may be written to, its pods, its history, its first refit. */
export class Openings {
  private readonly parts: EngineParts;
  private readonly roster: Roster;
  private readonly targets: TargetStates;
  private readonly refits: Refits;
  private readonly underWay = new Set<Promise<void>>();
  private readonly learnSlot = atMost(LEARN_AT_ONCE);
  private reaching = 0;

  constructor(parts: EngineParts, roster: Roster, targets: TargetStates, refits: Refits) {
    this.parts = parts;
    this.roster = roster;
    this.targets = targets;
    this.refits = refits;
  }

  start(nowSeconds: number): void {
    for (const [key, upkeep] of this.roster.upkeep) {
      if (upkeep.opened || upkeep.opening || upkeep.openTick > this.roster.tickNumber) continue;
      if (this.reaching >= REACH_AT_ONCE) return;
      upkeep.opening = true;
      const opening = this.open(key, upkeep, nowSeconds).finally(() => {
        upkeep.opening = false;
        this.underWay.delete(opening);
      });
      this.underWay.add(opening);
    }
  }

  /** Waits for openings under way. */
  async settled(): Promise<void> {
    while (this.underWay.size > 0) await Promise.all(this.underWay);
  }

  /**
   * First it is reached, all of them soon; then it waits its turn for its history, which may take minutes with a thousand. By then
   * it is watched, and carried by the reactive path.
   */
  private async open(key: string, upkeep: Upkeep, nowSeconds: number): Promise<void> {
    const workload = this.roster.workloads.get(key);
    if (!workload) return;
    upkeep.openTick = this.roster.tickNumber + OPEN_AGAIN_TICKS;
    // One that only waits for its history was reached before.
    if (upkeep.historyAwaited) upkeep.historyAwaited = false;
    else await this.reach(workload, upkeep, nowSeconds);
    if (upkeep.reachedTick !== undefined) await this.learnSlot(() => this.learn(workload, upkeep, nowSeconds));
  }

  private async reach(workload: ScaledWorkload, upkeep: Upkeep, nowSeconds: number): Promise<void> {
    this.reaching++;
    try {
      await this.targets.routeTo(workload);
      await this.targets.readState(workload.key);
      if (workload.state) upkeep.reachedTick = this.roster.tickNumber;
    } catch (error) {
      this.notOpened(workload, error);
    } finally {
      this.reaching--;
      // The next one need not wait for the next tick.
      this.start(nowSeconds);
    }
  }

  /** Its history is read, and a first refit asked for. */
  private async learn(workload: ScaledWorkload, upkeep: Upkeep, nowSeconds: number): Promise<void> {
    try {
      const filled = await this.historyIsThere(workload, nowSeconds);
      if (this.roster.upkeep.get(workload.key) !== upkeep) return;
      if (!filled) {
        upkeep.historyAwaited = true;
        upkeep.openTick = this.roster.tickNumber;
        return;
      }
      upkeep.opened = true;
      workload.succeeded('opening');
      // Learned by the next tick, instead of asked for at it and used at the one after.
      await this.refits.askOf(workload, nowSeconds);
    } catch (error) {
      this.notOpened(workload, error);
    }
  }

  private async historyIsThere({ metrics, state }: ScaledWorkload, nowSeconds: number): Promise<boolean> {
    let filled = true;
    for (const { query } of metrics) {
      if (!(await this.parts.recording.begin(query, state?.selector ?? '', nowSeconds))) filled = false;
    }
    return filled;
  }

  private notOpened(workload: ScaledWorkload, error: unknown): void {
    workload.failed('opening', messageOf(error));
    this.parts.log.warn('a workload could not be opened', { workload: workload.key, error });
  }
}
