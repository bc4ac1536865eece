/**
 * Five ticks of 21 are learned from, four ticks apart, as neighbours say the same. 21 has no factor in common with the ticks of a minute,
 * of five or of ten: what comes by the clock (a cron job, a history by the minute) is seen at all its ticks in turn.
 */
const CYCLE_TICKS = 21;
const CYCLE_ROWS = 5;
const ROW_TICKS = 4;
/** The last row of a cycle. */
const LAST_ROW = (CYCLE_ROWS - 1) * ROW_TICKS;

/** A row stands for so many ticks on average. */
export const TICKS_PER_ROW = CYCLE_TICKS / CYCLE_ROWS;

/** Whether a tick is learned from. */
export function isRow(tick: number): boolean {
  const at = tick % CYCLE_TICKS;
  return at % ROW_TICKS === 0 && at <= LAST_ROW;
}

/** The newest tick that is learned from, up to `tick`. */
export function rowUpTo(tick: number): number {
  const at = tick % CYCLE_TICKS;
  return tick - at + (at < LAST_ROW ? at - (at % ROW_TICKS) : LAST_ROW);
}

/** How many ticks before `tick` are learned from. */
export function rowsBefore(tick: number): number {
  const at = tick % CYCLE_TICKS;
  const cycles = (tick - at) / CYCLE_TICKS;
  return cycles * CYCLE_ROWS + (at > LAST_ROW ? CYCLE_ROWS : Math.ceil(at / ROW_TICKS));
}

/** Room for the rows that wait where each is settled after so many ticks, and for one of a tick that is not learned from. */
export function rowsFor(settleTicks: number): number {
  return Math.floor(settleTicks / ROW_TICKS) + 3;
}

/** Rows that wait for their outcome, in a ring; that of a tick that is not learned from stands behind it until the next one comes. */
export class WaitingRows<T extends Float32Array | Float64Array> {
  readonly values: T;
  private readonly width: number;
  private readonly slots: number;

  /** @param values room for `rowsFor` rows of `width` values. */
  constructor(values: T, width: number) {
    this.values = values;
    this.width = width;
    this.slots = values.length / width - 1;
  }

  /** Where the row of `tick` begins. */
  offset(tick: number): number {
    return (isRow(tick) ? rowsBefore(tick) % this.slots : this.slots) * this.width;
  }
}
