import { type Markup, markup } from '../../../replay/report/page/markup.ts';
import type { Texts } from '../../../replay/report/texts/en.ts';
import { type Language, texts as textsOf } from '../../../replay/report/texts/texts.ts';
import { explanation, figureCells, figureTitles, totalCells, warningsOf } from './replay-index-text.ts';
import { inEnglish, type ReplayIndex, type ReplayRow, type RowWords } from './replay-rows.ts';
import { tablePage } from './table-page.ts';

/** index.html: the table of many replays, each with a link to its report; one file without scripts. @param wordsOf see indexText */
export function indexPage(
  index: ReplayIndex,
  language: Language = 'en',
  wordsOf: (row: ReplayRow) => RowWords = inEnglish,
): string {
  const { rows, totals, failed, skipped, notEntered } = index;
  const texts = textsOf(language);
  const words = texts.index;
  const left = [
    ...failed.map(({ why }) => `${words.failed}${words.colon}${why}`),
    ...skipped.map(({ why }) => `${words.skipped}${words.colon}${why}`),
    ...notEntered.map((path) => `${words.folder}${words.colon}${path}`),
  ];
  const body = markup`<h1>${words.heading(totals.traces)}</h1>
<p>${explanation(index, texts, wordsOf)}</p>
<div class="table"><table>
<thead><tr>${[words.trace, ...figureTitles(texts), words.verdict].map((title) => markup`<th scope="col">${title}</th>`)}</tr></thead>
<tbody>
${rows.map((row) => tableRow(row, index, texts, wordsOf(row)))}</tbody>
<tfoot><tr>${[words.all(totals.traces), ...totalCells(index, texts)].map((cell) => markup`<td>${cell}</td>`)}</tr></tfoot>
</table></div>
${left.length === 0 ? undefined : markup`<h2>${words.notReplayed}</h2><ul>${left.map((line) => markup`<li>${line}</li>`)}</ul>`}`;
  return tablePage({ title: words.title(totals.traces), lang: texts.htmlLang, body });
}

function tableRow(row: ReplayRow, { unmetTargetBp }: ReplayIndex, texts: Texts, { verdict }: RowWords): Markup {
  const warnings = warningsOf(row, texts);
  const care = warnings === undefined ? undefined : markup`<span class="care">${texts.index.careOf(warnings)}</span>`;
  return markup`<tr><td><a href="${row.report}">${row.name}</a>${care}</td>${figureCells(row, unmetTargetBp, texts).map(
    (cell) => markup`<td>${cell}</td>`,
  )}<td>${verdict}</td></tr>
`;
}
