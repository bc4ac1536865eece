import { PredictiveScaler, type ScalerState } from '../../actuator/scaler/scaler.ts';
import type { ScalingPolicy } from '../../actuator/scaler/scaling-policy.ts';
import { OBSERVATION_DELAY_SECONDS } from '../../collector/demand/demand-source.ts';
import { calendarWords } from '../../core/calendar/calendar.ts';
import { zoneOffset } from '../../core/calendar/time-zone.ts';
import { EXACT, INSTANT, type Measurement, recoveryOf, sameMeasurement } from '../../core/measurement.ts';
import { resampleSeries } from '../../core/resample.ts';
import { DAY_SECONDS, MINUTE_SECONDS, type Series } from '../../core/series.ts';
import { type StartupSpec, startupOf } from '../../core/startup.ts';
import { TICK_SECONDS } from '../../core/tick.ts';
import { cleanHistory } from '../../forecaster/clean.ts';
import type { LearnerClock } from '../../forecaster/lead-time/like-days.ts';
import { type NeuralModelChoice, neuralModelOf } from '../../forecaster/lead-time/neural/model-cache.ts';
import { detectPeriods } from '../../forecaster/period/period.ts';

/** With less history, no period can be told. */
const LEAST_PERIOD_SECONDS = 2 * DAY_SECONDS;

/** Long periods are looked for by the half hour, in a hundredth of the time that minutes take. */
const LONG_STEP_SECONDS = 1_800;

/** What a refit is asked: plain data, to be sent to a worker. */
export interface RefitRequest {
  /** Demand by minute: a value at T is the mean over the minute that ends at T; NaN is no data. May be empty. */
  readonly history: Series;
  /** The weeks before in steps of five minutes, where they are known: periods too long for the minutes are looked for in them. Nothing else is learned from them. */
  readonly weeks?: Series | undefined;
  readonly policy: ScalingPolicy;
  /** created → Ready; the lead time is its p90 where `leadTimeSeconds` is not given. */
  readonly startup: StartupSpec;
  readonly leadTimeSeconds: number | undefined;
  readonly seed: number;
  /** What may be left unmet, basis points, to calibrate for; `fresh`: nothing of the error budget was used yet; undefined: the margins in use stay. */
  readonly aimBp: number | 'fresh' | undefined;
  /** Those margins, so that who begins with this refit has them too; undefined: none are known. */
  readonly inUse?: MarginsInUse | undefined;
  /** For how many ticks the result is to be good. */
  readonly aheadTicks: number;
  /** Backtested beside the workload's own regression. */
  readonly neural: NeuralModelChoice;
  /** The holidays of the policy's calendar about now, as days since 1970-01-01 by the local calendar; absent: none are known. */
  readonly holidayDays?: readonly number[] | undefined;
}

/** What an earlier refit chose, and the newest observation that it knew, epoch seconds. */
export interface MarginsInUse extends Pick<ScalerState, 'calibration' | 'sinceCalibration'> {
  readonly untilSeconds: number;
}

/** What comes of it. */
export interface Refitted {
  readonly state: ScalerState;
  /** The margins were chosen by this refit; false: they are those that were in use, or none yet. */
  readonly calibrated: boolean;
  /** The tick of the newest observation in it, epoch seconds; -Infinity: the history was empty. */
  readonly untilSeconds: number;
  /** The pods that were reckoned with: what the margins were backtested on. */
  readonly startup: StartupSpec;
  readonly policy: ScalingPolicy;
  /** Days with data. */
  readonly learnedDays: number;
  readonly period: { readonly found: boolean; readonly seconds: readonly number[]; readonly reason: string };
}

/** Where refits run: on this thread or on others. */
export interface RefitPool {
  /** @throws WorldError where a thread died or hung; the error of the refit itself otherwise */
  run(request: RefitRequest): Promise<Refitted>;
  close(): Promise<void>;
}

/**
 * Learns a workload's history anew, calibrates where asked, and hands on what a live scaler goes on from. The same request
 * gives the same result, on any thread or machine.
 */
export function refit(request: RefitRequest): Refitted {
  const { history, policy, seed, aimBp, inUse, aheadTicks, leadTimeSeconds } = request;
  const startup = startupOf(request.startup);
  const ticks = ticksOf(history, policy.measurement);
  // Only a calibration asks it.
  const neural = aimBp === undefined ? undefined : neuralModelOf(request.neural);
  const learned = { ...policy, measurement: measurementByMinute(policy.measurement) };
  const { values } = ticks;
  const clock = clockOf(request, ticks);
  const scaler = PredictiveScaler.beginning(learned, startup, seed, leadTimeSeconds, values.length, neural, clock);
  // Only the policy backtest asks what was forecast at every tick.
  for (let i = 0; i < values.length; i++) scaler.observe(values[i]!, aimBp !== undefined || i === values.length - 1);
  const untilSeconds = newestTick(ticks);
  if (aimBp !== undefined) scaler.calibrate(aimBp === 'fresh' ? scaler.aimBp : aimBp);
  else if (inUse) {
    const ago = Math.max(0, untilSeconds - inUse.untilSeconds) / TICK_SECONDS;
    scaler.goOnWith(inUse.calibration, inUse.sinceCalibration + ago);
  }
  return {
    state: scaler.state(aheadTicks),
    calibrated: aimBp !== undefined,
    untilSeconds,
    startup: request.startup,
    policy,
    learnedDays: learnedDays(history),
    period: periodOf(history, request.weeks),
  };
}

/**
 * A history by the minute holds means of minutes, and what was noise within one is gone. Where the live signal's mean can be undone, that of its
 * history is. What is no mean of a minute live stays what it is.
 */
function measurementByMinute(live: Measurement = EXACT): Measurement {
  return recoveryOf(live) === 'filtered' ? EXACT : live;
}

/** By whose clock and holidays the ticks' days fold; undefined: by UTC, without holidays. */
function clockOf({ policy, holidayDays = [] }: RefitRequest, ticks: Series): LearnerClock | undefined {
  if (policy.calendarNames === undefined) return undefined;
  const days = new Set(holidayDays);
  const calendar = {
    offsetSeconds: zoneOffset(policy.calendarNames.timeZone),
    isHoliday: (localDay: number) => days.has(localDay),
    words: calendarWords(policy.calendarNames),
  };
  return { calendar, startSeconds: ticks.startSeconds + OBSERVATION_DELAY_SECONDS };
}

/**
 * A history by the minute, tick by tick. A mean moves from one minute's to the next. A value of an instant stands until the next one is
 * measured, and then jumps: a line between two of them would teach that each jump goes on for a minute, and live each would be carried on
 * beyond what was ever there.
 */
export function ticksOf(history: Series, measurement: Measurement = EXACT): Series {
  return resampleSeries(history, TICK_SECONDS, sameMeasurement(measurement, INSTANT) ? 'held' : 'interpolated');
}

function newestTick({ startSeconds, values }: Series): number {
  if (values.length === 0) return Number.NEGATIVE_INFINITY;
  return startSeconds + (values.length - 1) * TICK_SECONDS + OBSERVATION_DELAY_SECONDS;
}

/** Days that have data. */
export function learnedDays({ values, stepSeconds }: Series): number {
  let points = 0;
  for (const value of values) if (!Number.isNaN(value)) points++;
  return (points * stepSeconds) / DAY_SECONDS;
}

function periodOf(history: Series, weeks: Series | undefined): Refitted['period'] {
  const days = learnedDays(history);
  if (days * DAY_SECONDS < LEAST_PERIOD_SECONDS) {
    return { found: false, seconds: [], reason: `${days.toFixed(1)} days of history; a daily period shows after two` };
  }
  const { periods, reason } = detectPeriods(cleanHistory(resampleSeries(history, MINUTE_SECONDS)).series);
  const seconds = [...periods.map((period) => period.seconds), ...longPeriods(history, weeks)];
  return { found: seconds.length > 0, seconds, reason };
}

/** Periods of which the minutes are too short to show two. */
function longPeriods(history: Series, weeks: Series | undefined): number[] {
  const least = (history.values.length * history.stepSeconds) / 2;
  if (weeks === undefined || weeks.values.length * weeks.stepSeconds <= 2 * least) return [];
  const { periods } = detectPeriods(cleanHistory(resampleSeries(weeks, LONG_STEP_SECONDS)).series);
  return periods.flatMap(({ seconds }) => (seconds > least ? [seconds] : []));
}
