import { TICK_SECONDS, TICKS_PER_HOUR } from '../../core/tick.ts';
import { ExternalChanges, RESPECTED_TICKS } from './external-changes.ts';
import { FALSE_ZERO_NUMBERS, FalseZero, RECALLED_TICKS, type SeenLoad, WINDOW_TICKS } from './false-zero.ts';
import type { GuardRecord, MetricsRecord } from './guard-record.ts';

const TICKS_PER_MINUTE = TICKS_PER_HOUR / 60;
/**
 * Two minutes without data are a gap: a rate over a minute, scraped each 15 or 30 s, spans one lost scrape but not four, and after it
 * works on half-filled windows (kedacore/keda#965, grafana/mimir#7691).
 */
const GAP_TICKS = 2 * TICKS_PER_MINUTE;
/** Known ticks that make the window whole: 18 of 20, so that a single lost scrape now and then doesn't hold for ever. */
const WHOLE_TICKS = 18;
/** A tick comes after 15 s; one that comes after more than a minute: the clock jumped, or the process stood. */
const MOST_STEP_SECONDS = 60;
/** What is stored of the most pods may be so much less than what is known. */
const MOST_PODS_STEP = 1.1;

/**
 * Direction reversals of our writes an hour: ten bursts with their ends, one each six minutes, can be followed; what swings faster
 * gets the pods of its peaks.
 */
export const MOST_REVERSALS_PER_HOUR = 20;

/** A moment of one workload. */
export interface Moment extends SeenLoad {
  /** The wall clock, epoch seconds; it may jump. */
  readonly nowSeconds: number;
  /** See zeroIsOurs in guards.ts. */
  readonly zeroIsOurs: boolean;
  /** Decisions are carried out (the default); false in mode `observe`, where nobody's change is external. */
  readonly writes?: boolean;
}

/**
 * Whether another process had the workload before this one: `none`, it was opted in under our eyes; `known`, what that one stored is
 * read; `unknown`, nothing of it, or not all, could be read.
 */
export type Predecessor = 'none' | 'known' | 'unknown';

/**
 * What the guards must remember of one workload; 50 numbers and a few dates. Time is counted in ticks, so that no jump of
 * the clock ends a hold. A new one begins as after a gap: `recall` the history and it is whole at once. `record` is what outlives the
 * process: all but the demand of the last minutes, which the history tells.
 */
export class GuardMemory {
  readonly external = new ExternalChanges();
  predecessor: Predecessor = 'none';
  /** No decrease until the window is whole again. */
  gap = true;
  /** The clock jumped at this tick. */
  clockJumped = false;
  /** The most pods that any demand needed, older than the window: a spike of the last minutes is not history. */
  mostPods: number;

  private tick = 0;
  private lastSeconds: number | undefined;
  /** The demand of the window, the oldest first; then what `falseZero` knows. */
  private readonly numbers = new Float64Array(WINDOW_TICKS + FALSE_ZERO_NUMBERS).fill(Number.NaN, 0, WINDOW_TICKS);
  private readonly falseZero = new FalseZero(this.numbers, WINDOW_TICKS);
  private missing = WINDOW_TICKS;
  private direction: 'in' | 'out' | undefined;
  private reversals: number[] = [];
  /** A write that was about to be made: should it be found carried out, it was ours. */
  private intent: { readonly from: number; readonly to: number; readonly tick: number } | undefined;
  /** Data of before this tick doesn't fill the window: it was missing, or the clock was another. */
  private wholeFrom = Number.NEGATIVE_INFINITY;
  /** Since when each tick was planned on by the same scaler. */
  private plannedFrom = 0;
  /** Since when we write, and changes by others are told from ours; undefined: we don't. */
  private actingFrom: number | undefined;
  private ofMetrics: MetricsRecord = {};
  private ownRevision = 0;
  private storedMostPods = 0;

  /** @param mostPods the most pods that any demand of the history needed. */
  constructor(mostPods = 0) {
    this.mostPods = mostPods;
  }

  /** It has seen a tick: `record` knows the time. */
  get began(): boolean {
    return this.lastSeconds !== undefined;
  }

  /** Grows with each change of what `record` gives. */
  get revision(): number {
    return this.ownRevision + this.external.revision + this.falseZero.revision;
  }

  /** One tick, before the guards are asked. */
  see(moment: Moment): void {
    this.step(moment.nowSeconds);
    this.push(moment.demandPods);
    if (this.falseZero.see(moment, this.tick)) this.distrustWindow();
    this.lookAtIntent(moment.current);
    if (moment.writes === false) {
      this.external.forget();
      this.actingFrom = undefined;
    } else {
      this.external.see(moment.current, this.tick, moment.zeroIsOurs);
      this.actingFrom ??= this.tick;
    }
    const { reversals, tick } = this;
    if (reversals.length > 0 && tick - reversals[0]! >= TICKS_PER_HOUR)
      this.reversals = reversals.filter((past) => tick - past < TICKS_PER_HOUR);
  }

  /**
   * What the history says of the last minutes, where this one has not seen them itself: the window is whole at once, instead of
   * after five minutes, and a load that broke off before this process began is known.
   * @param demandPods the newest last, of RECALLED_TICKS at most; NaN: not known. @param replicas those that stand now
   */
  recall(demandPods: readonly number[], replicas = 0): void {
    this.plannedFrom = this.tick;
    this.recallWindow(demandPods.slice(-WINDOW_TICKS));
    this.falseZero.recall(demandPods, replicas, this.tick);
  }

  /** A write is about to be made: what is stored before it lets the next leader tell it from somebody else's. */
  intend(from: number, to: number): void {
    if (this.intent?.from === from && this.intent.to === to && this.tick - this.intent.tick < RESPECTED_TICKS / 2)
      return;
    this.intent = { from, to, tick: this.tick };
    this.ownRevision++;
  }

  /** What outlives the process. @param uid of the object */
  record(uid: string): GuardRecord {
    const { direction, falseZero, intent, tick } = this;
    const secondsOf = (of: number) => Math.round((this.lastSeconds ?? 0) - (tick - of) * TICK_SECONDS);
    this.storedMostPods = this.mostPods;
    return {
      uid,
      ...this.external.record(secondsOf),
      mostPods: Number(this.mostPods.toPrecision(6)),
      ...(this.hasIntent && { intent: { from: intent!.from, to: intent!.to, seconds: secondsOf(intent!.tick) } }),
      ...falseZero.record(secondsOf),
      // Of one that has known nothing yet there is no gap to tell of.
      ...(this.gap && falseZero.hasSeen && { gapSeconds: secondsOf(this.missing > 0 ? tick : this.wholeSince) }),
      ...this.ofMetrics,
      ...(direction && { direction }),
      ...(this.reversals.length > 0 && { reversals: this.reversals.slice(-MOST_REVERSALS_PER_HOUR).map(secondsOf) }),
    };
  }

  /** Goes on from what another process stored; what was seen here stays, and of both the one that holds more counts. */
  restore(record: GuardRecord, nowSeconds: number): void {
    const { tick } = this;
    const tickOf = (seconds: number) => tick - Math.max(0, Math.round((nowSeconds - seconds) / TICK_SECONDS));
    this.ownRevision++;
    this.external.restore(record, tickOf, tick);
    this.mostPods = Math.max(this.mostPods, record.mostPods);
    const { intent, gapSeconds, direction, reversals = [] } = record;
    if (intent) this.intent ??= { from: intent.from, to: intent.to, tick: tickOf(intent.seconds) };
    this.falseZero.restore(record, tickOf, tick);
    if (gapSeconds !== undefined) this.forgetBefore(tickOf(gapSeconds));
    this.direction ??= direction;
    const own = new Set(this.reversals.flatMap((at) => [at - 1, at, at + 1]));
    this.reversals = [...reversals.map(tickOf).filter((at) => !own.has(at)), ...this.reversals]
      .filter((at) => tick - at < TICKS_PER_HOUR)
      .sort((a, b) => a - b);
  }

  /**
   * Whether a removal must wait because this process has only begun to act on a workload that another one had before.
   * @param stabilizationTicks needs of so many ticks are kept: they are known once so many were planned
   */
  warmingUp(stabilizationTicks: number): boolean {
    const { tick, actingFrom, plannedFrom, predecessor } = this;
    if (predecessor === 'none' || actingFrom === undefined) return false;
    if (tick - plannedFrom < stabilizationTicks) return true;
    if (predecessor === 'known') return false;
    return tick - actingFrom < RESPECTED_TICKS || (tick < RECALLED_TICKS && !this.falseZero.recalled);
  }

  /** What is known of its metrics now. */
  set metrics(record: MetricsRecord) {
    if (JSON.stringify(record) === JSON.stringify(this.ofMetrics)) return;
    this.ownRevision++;
    this.ofMetrics = record;
  }

  /** A write that succeeded. */
  wrote(from: number, to: number): void {
    this.intent = undefined;
    this.ownRevision++;
    this.external.wrote(to);
    if (from === to) return;
    const direction = to > from ? 'out' : 'in';
    if (this.direction !== undefined && direction !== this.direction) this.reversals.push(this.tick);
    this.direction = direction;
  }

  /** Replicas to keep because the load broke off; undefined: it didn't, or that is believed by now. */
  get falseZeroReplicas(): number | undefined {
    return this.falseZero.replicas;
  }

  /** Whether a removal now, and the addition that follows it, would be one reversal too many. */
  get tooManyReversals(): boolean {
    return this.direction === 'out' && this.reversals.length + 2 > MOST_REVERSALS_PER_HOUR;
  }

  private step(nowSeconds: number): void {
    const passed = this.lastSeconds === undefined ? TICK_SECONDS : nowSeconds - this.lastSeconds;
    this.lastSeconds = nowSeconds;
    this.clockJumped = passed < 0 || passed > MOST_STEP_SECONDS;
    // After a jump nobody knows which minutes the window held, and what is stored bears dates of another clock.
    if (this.clockJumped) {
      this.numbers.fill(Number.NaN, 0, WINDOW_TICKS);
      this.wholeFrom = this.tick;
      this.ownRevision++;
    } else for (let skipped = Math.round(passed / TICK_SECONDS) - 1; skipped > 0; skipped--) this.push(Number.NaN);
    this.tick++;
  }

  private push(demandPods: number): void {
    const { numbers } = this;
    numbers.copyWithin(0, 1, WINDOW_TICKS);
    const oldest = numbers[0]!;
    if (oldest > this.mostPods) {
      this.mostPods = oldest;
      if (oldest > MOST_PODS_STEP * this.storedMostPods) this.ownRevision++;
    }
    numbers[WINDOW_TICKS - 1] = demandPods;
    const before = this.missing;
    this.missing = Number.isNaN(demandPods) ? before + 1 : 0;
    // Back after a gap: what was before it is not what comes after it.
    if (before >= GAP_TICKS && this.missing === 0 && this.falseZero.hasSeen) {
      this.wholeFrom = this.tick;
      this.ownRevision++;
    }
    if (this.missing >= GAP_TICKS || this.clockJumped) this.setGap(true);
    else if (this.gap) this.setGap(this.isPartial());
  }

  private setGap(gap: boolean): void {
    if (gap !== this.gap) this.ownRevision++;
    this.gap = gap;
  }

  /** What the window holds of before this tick doesn't count: the leader before us saw that data was missing. */
  private forgetBefore(tick: number): void {
    if (this.tick - tick >= WINDOW_TICKS) return;
    this.wholeFrom = Math.max(this.wholeFrom, tick);
    this.numbers.fill(Number.NaN, 0, this.wholePlace);
    this.gap = true;
  }

  private get wholeSince(): number {
    return Math.max(this.wholeFrom, this.tick - WINDOW_TICKS);
  }

  /** The first place of the window that is not before `wholeFrom`. */
  private get wholePlace(): number {
    return Math.min(WINDOW_TICKS, Math.max(0, WINDOW_TICKS - 1 - (this.tick - this.wholeFrom)));
  }

  private recallWindow(known: readonly number[]): void {
    const from = WINDOW_TICKS - known.length;
    const first = this.wholePlace;
    known.forEach((pods, i) => {
      if (from + i >= first && Number.isNaN(this.numbers[from + i]!)) this.numbers[from + i] = pods;
    });
    this.missing = 0;
    while (this.missing < WINDOW_TICKS && Number.isNaN(this.numbers[WINDOW_TICKS - 1 - this.missing]!)) this.missing++;
    if (this.missing < GAP_TICKS && !this.clockJumped) this.setGap(this.isPartial());
  }

  /** Found carried out, though nobody here saw it done: the answer was lost, or the leader that wrote it. */
  private lookAtIntent(current: number): void {
    if (this.hasIntent && this.intent!.to === current && this.external.isExternal(current))
      this.wrote(this.intent!.from, current);
  }

  private get hasIntent(): boolean {
    return this.intent !== undefined && this.tick - this.intent.tick < RESPECTED_TICKS;
  }

  private isPartial(): boolean {
    let whole = 0;
    for (let i = 0; i < WINDOW_TICKS; i++) if (!Number.isNaN(this.numbers[i]!)) whole++;
    return whole < WHOLE_TICKS;
  }

  /** What was measured until now said nothing of the load: the window is to be whole again without it, also for the next leader. */
  private distrustWindow(): void {
    this.numbers.fill(Number.NaN, 0, WINDOW_TICKS - 1);
    this.wholeFrom = this.tick;
    this.ownRevision++;
    this.setGap(true);
  }
}
