import { PredictiveScaler } from '../../actuator/scaler/scaler.ts';
import type { PlanReason } from '../../core/decision.ts';
import type { StartupLatency } from '../../core/startup.ts';
import { TICK_SECONDS } from '../../core/tick.ts';
import { shippedModel } from '../../forecaster/lead-time/neural/shipped-model.ts';
import type { Grid } from '../clock.ts';
import { measurementOf } from '../observation.ts';
import type { Autoscaler, Span } from '../pods.ts';
import type { ReplaySettings } from '../result.ts';

/** The policy backtest of the history draws latencies of its own: those of the replay are not known to a policy. */
export const BACKTEST_SEED = 0x5ca1e;

export interface PredictivePolicy extends Autoscaler {
  readonly medians: Float64Array;
  readonly uppers: Float64Array;
  readonly leadTimeSeconds: number;
  readonly reasons: Record<string, number>;
}

/**
 * The live scaler on the virtual clock: it is handed one observation a tick, and nothing else of the trace.
 * @param onProgress told a share of the replay, each hour of it
 */
export function predictivePolicy(
  grid: Grid,
  startup: StartupLatency,
  settings: ReplaySettings,
  span: Span,
  onProgress?: (fraction: number) => void,
): PredictivePolicy {
  const { neural = shippedModel() } = settings;
  const asked = neural === 'none' ? undefined : neural;
  // Until it is calibrated it does what the HPA that it is held against would do.
  const { hpaTarget, observation, calendar } = settings;
  const policy = { ...settings, youngTarget: Math.min(1, hpaTarget), measurement: measurementOf(observation) };
  const clock = calendar && { calendar, startSeconds: grid.startSeconds };
  const scaler = PredictiveScaler.beginning(policy, startup, BACKTEST_SEED, undefined, undefined, asked, clock);
  const ticks = span.end - span.first;
  const medians = new Float64Array(ticks).fill(Number.NaN);
  const uppers = new Float64Array(ticks).fill(Number.NaN);
  const reasons: Partial<Record<PlanReason, number>> = {};
  let read = 0;
  return {
    medians,
    uppers,
    leadTimeSeconds: scaler.leadTimeTicks * TICK_SECONDS,
    reasons,
    decide(tick, pods) {
      for (; read < tick; read++) scaler.observe(grid.observed[read]!);
      const decision = scaler.tick(grid.observed[read++]!, pods);
      const i = tick - span.first;
      if (decision.kind !== 'no-data') {
        const { median, upper } = scaler.forecast!;
        medians[i] = median;
        uppers[i] = upper;
      }
      const reason = decision.reasons.at(-1)!;
      reasons[reason] = (reasons[reason] ?? 0) + 1;
      if (onProgress && i % 240 === 0) onProgress((0.9 * i) / ticks);
      return decision.replicas;
    },
  };
}
