import { DAY_SECONDS } from '../../core/series.ts';
import { type Bill, type Money, type PolicyFigures, type PolicyName, type Report, TICK_SECONDS } from '../result.ts';

/** The bills of all policies: a day as it was measured, the rest extrapolated from it. @param ticks of the replayed span */
export function moneyOf(policies: Report['policies'], ticks: number, currency: string): Money {
  const measuredDays = (ticks * TICK_SECONDS) / DAY_SECONDS;
  const bills = Object.entries(policies).map(([name, { cost }]): [PolicyName, Bill] => [
    name as PolicyName,
    billOf(cost, measuredDays),
  ]);
  return { currency, measuredDays, policies: Object.fromEntries(bills) };
}

/** @param cost the bill of the whole span */
function billOf(cost: PolicyFigures['cost'], measuredDays: number): Bill {
  const perDay = measuredDays > 0 ? cost / measuredDays : 0;
  return { perDay, per30Days: perDay * 30, perYear: perDay * 365 };
}
