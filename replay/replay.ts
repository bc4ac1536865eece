import { DEFAULT_DOWN_WINDOW_SECONDS } from '../actuator/scaler/hpa-behavior.ts';
import type { Forecast } from '../core/forecast.ts';
import { podsFor } from '../core/pods.ts';
import { resampleSeries } from '../core/resample.ts';
import { MINUTE_SECONDS, type Samples, type Series } from '../core/series.ts';
import type { StartupLatency } from '../core/startup.ts';
import { TICK_SECONDS } from '../core/tick.ts';
import { asKept } from '../core/weeks.ts';
import { forecastDay } from '../forecaster/day-ahead/forecast.ts';
import { type Grid, toGrid } from './clock.ts';
import { minuteLagTicks } from './observation.ts';
import type { Span } from './pods.ts';
import { cron, fixed } from './policies/baselines.ts';
import { defaultHpa, downWindowSeconds, manifestHpa } from './policies/hpa.ts';
import { oracle } from './policies/oracle.ts';
import { predictivePolicy } from './policies/predictive.ts';
import { tunedHpa } from './policies/tuned-hpa.ts';
import type { PolicyName, PolicyRun, ReplayResult, ReplaySettings } from './result.ts';
import { Stage } from './stage.ts';

/**
 * Replays a trace under all asked policies.
 * @param onProgress told a share of the work done, 0…1.
 */
export function replay(
  samples: Samples,
  startup: StartupLatency,
  settings: ReplaySettings,
  onProgress?: (fraction: number) => void,
): ReplayResult {
  const grid = toGrid(samples, settings);
  const stage = new Stage(grid, startup, settings);
  const predictive = predictivePolicy(grid, startup, settings, stage.span, onProgress);
  const runs: PolicyRun[] = [];
  for (const name of settings.policies) {
    if (name === 'predictive') runs.push(stage.play(name, predictive));
    else runs.push(contender(name, stage, startup));
  }
  // Without the policy itself, its forecasts are still in the timeline.
  if (!settings.policies.includes('predictive')) stage.play('predictive', predictive);
  onProgress?.(1);
  const { first, end } = stage.span;
  return {
    settings,
    timeline: {
      startSeconds: grid.startSeconds + first * TICK_SECONDS,
      demand: grid.demand.slice(first, end),
      observed: grid.observed.slice(first, end),
      forecastP50: predictive.medians,
      forecastUpper: predictive.uppers,
      runs,
    },
    leadTimeSeconds: predictive.leadTimeSeconds,
    dayAhead: dayAhead(grid, first, settings),
    trace: byMinute(grid.demand, grid.startSeconds),
    startup: {
      p50Seconds: startup.quantile(0.5),
      p90Seconds: startup.quantile(0.9),
      p99Seconds: startup.quantile(0.99),
    },
    reasons: predictive.reasons,
  };
}

function contender(name: Exclude<PolicyName, 'predictive'>, stage: Stage, startup: StartupLatency): PolicyRun {
  const { grid, settings, span } = stage;
  const { podCapacity } = settings;
  switch (name) {
    case 'hpa': {
      const { hpa: manifest, hpaTarget } = settings;
      const rule = manifest
        ? manifestHpa(manifest, podCapacity, settings)
        : defaultHpa(podCapacity, hpaTarget, DEFAULT_DOWN_WINDOW_SECONDS, settings);
      const run = stage.playHpa(name, rule);
      return { ...run, target: rule.loadPerPod / podCapacity, windowSeconds: downWindowSeconds(rule.behavior) };
    }
    case 'hpa-tuned':
      return tunedHpa(stage);
    case 'cron':
      return stage.play(name, cron(grid.demand, grid.startSeconds, span.first, podCapacity, startup.quantile(0.9)));
    case 'fixed-max':
      return stage.play(name, fixed(peakPods(grid.demand, span, podCapacity)));
    case 'fixed':
      return stage.play(name, fixed(settings.fixed ?? span.initial));
    case 'oracle':
      return stage.play(name, oracle(grid.demand, span.end, podCapacity, stage.startups, settings.startCostSeconds));
  }
}

function peakPods(demand: Float64Array, span: Span, podCapacity: number): number {
  let peak = 0;
  for (let i = span.first; i < span.end; i++) peak = Math.max(peak, podsFor(demand[i]!, podCapacity));
  return peak;
}

/** The day-ahead forecast made at the first replayed tick, from what was observed until then, as much of it as the addon keeps. */
function dayAhead(grid: Grid, first: number, { observation, calendar }: ReplaySettings): Forecast {
  // The minute that an observation stands for begins so many ticks before it.
  const lag = minuteLagTicks(observation);
  const observed = grid.observed.subarray(0, first + 1);
  const history: Series = {
    startSeconds: grid.startSeconds,
    stepSeconds: TICK_SECONDS,
    values: observed.slice(Math.min(lag, observed.length)),
  };
  return forecastDay(asKept(resampleSeries(history, MINUTE_SECONDS)), calendar === undefined ? {} : { calendar });
}

/** One value a minute, for pictures. */
function byMinute(demand: Float64Array, startSeconds: number): Series {
  return resampleSeries({ startSeconds, stepSeconds: TICK_SECONDS, values: demand }, MINUTE_SECONDS);
}
