import { createHash } from 'node:crypto';
import { Markup, markup } from '../../../replay/report/page/markup.ts';
import type { Texts } from '../../../replay/report/texts/en.ts';
import { type Language, texts as textsOf } from '../../../replay/report/texts/texts.ts';
import { explanation, figureCells, figureTitles, totalCells, warningsOf } from './replay-index-text.ts';
import { inEnglish, type ReplayIndex, type ReplayRow, type RowWords } from './replay-rows.ts';

const STYLE = `:root{color-scheme:light dark}
body{margin:0;font:16px/1.5 system-ui,sans-serif}
main{max-width:72rem;margin:0 auto;padding:1.5rem 1rem}
.table{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:.35rem .6rem;text-align:right;border-bottom:1px solid color-mix(in srgb,currentColor 20%,transparent);white-space:nowrap}
th:first-child,td:first-child,th:last-child,td:last-child{text-align:left}
tfoot td{font-weight:600}
.care{display:block;font-size:.85em;opacity:.75;white-space:normal}
`;

/** index.html: the table of many replays, each with a link to its report; one file without scripts. @param wordsOf see indexText */
export function indexPage(
  index: ReplayIndex,
  language: Language = 'en',
  wordsOf: (row: ReplayRow) => RowWords = inEnglish,
): string {
  const { rows, totals, failed, skipped, notEntered } = index;
  const texts = textsOf(language);
  const words = texts.index;
  const policy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`;
  const left = [
    ...failed.map(({ why }) => `${words.failed}${words.colon}${why}`),
    ...skipped.map(({ why }) => `${words.skipped}${words.colon}${why}`),
    ...notEntered.map((path) => `${words.folder}${words.colon}${path}`),
  ];
  return markup`<!doctype html>
<html lang="${texts.htmlLang}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${words.title(totals.traces)}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<main>
<h1>${words.heading(totals.traces)}</h1>
<p>${explanation(index, texts, wordsOf)}</p>
<div class="table"><table>
<thead><tr>${[words.trace, ...figureTitles(texts), words.verdict].map((title) => markup`<th scope="col">${title}</th>`)}</tr></thead>
<tbody>
${rows.map((row) => tableRow(row, index, texts, wordsOf(row)))}</tbody>
<tfoot><tr>${[words.all(totals.traces), ...totalCells(index, texts)].map((cell) => markup`<td>${cell}</td>`)}</tr></tfoot>
</table></div>
${left.length === 0 ? undefined : markup`<h2>${words.notReplayed}</h2><ul>${left.map((line) => markup`<li>${line}</li>`)}</ul>`}
</main>
</body>
</html>
`.text;
}

function tableRow(row: ReplayRow, { unmetTargetBp }: ReplayIndex, texts: Texts, { verdict }: RowWords): Markup {
  const warnings = warningsOf(row, texts);
  const care = warnings === undefined ? undefined : markup`<span class="care">${texts.index.careOf(warnings)}</span>`;
  return markup`<tr><td><a href="${row.report}">${row.name}</a>${care}</td>${figureCells(row, unmetTargetBp, texts).map(
    (cell) => markup`<td>${cell}</td>`,
  )}<td>${verdict}</td></tr>
`;
}
