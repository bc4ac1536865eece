import { DAY_SECONDS, medianStepSeconds, type Samples } from '../../../core/series.ts';

/** How a series moves from row to row. */
export interface Movement {
  readonly rises: number;
  readonly falls: number;
  /** It moves as a counter does: it only rises, but for resets. */
  readonly isCounter: boolean;
}

/** The rate of a counter, and what had to be left out of it. */
export interface CounterRate {
  /** Units a second, each at the end of its interval, as Prometheus' `rate` has it. */
  readonly samples: Samples;
  /** Falls after which the count began anew. */
  readonly resets: number;
  /** Falls that no reset explains: part of a sum disappeared. Their intervals have no data. */
  readonly unexplainedFalls: number;
}

/** A few rows rise one after another by chance. */
const LEAST_RISES = 10;
/** Restarts and doubled scrapers: no more than this share of the moves. */
const MAX_FALLS = 0.01;
/** Of a sum, each member falls by itself: twenty pods that are restarted each night are 1.4 % of the minutes. */
const MAX_PARTIAL_FALLS = 0.02;
/** Falls to almost nothing are resets; a counter by the hour that starts anew each night has 4 % of them. */
const MAX_RESETS = 0.1;
const MAX_RESETS_A_DAY = 3;
const RESET_SHARE = 0.1;
/** Rows further apart than this many steps have no data between them (replay's rule). */
const GAP_STEPS = 2;

/** Whether a series is a counter: a load falls as often as it rises. */
export function movementOf({ times, values }: Samples): Movement {
  let rises = 0;
  let falls = 0;
  let toNothing = 0;
  for (let i = 1; i < values.length; i++) {
    const [before, value] = [values[i - 1]!, values[i]!];
    if (value > before) rises++;
    if (value >= before) continue;
    falls++;
    if (value <= RESET_SHARE * before) toNothing++;
  }
  const moves = rises + falls;
  const days = values.length === 0 ? 0 : (times.at(-1)! - times[0]!) / DAY_SECONDS;
  const isReset = toNothing === falls && falls <= MAX_RESETS * moves && falls <= MAX_RESETS_A_DAY * Math.max(1, days);
  const isPartial = 2 * toNothing < falls && falls <= MAX_PARTIAL_FALLS * moves;
  const isCounter = rises >= LEAST_RISES && (falls <= MAX_FALLS * moves || isReset || isPartial);
  return { rises, falls, isCounter };
}

/**
 * The rate of a counter between its rows. After a reset the count itself is what was added; a fall to more than any interval
 * ever added is no reset, and what the rate was is unknown. Across a gap it is unknown too.
 * @param samples of a counter, at least one
 */
export function rateOf({ times, values }: Samples): CounterRate {
  const reach = GAP_STEPS * (medianStepSeconds(times) ?? 0);
  const perSecond = (i: number, added: number) => added / (times[i]! - times[i - 1]!);
  let largest = 0;
  for (let i = 1; i < values.length; i++) largest = Math.max(largest, perSecond(i, values[i]! - values[i - 1]!));
  const kept: number[] = [];
  const rates: number[] = [];
  let resets = 0;
  let unexplainedFalls = 0;
  for (let i = 1; i < values.length; i++) {
    const added = values[i]! - values[i - 1]!;
    const rate = perSecond(i, added < 0 ? values[i]! : added);
    const isReset = added < 0 && rate <= largest;
    if (isReset) resets++;
    else if (added < 0) unexplainedFalls++;
    if (times[i]! - times[i - 1]! > reach || (added < 0 && !isReset)) continue;
    kept.push(times[i]!);
    rates.push(rate);
  }
  return { samples: { times: Float64Array.from(kept), values: Float64Array.from(rates) }, resets, unexplainedFalls };
}
