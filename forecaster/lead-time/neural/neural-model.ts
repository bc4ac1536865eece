import { type Predict, predictor, type QuantileNetwork } from '../../../models/neural/quantile-model.ts';
import { SCALE_FEATURES } from '../error-scale.ts';
import { FEATURES } from '../features.ts';

/** Whoever reads rows in another layout can't use the network: part of its artefact. */
export const LEAD_TIME_LAYOUT = 'lead-time 1';
/** What the regressions say, whether they were fitted, the lead; then their features without the constants. */
const OWN_INPUTS = 4;
export const NETWORK_INPUTS = OWN_INPUTS + FEATURES - 1 + SCALE_FEATURES - 1;
/** Errors below this don't differ (log ratio). */
const LEAST_SCALE = 0.003;
/** The network corrects the regression by at most this (log ratio). */
const MOST_CORRECTION = 1;
/** Its error scale is half of what lies between the median and this quantile. */
const FAR_LEVEL = 0.99;
const FAR_ERRORS = 2;
const MOST_SPREAD = 5;

/** What the regressions of a workload say at a tick, and from what. */
export interface Regressed {
  /** log(expected peak ÷ load), and the expected relative error. */
  readonly growth: number;
  readonly scale: number;
  /** False: nothing was fitted yet. */
  readonly learned: boolean;
  readonly leadTicks: number;
  readonly rows: Float32Array;
  readonly row: number;
  readonly scaleRows: Float32Array;
  readonly scaleRow: number;
}

/** Writes NETWORK_INPUTS numbers: all log ratios, free of the load's unit. */
export function writeNetworkInputs(regressed: Regressed, out: Float32Array, at: number): void {
  const { growth, scale, learned, leadTicks, rows, row, scaleRows, scaleRow } = regressed;
  out[at] = growth;
  out[at + 1] = Math.log(scale + LEAST_SCALE);
  out[at + 2] = learned ? 1 : 0;
  out[at + 3] = Math.log(leadTicks);
  let f = at + OWN_INPUTS;
  for (let i = 0; i < FEATURES - 1; i++) out[f++] = rows[row + i]!;
  for (let i = 0; i < SCALE_FEATURES - 1; i++) out[f++] = scaleRows[scaleRow + i]!;
}

/**
 * What many workloads taught about the regressions' mistakes: one network for all, which corrects the expected peak of a workload's own
 * regression and tells how far above it the demand may come. It learns nothing here; whether a workload is scaled by it is for the
 * rehearsal to say.
 */
export class LeadTimeNetwork {
  readonly id: string;
  /** Of the last look: log(expected peak ÷ load), and the expected relative error. */
  growth = 0;
  scale = 0;
  private readonly predict: Predict;
  private readonly far: number;
  private readonly inputs = new Float32Array(NETWORK_INPUTS);
  private readonly quantiles: Float64Array;

  /** @throws where the network is not made for these inputs */
  constructor(id: string, network: QuantileNetwork) {
    if (network.first.inputs !== NETWORK_INPUTS) {
      throw new RangeError(`a network of ${network.first.inputs} inputs found, ${NETWORK_INPUTS} expected`);
    }
    this.far = network.levels.indexOf(FAR_LEVEL);
    if (this.far < 1)
      throw new RangeError(`a network with the level ${FAR_LEVEL} expected, not ${network.levels.join(', ')}`);
    this.id = id;
    this.predict = predictor(network);
    this.quantiles = new Float64Array(network.levels.length);
  }

  look(regressed: Regressed): void {
    writeNetworkInputs(regressed, this.inputs, 0);
    this.lookAt(this.inputs, 0);
  }

  /** From inputs as `writeNetworkInputs` wrote them, now or earlier: the same says the same. */
  lookAt(inputs: Float32Array, at: number): void {
    const { quantiles } = this;
    this.predict(inputs, at, quantiles);
    const median = quantiles[0]!;
    const correction = Math.max(-MOST_CORRECTION, Math.min(MOST_CORRECTION, median));
    const spread = Math.expm1(Math.min(MOST_SPREAD, quantiles[this.far]! - median)) / FAR_ERRORS;
    this.growth = inputs[at]! + correction;
    // The regression knows the workload's own errors, the network those of many: neither alone is right in the tail.
    this.scale = (spread + Math.max(0, Math.exp(inputs[at + 1]!) - LEAST_SCALE)) / 2;
  }
}
