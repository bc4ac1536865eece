import type { FitContext, Model, Quantiles } from '../../core/forecast.ts';
import { WEEK_SECONDS } from '../../core/series.ts';
import { flat } from '../../models/flat.ts';
import { type Backtest, backtest, type Fold, foldsLoss } from './backtest.ts';

/** Models that share a forecast, with their weights, and why they were chosen. */
export interface Selection {
  readonly members: readonly { readonly model: Model; readonly weight: number }[];
  readonly name: string;
  readonly why: string;
  /** The backtest's quantiles, one per fold: what calibration learns from. */
  readonly predictions: readonly Quantiles[];
  /** Best first. */
  readonly ranking: readonly Ranked[];
  /** Without a period a winning flat forecast is averaged with nothing. */
  readonly flatAlone: boolean;
}

/** A backtested model with what its loss counts as. */
export interface Ranked extends Backtest {
  /** Factor on the loss, known before any backtest. */
  readonly handicap: number;
  /** loss × handicap: what the ranking is by. */
  readonly score: number;
}

/** Serves any history. */
const LAST_RESORT = flat('flat', WEEK_SECONDS);
/** A model's weight falls with this power of its loss: one a quarter worse than the best weighs half as much. */
const LOSS_POWER = 5;
/** At most so many tested models share a forecast, each with at least this share. */
export const MAX_MEMBERS = 5;
export const LEAST_SHARE = 0.05;

/** What is known of models before any backtest. */
export interface ModelPrior {
  /** Factor on a model's backtested loss. */
  handicap(model: Model): number;
  /** Whether the model can serve the whole history. */
  fits(model: Model): boolean;
  /** Share of the forecast for a model that fits the whole history but no fold of it; 0: none. */
  untestedShare(model: Model): number;
}

/**
 * The models with the least quantile loss over the folds, averaged quantile by quantile (Vincentization, Ratcliff 1979; Lichtendahl
 * et al. 2013) with weights that fall with the loss: a handful of days is too few to trust the winner alone. On 13 real loads five models
 * together lose 3 % less than the best of the backtest does.
 */
export function selectModel(
  models: readonly Model[],
  folds: readonly Fold[],
  context: FitContext,
  prior: ModelPrior = { handicap: () => 1, fits: () => true, untestedShare: () => 0 },
): Selection {
  const ranking = models
    .map((model) => backtest(model, folds, context))
    .filter((result) => result !== undefined)
    .map((result) => rank(result, prior.handicap(result.model)))
    .sort((a, b) => a.score - b.score);
  const best = ranking[0];
  if (!best) return untested(models.find((model) => prior.fits(model)) ?? LAST_RESORT);
  const flatWins = context.seasonSeconds.length === 0 && best.model.name === LAST_RESORT.name;
  const tested = flatWins || folds.length === 0 ? [{ ...best, weight: 1 }] : weigh(ranking);
  const predictions = folds.map((_, f) =>
    averageAll(tested.map((m) => ({ quantiles: m.predictions[f]!, weight: m.weight }))),
  );
  const members = [...tested.map(({ model, weight }) => ({ model, weight }))];
  for (const model of flatWins ? [] : models) {
    const share = ranking.some((r) => r.model === model) || !prior.fits(model) ? 0 : prior.untestedShare(model);
    if (share > 0) members.push({ model, weight: share / (1 - share) });
  }
  return {
    members,
    name: nameOf(members),
    why: explain(tested, ranking, foldsLoss(folds, predictions), folds.length, members.slice(tested.length)),
    predictions,
    ranking,
    flatAlone: flatWins,
  };
}

function rank(result: Backtest, handicap: number): Ranked {
  return { ...result, handicap, score: result.loss * handicap };
}

/** The best few, with weights that sum to one. @param ranking best first */
function weigh<T extends { readonly score: number }>(ranking: readonly T[]): (T & { readonly weight: number })[] {
  const few = ranking.slice(0, MAX_MEMBERS);
  const least = few[0]!.score;
  const raw = few.map((r) => (r.score > 0 ? (least / r.score) ** LOSS_POWER : 1));
  const sum = raw.reduce((total, weight) => total + weight, 0);
  const kept = few.map((r, i) => ({ ...r, weight: raw[i]! / sum })).filter((r) => r.weight >= LEAST_SHARE);
  const rest = kept.reduce((total, r) => total + r.weight, 0);
  return kept.map((r) => ({ ...r, weight: r.weight / rest }));
}

function nameOf(members: readonly { readonly model: Model }[]): string {
  const names = members.map((m) => m.model.name);
  return names.length <= 3 ? names.join(' + ') : `${names.slice(0, 2).join(' + ')} + ${names.length - 2} more`;
}

/** The folds are too short for every model (a week's season in a week of history): the first that can serve the whole history. */
function untested(model: Model): Selection {
  const why = `${model.name}: the history is too short to test it`;
  return { members: [{ model, weight: 1 }], name: model.name, why, predictions: [], ranking: [], flatAlone: false };
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

/** How many days were backtested, in words. */
export function backtestedDays(folds: number): string {
  return folds === 1 ? 'one backtested day' : `${folds} backtested days`;
}

function explain(
  chosen: readonly (Backtest & { readonly weight: number })[],
  ranking: readonly Backtest[],
  loss: number,
  folds: number,
  untestedMembers: readonly { readonly model: Model }[],
): string {
  if (folds === 0) return 'the history is too short to compare models';
  const percent = (x: number): string => `${(100 * x).toPrecision(3)} %`;
  const shared = chosen.map((c) => (chosen.length > 1 ? `${Math.round(100 * c.weight)} % ` : '') + c.model.name);
  const rivals = ranking
    .filter((r) => !chosen.some((c) => c.model === r.model))
    .slice(0, 3)
    .map((r) => `${r.model.name} ${percent(r.loss)}`);
  const against = rivals.length > 0 ? ` against ${rivals.join(', ')}` : '';
  const beside = untestedMembers.map((m) => `; beside them, untested, ${m.model.name}`).join('');
  return `${shared.join(' + ')}: quantile loss over ${backtestedDays(folds)} ${percent(loss)} of the load${against}${beside}`;
}
