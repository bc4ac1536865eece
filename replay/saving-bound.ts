import { DEFAULT_DOWN_WINDOW_SECONDS } from '../actuator/scaler/hpa-behavior.ts';
import { HOUR_SECONDS, type Samples } from '../core/series.ts';
import type { StartupLatency } from '../core/startup.ts';
import { TICK_SECONDS } from '../core/tick.ts';
import { EXACT_GRID, toGrid } from './clock.ts';
import { service } from './figures.ts';
import { fixed } from './policies/baselines.ts';
import { defaultHpa, manifestHpa } from './policies/hpa.ts';
import { oracle } from './policies/oracle.ts';
import type { PolicyRun, ReplaySettings } from './result.ts';
import { Stage } from './stage.ts';

/** What one policy took over the ticks with data; ticks without are nobody's. */
export interface BoundFigures {
  readonly podHours: number;
  readonly startsPerDay: number;
  /** Demand that found no Ready pod, basis points. */
  readonly unmetBp: number;
}

/** What a workload has against what a policy that knows the demand would need: more than the difference can't be saved. */
export interface SavingBound {
  readonly baseline: BoundFigures;
  readonly oracle: BoundFigures;
  /** Of the replayed span with data. */
  readonly knownHours: number;
}

/**
 * The cheap bound of what any policy may save: two plays of a coarse demand and no forecast.
 * @param settings `fixed`: the baseline is so many pods all the time; else its HPA, or the default one
 */
export function savingBound(samples: Samples, startup: StartupLatency, settings: ReplaySettings): SavingBound {
  const grid = toGrid(samples, EXACT_GRID);
  const stage = new Stage(grid, startup, settings);
  const { podCapacity, startCostSeconds } = settings;
  const known = stage.demand.reduce((count, value) => count + (Number.isNaN(value) ? 0 : 1), 0);
  const best = stage.play('oracle', oracle(grid.demand, stage.span.end, podCapacity, stage.startups, startCostSeconds));
  return {
    baseline: figuresOf(baselineRun(stage), stage, known),
    oracle: figuresOf(best, stage, known),
    knownHours: (known * TICK_SECONDS) / HOUR_SECONDS,
  };
}

function baselineRun(stage: Stage): PolicyRun {
  const { fixed: pods, hpa: manifest, hpaTarget, podCapacity } = stage.settings;
  if (pods !== undefined) return stage.play('fixed', fixed(pods));
  const rule = manifest
    ? manifestHpa(manifest, podCapacity, stage.settings)
    : defaultHpa(podCapacity, hpaTarget, DEFAULT_DOWN_WINDOW_SECONDS, stage.settings);
  return stage.playHpa('hpa', rule);
}

function figuresOf({ total, ready, started }: PolicyRun, { demand, settings }: Stage, known: number): BoundFigures {
  let [pods, starts] = [0, 0];
  for (let i = 0; i < demand.length; i++) {
    if (Number.isNaN(demand[i]!)) continue;
    pods += total[i]!;
    starts += started[i]!;
  }
  const hours = (known * TICK_SECONDS) / HOUR_SECONDS;
  return {
    podHours: (pods * TICK_SECONDS) / HOUR_SECONDS,
    startsPerDay: hours === 0 ? 0 : (starts * 24) / hours,
    unmetBp: service(demand, ready, settings.podCapacity).unmetBp,
  };
}
