import type { FitContext, Model, Quantiles } from '../core/forecast.ts';
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

/** A combination has to beat its best member by this share: complexity costs explanation. */
const COMBINE_GAIN = 0.005;
/** At most so many models share a forecast. */
const MAX_MEMBERS = 4;

/**
 * The model with the least quantile loss over the folds, or an average of quantiles (Vincentization, Ratcliff 1979;
 * Lichtendahl et al. 2013) of several, added greedily while the loss falls (Caruana et al. 2004).
 */
export function selectModel(models: readonly Model[], folds: readonly Fold[], context: FitContext): Selection {
  const ranking = models
    .map((model) => backtest(model, folds, context))
    .filter((result) => result !== undefined)
    .sort((a, b) => a.loss - b.loss);
  const best = ranking[0];
  if (!best) throw new RangeError('selectModel needs at least one model that fits any history');
  const chosen = [best];
  let predictions = best.predictions;
  let loss = best.loss;
  while (chosen.length < MAX_MEMBERS && folds.length > 0) {
    const next = bestAddition(chosen, predictions, ranking.slice(0, 5), folds);
    if (!next || next.loss > loss * (1 - COMBINE_GAIN)) break;
    chosen.push(next.added);
    predictions = next.predictions;
    loss = next.loss;
  }
  return { ...membership(chosen), why: explain(chosen, ranking, loss, folds.length), predictions, ranking };
}

function bestAddition(
  chosen: readonly Backtest[],
  sofar: readonly Quantiles[],
  ranking: readonly Backtest[],
  folds: readonly Fold[],
): { added: Backtest; predictions: Quantiles[]; loss: number } | undefined {
  let best: { added: Backtest; predictions: Quantiles[]; loss: number } | undefined;
  for (const candidate of ranking) {
    const predictions = sofar.map((q, f) => average(q, chosen.length, candidate.predictions[f]!, 1));
    const loss = foldsLoss(folds, predictions);
    if (!best || loss < best.loss) best = { added: candidate, predictions, loss };
  }
  return best;
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

function membership(chosen: readonly Backtest[]): Pick<Selection, 'members' | 'name'> {
  const counts = new Map<Model, number>();
  for (const { model } of chosen) counts.set(model, (counts.get(model) ?? 0) + 1);
  const members = [...counts].map(([model, count]) => ({ model, weight: count / chosen.length }));
  return { members, name: members.map((m) => m.model.name).join(' + ') };
}

function explain(chosen: readonly Backtest[], ranking: readonly Backtest[], loss: number, folds: number): string {
  if (folds === 0) return 'the history is too short to compare models';
  const percent = (x: number): string => `${(100 * x).toPrecision(3)} %`;
  const { name } = membership(chosen);
  const rivals = ranking
    .filter((r) => !chosen.includes(r))
    .slice(0, 3)
    .map((r) => `${r.model.name} ${percent(r.loss)}`);
  const against = rivals.length > 0 ? ` against ${rivals.join(', ')}` : '';
  const days = folds === 1 ? 'one backtested day' : `${folds} backtested days`;
  return `${name} had the least quantile loss over ${days}: ${percent(loss)} of the load${against}`;
}
