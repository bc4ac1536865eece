const LIGHT = `--paper:#f5f7f9;--card:#fff;--ink:#14202b;--muted:#52616f;--line:#d8dfe6;--grid:#e6ebf0;
--demand:#3b6fd4;--demand-fill:#3b6fd422;--predictive:#00755e;--hpa:#c2500a;--hpa-tuned:#a8780a;--cron:#7a5ba8;
--fixed-max:#8a94a0;--fixed:#8a94a0;--oracle:#1d2a36;--good:#00704f;--bad:#b3261e;--warn:#8a5a00;
--fan-1:#00755e1f;--fan-2:#00755e3d;--fan-3:#00755e66;color-scheme:light`;

const DARK = `--paper:#0e151b;--card:#16202a;--ink:#e7eef4;--muted:#a3b3c1;--line:#2c3a47;--grid:#24313c;
--demand:#7fb0ff;--demand-fill:#7fb0ff22;--predictive:#3ddcb0;--hpa:#ff9e5e;--hpa-tuned:#e8c04c;--cron:#bfa3ea;
--fixed-max:#8d9aa6;--fixed:#8d9aa6;--oracle:#f2f6f9;--good:#4fdcae;--bad:#ff8a80;--warn:#ffc966;
--fan-1:#3ddcb01f;--fan-2:#3ddcb03d;--fan-3:#3ddcb066;color-scheme:dark`;

/** The colours, as variables that charts read too; the console has the same. */
export const PALETTE = `
:root{${LIGHT}}
@media (prefers-color-scheme:dark){:root:not(.print){${DARK}}}
`;

/** The page's style sheet, after uPlot's own. Colours are variables: the script reads the same ones. */
export const STYLE = `${PALETTE}*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC","WenQuanYi Micro Hei","DejaVu Sans",sans-serif}
main{max-width:1240px;margin:0 auto;padding:28px 20px 56px}
header p.over{margin:0;overflow-wrap:anywhere;color:var(--muted);font-size:.85rem}
h1{font-size:clamp(1.25rem,1rem + 1.4vw,1.8rem);line-height:1.3;margin:.6em 0 .6em;text-wrap:balance;overflow-wrap:anywhere}
h2{font-size:1.1rem;margin:0 0 .25em}
header .rest{max-width:76ch;margin:1.2em 0 0;overflow-wrap:anywhere}
section{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:18px 20px;margin:18px 0 0;min-width:0}
section>p.note,figcaption{margin:0 0 12px;color:var(--muted);font-size:.875rem;max-width:80ch}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:0 18px}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(200px,1fr));gap:12px;padding:0;margin:18px 0 0;list-style:none}
.figures li{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:14px 16px}
.figures strong{display:block;font-size:1.75rem;line-height:1.15;font-variant-numeric:tabular-nums}
.figures span{display:block;margin-top:4px}
small{color:var(--muted);font-size:.8rem}
.figures small{display:block;margin-top:2px}
.good{color:var(--good)}.bad{color:var(--bad)}
table{border-collapse:collapse;width:100%;font-size:.9rem;font-variant-numeric:tabular-nums}
th,td{padding:8px 10px;text-align:right;vertical-align:top;border-top:1px solid var(--line)}
thead th{border-top:0;color:var(--muted);font-weight:600;font-size:.8rem;vertical-align:bottom}
th:first-child{text-align:left;padding-left:0}td:last-child,th:last-child{padding-right:0}
tbody th{font-weight:600;white-space:nowrap}
tbody th small{display:block;font-weight:400;white-space:normal;margin-left:18px}
.cards td{white-space:nowrap}.cards td>small{display:block;font-weight:400}
.cards .label{display:none}
.cards tr.predictive th,.cards tr.predictive td{font-weight:700}
.key{display:inline-block;width:10px;height:10px;border-radius:50%;margin-right:8px;background:var(--muted)}
.key.predictive{background:var(--predictive)}.key.hpa{background:var(--hpa)}.key.hpa-tuned{background:var(--hpa-tuned)}
.key.cron{background:var(--cron)}.key.oracle{background:var(--oracle)}
.reasons tbody th{font-weight:400;white-space:normal;overflow-wrap:anywhere}.reasons tbody th small{margin-left:0}
.reasons thead th,.reasons td{white-space:nowrap}
.reasons .share{display:inline-block;width:90px;height:8px;margin-left:8px;background:var(--grid);border-radius:4px;vertical-align:middle}
.reasons .share rect{fill:var(--predictive)}
#days{display:flex;flex-wrap:wrap;gap:6px;margin:0 0 10px}
button{font:inherit;font-size:.85rem;padding:6px 11px;min-height:34px;border:1px solid var(--line);border-radius:7px;background:var(--card);color:var(--ink);cursor:pointer}
button.term{all:unset;display:inline;cursor:help;text-decoration:underline dotted;text-decoration-thickness:1px;text-underline-offset:3px}
.tip{max-width:min(34ch,calc(100vw - 16px));padding:10px 12px;border:1px solid var(--line);border-radius:8px;background:var(--card);color:var(--ink);font-size:.875rem;line-height:1.45;box-shadow:0 4px 18px #0003}
.tip:not(:popover-open){display:none}.tip strong{display:block}
.findings{background:var(--card);border:1px solid var(--line);border-left:4px solid var(--warn);border-radius:10px;padding:14px 18px;margin:14px 0 0}
.findings ul{margin:.4em 0 0;padding:0;list-style:none}.findings li{margin:.35em 0 0;max-width:90ch;overflow-wrap:anywhere}
.findings .warning strong{color:var(--warn)}.findings .note strong{color:var(--muted)}
pre{margin:0 0 12px;padding:12px 14px;background:var(--paper);border:1px solid var(--line);border-radius:8px;overflow-x:auto;font-size:.85rem}
.glossary{margin:22px 0 0}summary{cursor:pointer;font-weight:600;padding:6px 0}.glossary dl{margin-top:10px}
button:hover{border-color:var(--muted)}
button[aria-pressed=true]{background:var(--ink);border-color:var(--ink);color:var(--card)}
button:focus-visible,a:focus-visible,summary:focus-visible,pre:focus-visible{outline:2px solid var(--demand);outline-offset:2px}
.chart{min-height:260px;width:100%}
.uplot{font-family:inherit}.uplot .u-legend{font-size:.82rem;text-align:left;color:var(--ink);margin-top:6px}
.uplot .u-legend th,.uplot .u-legend td{border:0;padding:1px 2px;text-align:left;font-weight:400;white-space:nowrap}
.uplot .u-legend .u-value{min-width:3.6em}
.uplot .u-select{background:var(--demand-fill);box-shadow:inset 1px 0 var(--demand),inset -1px 0 var(--demand)}
figure{margin:0}
svg{display:block;width:100%;height:auto;max-width:460px;margin:0 auto}
svg text{font-size:12px;fill:var(--muted)}
svg .axis-title{fill:var(--muted);font-size:12px}
svg .grid{stroke:var(--grid)}svg .axis{stroke:var(--muted)}
svg .leader{stroke:var(--muted);stroke-width:.75}
svg .slo{stroke:var(--bad);stroke-dasharray:5 4;stroke-width:1.25}svg .slo-label{fill:var(--bad);paint-order:stroke;stroke:var(--card);stroke-width:4px;stroke-linejoin:round}
svg .dot text{fill:var(--ink);paint-order:stroke;stroke:var(--card);stroke-width:3px;stroke-linejoin:round}
svg .dot circle{fill:var(--fixed);stroke:var(--card);stroke-width:1.5}
svg .dot.predictive circle{fill:var(--predictive)}svg .dot.predictive text{font-weight:700}
svg .dot.hpa circle{fill:var(--hpa)}svg .dot.hpa-tuned circle{fill:var(--hpa-tuned)}
svg .dot.cron circle{fill:var(--cron)}svg .dot.oracle circle{fill:var(--oracle)}
svg .bar.base{fill:var(--demand)}svg .bar.elastic{fill:var(--predictive)}
svg .heat{fill:var(--demand)}svg .no-data{fill:none;stroke:var(--line);stroke-dasharray:2 2}
dl{margin:0;display:grid;gap:8px}dl div{display:grid;grid-template-columns:170px 1fr;gap:12px}
dt{color:var(--muted)}dd{margin:0;overflow-wrap:anywhere}
.swatch{display:inline-block;width:.75em;height:.75em;border-radius:2px;margin-right:.35em}
.swatch.base{background:var(--demand)}.swatch.elastic{background:var(--predictive)}
.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
@media (max-width:860px){.pair{grid-template-columns:minmax(0,1fr)}}
@media (max-width:900px){
main{padding:18px 12px 40px}section{padding:14px 12px}
.figures{grid-template-columns:1fr 1fr;gap:8px}.figures li{padding:10px 12px}.figures strong{font-size:1.35rem}
.figures span{font-size:.875rem}
.cards,.cards tbody,.cards tr,.cards tbody th{display:block}
.cards thead{display:none}
.cards tr{border-top:1px solid var(--line);padding:10px 0;display:grid;grid-template-columns:repeat(auto-fill,minmax(130px,1fr));gap:6px 12px}
.cards tr:first-child{border-top:0;padding-top:0}
.cards tbody th{grid-column:1/-1;border:0;padding:0}
.cards td{display:block;border:0;padding:0;text-align:left;white-space:normal}
.cards .label{display:block;color:var(--muted);font-size:.75rem;font-weight:400}
dl div{grid-template-columns:minmax(0,1fr);gap:0}
.reasons .share{display:none}}
@media print{body{background:#fff;font-size:12px}main{max-width:none;padding:0}section,.figures li{break-inside:avoid;border-color:#bbb}
#days,#copy,.u-legend .u-value{display:none}button.term{text-decoration:none}.pair{grid-template-columns:1fr 1fr}}
`;
