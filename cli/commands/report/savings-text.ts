import pc from 'picocolors';
import { plainText } from '../../../core/text/plain-text.ts';
import { type Colours, TEXT_COLUMNS, wrapText } from '../../../replay/report/terminal/terminal-width.ts';
import type { Texts } from '../../../replay/report/texts/en.ts';
import { tableRows } from '../../terminal/text-table.ts';
import { nameOf, type Savings, type SavingsRow, type SavingsSide } from './savings-rows.ts';
import type { Skipped } from './skipped.ts';

/** Of those that were not replayed so many stand in the terminal's table; the files have all. */
const SHOWN_BOUNDS = 20;
const SHOWN_OF_A_REASON = 3;
/** A longer name is cut in the terminal's table; the files have it whole. */
const NAME_COLUMNS = 34;
const FIGURES = [0, 3, 4, 5, 6];

/** What stands in a row's cells on the page, under `columns` of the texts: what it has today → with Prescale. */
export function savingsCells(row: SavingsRow, unmetTargetBp: number, texts: Texts): string[] {
  const { boundOnly, replayed } = texts.savings;
  const basis = row.basis === 'bound' ? boundOnly : replayed(row.days);
  return [nameOf(row), row.baselineLabel, ...figureCells(row, unmetTargetBp, texts), basis];
}

function figureCells(row: SavingsRow, unmetTargetBp: number, { formats }: Texts): string[] {
  const { today, prescale, savedPer30Days, savedShare, basis, keepsSlo } = row;
  const share = savedShare === null ? '' : ` (${spaced(formats.percent(Math.abs(savedShare)))})`;
  const saved = `${amount(savedPer30Days, formats)}${share}`;
  const both = (of: (side: SavingsSide) => string) =>
    prescale === null ? of(today) : `${of(today)} → ${of(prescale)}`;
  const served = both((side) => spaced(formats.served((1 - side.servedShare) * 10_000, unmetTargetBp)));
  return [
    both((side) => amount(side.costPer30Days, formats)),
    basis === 'bound' ? `≤ ${saved}` : saved,
    keepsSlo === false ? `${served} ✗` : served,
    both((side) => formats.number(side.startsPerDay)),
  ];
}

/** The same where there is less room; "≤" says which figures are bounds. */
function shortCells(row: SavingsRow, unmetTargetBp: number, texts: Texts): string[] {
  const { namespace, kind, name, baseline, baselineLabel } = row;
  const { ownHpa, anHpa, maybeHpa } = texts.savings;
  const shortLabels = { 'own-hpa': ownHpa, 'default-hpa': anHpa, 'assumed-hpa': maybeHpa, fixed: baselineLabel };
  const short = kind === 'Deployment' ? `${namespace}/${name}` : nameOf(row);
  return [
    short.length > NAME_COLUMNS ? `${short.slice(0, NAME_COLUMNS - 1)}…` : short,
    shortLabels[baseline],
    ...figureCells(row, unmetTargetBp, texts),
  ];
}

function spaced(text: string): string {
  return text.replaceAll('\u00a0', ' ');
}

/** A saving that is none is said to be dearer. */
function amount(value: number, formats: Texts['formats']): string {
  const shown = formats.number(Math.abs(value), Math.abs(value) < 100 ? 2 : 0);
  return value < 0 && shown !== '0' ? `−${shown}` : shown;
}

/** A few sentences on all of them. */
export function savingsSentences({ totals, currency, unmetTargetBp, prices }: Savings, texts: Texts): string {
  const { replayed, todayPer30Days, savedPer30Days } = totals;
  const { noneReplayed, saved, explanation, sentenceGap } = texts.savings;
  const money = (value: number) => spaced(texts.formats.money(value, currency));
  const first = replayed === 0 ? noneReplayed : saved(replayed, money(savedPer30Days), money(todayPer30Days));
  const slo = spaced(texts.formats.slo(unmetTargetBp));
  return `${first}${sentenceGap}${explanation(slo, prices.book, prices.source, prices.date)}`;
}

export function countsLine({ totals, queries }: Savings, { savings }: Texts): string {
  const { found, replayed, boundOnly, skipped } = totals;
  return savings.counts(found, replayed, boundOnly, skipped, queries);
}

/** The table for a terminal; ends with a newline. @param savings in the language of the texts */
export function savingsText(savings: Savings, texts: Texts, colours: boolean, columns?: number): string {
  const { rows, skipped, unmetTargetBp, currency } = savings;
  const words = texts.savings;
  const colour = pc.createColors(colours);
  const width = Math.min(TEXT_COLUMNS, columns ?? TEXT_COLUMNS);
  const replayed = rows.filter(({ basis }) => basis === 'replayed').length;
  const shown = rows.slice(0, replayed + SHOWN_BOUNDS);
  const cells = shown.map((row, i) => [String(i + 1), ...shortCells(row, unmetTargetBp, texts)]);
  const titles = ['#', ...words.columns(currency).slice(0, -1)];
  const [head = [], ...lines] = tableRows([titles, ...cells], {
    figures: FIGURES,
    columns,
  });
  const more = rows.length - shown.length;
  const annotate = rows.find((row) => row.annotate !== null)?.annotate;
  const notes = rows.flatMap((row) => row.notes.map((why) => ({ workload: nameOf(row), why })));
  const of = (fault: boolean) => skipped.filter((one) => one.fault === fault);
  return `${[
    colour.bold(countsLine(savings, texts)),
    '',
    ...head.map(colour.dim),
    ...lines.flatMap((line, i) => (shown[i]!.keepsSlo === false ? line.map(colour.yellow) : line)),
    ...(more > 0 ? [words.moreBounds(more)] : []),
    '',
    ...wrapText(savingsSentences(savings, texts), width),
    ...grouped(words.care, notes, texts, colour, width),
    ...grouped(words.failed, of(true), texts, colour, width),
    ...grouped(words.skipped, of(false), texts, colour, width),
    ...(annotate ? ['', colour.bold(words.toTryFirst), plainText(annotate)] : []),
  ].join('\n')}\n`;
}

/** A line for each reason, with some of those that it is the reason for. */
function grouped(
  title: string,
  all: readonly Pick<Skipped, 'workload' | 'why'>[],
  { savings: words }: Texts,
  colour: Colours,
  columns: number,
): string[] {
  const byWhy = new Map<string, string[]>();
  for (const { workload, why } of all)
    byWhy.set(plainText(why), [...(byWhy.get(plainText(why)) ?? []), plainText(workload)]);
  const lines = [...byWhy].flatMap(([why, names]) => {
    const more = names.length > SHOWN_OF_A_REASON ? words.andMore(names.length - SHOWN_OF_A_REASON) : '';
    const shown = `${names.slice(0, SHOWN_OF_A_REASON).join(words.comma)}${more}`;
    return wrapText(`${shown}${words.colon}${why}`, columns - 2).map((line) => `  ${line}`);
  });
  return lines.length === 0 ? [] : ['', colour.bold(title), ...lines];
}
