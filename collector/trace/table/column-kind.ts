import { readDate } from '../date-text.ts';
import { readNumber } from '../number-text.ts';
import { readUnit } from '../unit-text.ts';

/** What the cells of a column are, mostly: one bad cell is refused on its line, not taken for another kind of column. */
export type ColumnKind = 'date' | 'clock' | 'epoch' | 'number' | 'text' | 'empty';

const MOSTLY = 0.8;
const NO_DATA = /^(?:|null|nan|na|n\/a|none|nil|undefined|-{1,3}|#n\/a)$/i;
const CLOCK = /^\d{1,2}:\d\d(?::\d\d(?:[.,]\d+)?)?(?:\s*[ap]\.?m\.?)?$/i;
/** Numbers that are instants of the years 2000 to 2100, in seconds and thousandths of them. */
const [EPOCH_FROM, EPOCH_TO] = [9.4e8, 4.2e9];

/** @param cells of some rows, empty ones too */
export function columnKind(cells: readonly string[]): ColumnKind {
  const full = cells.filter((cell) => !NO_DATA.test(cell));
  if (full.length === 0) return 'empty';
  const mostly = (is: (cell: string) => boolean) => full.filter(is).length >= MOSTLY * full.length;
  if (mostly(isNumber)) return mostly(isEpoch) && isMonotone(full) ? 'epoch' : 'number';
  if (mostly(isDate)) return 'date';
  return mostly((cell) => CLOCK.test(cell)) ? 'clock' : 'text';
}

/** Whether rows are counted: 0, 1, 2 … */
export function isRowNumber(cells: readonly string[]): boolean {
  return cells.every((cell, row) => /^\d+$/.test(cell) && (row === 0 || Number(cell) === Number(cells[row - 1]) + 1));
}

/** A time by itself: a date, or a number of our time. */
export function isTime(cell: string): boolean {
  return isEpoch(cell) || isDate(cell);
}

export function isDate(cell: string): boolean {
  return typeof readDate(cell) !== 'string';
}

export function isNumber(cell: string): boolean {
  const written = readNumber(cell);
  return written !== undefined && readUnit(written.unit) !== undefined;
}

function isEpoch(cell: string): boolean {
  if (!/^\d+(?:\.\d+)?$/.test(cell)) return false;
  const value = Number(cell);
  return [1, 1e3, 1e6, 1e9].some((unit) => value >= EPOCH_FROM * unit && value <= EPOCH_TO * unit);
}

/** In one direction, but for a row out of place. */
function isMonotone(cells: readonly string[]): boolean {
  let [up, down] = [0, 0];
  for (let row = 1; row < cells.length; row++) {
    const distance = Number(cells[row]) - Number(cells[row - 1]);
    if (distance > 0) up++;
    else if (distance < 0) down++;
  }
  return Math.min(up, down) <= (1 - MOSTLY) * (up + down);
}
