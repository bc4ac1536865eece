/** The level of a load over some time: the mean of square roots, squared, as a burst of a hundred times is no level. NaN where nothing is known. */
export function levelOf(values: Float64Array): number {
  let sum = 0;
  let count = 0;
  for (const v of values) {
    if (Number.isNaN(v)) continue;
    sum += Math.sqrt(v);
    count++;
  }
  return (sum / count) ** 2;
}
