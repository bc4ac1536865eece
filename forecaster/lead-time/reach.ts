import { DAYS_GROWTH, DAYS_LEVEL, DAYS_SMOOTHED, WEEK_GROWTH, WEEK_LEVEL, WEEK_SMOOTHED } from './season.ts';
import type { DemandSignal } from './signal.ts';

/** So far above the days before (log ratio: a half), a load is none that was learned from, and a forecast goes 15 % over what can be reached. */
const UNLIKE_THE_DAYS = Math.log(1.5);
const MOST_OVER_REACH = Math.log(1.15);

/**
 * log(demand + floor) that the coming lead time can reach. On a day like those that a regression learned from, whatever it says. Where the
 * last ten minutes were far above what the days before had at this time, it extrapolates, the more so where a scrape was lost: then it
 * may go on as the last lead time rose, or grow as the days grew, and little more.
 * @param signal up to the newest tick @param season of that tick, SEASON_VALUES numbers, NaN: not known
 */
export function reachOf(signal: DemandSignal, season: ArrayLike<number>, leadTimeTicks: number): number {
  const t = signal.length - 1;
  const days = signal.logFloor + larger(season[DAYS_LEVEL]!, season[WEEK_LEVEL]!);
  const daysGrowth = larger(season[DAYS_GROWTH]!, season[DAYS_SMOOTHED]!);
  const weekGrowth = larger(season[WEEK_GROWTH]!, season[WEEK_SMOOTHED]!);
  const growth = larger(0, larger(daysGrowth, weekGrowth));
  if (!(signal.longPeak > days + growth + UNLIKE_THE_DAYS)) return Number.POSITIVE_INFINITY;
  const before = t - leadTimeTicks;
  // The larger of two: one of them may be a dip.
  const level = before < 0 ? signal.shortPeak : Math.max(signal.logLoad(before), signal.logLoad(before + 1));
  const rising = signal.shortPeak + Math.max(0, signal.shortPeak - level);
  return MOST_OVER_REACH + Math.max(signal.longPeak, rising, signal.logLoad(t) + growth);
}

/** Of what is known: NaN is not. */
function larger(a: number, b: number): number {
  return a >= b || Number.isNaN(b) ? a : b;
}
