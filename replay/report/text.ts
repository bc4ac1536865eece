import pc from 'picocolors';
import { plainText } from '../../core/plain-text.ts';
import { DAY_SECONDS } from '../../core/series.ts';
import { POLICY_NAMES, type PolicyFigures, type PolicyName, type Report } from '../result.ts';
import { firstSentence } from './recommendation.ts';
import { servedPercent, sloPercent } from './served.ts';
import { duration, instant, keepUnits, percent, thousands, threeDigits } from './wording.ts';

/** Nothing that renderText writes is wider. */
export const TEXT_COLUMNS = 100;

/** Beside a share that misses the SLO. */
const MISS = ' ✗';

type Colours = ReturnType<typeof pc.createColors>;
type Cell = (name: PolicyName, report: Report) => string;

/** The columns right of the policy's name, the most telling first: where they don't fit, the last are left out. */
const COLUMNS: readonly (readonly [title: string | ((report: Report) => string), cell: Cell])[] = [
  [({ money }) => `${money.currency} a day`, (name, { money }) => sum(money.policies[name]!.perDay)],
  ['30 days', (name, { money }) => sum(money.policies[name]!.per30Days)],
  ['a year', (name, { money }) => sum(money.policies[name]!.perYear)],
  ['vs hpa', (name, report) => change(figures(name, report).savingVs.hpa)],
  ['served', (name, report) => served(figures(name, report), report)],
  ['starts/day', (name, report) => thousands(Math.round(figures(name, report).startsPerDay))],
  ['÷ oracle', (name, report) => ratio(figures(name, report).oracleRatio)],
  ['short for', (name, report) => duration(figures(name, report).violationMinutes * 60)],
  ['lead', (name, report) => lead(figures(name, report).leadSeconds)],
];

/**
 * The report for a terminal: what must be known of the trace, the headline, the table of policies, the rest of the
 * recommendation, what it was computed from, and the annotations to copy; ends with a newline.
 */
export function renderText(report: Report, colours: boolean): string {
  const colour = pc.createColors(colours);
  const { trace, recommendation, forecast } = report;
  const first = firstSentence(recommendation);
  const span = `${instant(trace.start)} to ${instant(trace.end)} UTC`;
  const lines = [
    ...findingLines(report, colour),
    ...wrap(first).map((line) => colour.bold(line)),
    '',
    ...table(report, colour),
    '',
    ...wrap(basis(report)).map((line) => colour.dim(line)),
    '',
    ...wrap(recommendation.slice(first.length).trim()),
    '',
    ...wrap(`Forecast ${duration(forecast.leadSeconds)} ahead: ${accuracy(report)}. Day ahead: ${forecast.model}.`),
    ...wrap(
      `Replayed ${trace.source}, ${span}; a pod serves ${threeDigits(report.podCapacity)}, seed\u00a0${report.seed}.`,
    ),
    '',
    ...wrap('The next step, to copy into Git (report.json has it as annotations):'),
    '',
    report.annotations.trimEnd(),
  ];
  return `${lines.join('\n')}\n`;
}

/** What changes how the figures must be read stands before them; the text of each is indented beside its severity. */
function findingLines({ findings }: Report, colour: Colours): string[] {
  if (findings.length === 0) return [];
  const paint = { warning: colour.yellow, note: colour.dim };
  const margin = ' '.repeat('warning  '.length);
  const lines = findings.flatMap(({ severity, text }) =>
    wrap(text, TEXT_COLUMNS - margin.length).map((line, i) =>
      i === 0 ? `${paint[severity](severity.padEnd(margin.length))}${line}` : `${margin}${line}`,
    ),
  );
  return [colour.bold('Before you read the figures'), ...lines, ''];
}

/** What the table's money and shares rest on. */
function basis({ money, prices, unmetTargetBp }: Report): string {
  const days = duration(money.measuredDays * DAY_SECONDS);
  const slo = `served: of the demand, by Ready pods;${MISS} misses the SLO of ${sloPercent(unmetTargetBp)}.`;
  const span = `${money.currency} for this one workload, measured over ${days}; 30 days and a year are extrapolated.`;
  if (prices === undefined) return `${slo} ${span}`;
  const least = prices.minimumSeconds > 0 ? `, each pod billed for at least ${duration(prices.minimumSeconds)}` : '';
  const source = `${prices.source}, ${prices.date}`;
  return `${slo} ${span} All pods are priced as elastic ones: ${prices.book}, ${money.currency} ${threeDigits(prices.podHour)} a pod-hour${least} (${source}).`;
}

/** An amount of money without its currency: cents below a hundred. */
function sum(amount: number): string {
  return Math.abs(amount) < 99.995 ? amount.toFixed(2) : thousands(Math.round(amount));
}

function served({ unmetBp }: PolicyFigures, { unmetTargetBp }: Report): string {
  return `${servedPercent(unmetBp, unmetTargetBp)}${unmetBp > unmetTargetBp ? MISS : '  '}`;
}

function ratio(oracleRatio: number | null): string {
  return oracleRatio === null ? '–' : oracleRatio.toFixed(3);
}

function lead(leadSeconds: number | null): string {
  return leadSeconds === null ? '–' : duration(leadSeconds);
}

/** A saving is a fall: 0.23 → "−23 %". */
function change(saving: number | undefined): string {
  if (saving === undefined) return '–';
  const shown = percent(Math.abs(saving));
  if (shown === '0 %') return shown;
  return `${saving > 0 ? '−' : '+'}${shown}`;
}

function accuracy({ forecast: { wape, wql, coverage95 } }: Report): string {
  if (wape === null || wql === null || coverage95 === null) return 'nothing to compare with';
  return `WAPE ${percent(wape)}, quantile loss ${wql.toFixed(3)}, ${percent(coverage95)} of demand under the 95 % level`;
}

function table(report: Report, colour: Colours): string[] {
  const names = POLICY_NAMES.filter((name) => report.policies[name] !== undefined);
  const wanted = ['', ...COLUMNS.map(([title]) => (typeof title === 'string' ? title : title(report)))];
  const body = names.map((name) => [policyTitle(name, report), ...COLUMNS.map(([, cell]) => cell(name, report))]);
  const widths = wanted.map((title, column) => Math.max(title.length, ...body.map((row) => row[column]!.length)));
  const head = wanted.filter((_, column) => lineWidth(widths.slice(0, column + 1)) <= TEXT_COLUMNS);
  const align = (row: readonly string[]) =>
    row
      .slice(0, head.length)
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd();
  return [
    colour.dim(align(head)),
    ...body.map((row, i) => (names[i] === report.verdict.best ? colour.green(align(row)) : align(row))),
  ];
}

/** Cells with two spaces between them. */
function lineWidth(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width + 2, -2);
}

function figures(name: PolicyName, report: Report): PolicyFigures {
  return report.policies[name]!;
}

/** "hpa 70 %", "hpa-tuned 80 %, 2 min", "fixed-max". */
export function policyTitle(name: PolicyName, report: Report): string {
  const { target, windowSeconds } = report.policies[name] ?? {};
  if (target === undefined) return name;
  const window = name === 'hpa-tuned' && windowSeconds !== undefined ? `, ${duration(windowSeconds)}` : '';
  return `${name} ${percent(target)}${window}`;
}

/** Breaks at spaces, but not between a figure and its unit; a word that is wider than the line is cut. */
function wrap(text: string, columns = TEXT_COLUMNS): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of keepUnits(plainText(text))
    .split(/[ \n\t]+/)
    .flatMap((long) => long.match(/.{1,100}/gu) ?? [])) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  if (line !== '') lines.push(line);
  return lines.map((kept) => kept.replaceAll('\u00a0', ' '));
}
