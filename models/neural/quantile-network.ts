/** One dense layer: `outputs` sums of `inputs` products and a bias; weights by input, then output. */
export interface Dense {
  readonly inputs: number;
  readonly outputs: number;
  readonly weights: Float32Array;
  readonly biases: Float32Array;
}

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
 * The network in plain arithmetic: the same figures on every machine, and no backend in the path of a decision (4 µs for 7,400
 * weights; many rows at once would be no faster). One call at a time.
 */
export function predictor(network: QuantileNetwork): Predict {
  const { levels, means, deviations } = network;
  const first = turned(network.first);
  const blocks = network.blocks.map(turned);
  const last = turned(network.last);
  const straight = turned(network.straight);
  const z = new Float64Array(first.inputs);
  const hidden = new Float64Array(first.outputs);
  const next = new Float64Array(first.outputs);
  const raw = new Float64Array(levels.length);
  return (row, at, out) => {
    for (let i = 0; i < z.length; i++) {
      const deviation = (row[at + i]! - means[i]!) / deviations[i]!;
      z[i] = Math.max(-MOST_DEVIATION, Math.min(MOST_DEVIATION, deviation));
    }
    multiply(first, first.biases, z, hidden);
    for (let i = 0; i < hidden.length; i++) hidden[i] = Math.max(0, hidden[i]!);
    for (const block of blocks) {
      multiply(block, block.biases, hidden, next);
      for (let i = 0; i < next.length; i++) hidden[i]! += Math.max(0, next[i]!);
    }
    multiply(last, last.biases, hidden, raw);
    multiply(straight, raw, z, raw);
    out[0] = raw[0]!;
    for (let l = 1; l < raw.length; l++) out[l] = out[l - 1]! + softplus(raw[l]!);
  };
}

/** A layer with its weights by output, then input: a sum reads them one after another. */
interface Turned {
  readonly inputs: number;
  readonly outputs: number;
  readonly weights: Float64Array;
  readonly biases: Float64Array;
}

function turned({ inputs, outputs, weights, biases }: Dense): Turned {
  const byOutput = new Float64Array(weights.length);
  for (let i = 0; i < inputs; i++)
    for (let o = 0; o < outputs; o++) byOutput[o * inputs + i] = weights[i * outputs + o]!;
  return { inputs, outputs, weights: byOutput, biases: Float64Array.from(biases) };
}

/** out = from + weights · input; four sums at once, as each waits for its last addition. */
function multiply(layer: Turned, from: Float64Array, input: Float64Array, out: Float64Array): void {
  const { inputs, outputs, weights } = layer;
  let o = 0;
  for (; o + 4 <= outputs; o += 4) {
    let a = from[o]!;
    let b = from[o + 1]!;
    let c = from[o + 2]!;
    let d = from[o + 3]!;
    const w = o * inputs;
    for (let i = 0; i < inputs; i++) {
      const value = input[i]!;
      a += value * weights[w + i]!;
      b += value * weights[w + inputs + i]!;
      c += value * weights[w + 2 * inputs + i]!;
      d += value * weights[w + 3 * inputs + i]!;
    }
    out[o] = a;
    out[o + 1] = b;
    out[o + 2] = c;
    out[o + 3] = d;
  }
  for (; o < outputs; o++) {
    let sum = from[o]!;
    for (let i = 0; i < inputs; i++) sum += input[i]! * weights[o * inputs + i]!;
    out[o] = sum;
  }
}

function softplus(x: number): number {
  return x > 20 ? x : Math.log1p(Math.exp(x));
}
