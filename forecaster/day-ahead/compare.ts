import type { FitContext, Model } from '../../core/forecast.ts';
import type { Series } from '../../core/series.ts';
import type { Fold } from './backtest.ts';
import { LEAST_SHARE, MAX_MEMBERS, type Ranked, type Selection } from './select.ts';

/** One model beside the others. */
export interface ComparedModel {
  readonly name: string;
  /** Quantile loss over the backtested days, as a share of the load; undefined: not backtested. */
  readonly loss: number | undefined;
  /** Factor on the loss, known before any backtest; undefined: not backtested. */
  readonly handicap: number | undefined;
  /** What its loss counts as (loss × handicap) ÷ the least of all; undefined: not backtested, or the least is zero. */
  readonly timesBest: number | undefined;
  /** Share in the forecast, 0…1. */
  readonly share: number;
  /** Why it has no share, or was not backtested. */
  readonly note: string | undefined;
}

/** All models, best first; then those that were not backtested, with a share before those without. */
export interface Comparison {
  readonly backtestedDays: number;
  readonly models: readonly ComparedModel[];
}

/** What the models were chosen on. */
export interface Evidence {
  readonly series: Series;
  readonly folds: readonly Fold[];
  readonly context: FitContext;
}

/** Every model that was asked, what it lost, its share and why it has none. */
export function compareModels(models: readonly Model[], selection: Selection, evidence: Evidence): Comparison {
  const { members } = selection;
  // Without a fold everything has lost nothing, and the ranking is the registry's order.
  const ranking = evidence.folds.length > 0 ? selection.ranking : [];
  const total = members.reduce((sum, { weight }) => sum + weight, 0);
  const shareOf = (model: Model) => (members.find((member) => member.model === model)?.weight ?? 0) / total;
  const tested = ranking.map((ranked, place) => {
    const share = shareOf(ranked.model);
    return {
      name: ranked.model.name,
      loss: ranked.loss,
      handicap: ranked.handicap,
      timesBest: timesBest(ranked, ranking[0]!),
      share,
      note: share > 0 ? undefined : leftOut(place, selection),
    };
  });
  const others = [...new Set([...members.map(({ model }) => model), ...models])]
    .filter((model) => !ranking.some((ranked) => ranked.model === model))
    .map((model) => notTested(model, shareOf(model), evidence));
  return { backtestedDays: evidence.folds.length, models: [...tested, ...others] };
}

function timesBest({ score }: Ranked, best: Ranked): number | undefined {
  if (score === best.score) return 1;
  return best.score > 0 ? score / best.score : undefined;
}

function leftOut(place: number, { flatAlone }: Selection): string {
  if (flatAlone) return 'left out: without a period a flat forecast that wins stands alone';
  if (place >= MAX_MEMBERS) return `left out: only the best ${MAX_MEMBERS} share the forecast`;
  return `left out: its share would be below ${Math.round(100 * LEAST_SHARE)} %`;
}

function notTested(model: Model, share: number, { series, folds, context }: Evidence): ComparedModel {
  const unfit = model.unfit(series, context);
  const before = folds.map((fold) => model.unfit(fold.training, context)).find((words) => words !== undefined);
  const untested =
    before === undefined ? 'not tested: the history is too short' : `not tested on the earlier days: ${before}`;
  const note = unfit === undefined ? untested : `can't serve: ${unfit}`;
  return { name: model.name, loss: undefined, handicap: undefined, timesBest: undefined, share, note };
}
