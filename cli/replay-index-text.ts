import pc from 'picocolors';
import { money, percent, thousands } from '../replay/report/wording.ts';
import type { ReplayIndex, ReplayRow } from './replay-rows.ts';
import { textTable, wrapWords } from './text-table.ts';

const TEXT_COLUMNS = 100;
/** A longer name is cut in the table; the index has it whole. */
const NAME_COLUMNS = 30;
const FIGURES = [1, 2, 3, 4, 5];

/** The table of many replays for a terminal; ends with a newline. */
export function indexText(index: ReplayIndex, colours: boolean): string {
  const colour = pc.createColors(colours);
  const { rows, totals } = index;
  const head = ['trace', ...FIGURE_TITLES, 'verdict'];
  const total = [
    `all ${totals.traces}`,
    savingWords(totals.saving),
    money(totals.cost, rows[0]!.currency),
    '',
    unmetPercent(totals.unmetBp, index.unmetTargetBp),
    thousands(Math.round(totals.startsPerDay)),
    `${totals.keepSlo} of ${totals.traces} keep the SLO`,
  ];
  const [first, ...lines] = textTable([head, ...rows.map((row) => cells(row, index)), total], FIGURES);
  const body = lines.slice(0, -1).map((line, i) => (rows[i]!.keepsSlo ? line : colour.yellow(line)));
  return `${[
    ...careLines(rows, colour),
    colour.dim(first!),
    ...body,
    colour.bold(lines.at(-1)!),
    '',
    ...wrapWords(explanation(index), TEXT_COLUMNS),
    ...notReplayed(index, colour),
  ].join('\n')}\n`;
}

export const FIGURE_TITLES = ['saving', 'cost', 'days', 'unmet', 'starts/day'] as const;

/** Beside what misses the SLO; the figures stand under each other all the same. */
const MISS = ' ✗';

/** The figures of a row in the order of their titles. */
export function figureCells(row: ReplayRow, { unmetTargetBp }: ReplayIndex): string[] {
  return [
    savingWords(row.saving),
    money(row.cost, row.currency),
    String(Number(row.days.toFixed(1))),
    `${unmetPercent(row.unmetBp, unmetTargetBp)}${row.keepsSlo ? '' : MISS}`,
    thousands(Math.round(row.startsPerDay)),
  ];
}

function cells(row: ReplayRow, index: ReplayIndex): string[] {
  const name = row.name.length > NAME_COLUMNS ? `${row.name.slice(0, NAME_COLUMNS - 1)}…` : row.name;
  return [name, ...figureCells(row, index), row.verdict];
}

/** A saving that is none is said to be dearer: 0.23 → "23 %", −0.05 → "−5 %". */
export function savingWords(saving: number | null): string {
  if (saving === null) return '–';
  return saving < 0 ? `−${percent(-saving)}` : percent(saving);
}

/**
 * 4.2 bp → "0.042 %": two digits, and as many more as it takes not to contradict the SLO: 1.004 bp is not 0.01 % beside a limit of 0.01 %.
 * @param targetBp the most that may stay unmet
 */
export function unmetPercent(bp: number, targetBp: number): string {
  const value = bp / 100;
  const limit = Number((targetBp / 100).toPrecision(12));
  if (value === 0) return '0 %';
  if (value < 0.0001) return '< 0.0001 %';
  for (let digits = 2; digits < 15; digits++) {
    const shown = Number(value.toPrecision(digits));
    if (bp > targetBp ? shown > limit : shown <= limit) return `${shown} %`;
  }
  return `${bp > targetBp ? 'just over ' : ''}${limit} %`;
}

/** What the figures are and what they are held against. */
export function explanation({ rows, unmetTargetBp }: ReplayIndex): string {
  const { policy, baselineLabel } = rows[0]!;
  const against =
    baselineLabel === null ? 'no baseline ran to save against' : `saving: the bill against ${baselineLabel}`;
  return `Figures of ${policy} over the replayed days; ${against}; SLO: at most ${unmetPercent(unmetTargetBp, unmetTargetBp)} unmet,${MISS} misses it. The unmet demand of all is weighted by pods.`;
}

/** Before the figures: which of them are to be read with care, and why in a word; the reports have the sentences. */
function careLines(rows: readonly ReplayRow[], colour: ReturnType<typeof pc.createColors>): string[] {
  const lines = rows.flatMap(({ name, findings }) => {
    const warnings = findings.filter(({ severity }) => severity === 'warning').map((finding) => finding.name);
    return warnings.length === 0 ? [] : wrapWords(`${name}: ${warnings.join(', ')}`, TEXT_COLUMNS - 2);
  });
  if (lines.length === 0) return [];
  return [
    colour.bold('Before you read the figures (each report says it in sentences)'),
    ...lines.map((line) => `  ${line}`),
    '',
  ];
}

function notReplayed(
  { failed, skipped, notEntered }: ReplayIndex,
  colour: ReturnType<typeof pc.createColors>,
): string[] {
  const lines = [
    ...failed.map(({ why }) => `  ${colour.red('failed')}   ${why}`),
    ...skipped.map(({ why }) => `  ${colour.yellow('skipped')}  ${why}`),
    ...notEntered.map((path) => `  ${colour.dim('folder')}   ${path}: name it to replay what is in it`),
  ];
  return lines.length === 0 ? [] : ['', colour.bold('Not replayed'), ...lines];
}
