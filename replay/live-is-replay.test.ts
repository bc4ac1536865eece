import { expect, it } from 'vitest';
import { PredictiveScaler } from '../actuator/scaler/scaler.ts';
import { DAY_SECONDS, HOUR_SECONDS } from '../core/series.ts';
import { eciStartup } from '../core/startup.ts';
import { TICK_SECONDS } from '../core/tick.ts';
import { dailyLoad, SETTINGS, sampled } from '../test/generated-traces.ts';
import { toGrid } from './clock.ts';
import { startupSequence } from './pods.ts';
import { BACKTEST_SEED } from './policies/predictive.ts';
import { replay } from './replay.ts';
import type { ReplaySettings } from './result.ts';

/** A cluster of one workload, as live sees it: pods with a readiness of their own, by the wall clock. */
class Cluster {
  private readonly readyAt: number[];
  private created = 0;

  constructor(pods: number, now: number) {
    this.readyAt = new Array<number>(pods).fill(now);
  }

  pods(now: number): { total: number; ready: number } {
    return { total: this.readyAt.length, ready: this.readyAt.filter((at) => at <= now).length };
  }

  scaleTo(replicas: number, now: number, startup: (k: number) => number): void {
    while (this.readyAt.length < replicas) this.readyAt.push(now + startup(this.created++));
    while (this.readyAt.length > replicas) {
      const starting = this.readyAt.findLastIndex((at) => at > now);
      this.readyAt.splice(starting >= 0 ? starting : this.readyAt.length - 1, 1);
    }
  }
}

it('live and replay share one function: fed by hand, the scaler decides what the replay did, tick by tick', () => {
  // Five days to learn from and to backtest; an outage of the metrics while it is live.
  const settings: ReplaySettings = { ...SETTINGS, historySeconds: 5 * DAY_SECONDS, policies: ['predictive'] };
  const load = dailyLoad(9);
  const samples = sampled(5 * DAY_SECONDS + 14 * HOUR_SECONDS, (t) => {
    const value = load(t);
    return t > 5 * DAY_SECONDS + 7_200 && t < 5 * DAY_SECONDS + 9_000 ? Number.NaN : value;
  });
  const { timeline } = replay(samples, eciStartup(), settings);
  const replayed = timeline.runs[0]!;

  const grid = toGrid(samples, settings);
  const first = settings.historySeconds / TICK_SECONDS;
  const policy = { ...settings, measurement: { kind: 'rate', windowSeconds: 60 } as const };
  const live = PredictiveScaler.beginning(policy, eciStartup(), BACKTEST_SEED);
  for (let i = 0; i < first; i++) live.observe(grid.observed[i]!);
  const startup = startupSequence(eciStartup(), settings.seed);
  const cluster = new Cluster(Math.ceil(grid.demand[first]! / settings.podCapacity), first * TICK_SECONDS);
  const decided: number[] = [];
  const ready: number[] = [];
  for (let i = first; i < grid.demand.length; i++) {
    const now = i * TICK_SECONDS;
    const decision = live.tick(grid.observed[i]!, cluster.pods(now));
    cluster.scaleTo(decision.replicas, now, startup);
    decided.push(decision.replicas);
    ready.push(cluster.pods(now).ready);
  }
  expect(live.calibration.costRatio).toBeGreaterThan(0);
  expect(decided.findIndex((replicas, i) => replicas !== replayed.desired[i])).toBe(-1);
  expect(ready.findIndex((pods, i) => pods !== replayed.ready[i])).toBe(-1);
});
