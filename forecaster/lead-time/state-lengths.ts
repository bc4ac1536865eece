import { FILTER_VALUES } from './demand-filter.ts';
import { ERROR_FEATURES } from './error-features.ts';
import { FEATURES } from './features.ts';
import { KEEP_TICKS, settleTicksOf } from './lead-time-forecast.ts';
import { GROWTHS } from './learner.ts';
import type { LearnerState } from './learner-state.ts';
import { rowsFor } from './pending-examples.ts';
import { FORECAST_VALUES } from './pending-forecasts.ts';
import { type RidgeState, triangle } from './ridge.ts';
import { MEANS_VALUES } from './running-means.ts';
import { BLOCK_TICKS, MINUTE_TICKS, MINUTE_VALUES, spanned, TICK_VALUES } from './season.ts';
import { ringFor, SIGNAL_AVERAGES } from './signal.ts';

/**
 * What doesn't fit together in a state that came from elsewhere: an array of another length than a learner of this lead time works with.
 * @returns words, the first one found; undefined: all fits.
 */
export function lengthProblem(state: LearnerState): string | undefined {
  const { signal, errors, season, coefficients } = state;
  const settleTicks = settleTicksOf(state.leadTimeSeconds);
  const rows = rowsFor(settleTicks + KEEP_TICKS);
  const ring = ringFor(settleTicks + KEEP_TICKS + 1);
  const { from, ticks } = season;
  const steps = TICK_VALUES * ticks + MINUTE_VALUES * spanned(from, ticks, MINUTE_TICKS);
  const expected: readonly (readonly [string, ArrayLike<unknown>, number])[] = [
    ['signal.logs', signal.logs, ring],
    ['signal.estimateLogs', signal.estimateLogs, ring],
    ['signal.filter', signal.filter, FILTER_VALUES],
    ['signal.sums', signal.sums, SIGNAL_AVERAGES],
    ['signal.hours.values', signal.hours.values, MEANS_VALUES],
    ['signal.hours.sums', signal.hours.sums, 4],
    ['errors.values', errors.values, MEANS_VALUES],
    ['errors.sums', errors.sums, 4],
    ['forecasts', state.forecasts, FORECAST_VALUES * rows],
    ['rows', state.rows, FEATURES * rows],
    ['errorRows', state.errorRows, ERROR_FEATURES * rows],
    ...ridge('mean', state.mean, FEATURES, GROWTHS),
    ...ridge('spread', state.spread, ERROR_FEATURES, 1),
    ['coefficients.mean', coefficients?.mean ?? state.mean.moments[0]!, FEATURES],
    ['coefficients.median', coefficients?.median ?? state.mean.moments[0]!, FEATURES],
    ['coefficients.keep', coefficients?.keep ?? state.mean.moments[0]!, FEATURES],
    ['coefficients.spread', coefficients?.spread ?? state.spread.moments[0]!, ERROR_FEATURES],
    ['season.steps', season.steps, steps],
    ['season.usualLows', season.usualLows, spanned(from, ticks, BLOCK_TICKS)],
  ];
  const strange = expected.find(([, array, length]) => array.length !== length);
  return strange && `${strange[0]} has ${strange[1].length} values, ${strange[2]} expected`;
}

function ridge(name: string, { gram, moments }: RidgeState, size: number, targets: number) {
  return [
    [`${name}.moments`, moments, targets],
    [`${name}.gram`, gram, triangle(size)],
    ...moments.map((own, i) => [`${name}.moments.${i}`, own, size] as const),
  ] as const;
}
