/** Demand, the ready capacity of the drawn policies, and circles where pods were missing. */
export const DEMAND_CHART = `
const peakPods = demand.most.reduce((a, b) => Math.max(a, b || 0), 0) / demand.podCapacity;
/** The area of a circle is the number of missing pods, relative to the peak; the least can still be seen. */
const radius = (missing) => Math.min(18, Math.max(2.5, 20 * Math.sqrt(missing / peakPods)));
const pairs = (list) => list.flatMap((v, i) => i % 2 === 0 ? [[v, list[i + 1]]] : []);

function drawMissing(u, policy, si) {
  if (!u.series[si].show) return;
  const { ctx } = u;
  const { left, top, width, height } = u.bbox;
  const { min, max } = u.scales.x;
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, width, height);
  ctx.clip();
  ctx.strokeStyle = ctx.fillStyle = colour(policy.name === 'predictive' ? 'bad' : policy.name);
  ctx.lineWidth = 1.5 * devicePixelRatio;
  for (const [i, missing] of pairs(policy.missing)) {
    const t = demand.start + i * demand.step;
    if (t < min || t > max) continue;
    ctx.beginPath();
    ctx.arc(u.valToPos(t, 'x', true), u.valToPos(demand.most[i], 'y', true), radius(missing) * devicePixelRatio, 0, 7);
    ctx.globalAlpha = 0.3;
    ctx.fill();
    ctx.globalAlpha = 1;
    ctx.stroke();
  }
  ctx.restore();
}

function demandChart(width) {
  const n = demand.most.length;
  const wide = demand.least.length > 0;
  const series = [{ label: texts.time, value: timeValue }];
  const columns = [times(demand.start, demand.step, n)];
  const add = (values, options) => { columns.push(values); series.push({ value: (u, v) => number(v), spanGaps: false, ...options }); };
  add(demand.most, { label: wide ? texts.demandMost : texts.demand, stroke: colour('demand'), width: 1.25, fill: wide ? undefined : colour('demand-fill') });
  if (wide) add(demand.least, { label: texts.demandLeast, stroke: colour('demand'), width: 0.75 });
  for (const { name, capacity } of demand.policies) {
    add(capacity, { label: texts.capacity + name, stroke: colour(name), width: name === 'predictive' ? 2 : 1.5, paths: stepped });
  }
  const marked = [];
  for (const policy of demand.policies) {
    if (policy.missing.length === 0) continue;
    const missing = new Array(n).fill(null);
    for (const [i, pods] of pairs(policy.missing)) missing[i] = pods;
    marked.push([policy, series.length]);
    add(missing, { label: texts.missing + policy.name, scale: 'missing', stroke: colour(policy.name === 'predictive' ? 'bad' : policy.name),
      paths: () => null, points: { show: false }, value: (u, v) => v == null ? texts.none : number(v) });
  }
  return { width, height: width < 600 ? 260 : 380, tzDate: utc, series, axes: axes(true), cursor, columns,
    bands: wide ? [{ series: [1, 2], fill: colour('demand-fill') }] : [],
    hooks: { draw: [(u) => { for (const [policy, si] of marked) drawMissing(u, policy, si); }] },
    scales: { y: { range: fromZero },
      pods: { from: 'y', range: (u, lo, hi) => [lo / demand.podCapacity, hi / demand.podCapacity] } } };
}
`;
