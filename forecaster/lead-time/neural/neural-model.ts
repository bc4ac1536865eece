import { type Predict, predictor, type QuantileModel } from '../../../models/neural/quantile-model.ts';
import { ERROR_FEATURES } from '../error-features.ts';
import { FEATURES } from '../features.ts';

/** Whoever reads rows in another layout can't use the neural model: part of its artefact. */
export const LEAD_TIME_LAYOUT = 'lead-time 1';
/** What the regressions say, whether they were fitted, the lead time; then their features without the constants. */
const OWN_INPUTS = 4;
export const NEURAL_INPUTS = OWN_INPUTS + FEATURES - 1 + ERROR_FEATURES - 1;
/** Errors below this don't differ (log ratio). */
const LEAST_ERROR = 0.003;
/** The neural model corrects the regression by at most this (log ratio). */
const MOST_CORRECTION = 1;
/** Its relative error is half of what lies between the median and this quantile. */
const FAR_LEVEL = 0.99;
const FAR_ERRORS = 2;
const MOST_SPREAD = 5;

/** What the regressions of a workload say at a tick, and from what. */
export interface Regressed {
  /** log(expected peak ÷ load), and the expected relative error. */
  readonly growth: number;
  readonly relativeError: number;
  /** False: nothing was fitted yet. */
  readonly learned: boolean;
  readonly leadTimeTicks: number;
  readonly rows: Float32Array;
  readonly row: number;
  readonly errorRows: Float32Array;
  readonly errorRow: number;
}

/** Writes NEURAL_INPUTS numbers: all log ratios, free of the load's unit. */
export function writeNeuralInputs(regressed: Regressed, out: Float32Array, at: number): void {
  const { growth, relativeError, learned, leadTimeTicks, rows, row, errorRows, errorRow } = regressed;
  out[at] = growth;
  out[at + 1] = Math.log(relativeError + LEAST_ERROR);
  out[at + 2] = learned ? 1 : 0;
  out[at + 3] = Math.log(leadTimeTicks);
  let f = at + OWN_INPUTS;
  for (let i = 0; i < FEATURES - 1; i++) out[f++] = rows[row + i]!;
  for (let i = 0; i < ERROR_FEATURES - 1; i++) out[f++] = errorRows[errorRow + i]!;
}

/**
 * What many workloads taught about the regressions' mistakes: one neural model for all, which corrects the expected peak of a workload's own
 * regression and tells how far above it the demand may come. It learns nothing here; whether a workload is scaled by it is for the
 * policy backtest to say.
 */
export class LeadTimeModel {
  readonly id: string;
  /** Of the last look: log(expected peak ÷ load), and the expected relative error. */
  growth = 0;
  relativeError = 0;
  private readonly predict: Predict;
  private readonly far: number;
  private readonly inputs = new Float32Array(NEURAL_INPUTS);
  private readonly quantiles: Float64Array;

  /** @throws where the neural model is not made for these inputs */
  constructor(id: string, neural: QuantileModel) {
    if (neural.first.inputs !== NEURAL_INPUTS) {
      throw new RangeError(`a neural model of ${neural.first.inputs} inputs found, ${NEURAL_INPUTS} expected`);
    }
    this.far = neural.levels.indexOf(FAR_LEVEL);
    if (this.far < 1)
      throw new RangeError(`a neural model with the level ${FAR_LEVEL} expected, not ${neural.levels.join(', ')}`);
    this.id = id;
    this.predict = predictor(neural);
    this.quantiles = new Float64Array(neural.levels.length);
  }

  look(regressed: Regressed): void {
    writeNeuralInputs(regressed, this.inputs, 0);
    this.lookAt(this.inputs, 0);
  }

  /** From inputs as `writeNeuralInputs` wrote them, now or earlier: the same says the same. */
  lookAt(inputs: Float32Array, at: number): void {
    const { quantiles } = this;
    this.predict(inputs, at, quantiles);
    const median = quantiles[0]!;
    const correction = Math.max(-MOST_CORRECTION, Math.min(MOST_CORRECTION, median));
    const spread = Math.expm1(Math.min(MOST_SPREAD, quantiles[this.far]! - median)) / FAR_ERRORS;
    this.growth = inputs[at]! + correction;
    // The regression knows the workload's own errors, the neural model those of many: neither alone is right in the tail.
    this.relativeError = (spread + Math.max(0, Math.exp(inputs[at + 1]!) - LEAST_ERROR)) / 2;
  }
}
