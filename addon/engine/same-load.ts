import type { SignalState } from '../../forecaster/lead-time/signal.ts';
import { KEPT_TICKS, type ObservedHour } from './observed-hour.ts';

/** History and observations of the same ticks that are so far apart, by their median ratio, are not of one load. */
const MOST_APART = 3;
const LEAST_OVERLAP_TICKS = 8;

/**
 * What a refit learned of ticks that were observed here must be what was observed. @param signal what it learned, until that tick
 * @returns why it isn't; undefined: it is, or too little is known of both
 */
export function whyOtherLoad(hour: ObservedHour, signal: SignalState, untilTick: number): string | undefined {
  if (!Number.isFinite(untilTick)) return undefined;
  const { logs, floor, length } = signal;
  const ratios: number[] = [];
  for (let back = 0; back < Math.min(logs.length, length, KEPT_TICKS); back++) {
    const tick = untilTick - back;
    if (tick < hour.beganTick || tick <= hour.tick - KEPT_TICKS || tick > hour.tick) continue;
    const observed = hour.at(tick);
    if (Number.isNaN(observed)) continue;
    ratios.push(Math.abs(logs[(length - 1 - back) & (logs.length - 1)]! - Math.log(observed + floor)));
  }
  if (ratios.length < LEAST_OVERLAP_TICKS) return undefined;
  const median = ratios.sort((a, b) => a - b)[ratios.length >> 1]!;
  if (median <= Math.log(MOST_APART)) return undefined;
  return `its history is not of the load that is observed: for the same minutes it has ${Math.exp(median).toPrecision(3)} times more or less`;
}
