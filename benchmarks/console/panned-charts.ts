import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'rolldown';

/** What console/page-bundle.mjs has; it is no part of what is built. */
interface Bundler {
  bundlePage(input: string, plugins: readonly Plugin[]): Promise<string>;
}

const DAYS = 14;
const SERIES = 4;
/** A day is in sight. */
const SHOWN_DAYS = 1;

/** The console's own chart of so many series by the minute, moved by \`pan(share of the way)\`. */
const ENTRY = `
  import { h, render } from 'preact';
  import { TimeChart } from './charts/time-chart.tsx';

const DAY = 86_400;
const times = Array.from({ length: ${DAYS} * 1_440 }, (_, i) => 1_772_323_200 + 60 * i);
const wave = (shift) => times.map((at) => 600 - 400 * Math.cos((2 * Math.PI * (at + shift)) / DAY) + 30 * Math.sin(at / 700));
const colours = ['demand', 'predictive', 'hpa-tuned', 'fixed'];
const lines = Array.from({ length: ${SERIES} }, (_, i) => ({ label: 'series ' + i, values: wave(i * 1_800), colour: colours[i] }));
const first = times[0];
const way = times.at(-1) - first - ${SHOWN_DAYS} * DAY;
const onPoint = () => {};
window.pan = (share) => {
  const from = first + share * way;
  const props = { id: 'panned', label: 'Panned', times, lines, height: 300, now: times.at(-1), from, sync: 'one', onPoint };
  render(h(TimeChart, { ...props, to: from + ${SHOWN_DAYS} * DAY }), document.getElementById('page'));
};
window.pan(0);
`;

/** A page with that chart alone. @throws where the console's sources are not at hand */
export async function pannedPage(): Promise<string> {
  const folder = join(process.cwd(), 'console/page');
  if (!existsSync(join(folder, 'main.tsx'))) throw new Error('run it from the repository: the charts are bundled anew');
  const entry = join(folder, 'panned-charts.tsx');
  const plugin: Plugin = {
    name: 'panned-charts',
    resolveId: (id) => (id === entry ? entry : null),
    load: (id) => (id === entry ? ENTRY : null),
  };
  const { bundlePage }: Bundler = await import(join(process.cwd(), 'console/page-bundle.mjs'));
  const code = await bundlePage(entry, [plugin]);
  return `<!doctype html><div id="page"></div><script type="module">${code.replaceAll('</script', '<\\/script')}</script>`;
}
