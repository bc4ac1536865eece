import type { Clock } from '../../core/clock.ts';
import { RequestGate } from '../../kubernetes/client/request-gate.ts';
import type { AddonConfig } from '../config/config.ts';

/** A second's worth of changes may go at once: 500 at 150 a second take 2.3 s. */
export function writeGate({ limits }: AddonConfig, clock: Clock): RequestGate {
  const { writesPerSecond: perSecond, concurrency } = limits;
  return new RequestGate(clock, { perSecond, burst: Math.max(1, perSecond), concurrency });
}
