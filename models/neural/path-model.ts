import type { FittedModel, Model, Quantiles } from '../../core/forecast.ts';
import { DAY_SECONDS, HOUR_SECONDS, type Series } from '../../core/series.ts';
import { PathFeatures } from './path-features.ts';
import { PATH_INPUTS } from './path-inputs.ts';
import { type Predict, predictor, type QuantileModel } from './quantile-model.ts';

/** The load to come is not told to be more than so many times the largest known. */
const MOST_TIMES = 4;
/** Moments are this share of their distance apart, from a step to half an hour (every ten minutes loses as much); the path is straight between. */
const APART = 0.1;
const MOST_APART_SECONDS = 1_800;

/** The forecast of a neural model that was trained over many loads, as a model beside those that know one load. */
export function pathModel(name: string, neural: () => QuantileModel): Model {
  let predict: Predict | undefined;
  return {
    name,
    unfit: (history) => {
      const span = history.values.length * history.stepSeconds;
      if (span < DAY_SECONDS) return 'needs a day of history';
      if (history.stepSeconds > HOUR_SECONDS) return 'needs a value an hour';
      return history.values.some((value) => value > 0) ? undefined : 'nothing but zeros is known';
    },
    fit: (history) => {
      predict ??= predictor(neural());
      return follow(history, neural(), predict);
    },
  };
}

function follow(history: Series, neural: QuantileModel, tell: Predict): FittedModel {
  const features = new PathFeatures(history);
  return {
    why: `a neural model that was trained over many loads, of ${neural.first.inputs} inputs from up to seven days`,
    predict: (horizon, levels) => {
      const moments = momentsOf(horizon, history.stepSeconds);
      const row = new Float32Array(PATH_INPUTS);
      const said = new Float64Array(neural.levels.length);
      const most = MOST_TIMES * features.largest;
      const at = levels.map(() => new Float64Array(moments.length));
      for (let m = 0; m < moments.length; m++) {
        const anchor = features.write(moments[m]!, row, 0);
        tell(row, 0, said);
        for (let l = 0; l < levels.length; l++) {
          at[l]![m] = Math.min(
            most,
            features.loadOf(anchor + features.scale * between(neural.levels, said, levels[l]!)),
          );
        }
      }
      return spread(moments, at, horizon, levels);
    },
  };
}

/** Steps ahead that are asked for: each at first, then further and further apart. */
function momentsOf(horizon: number, stepSeconds: number): Int32Array {
  const most = Math.max(1, Math.round(MOST_APART_SECONDS / stepSeconds));
  const moments: number[] = [];
  for (let step = 1; step < horizon; step += Math.min(most, Math.max(1, Math.floor(APART * step)))) moments.push(step);
  if (horizon > 0) moments.push(horizon);
  return Int32Array.from(moments);
}

/** A level between two of the neural model's. Outside of them the nearest. */
function between(known: readonly number[], said: Float64Array, level: number): number {
  let above = 0;
  while (above < known.length - 1 && known[above]! < level - 1e-9) above++;
  if (above === 0 || known[above]! <= level + 1e-9) return said[above]!;
  const share = (level - known[above - 1]!) / (known[above]! - known[above - 1]!);
  return said[above - 1]! + share * (said[above]! - said[above - 1]!);
}

function spread(
  moments: Int32Array,
  at: readonly Float64Array[],
  horizon: number,
  levels: readonly number[],
): Quantiles {
  const values = at.map((told) => {
    const path = new Float64Array(horizon);
    for (let m = 0, h = 0; m < moments.length; m++) {
      const to = moments[m]!;
      const from = moments[m - 1] ?? to - 1;
      const before = told[m - 1] ?? told[m]!;
      const slope = (told[m]! - before) / (to - from);
      for (; h < to; h++) path[h] = before + slope * (h + 1 - from);
    }
    return path;
  });
  return { levels, values };
}
