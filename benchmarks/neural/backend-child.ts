import { NETWORK_INPUTS } from '../../forecaster/lead-time/neural/neural-model.ts';
import { baseArtefact } from '../../forecaster/lead-time/neural/shipped-model.ts';
import { type BackendName, loadBackend } from '../../models/neural/backend.io.ts';
import { predictor } from '../../models/neural/quantile-model.ts';
import { serveThread } from '../../models/neural/thread.io.ts';
import { predictBatch, trainQuantiles } from '../../models/neural/train.io.ts';

export interface BackendTask {
  readonly prefer: BackendName;
  /** NETWORK_INPUTS features a row. */
  readonly rows: Float32Array;
}

export interface BackendAnswer {
  /** The one that could be loaded. */
  readonly name: BackendName;
  readonly trainSeconds: number;
  readonly predictMicros: number;
  /** Largest difference of a quantile to that of plain arithmetic. */
  readonly farthest: number;
}

await serveThread<BackendTask, never>(async ({ prefer, rows }): Promise<BackendAnswer> => {
  const { tf, name } = await loadBackend({ prefer });
  const { network } = baseArtefact();
  const count = rows.length / NETWORK_INPUTS;
  predictBatch(tf, network, rows.subarray(0, 100 * NETWORK_INPUTS));
  let began = performance.now();
  const batch = predictBatch(tf, network, rows);
  const predictMicros = ((performance.now() - began) * 1_000) / count;
  const predict = predictor(network);
  const levels = network.levels.length;
  const out = new Float64Array(levels);
  let farthest = 0;
  for (let row = 0; row < count; row++) {
    predict(rows, row * NETWORK_INPUTS, out);
    for (let l = 0; l < levels; l++) farthest = Math.max(farthest, Math.abs(out[l]! - batch[row * levels + l]!));
  }
  const set = {
    inputs: NETWORK_INPUTS,
    rows,
    targets: Float32Array.from({ length: count }, (_, row) => batch[row * levels]!),
    weights: new Float32Array(count).fill(1),
    heldOut: new Uint8Array(count),
  };
  const sizes = { levels: network.levels, width: network.first.outputs, blocks: network.blocks.length };
  began = performance.now();
  trainQuantiles(tf, set, { ...sizes, epochs: 2, batch: 1_024, learningRate: 0.001, seed: 1 });
  return { name, trainSeconds: (performance.now() - began) / 1_000, predictMicros, farthest };
});
