import { DAY_SECONDS } from '../../core/series.ts';
import { DAYS, type KnownLoad } from './known-load.ts';

const OFFSETS = [-2, -1, 0, 1, 2];
const OFFSET_SECONDS = 300;

/** Single loads of earlier days within ten minutes of a time of day, by the weights of their days: of them quantiles are asked. */
export class LoadPool {
  private readonly known: KnownLoad;
  /** Logarithms, ascending, and their weights. */
  private readonly logs = new Float64Array(DAYS * OFFSETS.length);
  private readonly weights = new Float64Array(DAYS * OFFSETS.length);
  private count = 0;
  private weight = 0;

  constructor(known: KnownLoad) {
    this.known = known;
  }

  /** Gathers and sorts: a few dozen, so by insertion. @param target index of a step. @param dayWeights 0: none of that day */
  fill(target: number, dayWeights: Float64Array): void {
    const { known, logs, weights } = this;
    const { values, floor, stepSeconds } = known;
    const day = known.steps(DAY_SECONDS);
    let count = 0;
    let weight = 0;
    for (let d = 0; d < DAYS; d++) {
      const own = dayWeights[d]!;
      if (own === 0) continue;
      for (const offset of OFFSETS) {
        const load = values[target - (d + 1) * day + Math.round((offset * OFFSET_SECONDS) / stepSeconds)];
        if (load === undefined || Number.isNaN(load)) continue;
        const level = Math.log(load + floor);
        let place = count++;
        for (; place > 0 && logs[place - 1]! > level; place--) {
          logs[place] = logs[place - 1]!;
          weights[place] = weights[place - 1]!;
        }
        logs[place] = level;
        weights[place] = own * (1 - Math.abs(offset) / OFFSETS.length);
        weight += weights[place]!;
      }
    }
    this.count = count;
    this.weight = weight;
  }

  /** Quantiles as logarithms into `into`; NaN where the pool is empty. @param levels ascending */
  quantiles(levels: readonly number[], into: Float64Array): void {
    let passed = 0;
    let i = 0;
    for (let l = 0; l < levels.length; l++) {
      while (i < this.count - 1 && passed + this.weights[i]! < levels[l]! * this.weight) passed += this.weights[i++]!;
      into[l] = this.count > 0 ? this.logs[i]! : Number.NaN;
    }
  }
}
