import { DAYS_LEVEL, DAYS_SMOOTHED, MINUTE_TICKS, SEASON_VALUES, type Season } from './season.ts';

/**
 * How the demand goes on after the lead time, as it did on the days before and as far as these are known: the largest demand of the lead
 * time that begins at each coming step, as a multiple of that of the one that begins now. Decisions rest on the forecast of one lead time,
 * which is far better; this is for people who want to know what comes after it.
 * @param t the next tick @param everyTicks from one step to the next, the first one so many ticks from now
 */
export function demandAhead(season: Season, t: number, everyTicks: number, mostTicks: number): number[] {
  const now = logPeakOf(season, t);
  const most = Math.min(mostTicks, season.ticksLeft(t) - MINUTE_TICKS);
  const found: number[] = [];
  for (let ticks = everyTicks; ticks <= most; ticks += everyTicks) {
    const ratio = Math.exp(logPeakOf(season, t + ticks) - now);
    if (Number.isNaN(ratio)) break;
    found.push(ratio);
  }
  return found;
}

const values = new Float64Array(SEASON_VALUES);

/** Logarithm of the largest demand of the lead time that begins in a minute, by the days before; NaN: not known. */
function logPeakOf(season: Season, t: number): number {
  let level = 0;
  for (let i = 0; i < MINUTE_TICKS; i++) {
    season.write(t + i, values);
    level += values[DAYS_LEVEL]!;
  }
  return level / MINUTE_TICKS + Math.max(0, values[DAYS_SMOOTHED]!);
}
