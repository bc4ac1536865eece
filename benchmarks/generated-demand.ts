import { normalQuantile, seededRandom } from '../core/random.ts';
import { DAY_SECONDS, HOUR_SECONDS, type Samples } from '../core/series.ts';

/** Kinds of loads that autoscalers meet; none of them was used to choose a constant. */
export const DEMAND_KINDS = [
  'smooth',
  'noisy',
  'bursty',
  'steps',
  'hourly',
  'weekend',
  'growth',
  'spikes',
  'walk',
  'flat noise',
] as const;
export type DemandKind = (typeof DEMAND_KINDS)[number];

const DAYS = 14;
const START_SECONDS = 1_700_000_000;
const BASE = 100;
/** Steps of recorded loads, seconds. */
const STEPS = [60, 60, 60, 300, 120];
/** Fast and slow noise by kind, relative to the load; 0.02 where nothing is said. */
const NOISE: Partial<Record<DemandKind, number>> = {
  smooth: 0.01,
  noisy: 0.08,
  bursty: 0.03,
  weekend: 0.03,
  spikes: 0.03,
  walk: 0.01,
  'flat noise': 0.1,
};

/** Fourteen days of one kind of load; the same seed gives the same samples. */
export function generatedDemand(kind: DemandKind, seed: number): Samples {
  const random = seededRandom(seed * 7_919 + 13);
  const gaussian = () => normalQuantile(random());
  const stepSeconds = STEPS[seed % STEPS.length]!;
  const noise = NOISE[kind] ?? 0.02;
  const season = seasonOf(kind, random);
  const disturbance = disturbanceOf(kind, stepSeconds, random, gaussian);
  const count = (DAYS * DAY_SECONDS) / stepSeconds;
  const times = new Float64Array(count);
  const values = new Float64Array(count);
  let drift = 0;
  for (let i = 0; i < count; i++) {
    const days = (i * stepSeconds) / DAY_SECONDS;
    drift = 0.98 * drift + 0.2 * noise * gaussian();
    times[i] = START_SECONDS + i * stepSeconds;
    values[i] = Math.max(0, BASE * season(days) * disturbance(days) * Math.exp(drift + 0.7 * noise * gaussian()));
  }
  return { times, values };
}

/** Relative load by time, days. */
function seasonOf(kind: DemandKind, random: () => number): (days: number) => number {
  const swing = kind === 'flat noise' || kind === 'walk' ? 0 : 0.3 + 0.5 * random();
  const phase = 2 * Math.PI * random();
  const second = 0.3 * random() * swing;
  return (days) => {
    const daily = 1 + swing * Math.sin(2 * Math.PI * days + phase) + second * Math.sin(4 * Math.PI * days);
    if (kind === 'hourly') {
      return daily * (1 + 0.3 * Math.max(0, Math.sin((2 * Math.PI * days * DAY_SECONDS) / HOUR_SECONDS)));
    }
    if (kind === 'weekend' && Math.floor(days) % 7 >= 5) return daily * 0.5;
    if (kind === 'growth') return daily * (1 + 0.05 * days);
    return daily;
  };
}

/** What no season explains, as a factor; called once a step. */
function disturbanceOf(
  kind: DemandKind,
  stepSeconds: number,
  random: () => number,
  gaussian: () => number,
): (days: number) => number {
  let state = 0;
  const chance = (aDay: number) => random() < (aDay * stepSeconds) / DAY_SECONDS;
  switch (kind) {
    case 'bursty':
      // Six bursts a day of two to four times the load, gone in a quarter of an hour.
      return () => {
        if (chance(6)) state = 1 + 2 * random();
        state *= Math.exp(-stepSeconds / 900);
        return 1 + state;
      };
    case 'spikes':
      // Each day at 10:00 twelve minutes of double load, and about once a day three times the load for minutes.
      return (days) => {
        state = chance(1) ? 2 : state / 2;
        const hour = (days % 1) * 24;
        return (hour > 10 && hour < 10.2 ? 2 : 1) * (1 + state);
      };
    case 'steps':
      return (days) => (days > 9.3 ? 1.6 : 1) * (days > 11.1 ? 0.7 : 1);
    case 'walk':
      return () => {
        state = 0.9995 * (state + 0.01 * gaussian() * Math.sqrt(stepSeconds / 60));
        return Math.exp(3 * state);
      };
    default:
      return () => 1;
  }
}
