import type { PolicyFigures, PolicyName, Report } from '../../result.ts';
import { policiesThatRan, policyTitle } from '../policy-title.ts';
import type { Texts } from '../texts/en.ts';
import { type Colours, displayWidth, padEnd, padStart, TEXT_COLUMNS } from './terminal-width.ts';

/** Beside a share that misses the SLO. */
const MISS = ' ✗';

/** One policy, ready for a column. */
interface Row {
  readonly name: PolicyName;
  readonly figures: PolicyFigures;
  readonly report: Report;
  readonly texts: Texts;
}

type Column = readonly [title: (texts: Texts, report: Report) => string, cell: (row: Row) => string];

/** The columns right of the policy's name, the most telling first: where they don't fit, the last are left out. */
const COLUMNS: readonly Column[] = [
  [({ terminal }, { money }) => terminal.aDay(money.currency), (row) => sum(bill(row).perDay, row)],
  [({ terminal }) => terminal.month, (row) => sum(bill(row).per30Days, row)],
  [({ terminal }) => terminal.year, (row) => sum(bill(row).perYear, row)],
  [({ terminal }) => terminal.versus, (row) => change(row)],
  [({ terminal }) => terminal.servedColumn, (row) => served(row)],
  [({ terminal }) => terminal.starts, ({ figures, texts }) => texts.formats.number(figures.startsPerDay)],
  [({ terminal }) => terminal.oracle, ({ figures: { oracleRatio }, texts }) => ratio(oracleRatio, texts)],
  [({ terminal }) => terminal.short, ({ figures, texts }) => texts.formats.duration(figures.violationMinutes * 60)],
  [
    ({ terminal }) => terminal.ahead,
    ({ figures: { leadSeconds }, texts }) => (leadSeconds === null ? '–' : texts.formats.duration(leadSeconds)),
  ],
];

/** The table of policies, the recommended one in green. */
export function textTable(report: Report, texts: Texts, colour: Colours, most: number = TEXT_COLUMNS): string[] {
  const names = policiesThatRan(report);
  const cells = (name: PolicyName) => {
    const row = { name, figures: report.policies[name]!, report, texts };
    return [title(row), ...COLUMNS.map(([, cell]) => cell(row))].map(plainSpaces);
  };
  const wanted = ['', ...COLUMNS.map(([heading]) => plainSpaces(heading(texts, report)))];
  const body = names.map(cells);
  const widths = wanted.map((heading, column) =>
    Math.max(displayWidth(heading), ...body.map((row) => displayWidth(row[column]!))),
  );
  const columns = widths.filter((_, column) => lineWidth(widths.slice(0, column + 1)) <= most).length;
  const align = (row: readonly string[]) =>
    row
      .slice(0, columns)
      .map((cell, column) => (column === 0 ? padEnd(cell, widths[0]!) : padStart(cell, widths[column]!)))
      .join('  ')
      .trimEnd();
  return [
    colour.dim(align(wanted)),
    ...body.map((row, i) => (names[i] === report.verdict.best ? colour.green(align(row)) : align(row))),
  ];
}

/** "hpa 70 %", "hpa-tuned 80 %, 2 min", "fixed-max". */
function title({ name, figures: { windowSeconds }, report, texts }: Row): string {
  const window =
    name === 'hpa-tuned' && windowSeconds !== undefined ? `, ${texts.formats.duration(windowSeconds)}` : '';
  return `${policyTitle(name, report, texts)}${window}`;
}

function bill({ name, report: { money } }: Row) {
  return money.policies[name]!;
}

/** An amount of money without its currency: cents below a hundred. */
function sum(amount: number, { texts: { formats } }: Row): string {
  return Math.abs(amount) < 99.995 ? formats.fixed(amount, 2) : formats.number(amount);
}

/** A saving is a fall: 0.23 → "−23 %". */
function change({ figures: { savingVs }, texts: { formats, figures } }: Row): string {
  const saving = savingVs.hpa;
  if (saving === undefined) return '–';
  if (formats.percent(Math.abs(saving)) === formats.percent(0)) return formats.percent(0);
  return saving > 0 ? figures.less(saving) : figures.more(-saving);
}

function served({ figures: { unmetBp }, report: { unmetTargetBp }, texts }: Row): string {
  return `${texts.formats.served(unmetBp, unmetTargetBp)}${unmetBp > unmetTargetBp ? MISS : '  '}`;
}

function ratio(oracleRatio: number | null, { formats }: Texts): string {
  return oracleRatio === null ? '–' : formats.fixed(oracleRatio, 3);
}

/** Cells with two spaces between them. */
function lineWidth(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width + 2, -2);
}

function plainSpaces(text: string): string {
  return text.replaceAll('\u00a0', ' ');
}
