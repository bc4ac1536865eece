import pc from 'picocolors';
import type { Report } from '../../result.ts';
import { observed } from '../page/facts.ts';
import type { Texts } from '../texts/en.ts';
import { type Language, texts as textsOf } from '../texts/texts.ts';
import { type Colours, padEnd, TEXT_COLUMNS, wrapText } from './terminal-width.ts';
import { textTable } from './text-table.ts';

/**
 * The report for a terminal: what must be known of the trace, the headline, the table of policies, the rest of the
 * recommendation, what it was computed from, and the annotations to copy; ends with a newline.
 */
export function renderText(
  report: Report,
  colours: boolean,
  language: Language = 'en',
  columns: number = TEXT_COLUMNS,
): string {
  const texts = textsOf(language);
  const colour = pc.createColors(colours);
  const { terminal, page } = texts;
  const [headline = '', ...rest] = texts.recommendation(report);
  const wrap = (text: string) => wrapText(text, columns);
  const lines = [
    ...findings(report, texts, colour, columns),
    ...wrap(headline).map((line) => colour.bold(line)),
    '',
    ...textTable(report, texts, colour, columns),
    '',
    ...wrap(basis(report, texts)).map((line) => colour.dim(line)),
    '',
    ...wrap(rest.join(page.sentenceGap)),
    '',
    ...wrap(forecast(report, texts)),
    ...wrap(
      terminal.replayed(report.trace.source, report.trace.start, report.trace.end, report.podCapacity, report.seed),
    ),
    ...wrap(terminal.observed(observed(report.observation, texts))),
    '',
    ...wrap(terminal.next),
    '',
    report.annotations.trimEnd(),
  ];
  return `${lines.join('\n')}\n`;
}

/** What changes how the figures must be read stands before them; the text of each is indented beside its severity. */
function findings({ findings }: Report, texts: Texts, colour: Colours, columns: number): string[] {
  if (findings.length === 0) return [];
  const { page } = texts;
  const paint = { warning: colour.yellow, note: colour.dim };
  const margin = 9;
  const lines = findings.flatMap((finding) =>
    wrapText(texts.finding(finding) ?? finding.text, columns - margin).map((line, i) =>
      i === 0
        ? `${paint[finding.severity](padEnd(page.severity[finding.severity].toLowerCase(), margin))}${line}`
        : `${' '.repeat(margin)}${line}`,
    ),
  );
  return [colour.bold(page.findings), ...lines, ''];
}

/** What the table's money and shares rest on. */
function basis({ money, prices, unmetTargetBp }: Report, { terminal, page, formats, facts }: Texts): string {
  const sentences = [terminal.served(unmetTargetBp), terminal.money(money.currency, money.measuredDays)];
  if (prices !== undefined) {
    const podHour = `${money.currency} ${formats.threeDigits(prices.podHour)}`;
    const least = prices.minimumSeconds > 0 ? facts.minimum(prices.minimumSeconds) : '';
    sentences.push(terminal.prices(prices.book, podHour, least, `${prices.source}, ${prices.date}`));
  }
  return sentences.join(page.sentenceGap);
}

function forecast({ forecast: { leadSeconds, wape, wql, coverage95, model } }: Report, texts: Texts): string {
  const { terminal, facts } = texts;
  const accuracy =
    wape === null || wql === null || coverage95 === null ? facts.noAccuracy : terminal.accuracy(wape, wql, coverage95);
  return terminal.forecast(leadSeconds, accuracy, texts.model(model));
}
