import type { DoubtRecord } from '../../actuator/guards/guard-record.ts';
import type { DemandReading } from '../../collector/demand/demand-source.ts';
import { hashOf } from '../../core/hash.ts';
import type { MetricRef } from '../../core/policy/policy.ts';
import { OBSERVATION_TICKS, TICK_SECONDS, TICKS_PER_HOUR } from '../../core/tick.ts';

/**
 * Observations that are kept: an hour. They bring a refit up to date; one that is older is asked for again, and a longer stop leaves nothing
 * to go on from.
 */
export const KEPT_TICKS = TICKS_PER_HOUR;

/** A value over this multiple of the largest of the last hour is no load: another unit, a counter that was not rated. */
const MOST_GROWTH = 50;
/**
 * And so is one over this multiple of the last minute that was measured: a step that no load takes, whatever burst the hour had. It must be
 * more than one pod's MOST_GROWTH, and more than twice the hour's largest: batches that come again are no other unit.
 */
const MOST_STEP = 500;
const MOST_OVER_HOUR = 2;
/** More than this multiple of what the pods' limits allow is no usage of theirs; limits are kept to within a few percent over a minute. */
const MOST_OVER_USABLE = 2;
/** … for a quarter of an hour; what still says so then is believed. */
const IMPLAUSIBLE_TICKS = TICKS_PER_HOUR / 4;
/**
 * A value that has not changed for a minute, and for two ticks more than twice the longest such run but one of the ten minutes before, is
 * stale. But one: a single run that stood for minutes was a measurement that stood still before, and must not excuse the next. One that stood
 * for most of that time excuses it: this load is steady.
 */
const FROZEN_TICKS = TICKS_PER_HOUR / 60;
/** … for a quarter of an hour; then it is believed. */
const MOST_FROZEN_TICKS = TICKS_PER_HOUR / 4;
const JUDGED_TICKS = TICKS_PER_HOUR / 6;
const LEAST_RUNS = 4;

/** Readings are no load that was observed: since when, and the largest of the hour and of the minute before. */
interface Implausible {
  readonly sinceTick: number;
  readonly largest: number;
  readonly minute: number;
}

/** A value that stands still, and since when. */
interface Still {
  readonly sinceTick: number;
  readonly value: number;
}

/** The last hour of one metric's observations, by tick, and what they say of a reading: that it stands still, or is another unit. */
export class ObservedHour {
  private newestTick = Number.NEGATIVE_INFINITY;
  private oldestTick = Number.POSITIVE_INFINITY;
  private readonly values = new Float32Array(KEPT_TICKS).fill(Number.NaN);
  /** Its hash: what is stored of one metric says nothing of another. */
  readonly metric: number;
  private implausible: Implausible | undefined;
  private still: Still | undefined;

  /** @param metric what was not believed of another one says nothing of it */
  constructor(metric: MetricRef) {
    this.metric = hashOf(JSON.stringify(metric));
  }

  /** The newest tick; -Infinity: none was pushed. */
  get tick(): number {
    return this.newestTick;
  }

  /** The first tick of all; Infinity: none was pushed. */
  get beganTick(): number {
    return this.oldestTick;
  }

  /** @param value NaN: none */
  push(tick: number, value: number): void {
    this.oldestTick = Math.min(this.oldestTick, tick);
    this.newestTick = tick;
    this.values[tick % KEPT_TICKS] = value;
    this.still = this.stillAt(tick);
  }

  /** Of a tick that is still kept. */
  at(tick: number): number {
    return this.values[((tick % KEPT_TICKS) + KEPT_TICKS) % KEPT_TICKS]!;
  }

  /** The first tick that is still kept. */
  get firstTick(): number {
    return Math.max(this.beganTick, this.tick - KEPT_TICKS + 1);
  }

  /**
   * The newest value is the same to the last digit for far longer than values of this load last, at least for a minute: it may not have been
   * measured anew. Scraped each minute, each value stands for four ticks.
   */
  get frozen(): boolean {
    return this.still !== undefined && Object.is(this.at(this.tick), this.still.value);
  }

  /** What is not believed now; undefined: all is. */
  get doubt(): DoubtRecord | undefined {
    const { metric, implausible, still } = this;
    if (!implausible && !still) return undefined;
    return {
      metric,
      ...(implausible && {
        implausible: {
          seconds: implausible.sinceTick * TICK_SECONDS,
          largest: implausible.largest,
          minute: implausible.minute,
        },
      }),
      ...(still && { still: { seconds: still.sinceTick * TICK_SECONDS, value: still.value } }),
    };
  }

  /** Goes on with what another process did not believe, where it was not believed by now and nothing else was seen here. */
  restore(doubts: readonly DoubtRecord[], nowSeconds: number): void {
    const { implausible, still } = doubts.find(({ metric }) => metric === this.metric) ?? {};
    const now = Math.round(nowSeconds / TICK_SECONDS);
    const { tick } = this;
    if (implausible) {
      const sinceTick = Math.round(implausible.seconds / TICK_SECONDS);
      const isEarlier = sinceTick < (this.implausible?.sinceTick ?? Number.POSITIVE_INFINITY);
      if (isEarlier && now - sinceTick < IMPLAUSIBLE_TICKS) this.implausible = { ...implausible, sinceTick };
    }
    if (still) {
      const value = Math.fround(still.value);
      const sinceTick = Math.round(still.seconds / TICK_SECONDS);
      const hasMoved = Number.isFinite(tick) && !Number.isNaN(this.at(tick)) && this.at(tick) !== value;
      if (!hasMoved && now - sinceTick < MOST_FROZEN_TICKS) this.still ??= { value, sinceTick };
    }
  }

  /** One that stands still does so until there is another value, or it is believed. */
  private stillAt(tick: number): Still | undefined {
    const { still } = this;
    const value = this.at(tick);
    const isSame = still !== undefined && (Number.isNaN(value) || value === still.value);
    if (isSame) return tick - still.sinceTick < MOST_FROZEN_TICKS - 1 ? still : undefined;
    return this.standsStill(tick) ? { value, sinceTick: tick - this.runBefore(tick) + 1 } : undefined;
  }

  private standsStill(tick: number): boolean {
    if (!(this.at(tick) > 0)) return false;
    const run = this.runBefore(tick);
    if (run < FROZEN_TICKS || run >= MOST_FROZEN_TICKS) return false;
    let longest = 1;
    let usual = 1;
    let judged = 0;
    let runs = 0;
    let at = tick - run;
    while (at > Math.max(this.beganTick, tick - run - JUDGED_TICKS)) {
      const length = this.runBefore(at);
      // Ticks without a value are no value that stood still.
      if (!Number.isNaN(this.at(at))) {
        judged += length;
        usual = Math.max(usual, Math.min(longest, length));
        longest = Math.max(longest, length);
        runs++;
      }
      at -= length;
    }
    if (2 * longest >= judged) usual = longest;
    return runs >= LEAST_RUNS && run >= Math.max(FROZEN_TICKS, 2 * usual + 2);
  }

  /**
   * Why a reading can't be of the load that was observed; undefined: it can, or it has said so for a quarter of an hour.
   * @param tick of the reading, which is not pushed yet
   * @param podCapacity demand that one pod serves; 0: not known
   * @param usable the most that the measured pods can use; by default not known
   */
  whyImplausible(
    tick: number,
    reading: number,
    podCapacity: number,
    usable = Number.POSITIVE_INFINITY,
  ): string | undefined {
    const why =
      reading > MOST_OVER_USABLE * usable
        ? `over ${MOST_OVER_USABLE} times what the limits of its pods allow (${usable})`
        : this.whyTooMuch(tick, reading, podCapacity);
    if (why === undefined) {
      this.implausible = undefined;
      return undefined;
    }
    this.implausible ??= { sinceTick: tick, largest: this.largest, minute: this.largestOfMinute(tick) };
    if (tick - this.implausible.sinceTick >= IMPLAUSIBLE_TICKS) return undefined;
    return `found ${reading}, ${why}: not believed for 15 min. Has its unit changed?`;
  }

  private whyTooMuch(tick: number, reading: number, podCapacity: number): string | undefined {
    const { largest } = this;
    if (!(largest > 0)) return undefined;
    if (reading > MOST_GROWTH * Math.max(largest, podCapacity))
      return `over ${MOST_GROWTH} times the largest of the last hour (${largest})`;
    if (reading <= Math.max(MOST_GROWTH * podCapacity, MOST_OVER_HOUR * largest)) return undefined;
    const newest = this.largestOfMinute(tick);
    // From nothing any load is a step.
    return newest > 0 && reading > MOST_STEP * newest
      ? `over ${MOST_STEP} times the largest of the last minute (${newest})`
      : undefined;
  }

  /** Of the hour, and of the one before a value that is not believed; 0: there is none. */
  private get largest(): number {
    let largest = this.implausible?.largest ?? 0;
    for (const value of this.values) if (value > largest) largest = value;
    return largest;
  }

  /** Largest of the newest minute of values, those of the hour before this tick; 0: there are none. */
  private largestOfMinute(tick: number): number {
    let largest = 0;
    let found = 0;
    const first = Math.max(this.beganTick, tick - KEPT_TICKS + 1);
    for (let at = tick - 1; at >= first && found < OBSERVATION_TICKS; at--) {
      const value = this.at(at);
      if (Number.isNaN(value)) continue;
      largest = Math.max(largest, value);
      found++;
    }
    return found > 0 ? largest : (this.implausible?.minute ?? 0);
  }

  /** Ticks up to this one with the value of this one. */
  private runBefore(tick: number): number {
    const value = this.at(tick);
    let run = 1;
    while (run < MOST_FROZEN_TICKS && Object.is(this.at(tick - run), value)) run++;
    return run;
  }
}

/** A source gives finite numbers ≥ 0; what is none all the same is no data, and never learned. */
export function whyMissing(reading: DemandReading | undefined): string | undefined {
  if (reading === undefined) return 'not asked for';
  if (reading.kind === 'missing') return reading.why;
  return reading.value >= 0 && reading.value < Number.POSITIVE_INFINITY
    ? undefined
    : `${reading.value} is no demand: a finite number ≥ 0 is`;
}
