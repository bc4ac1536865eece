import { plainText } from '../../../core/text/plain-text.ts';
import type { Savings, SavingsRow, SavingsSide } from './savings-rows.ts';
import type { Skipped } from './skipped.ts';

/** What a spreadsheet takes for a formula where a cell begins with it (OWASP, CSV injection). */
const FORMULA = /^[=+\-@\t\r]/;

type Cell = string | number | boolean | null;

/** All workloads as CSV: units in the header, an empty cell is not known. Ends with a line break. */
export function savingsCsv({ rows, skipped, currency }: Savings): string {
  const money = currency.toLowerCase();
  const header = [
    ...['rank', 'namespace', 'kind', 'name', 'opted_in', 'basis', 'baseline', 'baseline_words', 'compared_days'],
    ...[`today_${money}_30d`, `prescale_${money}_30d`, `saved_${money}_30d`, `saved_at_most_${money}_30d`],
    ...['saved_percent', 'saved_at_most_percent', 'today_served_percent', 'prescale_served_percent'],
    ...['today_starts_per_day', 'prescale_starts_per_day', 'prescale_keeps_slo', 'report', 'notes'],
  ];
  const lines: Cell[][] = [
    header,
    ...rows.map((row, i) => cellsOf(row, i + 1)),
    ...skipped.map((one) => skippedCells(one, header.length)),
  ];
  return lines.map((cells) => `${cells.map(cellText).join(',')}\n`).join('');
}

function cellsOf(row: SavingsRow, rank: number): Cell[] {
  const isReplayed = row.basis === 'replayed';
  const { today, prescale, savedPer30Days, savedShare } = row;
  const share = savedShare === null ? null : savedShare * 100;
  return [
    ...[rank, row.namespace, row.kind, row.name, row.optedIn, row.basis, row.baseline, row.baselineLabel, row.days],
    ...[today.costPer30Days, prescale?.costPer30Days ?? null],
    ...(isReplayed ? [savedPer30Days, null, share, null] : [null, savedPer30Days, null, share]),
    ...[servedPercent(today), servedPercent(prescale), today.startsPerDay, prescale?.startsPerDay ?? null],
    ...[row.keepsSlo, row.report, row.notes.join('; ') || null],
  ];
}

function servedPercent(side: SavingsSide | null): number | null {
  return side === null ? null : side.servedShare * 100;
}

function skippedCells({ workload, why, fault }: Skipped, columns: number): Cell[] {
  const [namespace, kind, name] = workload.split('/');
  const parts = name === undefined ? [null, null, workload] : [namespace!, kind!, name];
  const front: Cell[] = [null, ...parts, null, fault ? 'failed' : 'skipped'];
  return [...front, ...new Array<Cell>(columns - front.length - 1).fill(null), why];
}

/** A text that a spreadsheet would run is shown as text. */
function cellText(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return Number.isFinite(cell) ? String(Number(cell.toPrecision(10))) : '';
  if (typeof cell === 'boolean') return cell ? 'yes' : 'no';
  // Also behind spaces, which some leave out.
  const line = plainText(cell);
  const shown = FORMULA.test(line.trimStart()) ? `'${line}` : line;
  return /[",\r\n]/.test(shown) ? `"${shown.replaceAll('"', '""')}"` : shown;
}
