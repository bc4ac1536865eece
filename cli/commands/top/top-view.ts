import { durationWords, loadWords, shareWords, timeWords } from '../../../addon/status/quantity-text.ts';
import { plainText } from '../../../core/text/plain-text.ts';
import { displayWidth } from '../../../replay/report/terminal/terminal-width.ts';
import type { ShownFleet } from '../../cluster/shown.ts';
import { textTable } from '../../terminal/text-table.ts';
import { savedCell } from '../status/baseline-words.ts';
import { standbyLines } from '../status/status.ts';

/** What rows may be sorted by; `attention`: what needs a person first, then the fullest. */
export const SORTS = ['attention', 'used', 'pods', 'error', 'name'] as const;
export type Sort = (typeof SORTS)[number];

type Row = ShownFleet['rows'][number];

const HEADER = [
  'WORKLOAD',
  'MODE',
  'STATE',
  'PODS',
  'WANTED',
  'NEXT',
  'BOUNDS',
  'LOAD',
  'USED',
  'ERROR',
  'BUDGET',
  'LEAD',
  'VS HPA',
  'WHY',
];
const FIGURES = [3, 4, 8, 9, 10, 11, 12];
const UNKNOWN = '–';
/** What is shown, and what a key does to it. Nothing is asked here. */
export class TopView {
  sort: Sort;
  private first = 0;

  constructor(sort: Sort) {
    this.sort = sort;
  }

  /** @param key as it comes from a terminal @returns whether to end */
  press(key: string): boolean {
    if (key === 'q' || key === '\u0003') return true;
    if (key === 's') this.sort = SORTS[(SORTS.indexOf(this.sort) + 1) % SORTS.length]!;
    const own = SORTS.find((sort) => sort[0] === key);
    if (own !== undefined) this.sort = own;
    if (key === 'j' || key === '\u001b[B') this.first++;
    else if (key === 'k' || key === '\u001b[A') this.first--;
    else this.first = 0;
    return false;
  }

  /**
   * The lines of one picture, none wider than the terminal, no more than it has.
   * @param trouble why the figures are not of now; undefined: they are
   */
  lines(shown: ShownFleet, trouble: string | undefined, rows: number, columns: number): string[] {
    const [head = '', ...all] = topTable(shown, this.sort);
    const above = [countsLine(shown, trouble), ...standbyLines(shown), '', head];
    const below = `q quit  s sort: ${this.sort} (${SORTS.map((sort) => `${sort[0]} ${sort}`).join(', ')})  ↑ ↓ scroll`;
    const room = Math.max(1, rows - above.length - 2);
    this.first = Math.max(0, Math.min(this.first, all.length - room));
    const body = all.slice(this.first, this.first + room);
    const left = all.length - this.first - body.length;
    const foot = left > 0 ? `… ${left} more` : '';
    return [...above, ...body, foot, below].map((line) => cutTo(plainText(line), columns));
  }
}

function countsLine({ rows, figuresSeconds, nowSeconds }: ShownFleet, trouble: string | undefined): string {
  const sum = (of: (row: Row) => number | null) => rows.reduce((total, row) => total + (of(row) ?? 0), 0);
  const bad = rows.filter(({ attention }) => attention.length > 0).length;
  const pods = `${sum(({ replicas }) => replicas.ready)} of ${sum(({ replicas }) => replicas.current)} pods Ready`;
  const age = figuresSeconds === 0 ? '' : ` · figures ${durationWords(nowSeconds - figuresSeconds)} old`;
  const line = `${rows.length} workloads · ${bad} need attention · ${pods}${age}`;
  return trouble === undefined ? line : `NOT RENEWED: ${trouble} · ${line}`;
}

/** The table as lines, the head first. */
export function topTable({ rows }: Pick<ShownFleet, 'rows'>, sort: Sort): string[] {
  return textTable([HEADER, ...sorted(rows, sort).map(cells)], FIGURES);
}

/** What is not known comes last, of equals by name. */
function sorted(workloads: readonly Row[], sort: Sort): Row[] {
  const used = (row: Row) => utilisation(row) ?? -1;
  const keys: Readonly<Record<Sort, (row: Row) => readonly number[]>> = {
    attention: (row) => [row.attention.length, used(row)],
    used: (row) => [used(row)],
    pods: ({ replicas }) => [replicas.current ?? -1],
    error: ({ forecastError }) => [forecastError ?? -1],
    name: () => [],
  };
  return [...workloads].sort((a, b) => {
    const [one, two] = [keys[sort](a), keys[sort](b)];
    const at = one.findIndex((value, i) => value !== two[i]);
    if (at >= 0) return two[at]! - one[at]!;
    return a.key < b.key ? -1 : 1;
  });
}

/** Of what the Ready pods serve at their target; undefined: not known. */
function utilisation({ load, podCapacity, replicas: { ready } }: Row): number | undefined {
  if (load === null || podCapacity === null || ready === null) return undefined;
  const share = load / (ready * podCapacity);
  return Number.isFinite(share) ? share : undefined;
}

function cells(row: Row): string[] {
  const { key, mode, attention, replicas, next, load, unit, forecastError, budgetUsed, leadTimeSeconds, baseline } =
    row;
  const number = (value: number | null) => (value === null ? UNKNOWN : String(value));
  const share = (value: number | null | undefined) => (typeof value === 'number' ? shareWords(value) : UNKNOWN);
  const ready = row.conditions.find(({ type }) => type === 'Ready');
  return [
    key,
    mode ?? UNKNOWN,
    attention.length === 0 ? 'ok' : attention.join(','),
    `${number(replicas.ready)}/${number(replicas.current)}`,
    number(replicas.wanted),
    next ? `${next.replicas} at ${timeWords(next.atSeconds)}` : UNKNOWN,
    `${number(replicas.min)}-${number(replicas.max)}`,
    load === null ? UNKNOWN : loadWords(load, unit),
    share(utilisation(row)),
    share(forecastError),
    share(budgetUsed),
    leadTimeSeconds === null ? UNKNOWN : durationWords(leadTimeSeconds),
    savedCell(baseline),
    ready?.status === false ? ready.message : (row.error ?? row.why),
  ];
}

function cutTo(line: string, columns: number): string {
  if (displayWidth(line) <= columns) return line;
  let kept = '';
  let width = 0;
  for (const character of line) {
    width += displayWidth(character);
    if (width > columns - 1) break;
    kept += character;
  }
  return `${kept}…`;
}
