/** What the days before say of one tick: so many log ratios, in this order. NaN: not known. */
export const SEASON_VALUES = 7;
/** Tick by tick: growth over the lead time, a weighted mean over the last seven days; log(load + floor) over log(floor), too. */
export const DAYS_GROWTH = 0;
export const DAYS_LEVEL = 1;
/** The same of a week ago. */
export const WEEK_GROWTH = 2;
export const WEEK_LEVEL = 3;
/** From here on one value a minute, as they are smooth: both growths smoothed. */
export const DAYS_SMOOTHED = 4;
export const WEEK_SMOOTHED = 5;
/** log(mean error + LEAST_ERROR) at this time of day, yesterday weighing most. */
export const DAYS_ERROR = 6;
export const TICK_VALUES = 4;
export const MINUTE_VALUES = SEASON_VALUES - TICK_VALUES;

export const MINUTE_TICKS = 4;
/** The least load of ten minutes stands for all its ticks. */
export const BLOCK_TICKS = 40;

/** Tells what the days before say: from the days themselves, or from a table that was made of them. */
export interface Season {
  /** Writes SEASON_VALUES numbers, steps of the grid, of tick t. */
  write(t: number, out: Float64Array): void;
  /** The least load that this time of day usually has; 0 where that isn't known. In single precision. */
  usualLow(t: number): number;
  /** For how many ticks from t on it is known. */
  ticksLeft(t: number): number;
}

/** Steps of the grid a unit: a twentieth of a percent, up to a factor of e^16 each way, so that a value takes two bytes. */
const STEPS = 2_048;
const MOST_STEPS = 32_767;
const UNKNOWN = -32_768;

/** Rounds to the grid on which a table keeps its values, so that those who have the days see the same. */
export function onGrid(value: number): number {
  const steps = Math.round(value * STEPS);
  return Math.max(-MOST_STEPS, Math.min(MOST_STEPS, steps)) / STEPS;
}

/** What the days before say of coming ticks, as plain data. */
export interface SeasonTable {
  /** The first tick, and how many. */
  readonly from: number;
  readonly ticks: number;
  /** Steps of the grid: the values by tick, one kind after another; then those by minute. */
  readonly steps: Int16Array;
  /** By block, from that of the first tick on. */
  readonly usualLows: Float32Array;
}

/** @param ticks at most 16 hours ahead of what the season's days hold. */
export function seasonTable(season: Season, from: number, ticks: number): SeasonTable {
  const minutes = spanned(from, ticks, MINUTE_TICKS);
  const steps = new Int16Array(TICK_VALUES * ticks + MINUTE_VALUES * minutes);
  const values = new Float64Array(SEASON_VALUES);
  for (let i = 0; i < ticks; i++) {
    season.write(from + i, values);
    const minute = place(from + i, from, MINUTE_TICKS);
    for (let v = 0; v < SEASON_VALUES; v++) {
      const at = v < TICK_VALUES ? v * ticks + i : TICK_VALUES * ticks + (v - TICK_VALUES) * minutes + minute;
      steps[at] = Number.isNaN(values[v]!) ? UNKNOWN : Math.round(values[v]! * STEPS);
    }
  }
  const usualLows = new Float32Array(spanned(from, ticks, BLOCK_TICKS));
  for (let i = 0; i < ticks; i++) usualLows[place(from + i, from, BLOCK_TICKS)] = season.usualLow(from + i);
  return { from, ticks, steps, usualLows };
}

/** Minutes or blocks that ticks span. */
export function spanned(from: number, ticks: number, length: number): number {
  return ticks === 0 ? 0 : place(from + ticks - 1, from, length) + 1;
}

/** In which minute or block from that of `from` on a tick is. */
function place(t: number, from: number, length: number): number {
  return Math.floor(t / length) - Math.floor(from / length);
}

/** The season of a learner of short memory: a table, shared and never changed. */
export class SeasonAhead implements Season {
  private readonly table: SeasonTable;

  constructor(table: SeasonTable) {
    this.table = table;
  }

  write(t: number, out: Float64Array): void {
    const { steps, from, ticks } = this.table;
    const i = t - from;
    if (i >= ticks) {
      out.fill(Number.NaN);
      return;
    }
    const minutes = (steps.length - TICK_VALUES * ticks) / MINUTE_VALUES;
    const minute = place(t, from, MINUTE_TICKS);
    for (let v = 0; v < SEASON_VALUES; v++) {
      const at = v < TICK_VALUES ? v * ticks + i : TICK_VALUES * ticks + (v - TICK_VALUES) * minutes + minute;
      out[v] = steps[at] === UNKNOWN ? Number.NaN : steps[at]! / STEPS;
    }
  }

  usualLow(t: number): number {
    if (this.ticksLeft(t) === 0) return 0;
    const { usualLows, from } = this.table;
    return usualLows[place(t, from, BLOCK_TICKS)]!;
  }

  ticksLeft(t: number): number {
    return Math.max(0, this.table.from + this.table.ticks - t);
  }
}
