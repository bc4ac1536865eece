import type * as tfjs from '@tensorflow/tfjs-core';
import { normalQuantile, type Random, seededRandom } from '../../core/random.ts';
import type { Backend } from './backend.io.ts';
import type { Dense } from './dense-kernel.ts';
import { layersOf, MOST_DEVIATION, predictor, type QuantileNetwork } from './quantile-model.ts';
import type { TrainingSet } from './training-set.ts';

type Tf = Backend['tf'];

/** How a network is trained; the same settings, set and backend give the same network. */
export interface TrainingSettings {
  readonly levels: readonly number[];
  /** Width of the hidden layers and how many residual blocks there are. */
  readonly width: number;
  readonly blocks: number;
  /** Passes over the rows. */
  readonly epochs: number;
  readonly batch: number;
  /** The first learning rate; it falls to nothing along half a cosine. */
  readonly learningRate: number;
  readonly seed: number;
  /** To go on from; its standardization stays. */
  readonly from?: QuantileNetwork;
}

export interface TrainingProgress {
  readonly epoch: number;
  readonly epochs: number;
  /** Mean weighted quantile loss of the rows kept back; NaN where there are none. */
  readonly heldOutLoss: number;
}

export interface Trained {
  readonly network: QuantileNetwork;
  /** Of the network that is returned, and of what it began with. */
  readonly heldOutLoss: number;
  readonly firstLoss: number;
}

/** Deviations under this are no information: the feature is constant. */
const LEAST_DEVIATION = 1e-4;
/** Rows from which the standardization is taken. */
const MOST_MEASURED = 200_000;

/**
 * Learns quantiles by Adam on the weighted quantile loss Σ w · max(q (y − x), (q − 1)(y − x)) (Koenker and Bassett 1978), and returns the
 * epoch that was best on the rows kept back (the last one without such rows), the beginning included: a network that goes on from
 * another never comes out worse than it on those rows.
 * @throws where a loss is not finite
 */
export function trainQuantiles(
  tf: Tf,
  set: TrainingSet,
  settings: TrainingSettings,
  onProgress?: (progress: TrainingProgress) => void,
): Trained {
  const random = seededRandom(settings.seed);
  const start = settings.from ?? initialNetwork(set, settings, random);
  const kept = rowsWhere(set, 1);
  const learned = rowsWhere(set, 0);
  const session = new Session(tf, start, settings);
  try {
    const firstLoss = session.loss(set, kept);
    let best = { loss: settings.from ? firstLoss : Number.POSITIVE_INFINITY, network: start };
    for (let epoch = 1; epoch <= settings.epochs; epoch++) {
      shuffle(learned, random);
      session.epoch(set, learned, epoch);
      const loss = session.loss(set, kept);
      onProgress?.({ epoch, epochs: settings.epochs, heldOutLoss: loss });
      if (Number.isNaN(loss) || loss < best.loss) best = { loss, network: session.network() };
    }
    return { network: best.network, heldOutLoss: best.loss, firstLoss };
  } finally {
    session.dispose();
  }
}

/** Mean weighted quantile loss of a network on the rows kept back, or on the others; NaN where there are none. */
export function lossOf(network: QuantileNetwork, set: TrainingSet, which: 'held out' | 'learned'): number {
  const predict = predictor(network);
  const out = new Float64Array(network.levels.length);
  const flag = which === 'held out' ? 1 : 0;
  let sum = 0;
  let weights = 0;
  for (let row = 0; row < set.targets.length; row++) {
    if (set.heldOut[row] !== flag) continue;
    predict(set.rows, row * set.inputs, out);
    let own = 0;
    for (const [l, level] of network.levels.entries()) {
      const missed = set.targets[row]! - out[l]!;
      own += Math.max(level * missed, (level - 1) * missed);
    }
    sum += (set.weights[row]! * own) / network.levels.length;
    weights += set.weights[row]!;
  }
  return sum / weights;
}

/** Predicts many rows at once. @returns by row, then level */
export function predictBatch(tf: Tf, network: QuantileNetwork, rows: Float32Array): Float32Array {
  const session = new Session(tf, network);
  try {
    return session.predict(rows);
  } finally {
    session.dispose();
  }
}

/** A network as variables of a backend; what is not disposed of stays in the backend's memory. */
class Session {
  private readonly tf: Tf;
  private readonly like: QuantileNetwork;
  private readonly settings: TrainingSettings | undefined;
  private readonly layers: readonly { readonly weights: tfjs.Variable; readonly biases: tfjs.Variable }[];
  private readonly means: tfjs.Tensor;
  private readonly deviations: tfjs.Tensor;
  private readonly levels: tfjs.Tensor;
  private readonly optimizer: tfjs.AdamOptimizer | undefined;

  constructor(tf: Tf, network: QuantileNetwork, settings?: TrainingSettings) {
    this.tf = tf;
    this.like = network;
    this.settings = settings;
    this.layers = layersOf(network).map(({ inputs, outputs, weights, biases }) => ({
      weights: tf.tidy(() => tf.variable(tf.tensor2d(Float32Array.from(weights), [inputs, outputs]))),
      biases: tf.tidy(() => tf.variable(tf.tensor1d(Float32Array.from(biases)))),
    }));
    this.means = tf.tensor1d(network.means);
    this.deviations = tf.tensor1d(network.deviations);
    this.levels = tf.tensor1d([...network.levels]);
    this.optimizer = settings && tf.train.adam(settings.learningRate);
  }

  epoch(set: TrainingSet, order: Int32Array, epoch: number): void {
    const { tf, optimizer, settings } = this;
    if (!optimizer || !settings) throw new Error('a session without settings only predicts');
    const batches = Math.ceil(order.length / settings.batch);
    for (let b = 0; b < batches; b++) {
      const share = (epoch - 1 + b / batches) / settings.epochs;
      setLearningRate(optimizer, (settings.learningRate * (1 + Math.cos(Math.PI * share))) / 2);
      tf.tidy(() => {
        const batch = this.batch(set, order.subarray(b * settings.batch, (b + 1) * settings.batch));
        optimizer.minimize(() => this.meanLoss(batch), false, this.variables());
      });
    }
  }

  /** Mean weighted loss of some rows, NaN of none. */
  loss(set: TrainingSet, rows: Int32Array): number {
    const size = this.settings?.batch ?? rows.length;
    let sum = 0;
    let weight = 0;
    for (let at = 0; at < rows.length; at += size) {
      const own = rows.subarray(at, at + size);
      let ownWeight = 0;
      for (const row of own) ownWeight += set.weights[row]!;
      sum += ownWeight * this.tf.tidy(() => this.meanLoss(this.batch(set, own)).dataSync()[0]!);
      weight += ownWeight;
    }
    if (rows.length > 0 && !Number.isFinite(sum)) throw new Error('the training diverged: its loss is not finite');
    return weight > 0 ? sum / weight : Number.NaN;
  }

  predict(rows: Float32Array): Float32Array {
    const { tf } = this;
    const { inputs } = this.like.first;
    return tf.tidy(() => {
      const x = tf.tensor2d(rows, [rows.length / inputs, inputs]);
      return Float32Array.from(this.quantiles(x).dataSync());
    });
  }

  network(): QuantileNetwork {
    const { like } = this;
    const dense = layersOf(like).map(
      ({ inputs, outputs }, i): Dense => ({
        inputs,
        outputs,
        weights: Float32Array.from(this.layers[i]!.weights.dataSync()),
        biases: Float32Array.from(this.layers[i]!.biases.dataSync()),
      }),
    );
    const straight = dense.pop()!;
    const last = dense.pop()!;
    return { ...like, first: dense[0]!, blocks: dense.slice(1), last, straight };
  }

  dispose(): void {
    for (const { weights, biases } of this.layers) {
      weights.dispose();
      biases.dispose();
    }
    this.optimizer?.dispose();
    for (const tensor of [this.means, this.deviations, this.levels]) tensor.dispose();
  }

  private variables(): tfjs.Variable[] {
    const straight = this.layers.length - 1;
    return this.layers.flatMap(({ weights, biases }, i) => (i === straight ? [weights] : [weights, biases]));
  }

  private batch(set: TrainingSet, rows: Int32Array) {
    const { tf } = this;
    const { inputs } = set;
    const x = new Float32Array(rows.length * inputs);
    const y = new Float32Array(rows.length);
    const w = new Float32Array(rows.length);
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!;
      x.set(set.rows.subarray(row * inputs, (row + 1) * inputs), i * inputs);
      y[i] = set.targets[row]!;
      w[i] = set.weights[row]!;
    }
    return {
      x: tf.tensor2d(x, [rows.length, inputs]),
      y: tf.tensor2d(y, [rows.length, 1]),
      w: tf.tensor2d(w, [rows.length, 1]),
    };
  }

  private meanLoss({ x, y, w }: { x: tfjs.Tensor2D; y: tfjs.Tensor; w: tfjs.Tensor }): tfjs.Scalar {
    const { tf, levels } = this;
    const missed = tf.sub(y, this.quantiles(x));
    const pinball = tf.maximum(tf.mul(levels, missed), tf.mul(tf.sub(levels, 1), missed));
    return tf.div(tf.sum(tf.mul(w, tf.mean(pinball, 1, true))), tf.sum(w));
  }

  private quantiles(x: tfjs.Tensor2D): tfjs.Tensor2D {
    const { tf, layers } = this;
    const [first, ...rest] = layers;
    const straight = rest.pop()!;
    const last = rest.pop()!;
    const scaled = tf.div(tf.sub(x, this.means), this.deviations);
    const z = tf.clipByValue(scaled, -MOST_DEVIATION, MOST_DEVIATION);
    let hidden = tf.relu(tf.add(tf.matMul(z, first!.weights), first!.biases));
    for (const block of rest) {
      hidden = tf.add(hidden, tf.relu(tf.add(tf.matMul(hidden, block.weights), block.biases)));
    }
    const raw = tf.add(tf.add(tf.matMul(hidden, last.weights), last.biases), tf.matMul(z, straight.weights));
    const [median, ...above] = tf.split(raw, this.like.levels.length, 1);
    const columns = [median!];
    for (const step of above) columns.push(tf.add(columns.at(-1)!, tf.softplus(step)));
    return tf.concat(columns, 1) as tfjs.Tensor2D;
  }
}

/** The optimizer has no public way to change its rate. */
function setLearningRate(optimizer: tfjs.AdamOptimizer, rate: number): void {
  (optimizer as unknown as { learningRate: number }).learningRate = rate;
}

/** Standardized by the rows, layers drawn as He et al. 2015 do, the last ones near nothing: it begins with hardly any opinion. */
function initialNetwork(set: TrainingSet, settings: TrainingSettings, random: Random): QuantileNetwork {
  const { levels, width } = settings;
  const { means, deviations } = standardization(set);
  const dense = (inputs: number, outputs: number, gain: number): Dense => ({
    inputs,
    outputs,
    weights: Float32Array.from(
      { length: inputs * outputs },
      () => gain * Math.sqrt(2 / inputs) * normalQuantile(random()),
    ),
    biases: new Float32Array(outputs),
  });
  const last = dense(width, levels.length, 0.1);
  // softplus(−3) = 0.05: quantiles begin close together.
  last.biases.fill(-3, 1);
  return {
    levels,
    means,
    deviations,
    first: dense(set.inputs, width, 1),
    blocks: Array.from({ length: settings.blocks }, () => dense(width, width, 0.5)),
    last,
    straight: dense(set.inputs, levels.length, 0.01),
  };
}

function standardization({ inputs, rows, targets }: TrainingSet) {
  const every = Math.max(1, Math.ceil(targets.length / MOST_MEASURED));
  const means = new Float32Array(inputs);
  const deviations = new Float32Array(inputs);
  for (let i = 0; i < inputs; i++) {
    let sum = 0;
    let squares = 0;
    let count = 0;
    for (let row = 0; row < targets.length; row += every, count++) {
      const value = rows[row * inputs + i]!;
      sum += value;
      squares += value * value;
    }
    means[i] = count > 0 ? sum / count : 0;
    deviations[i] = Math.max(LEAST_DEVIATION, Math.sqrt(Math.max(0, squares / Math.max(1, count) - means[i]! ** 2)));
  }
  return { means, deviations };
}

function rowsWhere({ heldOut }: TrainingSet, flag: 0 | 1): Int32Array {
  const found: number[] = [];
  for (let i = 0; i < heldOut.length; i++) if (heldOut[i] === flag) found.push(i);
  return Int32Array.from(found);
}

/** Fisher and Yates. */
function shuffle(order: Int32Array, random: Random): void {
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const held = order[i]!;
    order[i] = order[j]!;
    order[j] = held;
  }
}
