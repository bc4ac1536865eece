// Makes the console's page: dist/console/page/{index.html,app.js,app.css} and its API's description. Part of `npm run build`, after tsc.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { AXES } from '../dist/replay/report/client/axes.js';
import { FORMATS } from '../dist/replay/report/client/base.js';
import { PALETTE } from '../dist/replay/report/page/style.js';

const out = new URL('../dist/console/page/', import.meta.url);
const from = new URL('page/', import.meta.url);
const find = createRequire(import.meta.url).resolve;

/** The report's axes, numbers and times, which have no other source: what page/charts/report-charts.d.ts says they are. */
const CHARTS = `import uPlot from 'uplot';
export function reportCharts(texts) {
${FORMATS}
const stepped = uPlot.paths.stepped({ align: 1 });
${AXES}
return { axes, colour, cursor, fromZero, number, when, clock, utc, timeValue, stepped };
}`;

const charts = {
  name: 'report-charts',
  resolveId: (id) => (id.endsWith('/report-charts.js') ? '\0report-charts' : null),
  load: (id) => (id === '\0report-charts' ? CHARTS : null),
};

const bundle = await rolldown({
  input: fileURLToPath(new URL('main.tsx', from)),
  platform: 'browser',
  transform: { target: 'es2022' },
  plugins: [charts],
});
mkdirSync(out, { recursive: true });
await bundle.write({ file: fileURLToPath(new URL('app.js', out)), format: 'esm', minify: true });
await bundle.close();
const uplot = readFileSync(find('uplot/dist/uPlot.min.css'), 'utf8');
writeFileSync(new URL('app.css', out), `${uplot}${PALETTE}${readFileSync(new URL('style.css', from), 'utf8')}`);
copyFileSync(new URL('index.html', from), new URL('index.html', out));
copyFileSync(new URL('openapi.json', import.meta.url), new URL('../openapi.json', out));
