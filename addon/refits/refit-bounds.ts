import { calibrationProblem, outside } from '../../actuator/scaler/calibration-bounds.ts';
import type { ScalingPolicy } from '../../actuator/scaler/scaling-policy.ts';
import { isTimeZone } from '../../core/calendar/time-zone.ts';
import { isFuture } from '../../core/plausible-time.ts';
import type { StartupSpec } from '../../core/startup.ts';
import { plainJson } from '../../core/text/plain-text.ts';
import { TICKS_PER_HOUR } from '../../core/tick.ts';
import { numberProblem } from '../../forecaster/lead-time/state-bounds.ts';
import type { Refitted } from './refit.ts';

const MOST_DEMAND = 1e30;
const MOST_BP = 10_000;
const MOST_PODS = 1_000_000_000;
const MOST_SECONDS = 7 * 86_400;
const MOST_SAMPLES = 10_000;
const MOST_DAYS = 10_000;
const MOST_PERIODS = 100;
const MOST_PERIOD_SECONDS = 366 * 86_400;
const MOST_WORDS = 2_000;

type Check = readonly [name: string, strange: string | undefined];

/**
 * What no refit comes to, in words: numbers out of their range, or a time of after now. A state that comes from elsewhere is looked at here
 * before anybody goes on from it.
 * @returns the first thing found; undefined: it can be a refit
 */
export function refitProblem(refitted: Refitted, nowSeconds: number): string | undefined {
  const { state, untilSeconds, startup, policy, learnedDays, period } = refitted;
  const { unmet, demand } = state.budget;
  const checks: Check[] = [
    ['state.learner', numberProblem(state.learner)],
    ['state.calibration', calibrationProblem(state.calibration)],
    ['state.sinceCalibration', outside(state.sinceCalibration, 0, Number.POSITIVE_INFINITY)],
    // A faded sum of parts of the other one.
    ['state.budget.unmet', outside(unmet, 0, Math.max(0, demand) * (1 + 1e-6))],
    ['state.budget.demand', outside(demand, 0, Number.MAX_VALUE)],
    ['state.mostSeen', outside(state.mostSeen, 0, 2 * MOST_DEMAND)],
    [
      'untilSeconds',
      isFuture(untilSeconds, nowSeconds) ? `${untilSeconds} found, none in the future expected` : undefined,
    ],
    ['startup', startupProblem(startup)],
    ['policy', policyProblem(policy)],
    ['learnedDays', outside(learnedDays, 0, MOST_DAYS)],
    ['period.seconds', outside(period.seconds.length, 0, MOST_PERIODS)],
    ...period.seconds.map((seconds): Check => ['period.seconds', outside(seconds, 0, MOST_PERIOD_SECONDS)]),
    ['period.reason', outside(period.reason.length, 0, MOST_WORDS)],
  ];
  const found = checks.find(([, strange]) => strange !== undefined);
  return found && `${found[0]}: ${found[1]}`;
}

/** The same of what a refit was made for. */
export function policyProblem(policy: ScalingPolicy): string | undefined {
  const { podCapacity, unmetTargetBp, min, max, youngTarget = 1, leastStabilizationTicks = 1 } = policy;
  const { startCostSeconds = 0, measurement, calendarNames } = policy;
  const windowSeconds = measurement && 'windowSeconds' in measurement ? measurement.windowSeconds : 0;
  return (
    outside(podCapacity, Number.MIN_VALUE, MOST_DEMAND) ??
    outside(unmetTargetBp, Number.MIN_VALUE, MOST_BP) ??
    outside(min, 0, MOST_PODS) ??
    outside(max, 0, MOST_PODS) ??
    outside(startCostSeconds, 0, MOST_SECONDS) ??
    outside(youngTarget, Number.MIN_VALUE, 1) ??
    outside(leastStabilizationTicks, 1, TICKS_PER_HOUR) ??
    outside(windowSeconds, 0, MOST_SECONDS) ??
    (calendarNames && zoneProblem(calendarNames.timeZone))
  );
}

function zoneProblem(timeZone: string): string | undefined {
  return isTimeZone(timeZone) ? undefined : `${plainJson(timeZone)} found, an IANA time zone expected`;
}

/** The same of how long pods take to start. */
export function startupProblem(startup: StartupSpec): string | undefined {
  if (startup.kind === 'log-normal') {
    return outside(startup.p50Seconds, 0, MOST_SECONDS) ?? outside(startup.p90Seconds, 0, MOST_SECONDS);
  }
  const { seconds } = startup;
  const strange = seconds.find((one) => outside(one, 0, MOST_SECONDS) !== undefined);
  return (
    outside(seconds.length, 1, MOST_SAMPLES) ?? (strange === undefined ? undefined : outside(strange, 0, MOST_SECONDS))
  );
}
