import { podsFor } from '../core/pods.ts';
import { DAY_SECONDS, HOUR_SECONDS } from '../core/series.ts';
import { type PolicyFigures, type PolicyRun, type ReplaySettings, TICK_SECONDS, type Timeline } from './result.ts';

/** Figures of one policy that need no prices; all of them follow from timeline.csv. */
export type RunFigures = Pick<
  PolicyFigures,
  | 'podHours'
  | 'starts'
  | 'startsPerDay'
  | 'objectiveHours'
  | 'unmetBp'
  | 'underProvisionedMinutes'
  | 'largestShortage'
  | 'saturationP95'
  | 'saturationP99'
  | 'scaleUps'
  | 'scaleDowns'
  | 'leadTimeSeconds'
>;

/** How good the forecast for t + lead was; null where there was nothing to compare. */
export interface ForecastAccuracy {
  readonly wape: number | null;
  readonly wql: number | null;
  readonly coverage95: number | null;
}

/** @param run arrays as long as `demand`. */
export function runFigures({ demand }: Pick<Timeline, 'demand'>, run: PolicyRun, settings: ReplaySettings): RunFigures {
  const { podCapacity } = settings;
  const starting = startingPods(demand[0] ?? Number.NaN, settings);
  return {
    ...effort(run, settings.startCostSeconds),
    ...service(demand, run.ready, podCapacity),
    ...saturation(demand, run.ready, podCapacity),
    ...scaleCounts(run.total, starting),
    leadTimeSeconds: medianLeadTimeSeconds(demand, run.ready, podCapacity),
  };
}

/** Pods that exist before the first tick: what the first demand needs, within the bounds; `min` if it is no data. */
export function startingPods(firstDemand: number, settings: ReplaySettings): number {
  const need = podsFor(firstDemand, settings.podCapacity);
  return Math.min(Math.max(settings.min, need), settings.max);
}

/** Pods and starts of a run, and both as the one number that policies are compared by. */
export function effort(run: Pick<PolicyRun, 'total' | 'started'>, startCostSeconds: number) {
  const podHours = (sum(run.total) * TICK_SECONDS) / HOUR_SECONDS;
  const starts = sum(run.started);
  return {
    podHours,
    starts,
    startsPerDay: run.total.length === 0 ? 0 : starts / ((run.total.length * TICK_SECONDS) / DAY_SECONDS),
    objectiveHours: podHours + (starts * startCostSeconds) / HOUR_SECONDS,
  };
}

/** Demand that found no Ready pod, over ticks with data. @param ready pods, a value a tick of `demand`. */
export function service(demand: Float64Array, ready: Int32Array, podCapacity: number) {
  let asked = 0;
  let failed = 0;
  let violations = 0;
  let largest = 0;
  for (let i = 0; i < demand.length; i++) {
    const d = demand[i]!;
    if (Number.isNaN(d)) continue;
    const capacity = ready[i]! * podCapacity;
    asked += d;
    if (d > capacity) {
      failed += d - capacity;
      violations++;
      largest = Math.max(largest, d / podCapacity - ready[i]!);
    }
  }
  return {
    unmetBp: asked === 0 ? 0 : (failed / asked) * 1e4,
    underProvisionedMinutes: (violations * TICK_SECONDS) / 60,
    largestShortage: largest,
  };
}

/** Quantiles (the smallest value that so many of the ticks with data don't exceed) of demand ÷ Ready capacity. */
function saturation(demand: Float64Array, ready: Int32Array, podCapacity: number) {
  const values = new Float64Array(demand.length);
  let count = 0;
  for (let i = 0; i < demand.length; i++) {
    const d = demand[i]!;
    if (!Number.isNaN(d)) values[count++] = d === 0 ? 0 : d / (ready[i]! * podCapacity);
  }
  const sorted = values.subarray(0, count).sort();
  const quantile = (percent: number) => {
    const value = sorted[Math.ceil((count * percent) / 100) - 1] ?? Number.NaN;
    return Number.isFinite(value) ? value : null;
  };
  return { saturationP95: quantile(95), saturationP99: quantile(99) };
}

function scaleCounts(total: Int32Array, starting: number) {
  let scaleUps = 0;
  let scaleDowns = 0;
  let before = starting;
  for (const pods of total) {
    if (pods > before) scaleUps++;
    else if (pods < before) scaleDowns++;
    before = pods;
  }
  return { scaleUps, scaleDowns };
}

/**
 * The median, over every rank r and every run of ticks with ready ≥ r that begins at a tick a ≥ 1, of how long before
 * its demand the r-th pod was Ready: (first tick of the run with need ≥ r) − a, or, when the demand was there already,
 * minus the time that it had waited. A run that is never needed doesn't count; what is Ready at tick 0 began before
 * the span. Costs the sum of all changes of `ready` and of the need, not ranks × ticks.
 */
function medianLeadTimeSeconds(demand: Float64Array, ready: Int32Array, podCapacity: number): number | null {
  const ranks = ready.reduce((a, b) => Math.max(a, b), 0);
  const needAt = (i: number) => Math.min(podsFor(demand[i]!, podCapacity), ranks);
  /** By rank: since which tick it is needed, since which tick it is not Ready, at which tick a Ready run still waits. */
  const neededSince = new Int32Array(ranks + 1);
  const unreadySince = new Int32Array(ranks + 1);
  const waitingSince = new Int32Array(ranks + 1).fill(-1);
  const leads: number[] = [];
  let need = demand.length > 0 ? needAt(0) : 0;
  for (let i = 1; i < demand.length; i++) {
    const needBefore = need;
    const before = ready[i - 1]!;
    const now = ready[i]!;
    need = needAt(i);
    for (let r = needBefore + 1; r <= need; r++) neededSince[r] = i;
    for (let r = now + 1; r <= before; r++) {
      unreadySince[r] = i;
      waitingSince[r] = -1;
    }
    for (let r = before + 1; r <= now; r++) {
      if (r <= need) leads.push(Math.max(neededSince[r]!, unreadySince[r]!) - i);
      else waitingSince[r] = i;
    }
    for (let r = needBefore + 1; r <= Math.min(need, now); r++) {
      if (waitingSince[r]! >= 0) leads.push(i - waitingSince[r]!);
      waitingSince[r] = -1;
    }
  }
  const ticks = median(leads);
  return ticks === null ? null : ticks * TICK_SECONDS;
}

/** The mean of the two middle values where their number is even; null of nothing. */
function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** forecastP50[i] and forecastUpper[i] against demand[i + lead], wherever both are finite. */
export function forecastAccuracy(timeline: Timeline, leadTimeSeconds: number): ForecastAccuracy {
  const ahead = Math.round(leadTimeSeconds / TICK_SECONDS);
  const median = levelScore(timeline.demand, timeline.forecastP50, ahead, 0.5);
  const upper = levelScore(timeline.demand, timeline.forecastUpper, ahead, 0.95);
  return {
    wape: ratio(median.absoluteError, median.asked),
    wql:
      median.asked > 0 && upper.asked > 0
        ? ((2 * median.pinball) / median.asked + (2 * upper.pinball) / upper.asked) / 2
        : null,
    coverage95: ratio(upper.covered, upper.pairs),
  };
}

function levelScore(demand: Float64Array, forecast: Float64Array, ahead: number, level: number) {
  let pairs = 0;
  let asked = 0;
  let absoluteError = 0;
  let pinball = 0;
  let covered = 0;
  for (let i = 0; i + ahead < demand.length; i++) {
    const y = demand[i + ahead]!;
    const q = forecast[i]!;
    if (!Number.isFinite(y) || !Number.isFinite(q)) continue;
    pairs++;
    asked += Math.abs(y);
    absoluteError += Math.abs(y - q);
    pinball += Math.max(level * (y - q), (level - 1) * (y - q));
    if (y <= q) covered++;
  }
  return { pairs, asked, absoluteError, pinball, covered };
}

/** For the rank 1…peak pod: the hours a day during which at least that many pods existed; never increasing. */
export function hoursPerDayByRank(total: Int32Array): number[] {
  const peak = total.reduce((a, b) => Math.max(a, b), 0);
  const ticksWith = new Float64Array(peak + 1);
  for (const pods of total) ticksWith[pods]!++;
  const hours: number[] = new Array(peak);
  let ticks = 0;
  for (let rank = peak; rank >= 1; rank--) {
    ticks += ticksWith[rank]!;
    hours[rank - 1] = (ticks / total.length) * 24;
  }
  return hours;
}

/** Share of the replayed ticks without demand data. */
export function noDataFraction(demand: Float64Array): number {
  let missing = 0;
  for (const d of demand) if (Number.isNaN(d)) missing++;
  return demand.length === 0 ? 0 : missing / demand.length;
}

function sum(values: Int32Array): number {
  let all = 0;
  for (const v of values) all += v;
  return all;
}

function ratio(a: number, b: number): number | null {
  return b > 0 ? a / b : null;
}
