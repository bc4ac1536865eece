import pc from 'picocolors';
import { plainText } from '../../../core/text/plain-text.ts';
import { sloPercent } from '../../../replay/report/served.ts';
import { type Colours, TEXT_COLUMNS, wrapText } from '../../../replay/report/terminal/terminal-width.ts';
import { texts } from '../../../replay/report/texts/texts.ts';
import { tableRows } from '../../terminal/text-table.ts';
import { nameOf, type Savings, type SavingsRow, type SavingsSide } from './savings-rows.ts';
import type { Skipped } from './skipped.ts';

/** Of those that were not replayed so many stand in the terminal's table; the files have all. */
const SHOWN_BOUNDS = 20;
const SHOWN_OF_A_REASON = 3;
/** A longer name is cut in the terminal's table; the files have it whole. */
const NAME_COLUMNS = 34;
const FIGURES = [0, 3, 4, 5, 6];
const { formats } = texts('en');

/** Titles of {@link savingsCells}. */
export const SAVINGS_TITLES = (currency: string): string[] => [
  ...['workload', 'today', `${currency}/30 d`, 'saved', 'served', 'starts/day', 'basis'],
];

/** What stands in a row's cells on the page: what it has today → with Prescale. */
export function savingsCells(row: SavingsRow, unmetTargetBp: number): string[] {
  return [nameOf(row), row.baselineLabel, ...figureCells(row, unmetTargetBp), basisWords(row)];
}

function figureCells(row: SavingsRow, unmetTargetBp: number): string[] {
  const { today, prescale, savedPer30Days, savedShare, basis, keepsSlo } = row;
  const share = savedShare === null ? '' : ` (${spaced(formats.percent(Math.abs(savedShare)))})`;
  const saved = `${amount(savedPer30Days)}${share}`;
  const both = (of: (side: SavingsSide) => string) =>
    prescale === null ? of(today) : `${of(today)} → ${of(prescale)}`;
  const served = both((side) => spaced(formats.served((1 - side.servedShare) * 10_000, unmetTargetBp)));
  return [
    both((side) => amount(side.costPer30Days)),
    basis === 'bound' ? `≤ ${saved}` : saved,
    keepsSlo === false ? `${served} ✗` : served,
    both((side) => formats.number(side.startsPerDay)),
  ];
}

function basisWords({ basis, days }: SavingsRow): string {
  return basis === 'bound' ? 'bound only' : `replayed ${formats.number(days, 1)} d`;
}

/** The same where there is less room; "≤" says which figures are bounds. */
function shortCells(row: SavingsRow, unmetTargetBp: number): string[] {
  const { namespace, kind, name, baseline, baselineLabel } = row;
  const short = kind === 'Deployment' ? `${namespace}/${name}` : nameOf(row);
  const today = baseline === 'fixed' ? baselineLabel : baseline === 'own-hpa' ? 'its HPA' : 'an HPA';
  return [
    short.length > NAME_COLUMNS ? `${short.slice(0, NAME_COLUMNS - 1)}…` : short,
    today,
    ...figureCells(row, unmetTargetBp),
  ];
}

function spaced(text: string): string {
  return text.replaceAll('\u00a0', ' ');
}

/** A saving that is none is said to be dearer. */
function amount(value: number): string {
  const shown = formats.number(Math.abs(value), Math.abs(value) < 100 ? 2 : 0);
  return value < 0 && shown !== '0' ? `−${shown}` : shown;
}

/** One sentence on all of them. */
export function savingsSentence({ totals, currency, unmetTargetBp, prices }: Savings): string {
  const { replayed, todayPer30Days, savedPer30Days } = totals;
  const money = (value: number) => spaced(formats.money(value, currency));
  const saved =
    replayed === 0
      ? 'None was replayed: no figure below is a saving.'
      : `Of the ${replayed} that were replayed Prescale saves ${money(savedPer30Days)} of ${money(todayPer30Days)} in 30 days, where it saves any.`;
  return (
    `${saved} "≤" is the most that anybody could save, by an oracle that knows the demand: not a saving. Today → with Prescale. SLO ${sloPercent(unmetTargetBp)}, ✗ misses it. ` +
    `A pod is taken to serve the CPU that it requests, and is priced by its requests: ${prices.book} (${prices.source}, ${prices.date}); 30 days are extrapolated.`
  );
}

export function countsLine({ totals, queries }: Savings): string {
  const { found, replayed, boundOnly, skipped } = totals;
  return `${found} found · ${replayed} replayed · ${boundOnly} bound only · ${skipped} skipped · ${queries} queries`;
}

/** The table for a terminal; ends with a newline. */
export function savingsText(savings: Savings, colours: boolean, columns?: number): string {
  const { rows, skipped, unmetTargetBp, currency } = savings;
  const colour = pc.createColors(colours);
  const width = Math.min(TEXT_COLUMNS, columns ?? TEXT_COLUMNS);
  const replayed = rows.filter(({ basis }) => basis === 'replayed').length;
  const shown = rows.slice(0, replayed + SHOWN_BOUNDS);
  const cells = shown.map((row, i) => [String(i + 1), ...shortCells(row, unmetTargetBp)]);
  const titles = ['#', ...SAVINGS_TITLES(currency).slice(0, -1)];
  const [head = [], ...lines] = tableRows([titles, ...cells], {
    figures: FIGURES,
    columns,
  });
  const more = rows.length - shown.length;
  const annotate = rows.find((row) => row.annotate !== null)?.annotate;
  return `${[
    colour.bold(countsLine(savings)),
    '',
    ...head.map(colour.dim),
    ...lines.flatMap((line, i) => (shown[i]!.keepsSlo === false ? line.map(colour.yellow) : line)),
    ...(more > 0 ? [`… and ${more} more, bound only: savings.csv has all`] : []),
    '',
    ...wrapText(savingsSentence(savings), width),
    ...noteLines(rows, colour, width),
    ...skippedLines(skipped, colour, width),
    ...(annotate ? ['', colour.bold('To try the first: it only observes'), plainText(annotate)] : []),
  ].join('\n')}\n`;
}

function noteLines(rows: readonly SavingsRow[], colour: Colours, columns: number): string[] {
  const notes = rows.flatMap((row) => row.notes.map((note) => ({ workload: nameOf(row), why: note })));
  return grouped('Read with care', notes, colour, columns);
}

function skippedLines(skipped: readonly Skipped[], colour: Colours, columns: number): string[] {
  const of = (fault: boolean) => skipped.filter((one) => one.fault === fault);
  return [...grouped('Failed', of(true), colour, columns), ...grouped('Skipped', of(false), colour, columns)];
}

/** A line for each reason, with some of those that it is the reason for. */
function grouped(
  title: string,
  all: readonly { readonly workload: string; readonly why: string }[],
  colour: Colours,
  columns: number,
): string[] {
  const byWhy = new Map<string, string[]>();
  for (const { workload, why } of all)
    byWhy.set(plainText(why), [...(byWhy.get(plainText(why)) ?? []), plainText(workload)]);
  const lines = [...byWhy].flatMap(([why, names]) => {
    const shown = names.slice(0, SHOWN_OF_A_REASON).join(', ');
    const more = names.length > SHOWN_OF_A_REASON ? ` and ${names.length - SHOWN_OF_A_REASON} more` : '';
    return wrapText(`${shown}${more}: ${why}`, columns - 2).map((line) => `  ${line}`);
  });
  return lines.length === 0 ? [] : ['', colour.bold(title), ...lines];
}
