import { formatInstant } from '../../../core/timestamp.ts';
import { type Markup, markup } from '../../../replay/report/page/markup.ts';
import type { Texts } from '../../../replay/report/texts/en.ts';
import { tablePage } from '../replay/table-page.ts';
import { savingsChart } from './savings-chart.ts';
import type { Savings, SavingsRow } from './savings-rows.ts';
import { countsLine, savingsCells, savingsSentences } from './savings-text.ts';
import type { Skipped } from './skipped.ts';

/**
 * index.html: the table of all workloads, each replayed one with a link to its report; one file without scripts.
 * @param savings in the language of the texts
 */
export function savingsPage(savings: Savings, texts: Texts): string {
  const { rows, skipped, unmetTargetBp, currency, prometheus, startSeconds, endSeconds } = savings;
  const words = texts.savings;
  const [from, to] = [startSeconds, endSeconds].map(formatInstant) as [string, string];
  const failed = skipped.filter(({ fault }) => fault);
  const others = skipped.filter(({ fault }) => !fault);
  const body = markup`<h1>${words.heading}</h1>
<p>${countsLine(savings, texts)}</p>
<p>${words.source(prometheus, from, to)}</p>
<p>${savingsSentences(savings, texts)}</p>
${savingsChart(rows, currency, texts)}
<div class="table"><table>
<thead><tr>${['#', ...words.columns(currency)].map(titleCell)}</tr></thead>
<tbody>
${rows.map((row, i) => tableRow(row, i + 1, unmetTargetBp, texts))}</tbody>
</table></div>
${annotateSection(rows, texts)}
${skippedSection(words.failed, failed, texts)}${skippedSection(words.skipped, others, texts)}`;
  return tablePage({ title: words.title(rows.length), lang: texts.htmlLang, body });
}

/** The first two after the rank are words. */
function titleCell(title: string, i: number): Markup {
  return i === 1 || i === 2
    ? markup`<th scope="col" class="words">${title}</th>`
    : markup`<th scope="col">${title}</th>`;
}

function tableRow(row: SavingsRow, rank: number, unmetTargetBp: number, texts: Texts): Markup {
  const [name, today, ...cells] = savingsCells(row, unmetTargetBp, texts);
  const link = row.report === null ? name : markup`<a href="${row.report}">${name}</a>`;
  const notes = row.notes.map((note) => markup`<span class="care">${note}</span>`);
  return markup`<tr><td>${rank}</td><td class="words">${link}${notes}</td><td class="words">${today}</td>${cells.map((cell) => markup`<td>${cell}</td>`)}</tr>
`;
}

function annotateSection(rows: readonly SavingsRow[], { savings }: Texts): Markup | undefined {
  const lines = rows.flatMap(({ annotate }) => (annotate === null ? [] : [annotate]));
  if (lines.length === 0) return undefined;
  return markup`<h2>${savings.toTry}</h2><p>${savings.onlyObserves}</p><pre>${lines.join('\n')}</pre>`;
}

function skippedSection(title: string, skipped: readonly Skipped[], { savings }: Texts): Markup | undefined {
  if (skipped.length === 0) return undefined;
  const lines = skipped.map(({ workload, why }) => markup`<li>${workload}${savings.colon}${why}</li>`);
  return markup`<h2>${title}</h2><ul>${lines}</ul>
`;
}
