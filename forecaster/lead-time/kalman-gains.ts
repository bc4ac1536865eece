import { OBSERVATION_TICKS } from '../../core/tick.ts';

/**
 * Gains of the steady-state Kalman filter whose state is the demand of the last four ticks, newest first: a random walk of variance q a
 * tick, observed as the mean of the four with noise of variance r. (Anderson and Moore, Optimal Filtering, 1979, ch. 4.)
 */
export type KalmanGains = Float64Array;

/** Ratios r ÷ q of the table: 2^-8, 2^-7 … 1. Less would let an error ring for ten minutes; above 1, a filter lags behind the observation. */
const LEAST_POWER = -8;
const RATIOS = 1 - LEAST_POWER;
const ITERATIONS = 400;
const SIZE = OBSERVATION_TICKS;

const table: KalmanGains[] = [];

/** Gains for the ratio of the table that is nearest. @param ratio r ÷ q, ≥ 0 */
export function kalmanGains(ratio: number): KalmanGains {
  const power = Math.round(Math.log2(ratio));
  const index = Math.min(RATIOS - 1, Math.max(0, power - LEAST_POWER));
  table[index] ??= steadyGains(2 ** (index + LEAST_POWER));
  return table[index]!;
}

/** Iterates the Riccati equation, q = 1. */
function steadyGains(ratio: number): KalmanGains {
  const gains = new Float64Array(SIZE);
  const covariance = new Float64Array(SIZE * SIZE);
  for (let i = 0; i < SIZE; i++) covariance[i * SIZE + i] = 1;
  const ahead = new Float64Array(SIZE * SIZE);
  const seen = new Float64Array(SIZE);
  for (let round = 0; round < ITERATIONS; round++) {
    // One tick on: the newest demand is the last one and a step of the walk, the others move back.
    for (let i = 0; i < SIZE; i++) {
      for (let j = 0; j < SIZE; j++) ahead[i * SIZE + j] = covariance[Math.max(0, i - 1) * SIZE + Math.max(0, j - 1)]!;
    }
    ahead[0]! += 1;
    let innovation = ratio;
    for (let i = 0; i < SIZE; i++) {
      let sum = 0;
      for (let j = 0; j < SIZE; j++) sum += ahead[i * SIZE + j]!;
      seen[i] = sum / SIZE;
      innovation += sum / SIZE / SIZE;
    }
    for (let i = 0; i < SIZE; i++) gains[i] = seen[i]! / innovation;
    for (let i = 0; i < SIZE; i++) {
      for (let j = 0; j < SIZE; j++) covariance[i * SIZE + j] = ahead[i * SIZE + j]! - gains[i]! * seen[j]!;
    }
  }
  return gains;
}
