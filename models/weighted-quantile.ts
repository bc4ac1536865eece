/**
 * Weighted quantiles of the first `count` entries. Sorts both arrays in place (Shell sort with Ciura's gaps: no allocation,
 * and pools hold a few hundred samples). A sample stands at the middle of its own weight (Hazen's plotting position), between
 * samples the quantile is linear, beyond the outermost it is the outermost.
 * @param levels ascending @param out written at [offset + l * stride]
 */
export function weightedQuantiles(
  values: Float64Array,
  weights: Float64Array,
  count: number,
  levels: readonly number[],
  out: Float64Array[],
  at: number,
): void {
  sortPairs(values, weights, count);
  let total = 0;
  for (let i = 0; i < count; i++) total += weights[i]!;
  let i = 0;
  let position = weights[0]! / 2;
  for (let l = 0; l < levels.length; l++) {
    const target = levels[l]! * total;
    while (i + 1 < count && position + (weights[i]! + weights[i + 1]!) / 2 <= target) {
      position += (weights[i]! + weights[i + 1]!) / 2;
      i++;
    }
    out[l]![at] = interpolateAt(values, weights, count, i, position, target);
  }
}

function interpolateAt(
  values: Float64Array,
  weights: Float64Array,
  count: number,
  i: number,
  position: number,
  target: number,
): number {
  if (target <= position || i + 1 >= count) return values[i]!;
  const gap = (weights[i]! + weights[i + 1]!) / 2;
  const share = Math.min(1, (target - position) / gap);
  // Rounding must not lift it above the next sample, or quantiles cross by a last digit.
  return Math.min(values[i + 1]!, values[i]! + (values[i + 1]! - values[i]!) * share);
}

const GAPS = [301, 132, 57, 23, 10, 4, 1];

function sortPairs(values: Float64Array, weights: Float64Array, count: number): void {
  for (const gap of GAPS) {
    for (let i = gap; i < count; i++) {
      const v = values[i]!;
      const w = weights[i]!;
      let j = i;
      while (j >= gap && values[j - gap]! > v) {
        values[j] = values[j - gap]!;
        weights[j] = weights[j - gap]!;
        j -= gap;
      }
      values[j] = v;
      weights[j] = w;
    }
  }
}

/** Beyond so many values every second, third … is taken: the median of a thousand is that of ten thousand to within 3 % of the spread. */
const ENOUGH = 1_000;

/** The plain quantile of finite values; NaN when there is none. Does not change its input. */
export function quantileOf(values: Float64Array, level: number): number {
  const stride = Math.max(1, Math.floor(values.length / ENOUGH));
  const sorted = new Float64Array(Math.ceil(values.length / stride));
  let count = 0;
  for (let i = 0; i < values.length; i += stride) {
    if (Number.isFinite(values[i]!)) sorted[count++] = values[i]!;
  }
  if (count === 0) return stride > 1 ? quantileOf(values.filter(Number.isFinite), level) : Number.NaN;
  sorted.subarray(0, count).sort();
  const at = level * (count - 1);
  const low = Math.floor(at);
  const high = Math.min(low + 1, count - 1);
  return sorted[low]! + (sorted[high]! - sorted[low]!) * (at - low);
}
