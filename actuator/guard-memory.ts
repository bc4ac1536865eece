import { TICK_SECONDS, TICKS_PER_HOUR } from '../core/tick.ts';
import { ForeignChanges } from './foreign-changes.ts';

const TICKS_PER_MINUTE = TICKS_PER_HOUR / 60;
/** The window that must be whole again after a gap. */
const WINDOW_TICKS = 5 * TICKS_PER_MINUTE;
/**
 * Two minutes without data are a gap: a rate over a minute, scraped each 15 or 30 s, spans one lost scrape but not four, and after it
 * works on half-filled windows (kedacore/keda#965, grafana/mimir#7691).
 */
const GAP_TICKS = 2 * TICKS_PER_MINUTE;
/** Known ticks that make the window whole: 18 of 20, so that a single lost scrape now and then doesn't hold for ever. */
const WHOLE_TICKS = 18;
/** A tick comes after 15 s; one that comes after more than a minute: the clock jumped, or the process stood. */
const MOST_STEP_SECONDS = 60;

/** A load that falls below this share of what it was within two minutes broke off: demand is a mean of a minute, so a step shows whole after 75 s. */
const BROKEN_OFF_SHARE = 0.1;
const BROKEN_OFF_TICKS = 2 * TICKS_PER_MINUTE;
/** … and has come back above this share. */
const BACK_SHARE = 0.2;
/** Below one pod's worth nothing can be broken off: such a load is 0 now and then. */
const LEAST_BROKEN_OFF_PODS = 1;
/** A quarter of an hour: metrics servers are back by then; what is still 0 is believed (kubernetes/kubernetes#104387). */
const FALSE_ZERO_TICKS = 15 * TICKS_PER_MINUTE;

/**
 * Direction reversals of our writes an hour: ten bursts with their ends, one each six minutes, can be followed; what swings faster
 * gets the pods of its peaks.
 */
export const MOST_REVERSALS_PER_HOUR = 20;

/** Where the rings begin among a memory's numbers: the replicas of the last ticks, and the newest known demands, whenever they were, as a load that is 0 after a gap is compared with that before it. */
const REPLICAS = WINDOW_TICKS;
const KNOWN = WINDOW_TICKS + BROKEN_OFF_TICKS;

/** A moment of one workload. */
export interface Moment {
  /** The wall clock, epoch seconds; it may jump. */
  readonly nowSeconds: number;
  /** Observed demand as pods that serve it, a fraction; NaN: no data. */
  readonly demandPods: number;
  /** The target's field now: see GuardContext. */
  readonly current: number;
  readonly ready: number;
  /** See zeroIsOurs in guards.ts. */
  readonly zeroIsOurs: boolean;
  /** Decisions are carried out (the default); false in mode `observe`, where nobody's change is foreign. */
  readonly writes?: boolean;
}

/**
 * What the guards must remember of one workload; 40 numbers and a few dates. Time is counted in ticks, so that no jump of
 * the clock ends a hold. A new one begins as after a gap: feed it the ticks of the backfill and it is whole at once.
 */
export class GuardMemory {
  readonly foreign = new ForeignChanges();
  /** No decrease until the window is whole again. */
  gap = true;
  /** The clock jumped at this tick. */
  clockJumped = false;
  /** The most pods that any demand needed, older than the window: a spike of the last minutes is not history. */
  mostPods: number;

  private tick = 0;
  private lastSeconds: number | undefined;
  /** In one array, as each of its own takes 200 bytes more: the demand of the window, the oldest first; then two rings. */
  private readonly numbers = new Float64Array(WINDOW_TICKS + 2 * BROKEN_OFF_TICKS).fill(Number.NaN, 0, WINDOW_TICKS);
  private knownCount = 0;
  private missing = WINDOW_TICKS;
  private brokenOff: { readonly pods: number; readonly replicas: number; readonly tick: number } | undefined;
  private direction: 'in' | 'out' | undefined;
  private reversals: number[] = [];

  /** @param mostPods the most pods that any demand of the history needed. */
  constructor(mostPods = 0) {
    this.mostPods = mostPods;
  }

  /** One tick, before the guards are asked. */
  see(moment: Moment): void {
    this.step(moment.nowSeconds);
    this.push(moment.demandPods);
    this.numbers[REPLICAS + (this.tick % BROKEN_OFF_TICKS)] = moment.current;
    this.lookForFalseZero(moment);
    if (moment.writes === false) this.foreign.forget();
    else this.foreign.see(moment.current, this.tick, moment.zeroIsOurs);
    const { reversals, tick } = this;
    if (reversals.length > 0 && tick - reversals[0]! >= TICKS_PER_HOUR)
      this.reversals = reversals.filter((past) => tick - past < TICKS_PER_HOUR);
  }

  /**
   * What the history says of the last minutes, where this one has not seen them itself: the window is whole at once, instead of
   * after five minutes. @param demandPods the newest last, as many as the window has at most; NaN: not known.
   */
  recall(demandPods: readonly number[]): void {
    const known = demandPods.slice(-WINDOW_TICKS);
    const from = WINDOW_TICKS - known.length;
    known.forEach((pods, i) => {
      if (Number.isNaN(this.numbers[from + i]!)) this.numbers[from + i] = pods;
    });
    this.missing = 0;
    while (this.missing < WINDOW_TICKS && Number.isNaN(this.numbers[WINDOW_TICKS - 1 - this.missing]!)) this.missing++;
    if (this.missing < GAP_TICKS && !this.clockJumped) this.gap = this.isPartial();
  }

  /** A write that succeeded. */
  wrote(from: number, to: number): void {
    this.foreign.wrote(to);
    if (from === to) return;
    const direction = to > from ? 'out' : 'in';
    if (this.direction !== undefined && direction !== this.direction) this.reversals.push(this.tick);
    this.direction = direction;
  }

  /** Replicas to keep because the load broke off; undefined: it didn't, or that is believed by now. */
  get falseZeroReplicas(): number | undefined {
    return this.brokenOff?.replicas;
  }

  /** Whether a removal now, and the addition that follows it, would be one reversal too many. */
  get tooManyReversals(): boolean {
    return this.direction === 'out' && this.reversals.length + 2 > MOST_REVERSALS_PER_HOUR;
  }

  private step(nowSeconds: number): void {
    const passed = this.lastSeconds === undefined ? TICK_SECONDS : nowSeconds - this.lastSeconds;
    this.lastSeconds = nowSeconds;
    this.clockJumped = passed < 0 || passed > MOST_STEP_SECONDS;
    // After a jump nobody knows which minutes the window held.
    if (this.clockJumped) this.numbers.fill(Number.NaN, 0, WINDOW_TICKS);
    else for (let skipped = Math.round(passed / TICK_SECONDS) - 1; skipped > 0; skipped--) this.push(Number.NaN);
    this.tick++;
  }

  private push(demandPods: number): void {
    const { numbers } = this;
    numbers.copyWithin(0, 1, WINDOW_TICKS);
    const oldest = numbers[0]!;
    if (oldest > this.mostPods) this.mostPods = oldest;
    numbers[WINDOW_TICKS - 1] = demandPods;
    this.missing = Number.isNaN(demandPods) ? this.missing + 1 : 0;
    if (this.missing >= GAP_TICKS || this.clockJumped) this.gap = true;
    else if (this.gap) this.gap = this.isPartial();
  }

  private isPartial(): boolean {
    let whole = 0;
    for (let i = 0; i < WINDOW_TICKS; i++) if (!Number.isNaN(this.numbers[i]!)) whole++;
    return whole < WHOLE_TICKS;
  }

  private lookForFalseZero({ demandPods, ready }: Moment): void {
    const { brokenOff } = this;
    if (brokenOff !== undefined) {
      const back = demandPods >= BACK_SHARE * brokenOff.pods;
      if (back || this.tick - brokenOff.tick >= FALSE_ZERO_TICKS) this.brokenOff = undefined;
    }
    if (Number.isNaN(demandPods)) return;
    const most = this.most(KNOWN);
    if (
      this.brokenOff === undefined &&
      ready > 0 &&
      most >= LEAST_BROKEN_OFF_PODS &&
      demandPods < BROKEN_OFF_SHARE * most
    ) {
      this.brokenOff = { pods: most, replicas: this.most(REPLICAS), tick: this.tick };
    }
    this.numbers[KNOWN + (this.knownCount++ % BROKEN_OFF_TICKS)] = demandPods;
  }

  /** Of the ring that begins there. */
  private most(ring: number): number {
    let most = this.numbers[ring]!;
    for (let i = 1; i < BROKEN_OFF_TICKS; i++) most = Math.max(most, this.numbers[ring + i]!);
    return most;
  }
}
