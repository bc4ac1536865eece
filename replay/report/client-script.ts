/**
 * The page's script: draws the two zoomable charts with uPlot from the JSON in #data. Plain JavaScript that no step
 * compiles; it reads its colours from the style sheet so that dark mode and print decide in one place.
 */
export const CLIENT_SCRIPT = `(() => {
'use strict';
const data = JSON.parse(document.getElementById('data').textContent);
const { demand, fan, podCapacity } = data;
const dark = matchMedia('(prefers-color-scheme: dark)');
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();
const number = (v) => v == null ? '–' : Math.abs(v) >= 1e6 || (v && Math.abs(v) < 1e-3) ? v.toExponential(1)
  : v.toLocaleString('en', { maximumFractionDigits: Math.abs(v) < 10 ? 2 : Math.abs(v) < 100 ? 1 : 0 });
const utc = (seconds) => uPlot.tzDate(new Date(seconds * 1e3), 'Etc/UTC');
const times = (start, step, n) => Array.from({ length: n }, (_, i) => start + i * step);
const stepped = uPlot.paths.stepped({ align: 1 });

const when = (seconds) => new Date(seconds * 1e3).toISOString();
const day = (seconds) => new Date(seconds * 1e3).toUTCString().slice(0, 11).replace(', 0', ' ').replace(',', '');
const timeLabels = (u, ticks, axis, space, step) => ticks.map((t, i) => step >= 86400 || t % 86400 === 0 ? day(t)
  : (i === 0 ? day(t) + '\\n' : '') + when(t).slice(11, step < 60 ? 19 : 16));

const wholePods = [1, 10, 100, 1e3, 1e4, 1e5].flatMap((m) => [m, 2 * m, 5 * m]);

function axes(pods) {
  const style = { stroke: colour('muted'), grid: { stroke: colour('grid'), width: 1 }, ticks: { stroke: colour('grid'), width: 1 }, font: '12px system-ui, sans-serif' };
  const values = (u, ticks) => ticks.map((t) => t == null ? '' : number(t));
  const size = (u, ticks) => Math.max(36, 14 + 7 * Math.max(0, ...(ticks || []).map((t) => t.length)));
  const list = [{ ...style, space: 76, values: timeLabels }, { ...style, values, size }];
  if (pods) list.push({ ...style, side: 1, scale: 'pods', grid: { show: false }, values, size, incrs: wholePods });
  return list;
}

function demandChart(width) {
  const n = demand.most.length;
  const wide = demand.least.length > 0;
  const series = [{ value: (u, t) => t == null ? '–' : when(t).slice(0, 16).replace('T', ' ') }];
  const columns = [times(demand.start, demand.step, n)];
  const add = (values, options) => { columns.push(values); series.push({ value: (u, v) => number(v), spanGaps: false, ...options }); };
  add(demand.most, { label: wide ? 'demand, most' : 'demand', stroke: colour('demand'), width: 1.25, fill: wide ? undefined : colour('demand-fill') });
  if (wide) add(demand.least, { label: 'demand, least', stroke: colour('demand'), width: 0.75 });
  for (const { name, values } of demand.capacity) {
    add(values, { label: name + ' capacity', stroke: colour(name), width: name === 'predictive' ? 2 : 1.5, paths: stepped });
  }
  if (demand.short.length > 0) {
    const marks = new Array(n).fill(null);
    for (const i of demand.short) marks[i] = 0;
    add(marks, { label: 'too few predictive pods', stroke: colour('bad'), paths: () => null, value: (u, v) => v == null ? 'no' : 'yes',
      points: { show: true, size: 7, fill: colour('bad') } });
  }
  return { width, height: width < 600 ? 260 : 380, tzDate: utc, series, axes: axes(true),
    bands: wide ? [{ series: [1, 2], fill: colour('demand-fill') }] : [],
    scales: { y: { range: (u, lo, hi) => [0, (hi || 1) * 1.06] },
      pods: { from: 'y', range: (u, lo, hi) => [lo / podCapacity, hi / podCapacity] } },
    cursor: { drag: { x: true, y: false, dist: 5 }, focus: { prox: 24 } }, columns };
}

function fanChart(width) {
  const n = fan.came.length;
  const columns = [times(fan.start, fan.step, n)];
  const series = [{ value: (u, t) => t == null ? '–' : when(t).slice(0, 16).replace('T', ' ') }];
  for (let i = fan.levels.length - 1; i >= 0; i--) {
    columns.push(fan.quantiles[i]);
    const median = fan.levels[i] === 0.5;
    series.push({ label: median ? 'median' : Math.round(fan.levels[i] * 1000) / 10 + ' %', stroke: colour('predictive'),
      width: median ? 2 : 0.5, value: (u, v) => number(v) });
  }
  const bands = [];
  for (let i = 1; i < fan.levels.length; i++) bands.push({ series: [i, i + 1], fill: colour('fan-' + i) });
  columns.push(fan.came);
  series.push({ label: 'what came', stroke: colour('demand'), width: 1.5, value: (u, v) => number(v), spanGaps: false });
  return { width, height: width < 600 ? 240 : 320, tzDate: utc, series, bands, axes: axes(false),
    scales: { y: { range: (u, lo, hi) => [0, (hi || 1) * 1.06] } },
    cursor: { drag: { x: true, y: false, dist: 5 }, focus: { prox: 24 } }, columns };
}

function mount(id, options) {
  const host = document.getElementById(id);
  let chart;
  let range;
  const show = ({ from, to }) => { host.dataset.from = from; host.dataset.to = to; };
  const draw = () => {
    if (chart) chart.destroy();
    const { columns, ...rest } = options(host.clientWidth);
    rest.hooks = { setScale: [(u, key) => {
      if (key !== 'x') return;
      const { min, max } = u.scales.x;
      const all = min <= columns[0][0] && max >= columns[0][columns[0].length - 1];
      range = all ? undefined : { min, max };
      host.dataset.zoomed = String(!all);
      show({ from: min, to: max });
      host.dispatchEvent(new CustomEvent('zoom'));
    }] };
    const keep = range;
    chart = new uPlot(rest, columns, host);
    if (keep) chart.setScale('x', keep);
    const canvas = host.querySelector('canvas');
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('aria-label', host.dataset.label);
  };
  draw();
  let width = host.clientWidth;
  new ResizeObserver(() => { if (host.clientWidth !== width) { width = host.clientWidth; draw(); } }).observe(host);
  return { host, draw, zoom: (min, max) => chart.setScale('x', { min, max }) };
}

const charts = [];
if (demand.most.length > 1) charts.push(mount('demand-chart', demandChart));
if (fan.came.length > 1) charts.push(mount('fan-chart', fanChart));
const redraw = () => { for (const chart of charts) chart.draw(); };
dark.addEventListener('change', redraw);
addEventListener('beforeprint', () => { document.documentElement.classList.add('print'); redraw(); });
addEventListener('afterprint', () => { document.documentElement.classList.remove('print'); redraw(); });

const [main] = charts;
if (main && main.host.id === 'demand-chart') {
  const first = demand.start;
  const last = first + (demand.most.length - 1) * demand.step;
  const buttons = [...document.querySelectorAll('#days button')];
  const mark = () => {
    for (const b of buttons) {
      const on = b.dataset.from ? Math.abs(main.host.dataset.from - Math.max(first, +b.dataset.from)) < 1 && Math.abs(main.host.dataset.to - Math.min(last, +b.dataset.to)) < 1
        : main.host.dataset.zoomed === 'false';
      b.setAttribute('aria-pressed', String(on));
    }
  };
  main.host.addEventListener('zoom', mark);
  for (const b of buttons) b.addEventListener('click', () => b.dataset.from
    ? main.zoom(Math.max(first, +b.dataset.from), Math.min(last, +b.dataset.to)) : main.zoom(first, last));
  mark();
}
})();`;
