import { describe, expect, it } from 'vitest';
import { eciStartup } from '../../core/startup.ts';
import { TICKS_PER_DAY, TICKS_PER_HOUR } from '../../core/tick.ts';
import { nextChange } from './next-change.ts';
import { PredictiveScaler } from './scaler.ts';
import type { ScalingPolicy } from './scaling-policy.ts';

describe('the next change', () => {
  const next = (needs: readonly number[], bounds = { min: 1, max: 100 }) => nextChange(needs, 9, () => bounds, 2);

  it('is the first need over what is wanted, as far as it goes on rising, within the bounds', () => {
    expect(next([9, 9, 10.8, 12, 14])).toEqual({ step: 3, replicas: 12 });
    expect(next([9, 12, 11, 11])).toEqual({ step: 2, replicas: 12 });
    expect(next([9, 12, 14], { min: 1, max: 10 })).toEqual({ step: 2, replicas: 10 });
    expect(next([9, 12, 14], { min: 1, max: 9 })).toBeUndefined();
  });

  it('downwards comes once the higher need is kept no longer', () => {
    expect(next([9, 5.7, 5.7, 5.7, 5])).toEqual({ step: 4, replicas: 6 });
    expect(next([5.7, 5.7, 5.7, 5.7])).toEqual({ step: 3, replicas: 6 });
    expect(next([5.7, 5.7, 5.7], { min: 8, max: 100 })).toEqual({ step: 3, replicas: 8 });
    expect(next([5.7, 5.7, 9, 5.7])).toBeUndefined();
  });

  it('comes also where bounds that are scheduled ask for it', () => {
    const from = (step: number) => ({ min: step < 3 ? 1 : 20, max: 100 });
    expect(nextChange([9, 9, 9, 9], 9, from, 2)).toEqual({ step: 3, replicas: 20 });
    const until = (step: number) => ({ min: 1, max: step < 2 ? 100 : 4 });
    expect(nextChange([9, 9, 9, 9], 9, until, 2)).toEqual({ step: 2, replicas: 4 });
  });

  it('is not known where nothing is known of what comes, or no more than the next observation may take back', () => {
    expect(next([])).toBeUndefined();
    expect(next([9, 9.2, 8.9, 8.6, 9])).toBeUndefined();
  });
});

/** Five minutes. */
const STEP = 20;
const POLICY: ScalingPolicy = { podCapacity: 5, unmetTargetBp: 1, min: 1, max: 1_000 };

/** Busy by day, a little other each day, and never quite smooth. */
function loadAt(t: number): number {
  const day = 1 + 0.05 * Math.sin(Math.floor(t / TICKS_PER_DAY));
  const waves = 1 + 0.01 * Math.sin(t / 37) + 0.01 * Math.sin(t / 101);
  return day * waves * (60 - 45 * Math.cos((2 * Math.PI * t) / TICKS_PER_DAY));
}

describe('on a load that goes up and down each day', () => {
  it('comes about when it was told, in its direction', () => {
    const scaler = PredictiveScaler.beginning(POLICY, eciStartup(), 1);
    let t = 0;
    for (; t < 9 * TICKS_PER_DAY; t++) scaler.observe(loadAt(t));
    scaler.calibrate(1);
    let total = Math.ceil(loadAt(t) / POLICY.podCapacity);
    const tick = () => {
      total = scaler.tick(loadAt(t++), { total, ready: total }).replicas;
    };
    let told = 0;
    let came = 0;
    for (let hour = 0; hour < 24; hour++) {
      for (let i = 0; i < TICKS_PER_HOUR / 2; i++) tick();
      const [from, at] = [total, t];
      const needs = scaler.needsAhead(STEP, 2 * TICKS_PER_HOUR);
      const next = nextChange(needs, total, () => POLICY, Math.ceil(scaler.keptTicks / STEP));
      for (let i = 0; i < TICKS_PER_HOUR / 2; i++) tick();
      if (!next) continue;
      told++;
      // Up to a quarter of an hour after it was to come, the pods are on its side.
      while (t < at + next.step * STEP + TICKS_PER_HOUR / 4) tick();
      if (Math.sign(total - from) === Math.sign(next.replicas - from)) came++;
    }
    expect(told).toBeGreaterThan(12);
    expect(came / told).toBeGreaterThan(0.8);
  });
});
