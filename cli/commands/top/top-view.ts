import type { ShownWorkloads } from '../../../addon/status/addon-view.ts';
import { durationWords, loadWords, shareWords } from '../../../addon/status/quantity-text.ts';
import { plainText } from '../../../core/text/plain-text.ts';
import { displayWidth } from '../../../replay/report/terminal/terminal-width.ts';
import { textTable } from '../../terminal/text-table.ts';
import { savedCell } from '../status/baseline-words.ts';
import { isKnown, standbyLines } from '../status/status.ts';

/** What rows may be sorted by; `attention`: what can't be acted on first, then the fullest. */
export const SORTS = ['attention', 'used', 'pods', 'error', 'name'] as const;
export type Sort = (typeof SORTS)[number];

type Row = ShownWorkloads['workloads'][number];

const HEADER = [
  'WORKLOAD',
  'MODE',
  'READY',
  'PODS',
  'WANTED',
  'BOUNDS',
  'LOAD',
  'USED',
  'ERROR',
  'LEAD',
  'VS HPA',
  'WHY',
];
const FIGURES = [3, 4, 7, 8, 9, 10];
const UNKNOWN = '–';
/** Conditions that want somebody's attention where they hold. */
const BAD_TYPES: readonly string[] = ['Conflict', 'ReplicaFailure', 'Saturated'];

/** What is shown, and what a key does to it. Nothing is asked here. */
export class TopView {
  sort: Sort;
  #first = 0;

  constructor(sort: Sort) {
    this.sort = sort;
  }

  /** @param key as it comes from a terminal @returns whether to end */
  press(key: string): boolean {
    if (key === 'q' || key === '\u0003') return true;
    if (key === 's') this.sort = SORTS[(SORTS.indexOf(this.sort) + 1) % SORTS.length]!;
    const own = SORTS.find((sort) => sort[0] === key);
    if (own !== undefined) this.sort = own;
    if (key === 'j' || key === '\u001b[B') this.#first++;
    else if (key === 'k' || key === '\u001b[A') this.#first--;
    else this.#first = 0;
    return false;
  }

  /**
   * The lines of one picture, none wider than the terminal, no more than it has.
   * @param trouble why the figures are not of now; undefined: they are
   */
  lines(shown: ShownWorkloads, trouble: string | undefined, rows: number, columns: number): string[] {
    const [head = '', ...all] = topTable(shown, this.sort);
    const above = [countsLine(shown, trouble), ...standbyLines(shown), '', head];
    const below = `q quit  s sort: ${this.sort} (${SORTS.map((sort) => `${sort[0]} ${sort}`).join(', ')})  ↑ ↓ scroll`;
    const room = Math.max(1, rows - above.length - 2);
    this.#first = Math.max(0, Math.min(this.#first, all.length - room));
    const body = all.slice(this.#first, this.#first + room);
    const left = all.length - this.#first - body.length;
    const foot = left > 0 ? `… ${left} more` : '';
    return [...above, ...body, foot, below].map((line) => cutTo(plainText(line), columns));
  }
}

function countsLine({ workloads, figuresSeconds, nowSeconds }: ShownWorkloads, trouble: string | undefined): string {
  const sum = (of: (row: Row) => number) =>
    workloads.reduce((total, row) => total + (isKnown(of(row)) ? of(row) : 0), 0);
  const bad = workloads.filter(needsAttention).length;
  const pods = `${sum(({ replicas }) => replicas.ready)} of ${sum(({ replicas }) => replicas.current)} pods Ready`;
  const age = figuresSeconds === 0 ? '' : ` · figures ${durationWords(nowSeconds - figuresSeconds)} old`;
  const line = `${workloads.length} workloads · ${bad} need attention · ${pods}${age}`;
  return trouble === undefined ? line : `NOT RENEWED: ${trouble} · ${line}`;
}

/** The table as lines, the head first. */
export function topTable({ workloads }: ShownWorkloads, sort: Sort): string[] {
  return textTable([HEADER, ...sorted(workloads, sort).map(cells)], FIGURES);
}

/** What is not known comes last, of equals by name. */
function sorted(workloads: readonly Row[], sort: Sort): Row[] {
  const used = (row: Row) => utilisation(row) ?? -1;
  const keys: Readonly<Record<Sort, (row: Row) => readonly number[]>> = {
    attention: (row) => [needsAttention(row) ? 1 : 0, used(row)],
    used: (row) => [used(row)],
    pods: ({ replicas }) => [isKnown(replicas.current) ? replicas.current : -1],
    error: (row) => [worstError(row) ?? -1],
    name: () => [],
  };
  return [...workloads].sort((a, b) => {
    const [one, two] = [keys[sort](a), keys[sort](b)];
    const at = one.findIndex((value, i) => value !== two[i]);
    if (at >= 0) return two[at]! - one[at]!;
    return nameOf(a) < nameOf(b) ? -1 : 1;
  });
}

function needsAttention({ conditions, error }: Row): boolean {
  const isBad = conditions.some(({ type, status }) =>
    type === 'Ready' ? !status : status && BAD_TYPES.includes(type),
  );
  return isBad || error !== undefined;
}

/** Of what the Ready pods serve at their target, by the fullest metric; undefined: not known. */
function utilisation({ metrics, replicas }: Row): number | undefined {
  const shares = metrics.flatMap(({ load, podCapacity }) => {
    const share = Number(load) / (replicas.ready * Number(podCapacity));
    return load !== null && load !== undefined && Number.isFinite(share) ? [share] : [];
  });
  return shares.length === 0 ? undefined : Math.max(...shares);
}

function worstError({ metrics }: Row): number | undefined {
  const errors = metrics.flatMap(({ wape }) => (typeof wape === 'number' && Number.isFinite(wape) ? [wape] : []));
  return errors.length === 0 ? undefined : Math.max(...errors);
}

function nameOf({ ref }: Row): string {
  return `${ref.namespace}/${ref.kind}/${ref.name}`;
}

function cells(row: Row): string[] {
  const { mode, replicas, metrics, leadTime, conditions, baseline } = row;
  const ready = conditions.find(({ type }) => type === 'Ready');
  const bad = conditions.filter(({ type, status }) => status && BAD_TYPES.includes(type)).map(({ type }) => type);
  const [first] = metrics;
  const number = (value: number) => (isKnown(value) ? String(value) : UNKNOWN);
  const share = (value: number | undefined) => (value === undefined ? UNKNOWN : shareWords(value));
  const isMeasured = typeof first?.load === 'number' && Number.isFinite(first.load);
  return [
    nameOf(row),
    mode ?? UNKNOWN,
    [ready?.status === false ? ready.reason : 'Yes', ...bad].join(','),
    `${number(replicas.ready)}/${number(replicas.current)}`,
    number(replicas.wanted),
    `${number(replicas.min)}-${number(replicas.max)}`,
    isMeasured ? loadWords(first.load, first.unit) : UNKNOWN,
    share(utilisation(row)),
    share(worstError(row)),
    isKnown(leadTime.seconds) ? durationWords(leadTime.seconds) : UNKNOWN,
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
