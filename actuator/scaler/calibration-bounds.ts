import {
  type Calibration,
  LEAST_SAFETY_MULTIPLIER,
  LONGEST_WINDOW,
  MOST_HEADROOM,
  MOST_KEEP_MULTIPLIER,
  MOST_SAFETY_MULTIPLIER,
  type ScalingMode,
} from './calibrate.ts';

/** The least target of the reactive rule that a calibration chooses: its usual one, where nothing keeps the SLO. */
const LEAST_TARGET = 0.7;
const MOST_BP = 10_000;
const MOST_WORDS = 2_000;
const MOST_NAME = 200;

/** What no calibration comes to, in words, the first thing found; undefined: it can be one. For what was stored elsewhere. */
export function calibrationProblem(calibration: Calibration): string | undefined {
  const { mode, withoutNeural, unmetBp, costRatio, why } = calibration;
  // It was not backtested: the default ones.
  const leastTarget = Number.isNaN(costRatio) ? Number.MIN_VALUE : LEAST_TARGET;
  const checks: readonly (readonly [string, string | number | undefined])[] = [
    ['mode', modeProblem(mode, leastTarget)],
    ['withoutNeural', withoutNeural && modeProblem(withoutNeural, leastTarget)],
    ['unmetBp', Number.isNaN(unmetBp) ? undefined : outside(unmetBp, 0, MOST_BP)],
    ['costRatio', Number.isNaN(costRatio) ? undefined : outside(costRatio, 0, Number.MAX_VALUE)],
    ['aimBp', Number.isNaN(calibration.aimBp) ? undefined : outside(calibration.aimBp, 0, MOST_BP)],
    ['why', outside(why.length, 0, MOST_WORDS)],
  ];
  const found = checks.find(([, strange]) => strange !== undefined);
  return found && `${found[0]}: ${found[1]}`;
}

function modeProblem(mode: ScalingMode, leastTarget: number): string | undefined {
  if (mode.kind === 'reactive') return outside(mode.target, leastTarget, 1);
  const { safetyMultiplier, headroom, keepMultiplier, stabilizationTicks } = mode.margins;
  if (!Number.isInteger(stabilizationTicks)) return `${stabilizationTicks} ticks found, whole ones expected`;
  return (
    outside(safetyMultiplier, LEAST_SAFETY_MULTIPLIER, MOST_SAFETY_MULTIPLIER) ??
    outside(headroom, 0, MOST_HEADROOM) ??
    outside(keepMultiplier, 0, MOST_KEEP_MULTIPLIER) ??
    outside(stabilizationTicks, 1, LONGEST_WINDOW) ??
    outside(mode.neural?.length ?? 0, 0, MOST_NAME)
  );
}

/** What is wrong with a number that has to lie between the two; undefined: nothing. */
export function outside(value: number, least: number, most: number): string | undefined {
  return value >= least && value <= most ? undefined : `${value} found, ${least} to ${most} expected`;
}
