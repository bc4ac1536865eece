import { TICKS_PER_DAY } from '../../core/tick.ts';
import type { Running } from './learner-state.ts';
import { TICKS_PER_ROW } from './pending-examples.ts';

/** A surprise fades to 1/e in half an hour. */
const SURPRISE_FADE = Math.exp(-1 / 120);
/** The extremes of growth and error fade to 1/e in seven days, row by row. */
const EXTREME_FADE = Math.exp(-TICKS_PER_ROW / (7 * TICKS_PER_DAY));
/** One level of the point forecast is tracked: its quantile of standardized errors follows each miss by this step. */
const UPPER_LEVEL = 0.95;
const UPPER_STEP = 0.02;

/** Of a learner that has seen nothing. */
export function newRunning(): Running {
  return {
    level: 0,
    surprise: 0,
    lately: 0,
    mostGrowth: 0,
    leastGrowth: 0,
    mostError: 0,
    learned: 0,
    levelTicks: 0,
    upperFactor: 2,
    nextFit: Number.POSITIVE_INFINITY,
    lastFit: 0,
  };
}

/** @param passed by how much the demand estimate passed its forecasts (log ratio); 0: it did not */
export function rememberSurprise(running: Running, passed: number): void {
  running.surprise = passed;
  running.lately = Math.max(passed, running.lately * SURPRISE_FADE);
}

/** @param growth log(peak ÷ load) that came. @param error of its forecast, a log ratio */
export function rememberExtremes(running: Running, growth: number, error: number): void {
  running.mostGrowth = Math.max(growth, running.mostGrowth * EXTREME_FADE);
  running.leastGrowth = Math.min(growth, running.leastGrowth * EXTREME_FADE);
  running.mostError = Math.max(error, running.mostError * EXTREME_FADE);
}

/** A regression may not promise more than what was ever seen to come: growth stays within the extremes of late. */
export function withinSeen({ mostGrowth, leastGrowth }: Running, growth: number): number {
  return Math.min(mostGrowth, Math.max(leastGrowth, growth));
}

/** Online quantile tracking: a miss raises the factor by level × step, a hit lowers it by (1 − level) × step. */
export function trackUpper(running: Running, missed: boolean): void {
  running.upperFactor += UPPER_STEP * (missed ? UPPER_LEVEL : UPPER_LEVEL - 1);
}
