import { type EcsPrice, eciPodHour, type PriceBook } from './price-book.ts';
import type { Report } from './result.ts';

/** The days of an average month: 365 ÷ 12. */
const DAYS_PER_MONTH = 365 / 12;

/** What so many pod-hours cost on ECI, which bills by the second; in the book's currency. */
export function elasticCost(podHours: number, prices: PriceBook): number {
  return podHours * eciPodHour(prices);
}

/** What one resident pod slot costs a day: the instance at the cheaper of its monthly and hourly price ÷ its pods. */
function basePodDay(ecs: EcsPrice): number {
  const byMonth = ecs.monthly === undefined ? Number.POSITIVE_INFINITY : ecs.monthly / DAYS_PER_MONTH;
  const byHour = ecs.hourly === undefined ? Number.POSITIVE_INFINITY : ecs.hourly * 24;
  return Math.min(byMonth, byHour) / ecs.podsPerInstance;
}

/**
 * Hours a day above which a pod is cheaper on the resident base: base cost a day ÷ elastic cost an hour. With
 * 0.554 a day against 0.0346 an hour that is 16. Without an ECS price it is 24, which no pod exceeds.
 */
export function breakEvenHoursPerDay(prices: PriceBook): number {
  return prices.ecs === undefined ? 24 : Math.min(24, basePodDay(prices.ecs) / eciPodHour(prices));
}

/**
 * Which of the ranked pods belong on the base. The base is counted in pods; its last instance may be part empty.
 * @param hoursPerDay by rank, never increasing
 */
export function breakEven(hoursPerDay: readonly number[], prices: PriceBook): Report['breakEven'] {
  const thresholdHoursPerDay = breakEvenHoursPerDay(prices);
  const base = hoursPerDay.filter((hours) => hours > thresholdHoursPerDay);
  const elasticHours = hoursPerDay.reduce((a, b) => a + b, 0);
  const savedHours = base.reduce((saved, hours) => saved + hours - thresholdHoursPerDay, 0);
  return {
    hoursPerDay,
    thresholdHoursPerDay,
    basePods: base.length,
    savingVsAllElastic: elasticHours === 0 ? 0 : savedHours / elasticHours,
  };
}
