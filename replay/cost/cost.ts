import { type PolicyRun, type Report, TICK_SECONDS } from '../result.ts';
import { elasticPodHour, type PriceBook, type ResidentPrice } from './price-book.ts';

/** The days of an average month: 365 ÷ 12. */
const DAYS_PER_MONTH = 365 / 12;

/** What so many pod-hours cost as elastic pods, in the book's currency. */
export function elasticCost(podHours: number, prices: PriceBook): number {
  return podHours * elasticPodHour(prices);
}

/**
 * Hours that are billed beyond what the pods lived, because each of them is billed for at least `minimumSeconds`. A pod
 * lives from the tick it was started at to the tick it was removed at; what was there before the first tick, or is there
 * after the last one, is billed for no more than it lives. Of the pods that are removed the newest goes first: the
 * timeline doesn't tell which of the not-Ready ones went, and no other order would be billed for more.
 */
export function minimumChargeHours(
  { total, started }: Pick<PolicyRun, 'total' | 'started'>,
  minimumSeconds: number,
): number {
  if (minimumSeconds <= TICK_SECONDS) return 0;
  const startedAt: number[] = [];
  let seconds = 0;
  let before = (total[0] ?? 0) - (started[0] ?? 0);
  for (let i = 0; i < total.length; i++) {
    for (let n = started[i]!; n > 0; n--) startedAt.push(i);
    for (let removed = before + started[i]! - total[i]!; removed > 0 && startedAt.length > 0; removed--) {
      seconds += Math.max(0, minimumSeconds - (i - startedAt.pop()!) * TICK_SECONDS);
    }
    before = total[i]!;
  }
  return seconds / 3_600;
}

/** What one resident pod slot costs a day: the node at the cheaper of its monthly and hourly price ÷ its pods. */
function basePodDay(resident: ResidentPrice): number {
  const byMonth = resident.monthly === undefined ? Number.POSITIVE_INFINITY : resident.monthly / DAYS_PER_MONTH;
  const byHour = resident.hourly === undefined ? Number.POSITIVE_INFINITY : resident.hourly * 24;
  return Math.min(byMonth, byHour) / resident.podsPerInstance;
}

/**
 * Hours a day above which a pod is cheaper on a resident node: base cost a day ÷ elastic cost an hour. With 0.554 a day
 * against 0.0346 an hour that is 16. Without a resident price it is 24, which no pod exceeds.
 */
export function breakEvenHoursPerDay(prices: PriceBook): number {
  return prices.resident === undefined ? 24 : Math.min(24, basePodDay(prices.resident) / elasticPodHour(prices));
}

/**
 * Which of the ranked pods belong on the base. The base is counted in pods; its last node may be part empty.
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
