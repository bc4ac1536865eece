import { expect, it } from 'vitest';
import { TICKS_PER_HOUR } from '../../core/tick.ts';
import { isCalibrationDue } from './calibration-due.ts';
import { ErrorBudget } from './error-budget.ts';

/** An error budget of 1 basis point that was used to so many. */
const used = (bp: number) => ErrorBudget.resume(1, { demand: 1e6, unmet: bp * 100 });
const kept = { keepsSlo: true, aimBp: 0.3 };
/** The first hour at which it is due. */
const dueAfter = (calibration: { keepsSlo: boolean; aimBp: number }, budget: ErrorBudget) =>
  Array.from({ length: 30 }, (_, hour) => hour).find((hour) =>
    isCalibrationDue(calibration, hour * TICKS_PER_HOUR, budget),
  );

it('margins are calibrated daily while the error budget lasts', () => {
  expect(dueAfter(kept, used(0.9))).toBe(24);
});

it('after three hours where more was left unmet than they were made for', () => {
  expect(dueAfter(kept, used(1.5))).toBe(3);
});

it('after six while the SLO is broken, though they were made for that', () => {
  expect(dueAfter({ ...kept, aimBp: 0.1 }, used(5))).toBe(6);
});

it('daily where no margins keep the SLO', () => {
  expect(dueAfter({ ...kept, keepsSlo: false }, used(5))).toBe(24);
});
