import pc from 'picocolors';
import { plainText } from '../../core/plain-text.ts';
import { POLICY_NAMES, type PolicyFigures, type PolicyName, type Report } from '../result.ts';
import { firstSentence } from './recommendation.ts';
import { basisPoints, duration, instant, keepUnits, money, observationWords, percent, threeDigits } from './wording.ts';

/** Nothing that renderText writes is wider. */
export const TEXT_COLUMNS = 100;

type Cell = (figures: PolicyFigures, report: Report) => string;

/** The columns right of the policy's name, the most telling first: where they don't fit, the last are left out. */
const COLUMNS: readonly (readonly [title: string, cell: Cell])[] = [
  ['cost', ({ cost, currency }) => money(cost, currency)],
  ['÷ oracle', ({ oracleRatio }) => (oracleRatio === null ? '–' : oracleRatio.toFixed(3))],
  ['vs hpa', ({ savingVs }) => change(savingVs.hpa)],
  ['vs tuned', ({ savingVs }) => change(savingVs['hpa-tuned'])],
  ['unmet bp', ({ unmetBp }) => basisPoints(unmetBp)],
  ['too few', ({ violationMinutes }) => duration(violationMinutes * 60)],
  ['lead', ({ leadSeconds }) => (leadSeconds === null ? '–' : duration(leadSeconds))],
  ['ups / downs', ({ scaleUps, scaleDowns }) => `${scaleUps} / ${scaleDowns}`],
];

/** The report for a terminal: headline, table of policies, the rest of the recommendation; ends with a newline. */
export function renderText(report: Report, colours: boolean): string {
  const colour = pc.createColors(colours);
  const { trace, recommendation, forecast } = report;
  const first = firstSentence(recommendation);
  const span = `${instant(trace.start)} to ${instant(trace.end)} UTC`;
  const lines = [
    ...wrap(first).map((line) => colour.bold(line)),
    '',
    ...table(report, colour),
    '',
    ...wrap(recommendation.slice(first.length).trim()),
    '',
    ...wrap(`Forecast ${duration(forecast.leadSeconds)} ahead: ${accuracy(report)}. Day ahead: ${forecast.model}.`),
    ...wrap(priceLine(report)),
    ...wrap(
      `Replayed ${trace.source}, ${span}; policies saw ${observationWords(report.observation)}; a pod serves ${threeDigits(report.podCapacity)}, seed\u00a0${report.seed}.`,
    ),
  ];
  return `${lines.join('\n')}\n`;
}

/** A saving is a fall: 0.23 → "−23 %". */
function change(saving: number | undefined): string {
  if (saving === undefined) return '–';
  const shown = percent(Math.abs(saving));
  if (shown === '0 %') return shown;
  return `${saving > 0 ? '−' : '+'}${shown}`;
}

function priceLine({ prices, policies }: Report): string {
  const currency = Object.values(policies)[0]?.currency;
  if (prices === undefined || currency === undefined) return '';
  return `A pod-hour costs ${currency} ${threeDigits(prices.podHour)} (${prices.source}, ${prices.date}).`;
}

function accuracy({ forecast: { wape, wql, coverage95 } }: Report): string {
  if (wape === null || wql === null || coverage95 === null) return 'nothing to compare with';
  return `WAPE ${percent(wape)}, quantile loss ${wql.toFixed(3)}, ${percent(coverage95)} of demand under the 95 % level`;
}

function table(report: Report, colour: ReturnType<typeof pc.createColors>): string[] {
  const names = POLICY_NAMES.filter((name) => report.policies[name] !== undefined);
  const wanted = ['', ...COLUMNS.map(([title]) => title)];
  const body = names.map((name) => [policyTitle(name, report), ...cells(name, report)]);
  const widths = wanted.map((title, column) => Math.max(title.length, ...body.map((row) => row[column]!.length)));
  const head = wanted.filter((_, column) => lineWidth(widths.slice(0, column + 1)) <= TEXT_COLUMNS);
  const align = (row: readonly string[]) =>
    row
      .slice(0, head.length)
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
      .join('  ');
  return [
    colour.dim(align(head)),
    ...body.map((row, i) => (names[i] === 'predictive' ? colour.green(align(row)) : align(row))),
  ];
}

/** Cells with two spaces between them. */
function lineWidth(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width + 2, -2);
}

function cells(name: PolicyName, report: Report): string[] {
  return COLUMNS.map(([, cell]) => cell(report.policies[name]!, report));
}

/** "hpa 70 %", "fixed-max". */
export function policyTitle(name: PolicyName, report: Report): string {
  const target = report.policies[name]?.target;
  return target === undefined ? name : `${name} ${percent(target)}`;
}

/** Breaks at spaces, but not between a figure and its unit; a word that is wider than the line is cut. */
function wrap(text: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of keepUnits(plainText(text))
    .split(/[ \n\t]+/)
    .flatMap((long) => long.match(/.{1,100}/gu) ?? [])) {
    if (line !== '' && line.length + 1 + word.length > TEXT_COLUMNS) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  if (line !== '') lines.push(line);
  return lines.map((kept) => kept.replaceAll('\u00a0', ' '));
}
