/** Axes of the charts over time: days at midnight and at the left, whole pods on the right. */
export const AXES = `
const timeLabels = (u, ticks, axis, space, step) => ticks.map((t, i) => step >= 86400 || t % 86400 === 0 ? day(t)
  : (i === 0 ? day(t) + '\\n' : '') + clock(t, step < 60));
const wholePods = [1, 10, 100, 1e3, 1e4, 1e5].flatMap((m) => [m, 2 * m, 5 * m]);
const timeValue = (u, t) => t == null ? '–' : when(t);
const fromZero = (u, lo, hi) => [0, (hi || 1) * 1.06];
const cursor = { drag: { x: true, y: false, dist: 5 }, focus: { prox: 24 } };

function axes(pods) {
  const style = { stroke: colour('muted'), grid: { stroke: colour('grid'), width: 1 }, ticks: { stroke: colour('grid'), width: 1 }, font: '12px system-ui, sans-serif' };
  const values = (u, ticks) => ticks.map((t) => t == null ? '' : number(t));
  const size = (u, ticks) => Math.max(36, 14 + 7 * Math.max(0, ...(ticks || []).map((t) => t.length)));
  const list = [{ ...style, space: 88, values: timeLabels }, { ...style, values, size }];
  if (pods) list.push({ ...style, side: 1, scale: 'pods', grid: { show: false }, values, size, incrs: wholePods });
  return list;
}
`;
