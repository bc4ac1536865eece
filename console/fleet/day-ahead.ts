import type { WorkloadDetail, WorkloadSeries } from '../../addon/console/console-data.ts';
import { podsFor } from '../../core/pods.ts';
import { DAY_SECONDS } from '../../core/series.ts';
import { withWeeks } from '../../core/weeks.ts';
import { forecastDay } from '../../forecaster/day-ahead/forecast.ts';
import type { ForecastAnswer } from '../api/answers.ts';

const LEVELS = [0.5, 0.8, 0.95, 0.99];
const STEP_SECONDS = 300;
/** Less says nothing of a day. */
const LEAST_MINUTES = 24 * 60;

/** The next 24 hours of the deciding metric, from what is recorded of it; in words why there is none. */
export function dayAhead({ metrics }: WorkloadSeries, { row }: WorkloadDetail): ForecastAnswer | string {
  const [first] = metrics;
  const demand = first?.demand;
  const known = demand ? demand.values.reduce((count, value) => count + Number(!Number.isNaN(value)), 0) : 0;
  if (!first || !demand || known < LEAST_MINUTES) {
    return `a day of demand has to be recorded before a day can be forecast: ${(known / 60).toFixed(1)} hours are`;
  }
  const { startSeconds, stepSeconds, values } = demand;
  const minutes = { startSeconds, stepSeconds, values: Float64Array.from(values) };
  const weeks = first.weeks && { ...first.weeks, values: Float64Array.from(first.weeks.values) };
  const history = withWeeks(minutes, weeks);
  const forecast = forecastDay(history, { horizonSeconds: DAY_SECONDS, stepSeconds: STEP_SECONDS, levels: LEVELS });
  const { status } = row;
  const podCapacity = status.metrics.find(({ name }) => name === first.metric)?.podCapacity;
  const { min, max } = status.replicas;
  const margin = 1 + (status.model.headroom ?? 0);
  const planned = Array.from(forecast.values[0]!, (value) =>
    podCapacity === undefined ? null : Math.min(max, Math.max(min, podsFor(value * margin, podCapacity))),
  );
  return {
    metric: first.metric,
    unit: first.unit,
    startSeconds: forecast.originSeconds,
    stepSeconds: STEP_SECONDS,
    model: forecast.model,
    why: forecast.why,
    historyDays: (history.values.length * stepSeconds) / DAY_SECONDS,
    quantiles: forecast.levels.map((level, i) => ({ level, values: Array.from(forecast.values[i]!, digits) })),
    planned,
  };
}

function digits(value: number): number {
  return Number(value.toPrecision(5));
}
