import { seededRandom } from '../core/random.ts';
import { DAY_SECONDS, HOUR_SECONDS, MINUTE_SECONDS, type Samples } from '../core/series.ts';

/** Monday 2 March 2026, 00:00 UTC: two whole weeks from a Monday, no public holiday in most places. */
export const EXAMPLE_START_SECONDS = 1_772_409_600;
const EXAMPLE_SEED = 20_260_302;

const DAYS = 14;
/** Requests a second at the bottom of the night. */
const NIGHT_LEVEL = 48;

/** One daily hump: when it peaks, how wide it is (hours), how high (requests/s) on working days and at weekends. */
interface Hump {
  readonly hour: number;
  readonly widthHours: number;
  readonly workday: number;
  readonly weekend: number;
}

const HUMPS: readonly Hump[] = [
  { hour: 10.5, widthHours: 1.9, workday: 270, weekend: 120 },
  { hour: 12.6, widthHours: 0.7, workday: 130, weekend: 90 },
  { hour: 15.5, widthHours: 2.3, workday: 230, weekend: 210 },
  { hour: 20.7, widthHours: 1.5, workday: 390, weekend: 470 },
];

/** Thursday evening of the second week: announced at 19:00 sharp, over by 21:30. */
const PROMOTION = { day: 10, fromHour: 19, rampMinutes: 4, peak: 430, halfLifeMinutes: 35, untilHour: 21.5 };
/** Tuesday of the second week: the monitoring system was down, so there are no rows. */
const OUTAGE = { day: 8, fromMinute: 552, minutes: 51 };
/** One minute in this many was never scraped. */
const LOST_SCRAPE_ONE_IN = 2500;

/**
 * The embedded example: fourteen days of one-minute demand of a shop, requests a second, about 40 to 900. The first week
 * is ordinary; the second, which a replay with the default history plays, has an outage (missing rows) and a promotion.
 * The same seed gives the same samples on every machine.
 */
export function exampleTrace(seed: number = EXAMPLE_SEED): Samples {
  const random = seededRandom(seed);
  const times: number[] = [];
  const values: number[] = [];
  let drift = 0;
  for (let minute = 0; minute < DAYS * 24 * 60; minute++) {
    // Slow drift that no season explains (AR(1), about two hours of memory, 3 % of the level) …
    drift = 0.992 * drift + 0.0038 * gaussian(random);
    // … and fast noise: arrivals of a minute scatter by about the root of their number.
    const level = demandAt(minute) * (1 + drift);
    const noise = Math.sqrt(level) * 0.55 * gaussian(random);
    const lost = random() * LOST_SCRAPE_ONE_IN < 1;
    if (lost || isOutage(minute)) continue;
    times.push(EXAMPLE_START_SECONDS + minute * MINUTE_SECONDS);
    values.push(Math.max(0, Math.round((level + noise) * 10) / 10));
  }
  return { times: Float64Array.from(times), values: Float64Array.from(values) };
}

/** Expected requests a second; @param minute since the start. */
function demandAt(minute: number): number {
  const day = Math.floor((minute * MINUTE_SECONDS) / DAY_SECONDS);
  const hour = ((minute * MINUTE_SECONDS) % DAY_SECONDS) / HOUR_SECONDS;
  const weekend = day % 7 >= 5;
  let sum = NIGHT_LEVEL;
  for (const hump of HUMPS) {
    // The evening's tail reaches past midnight: the distance is around the clock.
    const away = Math.abs(hour - hump.hour);
    const x = Math.min(away, 24 - away) / hump.widthHours;
    sum += (weekend ? hump.weekend : hump.workday) * Math.exp(-0.5 * x * x);
  }
  // The shop grows by 0.4 % a day.
  return sum * (1 + 0.004 * day) + promotionAt(day, hour);
}

function promotionAt(day: number, hour: number): number {
  const { fromHour, untilHour, rampMinutes, peak, halfLifeMinutes } = PROMOTION;
  if (day !== PROMOTION.day || hour < fromHour || hour >= untilHour) return 0;
  const minutes = (hour - fromHour) * 60;
  return minutes < rampMinutes
    ? (peak * minutes) / rampMinutes
    : peak * 0.5 ** ((minutes - rampMinutes) / halfLifeMinutes);
}

function isOutage(minute: number): boolean {
  const since = minute - OUTAGE.day * 24 * 60 - OUTAGE.fromMinute;
  return since >= 0 && since < OUTAGE.minutes;
}

/** A standard normal (Box–Muller). */
function gaussian(random: () => number): number {
  return Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
}
