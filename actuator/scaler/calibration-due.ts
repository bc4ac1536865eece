import { TICKS_PER_DAY, TICKS_PER_HOUR } from '../../core/tick.ts';
import type { Calibration } from './calibrate.ts';
import type { ErrorBudget } from './error-budget.ts';

const DAILY_TICKS = TICKS_PER_DAY;
/** Where more was left unmet than the margins were made for. */
const EARLY_TICKS = 3 * TICKS_PER_HOUR;
/** While the SLO is broken: what is new may ask for other margins. */
const BROKEN_TICKS = 2 * EARLY_TICKS;
/** Margins for nearly the same target would be the same. */
const LEAST_CHANGE = 0.9;

/**
 * Whether margins are to be calibrated again: they are a day old; or they should keep the SLO, and were made for more unmet demand than
 * the error budget allows now, or it is overspent.
 * @param sinceTicks since they were calibrated; Infinity: never
 */
export function isCalibrationDue(
  { keepsPromise, aimBp }: Pick<Calibration, 'keepsPromise' | 'aimBp'>,
  sinceTicks: number,
  budget: ErrorBudget,
): boolean {
  if (sinceTicks >= DAILY_TICKS) return true;
  if (!keepsPromise || sinceTicks < EARLY_TICKS) return false;
  return budget.aimBp() < LEAST_CHANGE * aimBp || (sinceTicks >= BROKEN_TICKS && budget.overspent());
}
