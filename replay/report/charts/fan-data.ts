import { type ReplayResult, TICK_SECONDS } from '../../result.ts';
import { fourDigits, type Values } from './thinning.ts';

/** The forecast a day ahead and what came; times are epoch seconds, demand is in the trace's unit. */
export interface FanData {
  readonly start: number;
  readonly step: number;
  /** Ascending; `quantiles[i]` belongs to `levels[i]`. */
  readonly levels: readonly number[];
  readonly quantiles: readonly Values[];
  readonly came: Values;
}

/** Levels that a fan can show without becoming a smear. */
const LEVELS = [0.5, 0.8, 0.95, 0.99];
const MOST_POINTS = 1_440;

export function fanData({ dayAhead, timeline }: ReplayResult): FanData {
  const indices = dayAhead.levels.flatMap((level, i) => (LEVELS.includes(level) ? [i] : []));
  const horizon = dayAhead.values[0]?.length ?? 0;
  const stride = Math.max(1, Math.ceil(horizon / MOST_POINTS));
  const steps = Array.from({ length: Math.ceil(horizon / stride) }, (_, i) => i * stride);
  const came = (h: number) => {
    const offset = dayAhead.originSeconds + h * dayAhead.stepSeconds - timeline.startSeconds;
    return fourDigits(timeline.demand[Math.round(offset / TICK_SECONDS)] ?? Number.NaN);
  };
  return {
    start: dayAhead.originSeconds,
    step: dayAhead.stepSeconds * stride,
    levels: indices.map((i) => dayAhead.levels[i]!),
    quantiles: indices.map((i) => steps.map((h) => fourDigits(dayAhead.values[i]![h]!))),
    came: steps.map(came),
  };
}
