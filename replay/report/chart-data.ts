import { DAY_SECONDS, MINUTE_SECONDS } from '../../core/series.ts';
import { type PolicyRun, type ReplayResult, TICK_SECONDS } from '../result.ts';

/** Numbers with null for no data. */
type Values = readonly (number | null)[];

/** What the page's script draws; times are epoch seconds, demand and capacity are in the trace's unit. */
export interface ChartData {
  readonly podCapacity: number;
  readonly demand: {
    readonly start: number;
    /** Seconds that one point covers. */
    readonly step: number;
    readonly most: Values;
    readonly least: Values;
    /** By policy, the least capacity that was Ready while the point lasted. */
    readonly capacity: readonly { readonly name: string; readonly values: Values }[];
    /** Indices of points during which the predictive policy had too few pods. */
    readonly short: readonly number[];
  };
  readonly fan: {
    readonly start: number;
    readonly step: number;
    /** Ascending; `quantiles[i]` belongs to `levels[i]`. */
    readonly levels: readonly number[];
    readonly quantiles: readonly Values[];
    readonly came: Values;
  };
}

/** 14 days by the minute: with this many points a page stays below a megabyte. */
const MOST_POINTS = 14 * (DAY_SECONDS / MINUTE_SECONDS) + 1;

/** Point widths that people can read, seconds. */
const WIDTHS = [60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400];

/** Levels that a fan can show without becoming a smear. */
const FAN_LEVELS = [0.5, 0.8, 0.95, 0.99];
const MOST_FAN_POINTS = 1_440;

/** @param policies which capacities to draw, where they ran. */
export function chartData(result: ReplayResult, policies: readonly string[]): ChartData {
  return {
    podCapacity: result.settings.podCapacity,
    demand: demandData(result, policies),
    fan: fanData(result),
  };
}

function demandData({ timeline, settings }: ReplayResult, policies: readonly string[]): ChartData['demand'] {
  const seconds = timeline.demand.length * TICK_SECONDS;
  const step = WIDTHS.find((width) => seconds / width <= MOST_POINTS) ?? Math.ceil(seconds / MOST_POINTS / 60) * 60;
  const width = step / TICK_SECONDS;
  const drawn = policies.flatMap((name) => timeline.runs.filter((run) => run.name === name));
  const predictive = timeline.runs.find(({ name }) => name === 'predictive');
  return {
    start: timeline.startSeconds,
    step,
    most: perPoint(timeline.demand, width, Math.max),
    least: step === MINUTE_SECONDS ? [] : perPoint(timeline.demand, width, Math.min),
    capacity: drawn.map(({ name, ready }) => ({
      name,
      values: perPoint(ready, width, Math.min).map((pods) =>
        pods === null ? null : short(pods * settings.podCapacity),
      ),
    })),
    short: predictive === undefined ? [] : shortPoints(timeline.demand, predictive, settings.podCapacity, width),
  };
}

/** The largest or smallest value of every `width` ticks; null where none is data. */
function perPoint(ticks: Float64Array | Int32Array, width: number, pick: (a: number, b: number) => number): Values {
  const points: (number | null)[] = [];
  for (let from = 0; from < ticks.length; from += width) {
    let picked = Number.NaN;
    for (const value of ticks.subarray(from, from + width)) {
      if (!Number.isNaN(value)) picked = Number.isNaN(picked) ? value : pick(picked, value);
    }
    points.push(short(picked));
  }
  return points;
}

function shortPoints(demand: Float64Array, { ready }: PolicyRun, podCapacity: number, width: number): number[] {
  const points = new Set<number>();
  for (let i = 0; i < demand.length; i++) {
    if (demand[i]! > ready[i]! * podCapacity) points.add(Math.floor(i / width));
  }
  return [...points];
}

function fanData({ dayAhead, timeline }: ReplayResult): ChartData['fan'] {
  const indices = dayAhead.levels.flatMap((level, i) => (FAN_LEVELS.includes(level) ? [i] : []));
  const horizon = dayAhead.values[0]?.length ?? 0;
  const stride = Math.max(1, Math.ceil(horizon / MOST_FAN_POINTS));
  const steps = Array.from({ length: Math.ceil(horizon / stride) }, (_, i) => i * stride);
  const came = (h: number) => {
    const offset = dayAhead.originSeconds + h * dayAhead.stepSeconds - timeline.startSeconds;
    return short(timeline.demand[Math.round(offset / TICK_SECONDS)] ?? Number.NaN);
  };
  return {
    start: dayAhead.originSeconds,
    step: dayAhead.stepSeconds * stride,
    levels: indices.map((i) => dayAhead.levels[i]!),
    quantiles: indices.map((i) => steps.map((h) => short(dayAhead.values[i]![h]!))),
    came: steps.map(came),
  };
}

/** Four digits are finer than a pixel and a third of the bytes. */
function short(value: number): number | null {
  return Number.isFinite(value) ? Number(value.toPrecision(4)) : null;
}
