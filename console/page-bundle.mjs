// Bundles what runs in a browser: the page itself, and the charts alone for the benchmark. After tsc.
import { rolldown } from 'rolldown';
import { AXES } from '../dist/replay/report/client/axes.js';
import { FORMATS } from '../dist/replay/report/client/base.js';

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

/** @param plugins further ones, before the charts' @returns the module's code, to be written or run */
export async function bundlePage(input, plugins = []) {
  const bundle = await rolldown({
    input,
    platform: 'browser',
    transform: { target: 'es2022' },
    plugins: [...plugins, charts],
  });
  const { output } = await bundle.generate({ format: 'esm', minify: true });
  await bundle.close();
  return output[0].code;
}
