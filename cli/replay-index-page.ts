import { createHash } from 'node:crypto';
import { Markup, markup } from '../replay/report/markup.ts';
import { money, thousands } from '../replay/report/wording.ts';
import { explanation, FIGURE_TITLES, figureCells, savingWords, unmetPercent } from './replay-index-text.ts';
import type { ReplayIndex, ReplayRow } from './replay-rows.ts';

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

/** index.html: the table of many replays, each with a link to its report; one file without scripts. */
export function indexPage(index: ReplayIndex): string {
  const { rows, totals, failed, skipped, notEntered } = index;
  const policy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`;
  const total = [
    savingWords(totals.saving),
    money(totals.cost, rows[0]?.currency ?? ''),
    '',
    unmetPercent(totals.unmetBp, index.unmetTargetBp),
    thousands(Math.round(totals.startsPerDay)),
  ];
  const left = [
    ...failed.map(({ why }) => `failed: ${why}`),
    ...skipped.map(({ why }) => `skipped: ${why}`),
    ...notEntered.map((path) => `folder: ${path}`),
  ];
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Prescale: ${totals.traces} replays</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<main>
<h1>${totals.traces === 1 ? 'One trace' : `${totals.traces} traces`} replayed</h1>
<p>${explanation(index)}</p>
<div class="table"><table>
<thead><tr><th scope="col">trace</th>${FIGURE_TITLES.map((title) => markup`<th scope="col">${title}</th>`)}<th scope="col">verdict</th></tr></thead>
<tbody>
${rows.map((row) => tableRow(row, index))}</tbody>
<tfoot><tr><td>all ${totals.traces}</td>${total.map((cell) => markup`<td>${cell}</td>`)}<td>${totals.keepSlo} of ${totals.traces} keep the SLO</td></tr></tfoot>
</table></div>
${left.length === 0 ? undefined : markup`<h2>Not replayed</h2><ul>${left.map((line) => markup`<li>${line}</li>`)}</ul>`}
</main>
</body>
</html>
`.text;
}

function tableRow(row: ReplayRow, index: ReplayIndex): Markup {
  const warnings = row.findings.filter(({ severity }) => severity === 'warning').map(({ name }) => name);
  const care =
    warnings.length === 0 ? undefined : markup`<span class="care">read with care: ${warnings.join(', ')}</span>`;
  return markup`<tr><td><a href="${row.report}">${row.name}</a>${care}</td>${figureCells(row, index).map(
    (cell) => markup`<td>${cell}</td>`,
  )}<td>${row.verdict}</td></tr>
`;
}
