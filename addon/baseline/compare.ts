import { HOUR_SECONDS, MINUTE_SECONDS, type Series } from '../../core/series.ts';
import { type StartupSpec, startupOf } from '../../core/startup.ts';
import { TICK_SECONDS, TICKS_PER_HOUR } from '../../core/tick.ts';
import type { RanFigures } from '../../core/workload-status.ts';
import { EXACT_GRID, type Grid, toGrid } from '../../replay/clock.ts';
import { effort, service } from '../../replay/figures.ts';
import { simulate, startupSequence } from '../../replay/pods.ts';
import { type HpaRule, hpa } from '../../replay/policies/hpa.ts';
import { sameCapacity } from '../engine/pod-capacity.ts';
import type { LedgerHour } from './ledger-text.ts';

/** With fewer hours to compare, nothing is said: a day is the least that a load repeats. */
export const LEAST_HOURS = 24;
/** An hour of whose demand more is not known is not compared. */
const MOST_UNKNOWN = 0.1;

/** What is to be played: plain data, for another thread. */
export interface BaselineTask {
  /** Demand by minute of the last week, of each metric in its unit; a value at T is the mean of the minute that ends there. */
  readonly demand: readonly Series[];
  /** What one pod serves of each now. */
  readonly podCapacities: readonly number[];
  readonly rule: HpaRule;
  /** Place of the metric that the rule sees; undefined: the need of pods. */
  readonly metric: number | undefined;
  readonly startup: StartupSpec;
  readonly seed: number;
  readonly ledger: readonly LedgerHour[];
}

/** Both over the same hours. */
export interface Compared {
  readonly fromSeconds: number;
  readonly toSeconds: number;
  readonly hours: number;
  readonly own: RanFigures;
  readonly hpa: RanFigures;
}

/** A text: why there is none. */
export type PlayedBaseline = Compared | string;
/** Plays some, in their order. @throws WorldError where it could not */
export type PlayBaselines = (tasks: readonly BaselineTask[]) => Promise<readonly PlayedBaseline[]>;

/** Plays the HPA on the week and compares it with what ran, over the hours that are known of both. @returns words where they are too few */
export function compareWithHpa(task: BaselineTask): Compared | string {
  const need = needOf(task);
  if (need.values.length < 2) return 'no history of its demand is kept yet';
  const grid = gridOf(need);
  const hours = comparable(task, grid);
  if (hours.length < LEAST_HOURS) {
    return `${hours.length} of ${LEAST_HOURS} hours can be compared so far: Prescale acted, the demand was known, and pods were of today's size`;
  }
  const played = play(task, grid, hours);
  return {
    fromSeconds: hours[0]!.hour * HOUR_SECONDS,
    toSeconds: (hours.at(-1)!.hour + 1) * HOUR_SECONDS,
    hours: hours.length,
    own: ranFigures(hours),
    hpa: played,
  };
}

/** Pods' worth of the demand by minute: of the metric that needs most. NaN where one is not known. */
function needOf({ demand, podCapacities }: BaselineTask): Series {
  const startSeconds = Math.max(...demand.map((one) => one.startSeconds));
  const endSeconds = Math.min(...demand.map(({ startSeconds: from, values }) => from + values.length * MINUTE_SECONDS));
  const length = demand.length === 0 ? 0 : Math.max(0, (endSeconds - startSeconds) / MINUTE_SECONDS);
  const values = new Float64Array(length);
  for (const [index, one] of demand.entries()) {
    const from = (startSeconds - one.startSeconds) / MINUTE_SECONDS;
    const capacity = podCapacities[index]!;
    // Math.max keeps a NaN.
    for (let i = 0; i < length; i++) values[i] = Math.max(values[i]!, one.values[from + i]! / capacity);
  }
  return { startSeconds, stepSeconds: MINUTE_SECONDS, values };
}

function gridOf({ startSeconds, values }: Series): Grid {
  const times = Float64Array.from(values, (_, i) => startSeconds + i * MINUTE_SECONDS);
  return toGrid({ times, values }, EXACT_GRID);
}

function firstTick({ hour }: LedgerHour, { startSeconds }: Grid): number {
  return Math.round((hour * HOUR_SECONDS - startSeconds) / TICK_SECONDS);
}

function comparable({ ledger, podCapacities }: BaselineTask, grid: Grid): LedgerHour[] {
  return ledger.filter((one) => {
    const from = firstTick(one, grid);
    if (from < 0 || from + TICKS_PER_HOUR > grid.demand.length) return false;
    if (!sameCapacity(one.podCapacity, podCapacities[0]!)) return false;
    let unknown = 0;
    for (let i = from; i < from + TICKS_PER_HOUR; i++) if (Number.isNaN(grid.demand[i]!)) unknown++;
    return unknown <= MOST_UNKNOWN * TICKS_PER_HOUR;
  });
}

/** The HPA from the beginning of the week on; what it did counts in the compared hours. */
function play(task: BaselineTask, grid: Grid, hours: readonly LedgerHour[]): RanFigures {
  const { demand, metric, rule, startup, seed } = task;
  const observed = metric === undefined ? grid.observed : observedOf(demand[metric]!, grid);
  const { min, max } = rule.bounds;
  const first = grid.demand.find((need) => !Number.isNaN(need)) ?? 0;
  const initial = Math.min(max, Math.max(min, Math.ceil(first)));
  const span = { first: 0, end: grid.demand.length, initial, min, max };
  const run = simulate('hpa', hpa(observed, rule), span, startupSequence(startupOf(startup), seed));
  const ticks = hours.length * TICKS_PER_HOUR;
  const counted = {
    demand: new Float64Array(ticks),
    total: new Int32Array(ticks),
    ready: new Int32Array(ticks),
    started: new Int32Array(ticks),
  };
  for (const [place, hour] of hours.entries()) {
    const from = firstTick(hour, grid);
    const at = place * TICKS_PER_HOUR;
    counted.demand.set(grid.demand.subarray(from, from + TICKS_PER_HOUR), at);
    counted.total.set(run.total.subarray(from, from + TICKS_PER_HOUR), at);
    counted.ready.set(run.ready.subarray(from, from + TICKS_PER_HOUR), at);
    counted.started.set(run.started.subarray(from, from + TICKS_PER_HOUR), at);
  }
  const { podHours, starts } = effort(counted, 0);
  // Demand is in pods' worth, so that one pod serves 1.
  const { unmetBp } = service(counted.demand, counted.ready, 1);
  const hasDemand = counted.demand.some((need) => need > 0);
  return { podHours, servedShare: hasDemand ? 1 - unmetBp / 1e4 : null, starts };
}

/** What the rule sees of one metric, on the ticks of the grid. */
function observedOf(one: Series, grid: Grid): Float64Array {
  const from = Math.round((grid.startSeconds - one.startSeconds) / MINUTE_SECONDS);
  const values = one.values.subarray(from);
  return gridOf({ startSeconds: grid.startSeconds, stepSeconds: MINUTE_SECONDS, values }).observed;
}

function ranFigures(hours: readonly LedgerHour[]): RanFigures {
  let [podHours, asked, unmet, starts] = [0, 0, 0, 0];
  for (const one of hours) {
    // A tenth of an hour's ticks may be missing: its mean stands for them.
    podHours += one.podTicks / one.ticks;
    asked += one.asked;
    unmet += one.unmet;
    starts += one.starts;
  }
  return { podHours, servedShare: asked > 0 ? 1 - unmet / asked : null, starts };
}
