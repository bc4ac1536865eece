import { atMost } from '../collector/at-most.ts';
import { type DemandQuery, OBSERVATION_DELAY_SECONDS } from '../collector/demand-source.ts';
import { messageOf } from '../core/errors.ts';
import { DAY_SECONDS, MINUTE_SECONDS } from '../core/series.ts';
import type { EngineParts, Roster, Upkeep } from './engine-parts.ts';
import type { Refits } from './refits.ts';
import type { ScaledWorkload } from './scaled-workload.ts';
import type { TargetStates } from './target-states.ts';

/** A week and an hour: what reaches back across the edge of the seventh day. */
const BACKFILL_SECONDS = 7 * DAY_SECONDS + 3_600;
/** A history whose newest point is not older than this only lacks its end. */
const FRESH_SECONDS = DAY_SECONDS;
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
    this.reaching++;
    try {
      await this.targets.routeTo(workload);
      await this.targets.readState(key);
      if (workload.state) upkeep.reachedTick = this.roster.tickNumber;
    } catch (error) {
      this.notOpened(workload, error);
    } finally {
      this.reaching--;
      // The next one need not wait for the next tick.
      this.start(nowSeconds);
    }
    if (upkeep.reachedTick !== undefined) await this.learnSlot(() => this.learn(workload, upkeep, nowSeconds));
  }

  /** Its history is read, and a first refit asked for. */
  private async learn(workload: ScaledWorkload, upkeep: Upkeep, nowSeconds: number): Promise<void> {
    try {
      for (const { query } of workload.metrics) await this.backfill(workload, query, nowSeconds);
      if (this.roster.upkeep.get(workload.key) !== upkeep) return;
      upkeep.opened = true;
      workload.succeeded('opening');
      // Learned by the next tick, instead of asked for at it and used at the one after.
      await this.refits.askOf(workload, nowSeconds);
    } catch (error) {
      this.notOpened(workload, error);
    }
  }

  private notOpened(workload: ScaledWorkload, error: unknown): void {
    workload.failed('opening', messageOf(error));
    this.parts.log.warn('a workload could not be opened', { workload: workload.key, error });
  }

  /** What the store lacks of the last seven days. */
  private async backfill(workload: ScaledWorkload, query: DemandQuery, nowSeconds: number): Promise<void> {
    const { history, source } = this.parts;
    const endSeconds = Math.floor((nowSeconds - OBSERVATION_DELAY_SECONDS) / MINUTE_SECONDS) * MINUTE_SECONDS;
    const known = await history.read(query.id);
    const newest = known ? known.startSeconds + (known.values.length - 1) * known.stepSeconds : 0;
    // One that only begins lately may be young, or its source was away until now: the past that is lacking is asked for too.
    const reachesBack = known !== undefined && known.startSeconds < endSeconds - BACKFILL_SECONDS + FRESH_SECONDS;
    const fresh = reachesBack && newest > endSeconds - FRESH_SECONDS;
    const startSeconds = fresh ? newest + MINUTE_SECONDS : endSeconds - BACKFILL_SECONDS;
    if (startSeconds > endSeconds) return;
    const samples = await source.history(query, { startSeconds, endSeconds, stepSeconds: MINUTE_SECONDS });
    if (samples.times.length === 0 || this.roster.workloads.get(workload.key) !== workload) return;
    const values = new Float64Array((endSeconds - startSeconds) / MINUTE_SECONDS + 1).fill(Number.NaN);
    samples.times.forEach((time, i) => {
      values[Math.round((time - startSeconds) / MINUTE_SECONDS)] = samples.values[i]!;
    });
    await history.fill(query.id, { startSeconds, stepSeconds: MINUTE_SECONDS, values });
  }
}
