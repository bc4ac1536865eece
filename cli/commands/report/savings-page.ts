import { formatInstant } from '../../../core/timestamp.ts';
import { type Markup, markup } from '../../../replay/report/page/markup.ts';
import { tablePage } from '../replay/table-page.ts';
import { savingsChart } from './savings-chart.ts';
import type { Savings, SavingsRow } from './savings-rows.ts';
import { countsLine, SAVINGS_TITLES, savingsCells, savingsSentence } from './savings-text.ts';

/** index.html: the table of all workloads, each replayed one with a link to its report; one file without scripts. */
export function savingsPage(savings: Savings): string {
  const { rows, skipped, unmetTargetBp, currency, prometheus, startSeconds, endSeconds } = savings;
  const body = markup`<h1>What Prescale would save</h1>
<p>${countsLine(savings)}. ${prometheus}, ${formatInstant(startSeconds)} to ${formatInstant(endSeconds)}.</p>
<p>${savingsSentence(savings)}</p>
${savingsChart(rows, currency)}
<div class="table"><table>
<thead><tr>${['#', ...SAVINGS_TITLES(currency)].map(titleCell)}</tr></thead>
<tbody>
${rows.map((row, i) => tableRow(row, i + 1, unmetTargetBp))}</tbody>
</table></div>
${annotateSection(rows)}
${skippedSection(savings, true, 'Failed')}${skippedSection(savings, false, 'Skipped')}`;
  return tablePage({ title: `Prescale: savings of ${rows.length + skipped.length} workloads`, lang: 'en', body });
}

/** The first two after the rank are words. */
function titleCell(title: string, i: number): Markup {
  return i === 1 || i === 2
    ? markup`<th scope="col" class="words">${title}</th>`
    : markup`<th scope="col">${title}</th>`;
}

function tableRow(row: SavingsRow, rank: number, unmetTargetBp: number): Markup {
  const [name, today, ...cells] = savingsCells(row, unmetTargetBp);
  const link = row.report === null ? name : markup`<a href="${row.report}">${name}</a>`;
  const notes = row.notes.map((note) => markup`<span class="care">${note}</span>`);
  return markup`<tr><td>${rank}</td><td class="words">${link}${notes}</td><td class="words">${today}</td>${cells.map((cell) => markup`<td>${cell}</td>`)}</tr>
`;
}

function annotateSection(rows: readonly SavingsRow[]): Markup | undefined {
  const lines = rows.flatMap(({ annotate }) => (annotate === null ? [] : [annotate]));
  if (lines.length === 0) return undefined;
  return markup`<h2>To try them</h2><p>Each only observes until its mode is auto.</p><pre>${lines.join('\n')}</pre>`;
}

function skippedSection({ skipped }: Savings, fault: boolean, title: string): Markup | undefined {
  const of = skipped.filter((one) => one.fault === fault);
  if (of.length === 0) return undefined;
  return markup`<h2>${title}</h2><ul>${of.map(({ workload, why }) => markup`<li>${workload}: ${why}</li>`)}</ul>
`;
}
