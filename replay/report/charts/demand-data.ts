import { DAY_SECONDS, MINUTE_SECONDS } from '../../../core/series.ts';
import { type PolicyRun, type ReplayResult, TICK_SECONDS } from '../../result.ts';
import { fourDigits, perPoint, type Values } from './thinning.ts';

/** The demand chart; times are epoch seconds, demand and capacity are in the trace's unit. */
export interface DemandData {
  readonly podCapacity: number;
  readonly start: number;
  /** Seconds that one point covers. */
  readonly step: number;
  readonly most: Values;
  /** Empty where a point is a minute: the largest and the smallest hardly differ. */
  readonly least: Values;
  readonly policies: readonly PolicyData[];
}

interface PolicyData {
  readonly name: string;
  /** The least capacity that was Ready while the point lasted. */
  readonly capacity: Values;
  /** Points with demand above the ready capacity: index, the most pods that were missing, index, … */
  readonly missing: readonly number[];
}

/** 14 days by the minute: with this many points a page stays below a megabyte. */
const MOST_POINTS = 14 * (DAY_SECONDS / MINUTE_SECONDS) + 1;

/** Point widths that people can read, seconds. */
const WIDTHS = [60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400];

/** @param policies which capacities to draw, where they ran. */
export function demandData({ timeline, settings }: ReplayResult, policies: readonly string[]): DemandData {
  const { demand } = timeline;
  const { podCapacity } = settings;
  const seconds = demand.length * TICK_SECONDS;
  const step = WIDTHS.find((width) => seconds / width <= MOST_POINTS) ?? Math.ceil(seconds / MOST_POINTS / 60) * 60;
  const width = step / TICK_SECONDS;
  const drawn = policies.flatMap((name) => timeline.runs.filter((run) => run.name === name));
  return {
    podCapacity,
    start: timeline.startSeconds,
    step,
    most: perPoint(demand, width, Math.max),
    least: step === MINUTE_SECONDS ? [] : perPoint(demand, width, Math.min),
    policies: drawn.map((run) => ({
      name: run.name,
      capacity: perPoint(run.ready, width, Math.min).map((pods) =>
        pods === null ? null : fourDigits(pods * podCapacity),
      ),
      missing: missingPods(demand, run, podCapacity, width),
    })),
  };
}

function missingPods(demand: Float64Array, { ready }: PolicyRun, podCapacity: number, width: number): number[] {
  const points = new Map<number, number>();
  for (let i = 0; i < demand.length; i++) {
    const missing = demand[i]! / podCapacity - ready[i]!;
    if (missing > 0) points.set(Math.floor(i / width), Math.max(missing, points.get(Math.floor(i / width)) ?? 0));
  }
  return [...points].flatMap(([point, missing]) => [point, Number(missing.toPrecision(2))]);
}
