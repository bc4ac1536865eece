/** The quantiles of the day-ahead forecast as a fan, and the demand that came. */
export const FAN_CHART = `
function fanChart(width) {
  const n = fan.came.length;
  const columns = [times(fan.start, fan.step, n)];
  const series = [{ label: texts.time, value: timeValue }];
  for (let i = fan.levels.length - 1; i >= 0; i--) {
    columns.push(fan.quantiles[i]);
    const median = fan.levels[i] === 0.5;
    series.push({ label: median ? texts.median : Math.round(fan.levels[i] * 1000) / 10 + texts.percentSpace + '%', stroke: colour('predictive'),
      width: median ? 2 : 0.5, value: (u, v) => number(v) });
  }
  const bands = [];
  for (let i = 1; i < fan.levels.length; i++) bands.push({ series: [i, i + 1], fill: colour('fan-' + i) });
  columns.push(fan.came);
  series.push({ label: texts.came, stroke: colour('demand'), width: 1.5, value: (u, v) => number(v), spanGaps: false });
  return { width, height: width < 600 ? 240 : 320, tzDate: utc, series, bands, axes: axes(false), cursor, columns,
    scales: { y: { range: fromZero } } };
}
`;
