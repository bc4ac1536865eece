import pc from 'picocolors';
import {
  type Colours,
  displayWidth,
  padEnd,
  TEXT_COLUMNS,
  wrapText,
} from '../../../replay/report/terminal/terminal-width.ts';
import type { Texts } from '../../../replay/report/texts/en.ts';
import { type Language, texts as textsOf } from '../../../replay/report/texts/texts.ts';
import { tableRows } from '../../terminal/text-table.ts';
import { inEnglish, type ReplayIndex, type ReplayRow, type RowWords } from './replay-rows.ts';

/** A longer name is cut in the table; the index has it whole. */
const NAME_COLUMNS = 30;
const FIGURES = [1, 2, 3, 4, 5];

/** The table of many replays for a terminal; ends with a newline. @param wordsOf what is said of a row, in that language */
export function indexText(
  index: ReplayIndex,
  colours: boolean,
  language: Language = 'en',
  wordsOf: (row: ReplayRow) => RowWords = inEnglish,
  columns?: number,
): string {
  const texts = textsOf(language);
  const colour = pc.createColors(colours);
  const { rows, totals, unmetTargetBp } = index;
  const head = [texts.index.trace, ...figureTitles(texts), texts.index.verdict];
  const cells = rows.map((row) => [cut(row.name), ...figureCells(row, unmetTargetBp, texts), wordsOf(row).verdict]);
  const total = [texts.index.all(totals.traces), ...totalCells(index, texts)];
  const width = Math.min(TEXT_COLUMNS, columns ?? TEXT_COLUMNS);
  const [titles = [], ...lines] = tableRows([head, ...cells, total], { figures: FIGURES, columns });
  const body = lines.slice(0, -1).flatMap((row, i) => (rows[i]!.keepsSlo ? row : row.map(colour.yellow)));
  return `${[
    ...careLines(rows, texts, colour, width),
    ...titles.map(colour.dim),
    ...body,
    ...lines.at(-1)!.map(colour.bold),
    '',
    ...wrapText(explanation(index, texts, wordsOf), width),
    ...notReplayed(index, texts, colour),
  ].join('\n')}\n`;
}

export function figureTitles({ index }: Texts): string[] {
  return [index.saving, index.cost, index.days, index.unmet, index.starts];
}

/** Beside what misses the SLO; the figures stand under each other all the same. */
const MISS = '✗';

/** The figures of a row in the order of their titles. */
export function figureCells(row: ReplayRow, unmetTargetBp: number, texts: Texts): string[] {
  return [
    savingWords(row.saving, texts),
    plainSpaces(texts.formats.money(row.cost, row.currency)),
    String(Number(row.days.toFixed(1))),
    `${unmetPercent(row.unmetBp, unmetTargetBp, texts)}${row.keepsSlo ? '' : ` ${MISS}`}`,
    texts.formats.number(row.startsPerDay),
  ];
}

/** The figures of all, and how many keep the SLO. */
export function totalCells({ rows, totals, unmetTargetBp }: ReplayIndex, texts: Texts): string[] {
  return [
    savingWords(totals.saving, texts),
    plainSpaces(texts.formats.money(totals.cost, rows[0]!.currency)),
    '',
    unmetPercent(totals.unmetBp, unmetTargetBp, texts),
    texts.formats.number(totals.startsPerDay),
    texts.index.keepSlo(totals.keepSlo, totals.traces),
  ];
}

function cut(name: string): string {
  return name.length > NAME_COLUMNS ? `${name.slice(0, NAME_COLUMNS - 1)}…` : name;
}

/** A saving that is none is said to be dearer: 0.23 → "23 %", −0.05 → "−5 %". */
export function savingWords(saving: number | null, { formats }: Texts): string {
  if (saving === null) return '–';
  const share = plainSpaces(formats.percent(Math.abs(saving)));
  return saving < 0 ? `−${share}` : share;
}

/**
 * 4.2 basis points → "0.042 %": two digits, and as many more as it takes not to contradict the SLO: 1.004 is not 0.01 % beside a limit of 0.01 %.
 * @param targetBp the most that may stay unmet
 */
export function unmetPercent(bp: number, targetBp: number, { index }: Texts): string {
  const value = bp / 100;
  const limit = Number((targetBp / 100).toPrecision(12));
  if (value === 0) return index.percent(0);
  if (value < 0.0001) return `< ${index.percent(0.0001)}`;
  for (let digits = 2; digits < 15; digits++) {
    const shown = Number(value.toPrecision(digits));
    if (bp > targetBp ? shown > limit : shown <= limit) return index.percent(shown);
  }
  return bp > targetBp ? index.justOver(index.percent(limit)) : index.percent(limit);
}

/** What the figures are and what they are held against. */
export function explanation(
  { rows, unmetTargetBp }: ReplayIndex,
  texts: Texts,
  wordsOf: (row: ReplayRow) => RowWords,
): string {
  const slo = unmetPercent(unmetTargetBp, unmetTargetBp, texts);
  return texts.index.explanation(rows[0]!.policy, wordsOf(rows[0]!).baseline, slo, MISS);
}

/** The warnings about a row's trace, in a word each. */
export function warningsOf({ findings }: ReplayRow, { index }: Texts): string | undefined {
  const warnings = findings.filter(({ severity }) => severity === 'warning').map(({ name }) => index.finding(name));
  return warnings.length === 0 ? undefined : index.listed(warnings);
}

/** Before the figures: which of them are to be read with care, and why in a word; the reports have the sentences. */
function careLines(rows: readonly ReplayRow[], texts: Texts, colour: Colours, columns: number): string[] {
  const { index } = texts;
  const lines = rows.flatMap((row) => {
    const warnings = warningsOf(row, texts);
    return warnings === undefined ? [] : wrapText(`${row.name}${index.colon}${warnings}`, columns - 2);
  });
  if (lines.length === 0) return [];
  return [colour.bold(index.care), ...lines.map((line) => `  ${line}`), ''];
}

function notReplayed({ failed, skipped, notEntered }: ReplayIndex, { index }: Texts, colour: Colours): string[] {
  const columns = Math.max(...[index.failed, index.skipped, index.folder].map(displayWidth));
  const lines = [
    ...failed.map(({ why }) => `  ${colour.red(padEnd(index.failed, columns))}  ${why}`),
    ...skipped.map(({ why }) => `  ${colour.yellow(padEnd(index.skipped, columns))}  ${why}`),
    ...notEntered.map((path) => `  ${colour.dim(padEnd(index.folder, columns))}  ${index.notEntered(path)}`),
  ];
  return lines.length === 0 ? [] : ['', colour.bold(index.notReplayed), ...lines];
}

function plainSpaces(text: string): string {
  return text.replaceAll('\u00a0', ' ');
}
