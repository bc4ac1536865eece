import { type Calendar, isSunday, localDayOf } from '../../core/calendar/calendar.ts';
import { DAY_SECONDS } from '../../core/series.ts';
import { TICK_SECONDS, TICKS_PER_DAY } from '../../core/tick.ts';

/** By whose clock and holidays a learner's days fold, and when its tick 0 was, epoch seconds. */
export interface LearnerClock {
  readonly calendar: Calendar;
  readonly startSeconds: number;
}

export const DAYS = 7;
/** Earlier days' weights, yesterday first. */
const DAY_WEIGHTS = [1, 0.8, 0.65, 0.5, 0.4, 0.35, 0.3];
/** The same weekday a week ago. */
const WEEK_AGO = DAYS - 1;
/** Clocks change, and local days begin, on a quarter of an hour of UTC. */
const QUARTER_SECONDS = 900;

/**
 * The same time on the last seven days by the local clock, and which of these days a tick's own is like. Without a clock a day is 24
 * hours, and all seven are alike.
 *
 * A holiday is like the Sundays and holidays of the last seven days, and the newest of them stands for the same weekday a week ago. Any
 * other day but a Sunday is not like the holidays before it; where one was a week ago, the newest working day stands for it, on a Saturday
 * that holiday itself. Where no day is known that a tick's own is like, all count.
 */
export class LikeDays {
  /** Ticks from a tick back to the same time of 1, 2, … 7 days before. */
  readonly back = Int32Array.from({ length: DAYS }, (_, d) => (d + 1) * TICKS_PER_DAY);
  /** How much each of them counts; 0: not at all. */
  readonly weights = Float64Array.from(DAY_WEIGHTS);
  /** Which of them (0 is yesterday) stands for the same weekday a week ago. */
  week = WEEK_AGO;
  private readonly clock: LearnerClock | undefined;
  /** The quarter of an hour since the epoch that all this is of. */
  private quarter = Number.NaN;

  constructor(clock: LearnerClock | undefined) {
    this.clock = clock;
  }

  /** From here on `back`, `weights` and `week` are those of a tick. @param born the first tick that has a load */
  lookAt(t: number, born: number): void {
    const { clock } = this;
    if (clock === undefined) return;
    const { calendar, startSeconds } = clock;
    const quarter = Math.floor((startSeconds + t * TICK_SECONDS) / QUARTER_SECONDS);
    if (quarter === this.quarter) return;
    this.quarter = quarter;
    const at = quarter * QUARTER_SECONDS;
    for (let d = 0; d < DAYS; d++) {
      this.back[d] = Math.round((at - sameTime(at, d + 1, calendar.offsetSeconds)) / TICK_SECONDS);
    }
    // The same for all ticks of the quarter, whichever is looked at first.
    const known = Math.ceil((at - startSeconds) / TICK_SECONDS) - born;
    this.compare(localDayOf(at + calendar.offsetSeconds(at)), calendar.isHoliday, known);
  }

  /** @param known ticks before the quarter that have a load */
  private compare(today: number, isHoliday: Calendar['isHoliday'], known: number): void {
    const { back, weights } = this;
    this.week = WEEK_AGO;
    weights.set(DAY_WEIGHTS);
    if (isSunday(today)) return;
    const isRest = isHoliday(today);
    const isLike = (d: number) => {
      const day = today - d - 1;
      return isRest ? isSunday(day) || isHoliday(day) : !isHoliday(day);
    };
    const newest = DAY_WEIGHTS.findIndex((_, d) => isLike(d));
    if (newest < 0 || back[newest]! > known) return;
    for (let d = 0; d < DAYS; d++) if (!isLike(d)) weights[d] = 0;
    if (isRest) this.week = newest;
    else if (!isLike(WEEK_AGO)) {
      const working = DAY_WEIGHTS.findIndex((_, d) => isLike(d) && !isWeekend(today - d - 1));
      if (working >= 0 && !isWeekend(today)) this.week = working;
    }
  }
}

function isWeekend(localDay: number): boolean {
  return isSunday(localDay) || isSunday(localDay + 1);
}

/** When a clock showed the same time so many days before; of an hour that it skipped or showed twice, one beside it or of the two. */
function sameTime(at: number, days: number, offsetSeconds: Calendar['offsetSeconds']): number {
  const local = at + offsetSeconds(at) - days * DAY_SECONDS;
  const first = local - offsetSeconds(at - days * DAY_SECONDS);
  return local - offsetSeconds(first);
}
