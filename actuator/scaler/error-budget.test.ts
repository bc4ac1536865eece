import { expect, it } from 'vitest';
import { TICKS_PER_DAY, TICKS_PER_HOUR } from '../../core/tick.ts';
import { ErrorBudget } from './error-budget.ts';

const DEMAND = 100;

/** An SLO of 99.99 %, after a week of history. */
function afterWeek(): ErrorBudget {
  const budget = new ErrorBudget(1);
  for (let tick = 0; tick < 7 * TICKS_PER_DAY; tick++) budget.recordBefore(DEMAND);
  return budget;
}

function observe(budget: ErrorBudget, ticks: number, unmet: number): ErrorBudget {
  for (let tick = 0; tick < ticks; tick++) budget.record(DEMAND, unmet);
  return budget;
}

it('what it begins with is calibrated by, and never measured', () => {
  const budget = afterWeek();
  expect(budget.usedBp()).toBeCloseTo(0.3, 9);
  expect(budget.measuredBp()).toBeUndefined();
});

it('is measured once a day was observed, by that day alone', () => {
  const budget = observe(afterWeek(), TICKS_PER_DAY - 1, 0.005);
  expect(budget.measuredBp()).toBeUndefined();
  expect(observe(budget, 1, 0.005).measuredBp()).toBeCloseTo(0.5, 9);
  expect(observe(afterWeek(), TICKS_PER_DAY, 0).measuredBp()).toBe(0);
});

it('a workload without demand has nothing unmet', () => {
  const budget = new ErrorBudget(1);
  for (let tick = 0; tick < TICKS_PER_DAY; tick++) budget.record(0, 0);
  expect(budget.measuredBp()).toBe(0);
});

it('on the first day it is known once a whole day of such demand may leave no more', () => {
  const budget = observe(afterWeek(), TICKS_PER_HOUR, 0.01 * 23);
  expect(budget.measuredBp()).toBeUndefined();
  expect(observe(afterWeek(), TICKS_PER_HOUR, 0.01 * 48).measuredBp()).toBeCloseTo(2, 9);
});
