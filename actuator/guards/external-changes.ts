import { TICK_SECONDS, TICKS_PER_HOUR } from '../../core/tick.ts';
import type { ExternalChangesRecord } from './guard-record.ts';

const TICKS_PER_MINUTE = TICKS_PER_HOUR / 60;
/** A number set by somebody else is respected for ten minutes: long enough to see what it does, too short to be forgotten. */
export const RESPECTED_TICKS = 10 * TICKS_PER_MINUTE;
/** The same number put back so often within RESPECTED_TICKS is a controller (GitOps), not a person. Argo CD heals within seconds. */
const CONFLICT_TIMES = 5;
/** … and so many changes of any number are another autoscaler that nobody told us of. */
const CONFLICT_CHANGES = 10;
/** Pause before the next attempt: 5 minutes, doubled each time, at most 1 hour. */
const FIRST_PAUSE_TICKS = 5 * TICKS_PER_MINUTE;
const MOST_PAUSE_TICKS = TICKS_PER_HOUR;

interface Conflict {
  readonly replicas: number;
  /** The other one sets ever other numbers. */
  readonly anyNumber: boolean;
  readonly pauseTicks: number;
  readonly retryAtTick: number;
  /** The first write after the pause. */
  attemptTick: number | undefined;
}

/**
 * What others did to the replicas that we write. By rule:
 * - raised by another writer: nothing is taken away from it for ten minutes, more may be added; what a third one takes of it meanwhile is
 *   gone, and what is left of the raise is still not taken;
 * - lowered: for ten minutes we add only what the observed load needs, nothing by forecast;
 * - set to 0: switched off, as for the HPA, until somebody sets another number;
 * - the same number put back five times within ten minutes, or ten changes of any number: nothing is written for 5 minutes, then one
 *   attempt; undone again: 10 minutes, and so on up to an hour. An attempt that stands for ten minutes ends it. Ten more changes
 *   during the pause begin it anew.
 */
export class ForeignChanges {
  /** What should stand there: what we wrote or saw last. */
  private expected: number | undefined;
  private changes: { readonly replicas: number; readonly tick: number }[] = [];
  private latest:
    | { readonly from: number; readonly replicas: number; readonly raised: boolean; readonly tick: number }
    | undefined;
  /** The change that was found last. */
  private found: { readonly from: number; readonly replicas: number; readonly tick: number } | undefined;
  private fight: Conflict | undefined;
  private tick = 0;
  /** Somebody else set it to 0. */
  switchedOff = false;
  /** Grows with each change of what `record` gives. */
  revision = 0;

  /** @param replicas found now. @param zeroIsOurs the policy lets us scale to 0, so that a first 0 is taken for ours. */
  see(replicas: number, tick: number, zeroIsOurs: boolean): void {
    this.tick = tick;
    const { expected } = this;
    this.expected = replicas;
    if (replicas !== expected) this.revision++;
    if (replicas > 0) this.switchedOff = false;
    if (expected === undefined) this.switchedOff = replicas === 0 && !zeroIsOurs;
    else if (replicas !== expected) this.changed(expected, replicas);
    else if (tick >= (this.fight?.attemptTick ?? tick + 1) + RESPECTED_TICKS) {
      this.fight = undefined;
      this.revision++;
    }
  }

  /** Nothing is written (mode `observe`): every change is rightly somebody else's. */
  forget(): void {
    if (this.expected === undefined) return;
    this.revision++;
    this.expected = undefined;
    this.changes = [];
    this.latest = undefined;
    this.found = undefined;
    this.fight = undefined;
    this.switchedOff = false;
  }

  /** We wrote. */
  wrote(replicas: number): void {
    this.expected = replicas;
    this.revision++;
    if (this.fight !== undefined && this.tick >= this.fight.retryAtTick) this.fight.attemptTick ??= this.tick;
  }

  /** Whether this number is another one than what should stand there. */
  isForeign(replicas: number): boolean {
    return this.expected !== undefined && replicas !== this.expected;
  }

  /** What outlives the process. @param secondsOf epoch seconds of a tick */
  record(secondsOf: (tick: number) => number): ExternalChangesRecord {
    const { expected, switchedOff, latest, fight, tick } = this;
    const recent = this.changes.filter((change) => tick - change.tick < RESPECTED_TICKS);
    return {
      ...(expected !== undefined && { expected }),
      ...(switchedOff && { switchedOff }),
      ...(recent.length > 0 && { changes: recent.map((change) => [secondsOf(change.tick), change.replicas]) }),
      ...(this.respected && { latest: { from: latest!.from, to: latest!.replicas, seconds: secondsOf(latest!.tick) } }),
      ...(fight && {
        conflict: {
          replicas: fight.replicas,
          anyNumber: fight.anyNumber,
          pauseSeconds: fight.pauseTicks * TICK_SECONDS,
          pausedSeconds: secondsOf(fight.retryAtTick - fight.pauseTicks),
          ...(fight.attemptTick !== undefined && { attemptSeconds: secondsOf(fight.attemptTick) }),
        },
      }),
    };
  }

  /**
   * Goes on from what the leader before knew. What was seen here meanwhile stays: of both the later one counts.
   * @param tickOf the tick of that many epoch seconds, at most `tick`. @param tick the newest one
   */
  restore(record: ExternalChangesRecord, tickOf: (seconds: number) => number, tick: number): void {
    this.tick = tick;
    this.revision++;
    this.expected ??= record.expected;
    this.switchedOff ||= record.switchedOff === true;
    const known = new Set(this.changes.map((change) => change.tick));
    const before = (record.changes ?? []).map(([seconds, replicas]) => ({ replicas, tick: tickOf(seconds) }));
    this.changes = [...before.filter((change) => !known.has(change.tick)), ...this.changes]
      .filter((change) => tick - change.tick < RESPECTED_TICKS)
      .sort((a, b) => a.tick - b.tick);
    const { latest, conflict } = record;
    if (latest && tickOf(latest.seconds) > (this.latest?.tick ?? Number.NEGATIVE_INFINITY)) {
      const { from, to } = latest;
      this.latest = { from, replicas: to, raised: to > from, tick: tickOf(latest.seconds) };
    }
    if (!conflict) return;
    const pauseTicks = conflict.pauseSeconds / TICK_SECONDS;
    const retryAtTick = tickOf(conflict.pausedSeconds) + pauseTicks;
    if (this.fight && this.fight.retryAtTick >= retryAtTick) return;
    const { replicas, anyNumber, attemptSeconds } = conflict;
    const attemptTick = attemptSeconds === undefined ? undefined : tickOf(attemptSeconds);
    this.fight = { replicas, anyNumber, pauseTicks, retryAtTick, attemptTick };
  }

  /** The change that was found at this tick. */
  get newest(): { readonly from: number; readonly replicas: number } | undefined {
    return this.found?.tick === this.tick ? this.found : undefined;
  }

  /** The change to respect now. */
  get respected(): { readonly replicas: number; readonly raised: boolean } | undefined {
    const { latest } = this;
    return latest !== undefined && this.tick < latest.tick + RESPECTED_TICKS ? latest : undefined;
  }

  /** Until when nothing is written, because this number is put back each time. */
  get conflict(): { readonly replicas: number; readonly ticksLeft: number } | undefined {
    if (this.fight === undefined || this.tick >= this.fight.retryAtTick) return undefined;
    return { replicas: this.fight.replicas, ticksLeft: this.fight.retryAtTick - this.tick };
  }

  private changed(from: number, replicas: number): void {
    const { tick, latest } = this;
    this.found = { from, replicas, tick };
    const isRaise = this.respected?.raised && latest !== undefined && from <= latest.replicas;
    const isLeftOfRaise = isRaise && replicas < from && replicas > latest.from;
    this.latest = isLeftOfRaise ? { ...latest, replicas } : { from, replicas, raised: replicas > from, tick };
    if (replicas === 0) this.switchedOff = true;
    this.changes = this.changes.filter((change) => tick - change.tick < RESPECTED_TICKS);
    this.changes.push({ replicas, tick });
    const { fight } = this;
    const times = this.changes.filter((change) => change.replicas === replicas).length;
    const many = this.changes.length >= CONFLICT_CHANGES;
    if (fight?.attemptTick !== undefined && (fight.anyNumber || fight.replicas === replicas)) {
      this.pause(replicas, fight.anyNumber, Math.min(MOST_PAUSE_TICKS, 2 * fight.pauseTicks));
    } else if (times >= CONFLICT_TIMES || many) this.pause(replicas, times < CONFLICT_TIMES, FIRST_PAUSE_TICKS);
  }

  private pause(replicas: number, anyNumber: boolean, pauseTicks: number): void {
    this.changes = [];
    this.fight = { replicas, anyNumber, pauseTicks, retryAtTick: this.tick + pauseTicks, attemptTick: undefined };
  }
}
