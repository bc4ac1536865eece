/*
 * Conditional random midpoint displacement (Norros, Mannersalo, Wang: Simulation of fractional Brownian motion with
 * conditionalized random midpoint displacement, Advances in Performance Analysis 2, 1999). Where only the two ends are
 * heeded, midpoints scatter too widely for a signal that returns to its level; so samples before the segment count too.
 */

/** How a point follows from its neighbours: their weights, which add up to 1, and the variance that is left. */
export interface Conditional {
  readonly weights: Float64Array;
  /** In units of the mean square increment over one unit of distance. */
  readonly variance: number;
}

/**
 * The expectation and variance of fractional Brownian motion at 0, given its values at these places and nothing of its level
 * (ordinary kriging with the variogram |h|^2H).
 * @param places all different and none of them 0, in any unit of distance; at least one
 * @param hurst 0 (each point is drawn anew about one level) … just under 1 (nearly straight)
 */
export function conditional(places: readonly number[], hurst: number): Conditional {
  const n = places.length;
  const half = (distance: number) => (distance === 0 ? 0 : Math.abs(distance) ** (2 * hurst) / 2);
  // Semivariances of all pairs, bordered by ones: the weights add up to 1 whatever the level.
  const rows = Array.from({ length: n + 1 }, (_, i) =>
    Float64Array.from({ length: n + 2 }, (_none, j) => {
      if (i === n) return j === n ? 0 : 1;
      if (j === n) return 1;
      return j === n + 1 ? half(places[i]!) : half(places[i]! - places[j]!);
    }),
  );
  const solved = solve(rows);
  const weights = solved.subarray(0, n);
  let variance = solved[n]!;
  for (let i = 0; i < n; i++) variance += weights[i]! * half(places[i]!);
  return { weights, variance: Math.max(0, variance) };
}

/** Gaussian elimination with pivots. @param rows n rows of n coefficients and the right side; overwritten */
function solve(rows: Float64Array[]): Float64Array {
  const n = rows.length;
  for (let column = 0; column < n; column++) {
    let pivot = column;
    for (let i = column + 1; i < n; i++) {
      if (Math.abs(rows[i]![column]!) > Math.abs(rows[pivot]![column]!)) pivot = i;
    }
    [rows[column], rows[pivot]] = [rows[pivot]!, rows[column]!];
    const own = rows[column]!;
    for (let i = 0; i < n; i++) {
      const other = rows[i]!;
      const factor = i === column ? 0 : other[column]! / own[column]!;
      if (factor === 0) continue;
      for (let j = column; j <= n; j++) other[j]! -= factor * own[j]!;
    }
  }
  return Float64Array.from(rows, (row, i) => row[n]! / row[i]!);
}

/** One point of a segment, drawn after all others that it names. */
export interface BridgePoint {
  /** Which part of the segment it ends, 1 … parts − 1. */
  readonly part: number;
  /** Parts that are known already, the ends (0 and `parts`) among them; then, below 0, samples before the segment: −1 is the last. */
  readonly neighbours: Int32Array;
  readonly weights: Float64Array;
  /** Variance of its displacement, in units of the mean square increment of one step. */
  readonly variance: number;
}

/** Neighbours on either side that count, of those that are drawn. */
const INNER = 2;

/**
 * How the points of a segment are drawn one after the other, halves first.
 * @param parts that the segment is divided into
 * @param partsPerStep of the trace's step; a segment over a lost sample has twice as many
 * @param before samples before the segment's first one, a step apart
 */
export function bridge(parts: number, partsPerStep: number, before: number, hurst: number): BridgePoint[] {
  const known = new Uint8Array(parts + 1);
  known[0] = 1;
  known[parts] = 1;
  const points: BridgePoint[] = [];
  const spans: [number, number][] = [[0, parts]];
  for (let span = spans.shift(); span; span = spans.shift()) {
    const [from, to] = span;
    if (to - from < 2) continue;
    const part = (from + to) >> 1;
    const neighbours: number[] = [];
    for (let k = part - 1; k >= 0 && neighbours.length < INNER; k--) if (known[k] === 1) neighbours.push(k);
    const left = neighbours.length;
    for (let k = part + 1; k <= parts && neighbours.length < left + INNER; k++) if (known[k] === 1) neighbours.push(k);
    for (let k = 1; k <= before; k++) neighbours.push(-k);
    const places = neighbours.map((k) => (k < 0 ? k - part / partsPerStep : (k - part) / partsPerStep));
    points.push({ part, neighbours: Int32Array.from(neighbours), ...conditional(places, hurst) });
    known[part] = 1;
    spans.push([from, part], [part, to]);
  }
  return points;
}
