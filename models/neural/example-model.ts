import { normalQuantile, seededRandom } from '../../core/random.ts';
import type { Dense } from './dense-kernel.ts';
import type { QuantileNetwork } from './quantile-model.ts';

/** A network of random weights, for tests. */
export function randomNetwork(inputs: number, levels: readonly number[], width = 8, seed = 1): QuantileNetwork {
  const random = seededRandom(seed);
  const draw = (length: number, size: number) => Float32Array.from({ length }, () => size * normalQuantile(random()));
  const dense = (from: number, to: number): Dense => ({
    inputs: from,
    outputs: to,
    weights: draw(from * to, 1 / Math.sqrt(from)),
    biases: draw(to, 0.3),
  });
  return {
    levels,
    means: draw(inputs, 1),
    deviations: draw(inputs, 1).map((value) => 0.1 + Math.abs(value)),
    first: dense(inputs, width),
    blocks: [dense(width, width), dense(width, width)],
    last: dense(width, levels.length),
    straight: dense(inputs, levels.length),
  };
}
