/** Puts the charts into the page, keeps their zoom, and draws them anew when the width, the colours or the medium change. */
export const MOUNT = `
function mount(id, options) {
  const host = document.getElementById(id);
  let chart;
  let range;
  const show = ({ from, to }) => { host.dataset.from = from; host.dataset.to = to; };
  const draw = () => {
    if (chart) chart.destroy();
    const { columns, ...rest } = options(host.clientWidth);
    rest.hooks = { ...rest.hooks, setScale: [(u, key) => {
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
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
addEventListener('beforeprint', () => { document.documentElement.classList.add('print'); redraw(); });
addEventListener('afterprint', () => { document.documentElement.classList.remove('print'); redraw(); });
`;
