import { type Dense, DenseKernel } from './dense-kernel.ts';

/**
 * A residual perceptron that tells quantiles of one number from a row of features:
 *
 *     z  = features, standardized, within ± MOST_DEVIATION
 *     h₀ = relu(first z),  hᵢ = hᵢ₋₁ + relu(blockᵢ hᵢ₋₁)
 *     o  = last h + straight z
 *     q₀ = o₀,  qₗ = qₗ₋₁ + softplus(oₗ): they can't cross
 *
 * (the residual blocks of N-HiTS and TiDE, Challu et al. 2023, Das et al. 2023, at the size that one decision a tick allows; the
 * non-crossing increments of Gasthaus et al. 2019).
 */
export interface QuantileNetwork {
  /** Ascending, the median first. */
  readonly levels: readonly number[];
  readonly means: Float32Array;
  readonly deviations: Float32Array;
  readonly first: Dense;
  readonly blocks: readonly Dense[];
  readonly last: Dense;
  /** Past all blocks: what is linear need not be learned in a roundabout way. Its biases are not used. */
  readonly straight: Dense;
}

/** Features further from their mean than so many standard deviations are taken for that: a network knows nothing of what it never saw. */
export const MOST_DEVIATION = 5;

/** Its dense layers, in one order. */
export function layersOf({ first, blocks, last, straight }: QuantileNetwork): Dense[] {
  return [first, ...blocks, last, straight];
}

/** Writes the quantiles of one row. @param row features from `at` on. @param out as many values as there are levels. */
export type Predict = (row: Float32Array, at: number, out: Float64Array) => void;

/**
 * The network in plain double arithmetic: the same figures on every machine, and no backend in the path of a decision (1 µs for 7,400
 * weights). One call at a time.
 */
export function predictor(network: QuantileNetwork): Predict {
  const { levels, means, deviations } = network;
  const width = network.first.outputs;
  const kernel = new DenseKernel(layersOf(network), [network.first.inputs, width, width, levels.length]);
  const first = kernel.layer(network.first);
  const blocks = network.blocks.map((block) => kernel.layer(block));
  const last = kernel.layer(network.last);
  const straight = kernel.layer(network.straight);
  const [z, hidden, next] = [kernel.vector(first.inputs), kernel.vector(width), kernel.vector(width)];
  const raw = kernel.vector(levels.length);
  const features = first.inputs;
  return (row, at, out) => {
    for (let i = 0; i < features; i++) {
      const deviation = (row[at + i]! - means[i]!) / deviations[i]!;
      z.values[i] = Math.max(-MOST_DEVIATION, Math.min(MOST_DEVIATION, deviation));
    }
    kernel.multiply(first, first.biases, z, hidden);
    for (let i = 0; i < width; i++) hidden.values[i] = Math.max(0, hidden.values[i]!);
    for (const block of blocks) {
      kernel.multiply(block, block.biases, hidden, next);
      for (let i = 0; i < width; i++) hidden.values[i]! += Math.max(0, next.values[i]!);
    }
    kernel.multiply(last, last.biases, hidden, raw);
    kernel.multiply(straight, raw, z, raw);
    out[0] = raw.values[0]!;
    for (let l = 1; l < levels.length; l++) out[l] = out[l - 1]! + softplus(raw.values[l]!);
  };
}

function softplus(x: number): number {
  return x > 20 ? x : Math.log1p(Math.exp(x));
}
