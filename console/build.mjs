// Makes the console's page: dist/console/page/{index.html,app.js,app.css} and its API's description. Part of `npm run build`, after tsc.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { PALETTE } from '../dist/replay/report/page/style.js';
import { bundlePage } from './page-bundle.mjs';

const out = new URL('../dist/console/page/', import.meta.url);
const from = new URL('page/', import.meta.url);
const find = createRequire(import.meta.url).resolve;

mkdirSync(out, { recursive: true });
writeFileSync(new URL('app.js', out), await bundlePage(fileURLToPath(new URL('main.tsx', from))));
const uplot = readFileSync(find('uplot/dist/uPlot.min.css'), 'utf8');
writeFileSync(new URL('app.css', out), `${uplot}${PALETTE}${readFileSync(new URL('style.css', from), 'utf8')}`);
copyFileSync(new URL('index.html', from), new URL('index.html', out));
copyFileSync(new URL('openapi.json', import.meta.url), new URL('../openapi.json', out));
