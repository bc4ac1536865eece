import type { FitContext, Model, Quantiles } from '../core/forecast.ts';
import { WEEK_SECONDS } from '../core/series.ts';
import { flat } from '../models/flat.ts';
import { type Backtest, backtest, type Fold, foldsLoss } from './backtest.ts';

/** Models that share a forecast, with their weights, and why they were chosen. */
export interface Selection {
  readonly members: readonly { readonly model: Model; readonly weight: number }[];
  readonly name: string;
  readonly why: string;
  /** The backtest's quantiles, one per fold: what calibration learns from. */
  readonly predictions: readonly Quantiles[];
  readonly ranking: readonly Backtest[];
}

/** Serves any history. */
const LAST_RESORT = flat('flat, week', WEEK_SECONDS);
/** A model's weight falls with this power of its loss: one a quarter worse than the best weighs a sixth. */
const LOSS_POWER = 8;
/** At most so many models share a forecast, each with at least this share. */
const MAX_MEMBERS = 3;
const LEAST_SHARE = 0.08;

/**
 * The models with the least quantile loss over the folds, averaged quantile by quantile (Vincentization, Ratcliff 1979; Lichtendahl
 * et al. 2013) with weights that fall steeply with the loss: a handful of days is too few to trust the winner alone.
 */
export function selectModel(
  models: readonly Model[],
  folds: readonly Fold[],
  context: FitContext,
  handicap: (model: Model) => number = () => 1,
  fits: (model: Model) => boolean = () => true,
): Selection {
  const ranking = models
    .map((model) => backtest(model, folds, context))
    .filter((result) => result !== undefined)
    .map((result) => ({ ...result, score: result.loss * handicap(result.model) }))
    .sort((a, b) => a.score - b.score);
  const best = ranking[0];
  if (!best) return untested(models.find((model) => fits(model)) ?? LAST_RESORT);
  const shares = ranking.slice(0, MAX_MEMBERS).map((r) => (r.score > 0 ? (best.score / r.score) ** LOSS_POWER : 1));
  const total = shares.reduce((sum, share) => sum + share, 0);
  const together = ranking.slice(0, MAX_MEMBERS).flatMap((result, i) => {
    const weight = shares[i]! / total;
    return weight >= LEAST_SHARE && folds.length > 0 ? [{ result, weight }] : [];
  });
  const predictions = folds.map((_, f) =>
    averageAll(together.map((m) => ({ quantiles: m.result.predictions[f]!, weight: m.weight }))),
  );
  const loss = foldsLoss(folds, predictions);
  const flatWins = context.seasonSeconds.length === 0 && best.model.name.startsWith('flat');
  const alone = flatWins || together.length < 2 || loss > best.loss;
  const members = alone ? [{ result: best, weight: 1 }] : together;
  return {
    members: members.map((m) => ({ model: m.result.model, weight: m.weight })),
    name: members.map((m) => m.result.model.name).join(' + '),
    why: explain(
      members.map((m) => m.result),
      ranking,
      alone ? best.loss : loss,
      folds.length,
    ),
    predictions: alone ? best.predictions : predictions,
    ranking,
  };
}

/** The folds are too short for every model (a week's season in a week of history): the first that can serve the whole history. */
function untested(model: Model): Selection {
  const why = `${model.name}: the history is too short to test it`;
  return { members: [{ model, weight: 1 }], name: model.name, why, predictions: [], ranking: [] };
}

/** The weighted average of several forecasts' quantiles. */
export function averageAll(members: readonly { readonly quantiles: Quantiles; readonly weight: number }[]): Quantiles {
  let sum = members[0]!.quantiles;
  let weight = members[0]!.weight;
  for (const member of members.slice(1)) {
    sum = average(sum, weight, member.quantiles, member.weight);
    weight += member.weight;
  }
  return sum;
}

/** The weighted average of two forecasts' quantiles, level by level. */
export function average(a: Quantiles, weightA: number, b: Quantiles, weightB: number): Quantiles {
  const share = weightA / (weightA + weightB);
  const values = a.values.map((va, l) => {
    const vb = b.values[l]!;
    const out = new Float64Array(va.length);
    for (let h = 0; h < out.length; h++) out[h] = share * va[h]! + (1 - share) * vb[h]!;
    return out;
  });
  return { levels: a.levels, values };
}

function explain(chosen: readonly Backtest[], ranking: readonly Backtest[], loss: number, folds: number): string {
  if (folds === 0) return 'the history is too short to compare models';
  const percent = (x: number): string => `${(100 * x).toPrecision(3)} %`;
  const name = chosen.map((c) => c.model.name).join(' + ');
  const rivals = ranking
    .filter((r) => !chosen.includes(r))
    .slice(0, 3)
    .map((r) => `${r.model.name} ${percent(r.loss)}`);
  const against = rivals.length > 0 ? ` against ${rivals.join(', ')}` : '';
  const days = folds === 1 ? 'one backtested day' : `${folds} backtested days`;
  return `${name} had the least quantile loss over ${days}: ${percent(loss)} of the load${against}`;
}
