import { EXACT, type Measurement } from '../core/measurement.ts';
import { seededRandom } from '../core/random.ts';
import { resampleSeries } from '../core/resample.ts';
import { DAY_SECONDS, MINUTE_SECONDS } from '../core/series.ts';
import { TICK_SECONDS, TICKS_PER_DAY, TICKS_PER_HOUR } from '../core/tick.ts';
import { LeadTimeLearner } from '../forecaster/lead-time/learner.ts';
import { Counter, ScrapedCounter, type Scrapes } from './scraped-counter.ts';

const HISTORY_DAYS = 4;
const LIVE_TICKS = 16 * TICKS_PER_HOUR;
/** While the filter measures its noise. */
const WARM_UP_TICKS = 2 * TICKS_PER_HOUR;
const LEAD_SECONDS = 45;
const POD_CAPACITY = 20;
const WINDOW_SECONDS = 60;
const SECONDS = HISTORY_DAYS * DAY_SECONDS + (LIVE_TICKS + 40) * TICK_SECONDS;

/** A day's wave between 100 and 500 requests a second, with noise of ± 3 % by the minute. */
function dailyWave(): Counter {
  const random = seededRandom(3);
  const noise = Float64Array.from({ length: SECONDS / MINUTE_SECONDS + 2 }, () => 1 + 0.06 * (random() - 0.5));
  const demand = (s: number) =>
    (300 - 200 * Math.cos((2 * Math.PI * s) / DAY_SECONDS)) * noise[Math.floor(s / MINUTE_SECONDS)]!;
  return new Counter(demand, SECONDS);
}

/**
 * How far the forecast of the lead time's peak is off, as a share of it: learned from days of minutes, then live, one rate[1m] a tick.
 * @param live what is said of the live observations
 */
export function forecastErrors(scrapes: Scrapes, live: Measurement): { readonly mean: number; readonly bias: number } {
  const counter = dailyWave();
  const series = new ScrapedCounter(counter, scrapes, seededRandom(5));
  const rate = (tick: number) => series.rate(tick * TICK_SECONDS, WINDOW_SECONDS);
  const minutes = Float64Array.from({ length: HISTORY_DAYS * 1_440 }, (_, minute) => {
    const last = 4 * (minute + 1);
    return (rate(last) + rate(last - 1) + rate(last - 2) + rate(last - 3)) / 4;
  });
  const history = { startSeconds: MINUTE_SECONDS, stepSeconds: MINUTE_SECONDS, values: minutes };
  const days = new LeadTimeLearner(LEAD_SECONDS, POD_CAPACITY);
  const { values } = resampleSeries(history, TICK_SECONDS);
  for (const value of values) days.observe(value);
  const state = days.state(LIVE_TICKS + 10);
  const learner = new LeadTimeLearner(LEAD_SECONDS, POD_CAPACITY, state, undefined, undefined, live);
  let sum = 0;
  let bias = 0;
  const first = HISTORY_DAYS * TICKS_PER_DAY + 5;
  for (let t = first; t < first + LIVE_TICKS; t++) {
    learner.observe(rate(t - 1));
    if (t < first + WARM_UP_TICKS) continue;
    let peak = 0;
    for (let k = 1; k <= learner.leadTicks; k++) {
      peak = Math.max(peak, counter.mean((t + k) * TICK_SECONDS, TICK_SECONDS));
    }
    const { peakPlusFloor, floor } = learner.forecast!;
    const error = peakPlusFloor / (peak + floor) - 1;
    sum += Math.abs(error);
    bias += error;
  }
  const count = LIVE_TICKS - WARM_UP_TICKS;
  return { mean: sum / count, bias: bias / count };
}

/** Rows: scrapes, mean error and bias in percent with the average undone, then filtered. */
export function forecastRows(scrapes: Readonly<Record<string, Scrapes | undefined>>): (string | number)[][] {
  return Object.entries(scrapes).flatMap(([name, how]) => {
    if (how === undefined) return [];
    const undone = forecastErrors(how, EXACT);
    const filtered = forecastErrors(how, { kind: 'rate', windowSeconds: WINDOW_SECONDS });
    return [[name, 100 * undone.mean, 100 * undone.bias, 100 * filtered.mean, 100 * filtered.bias]];
  });
}
