import { seededRandom } from '../core/random.ts';
import type { Demand } from './scenarios/scenario.ts';

/** Noise keeps its value for so long. */
const NOISE_SECONDS = 15;
/** Noise below this share is constant demand all the same. */
const QUIET_NOISE = 0.02;

/**
 * Demand in pods' worth: 8.5 needs nine pods at their target.
 * @param seconds since the start of the simulation; negative: the past that the history tells of
 */
export function levelAt(demand: Demand, seconds: number, seed: number): number {
  const { wave, noise } = demand;
  const swing = wave === undefined ? 1 : 1 + wave.share * Math.sin((2 * Math.PI * seconds) / wave.period);
  return Math.max(
    0,
    steady(demand, seconds) * swing * (1 + noise * whiteNoise(seed, Math.floor(seconds / NOISE_SECONDS))),
  );
}

/** Since when it has been constant, seconds since the start; undefined: it changes now. */
export function constantSince({ wave, noise, changes }: Demand, seconds: number): number | undefined {
  if ((wave && wave.share > 0) || noise > QUIET_NOISE) return undefined;
  let since = Number.NEGATIVE_INFINITY;
  for (const { at, for: lasts = 0 } of changes) {
    if (at > seconds) continue;
    if (at + lasts > seconds) return undefined;
    since = Math.max(since, at + lasts);
  }
  return since;
}

function steady({ level, changes }: Demand, seconds: number): number {
  let now = level;
  let burst = 0;
  for (const { kind, at, for: lasts = 0, to } of changes) {
    if (seconds < at) continue;
    if (kind === 'step') now = to;
    else if (kind === 'ramp') now += (to - now) * (lasts > 0 ? Math.min(1, (seconds - at) / lasts) : 1);
    else if (seconds < at + lasts) burst = Math.max(burst, to);
  }
  return Math.max(now, burst);
}

/** In (-1, 1), the same for the same seed and step. */
function whiteNoise(seed: number, step: number): number {
  return 2 * seededRandom(Math.imul(seed ^ 0x9e3779b9, 2_654_435_761) ^ (step * 7_919))() - 1;
}
