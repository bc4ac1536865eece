import { createHash } from 'node:crypto';
import { Markup, markup } from '../../../replay/report/page/markup.ts';

const STYLE = `:root{color-scheme:light dark}
body{margin:0;font:16px/1.5 system-ui,sans-serif}
main{max-width:72rem;margin:0 auto;padding:1.5rem 1rem}
.table{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:.35rem .6rem;text-align:right;border-bottom:1px solid color-mix(in srgb,currentColor 20%,transparent);white-space:nowrap}
th:first-child,td:first-child,th.words,th:last-child,td:last-child{text-align:left}
td.words{text-align:left;white-space:normal;overflow-wrap:anywhere;min-width:8rem}
tfoot td{font-weight:600}
.care{display:block;font-size:.85em;opacity:.75;white-space:normal}
figure{margin:1rem 0}
svg{width:100%;max-width:60rem;font-size:13px}
svg text{fill:currentColor}
.today{fill:#8a8f98}
.own{fill:#1a9c5b}
pre{overflow-x:auto}
`;

/** One page of tables: no script, nothing from outside. */
export function tablePage({ title, lang, body }: { title: string; lang: string; body: Markup }): string {
  const policy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`;
  return markup`<!doctype html>
<html lang="${lang}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`.text;
}
