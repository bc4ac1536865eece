import { DDSketch } from '@datadog/sketches-js';

/** Values are told to within 1 % (DDSketch: Masson, Rim & Lee, VLDB 2019). */
export const RELATIVE_ACCURACY = 0.01;
/**
 * What is shorter counts as 0, what is longer as this: so a sketch never has more than ln(72,000) ÷ ln(1.0202) = 560 bins. (The
 * library's collapsing store would bound them too, but counts weights twice when it collapses.) An hour: a pod that is not Ready
 * by then is broken, not slow, and no lead time would help.
 */
export const SHORTEST_SECONDS = 0.05;
export const LONGEST_SECONDS = 3600;
/** Bins that a sketch grows by; the library's 128 would be a kilobyte for a workload with three values. */
const CHUNK_BINS = 16;

const SHARED = new DDSketch({ relativeAccuracy: RELATIVE_ACCURACY });

/** A value and its weight. */
export type Bin = readonly [value: number, weight: number];

/** Compact JSON: bin numbers with their weights in pairs, the weight of zeros, and the sum of squared weights. */
export interface SavedSketch {
  readonly bins: number[];
  readonly zero: number;
  readonly squares: number;
}

/**
 * A quantile sketch of weighted seconds ≥ 0. Older values weigh less because newer ones are added with more (forward decay:
 * Cormode et al., ICDE 2009): what decays is the ratio, and nothing needs touching as time passes.
 *
 * Ranks are taken here, not by the library's getValueAtQuantile: that counts ranks up to weight − 1, and so gives the least value
 * wherever the whole weight is below one. Nor is its merge used:
 * it can't scale weights, and takes the other's highest key for missing where that is 0 (values of 1 s).
 */
export class DecayingSketch {
  private readonly sketch = new DDSketch({ relativeAccuracy: RELATIVE_ACCURACY });
  private squares = 0;

  constructor() {
    this.sketch.store.chunkSize = CHUNK_BINS;
    // The same for all, and a third of what a small sketch takes: it only computes, and there are no negative values.
    this.sketch.mapping = SHARED.mapping;
    this.sketch.negativeStore = SHARED.negativeStore;
  }

  /** Sum of all weights. */
  get weight(): number {
    return this.sketch.store.count + this.sketch.zeroCount;
  }

  /** Kish's effective sample size, (Σw)² ÷ Σw²: ten values of one age are ten, whatever the age; 0 for none. */
  get samples(): number {
    return this.squares > 0 ? this.weight ** 2 / this.squares : 0;
  }

  add(value: number, weight: number): void {
    this.sketch.accept(value < SHORTEST_SECONDS ? 0 : Math.min(value, LONGEST_SECONDS), weight);
    this.squares += weight * weight;
  }

  /** Adds all of another sketch, its weights times `factor`. */
  merge(other: DecayingSketch, factor = 1): void {
    this.addSaved(other.weights(), other.sketch.zeroCount, other.squares, factor);
  }

  /** Values in ascending order. */
  bins(): Bin[] {
    const { zeroCount, mapping } = this.sketch;
    const positive = this.weights().map(([key, weight]): Bin => [mapping.value(key), weight]);
    return zeroCount > 0 ? [[0, zeroCount], ...positive] : positive;
  }

  /** @param level in [0, 1]. @returns NaN where nothing was added */
  quantile(level: number): number {
    return new Survival(this.bins(), []).quantile(level);
  }

  /** @param factor what the weights are multiplied by, so that they stay small numbers */
  save(factor: number): SavedSketch {
    const bins = this.weights().flatMap(([key, weight]) => [key, short(weight * factor)]);
    return { bins, zero: short(this.sketch.zeroCount * factor), squares: short(this.squares * factor * factor) };
  }

  /** Adds what was saved. */
  restore({ bins, zero, squares }: SavedSketch, factor: number): void {
    const pairs: [number, number][] = [];
    for (let i = 0; i + 1 < bins.length; i += 2) pairs.push([bins[i]!, bins[i + 1]!]);
    this.addSaved(pairs, zero, squares, factor);
  }

  /** Keys in ascending order with their weights. */
  private weights(): [key: number, weight: number][] {
    const { bins, offset } = this.sketch.store;
    const found: [number, number][] = [];
    for (let i = 0; i < bins.length; i++) if (bins[i]! > 0) found.push([i + offset, bins[i]!]);
    return found;
  }

  private addSaved(bins: readonly (readonly [number, number])[], zero: number, squares: number, factor: number): void {
    for (const [key, weight] of bins) if (weight * factor > 0) this.sketch.store.add(key, weight * factor);
    this.sketch.zeroCount += zero * factor;
    this.squares += squares * factor * factor;
  }
}

/** Five digits are ten times what a rank needs. */
function short(weight: number): number {
  return Number(weight.toPrecision(5));
}

/**
 * Kaplan & Meier's product-limit estimate (1958): the distribution of latencies where some pods are known only not to have been
 * Ready by some age. Pods that were deleted three seconds after their creation thus count neither as fast nor as slow ones.
 *
 * Worked: 20 pods Ready after 10 s, 5 still waiting after 600 s. At 10 s 25 were at risk and 20 got Ready: S = 1 − 20 ÷ 25 = 0.2.
 * So p50 = 10 s, and p90 is not reached yet: at least 600 s.
 */
export class Survival {
  private readonly values: number[] = [];
  /** Share that is Ready by then. */
  private readonly shares: number[] = [];
  private readonly longest: number;

  /** @param ready latencies, ascending. @param waiting ages without Ready, in any order */
  constructor(ready: readonly Bin[], waiting: readonly Bin[]) {
    const open = [...waiting].sort(([a], [b]) => a - b);
    let atRisk = 0;
    let next = open.length - 1;
    // Sums from the far end: differences of large sums would lose the small weights there.
    const risks = ready.toReversed().map(([value, weight]) => {
      for (; next >= 0 && open[next]![0] >= value; next--) atRisk += open[next]![1];
      atRisk += weight;
      return atRisk;
    });
    let surviving = 1;
    ready.forEach(([value, weight], i) => {
      surviving *= 1 - weight / risks[ready.length - 1 - i]!;
      this.values.push(value);
      this.shares.push(1 - surviving);
    });
    this.longest =
      ready.length + open.length > 0 ? Math.max(ready.at(-1)?.[0] ?? 0, open.at(-1)?.[0] ?? 0) : Number.NaN;
  }

  /** The least latency by which this share is Ready; where that share isn't reached, the longest value or age there is. */
  quantile(level: number): number {
    const found = this.shares.findIndex((share) => share >= level - 1e-9);
    return found < 0 ? this.longest : this.values[found]!;
  }
}
