import { LEVELS } from '../core/forecast.ts';
import { normalQuantile, seededRandom } from '../core/random.ts';
import { DAY_SECONDS, HOUR_SECONDS, MINUTE_SECONDS } from '../core/series.ts';
import { DEFAULT_OBSERVATION } from '../replay/observation.ts';
import { type PolicyName, type PolicyRun, type ReplayResult, TICK_SECONDS, type Timeline } from '../replay/result.ts';

/** What a made-up replay looks like. */
export interface SyntheticOptions {
  readonly days: number;
  readonly historyDays: number;
  readonly peakPods: number;
  readonly seed: number;
  readonly policies: readonly PolicyName[];
}

export const SYNTHETIC: SyntheticOptions = {
  days: 7,
  historyDays: 7,
  peakPods: 20,
  seed: 1,
  policies: ['predictive', 'hpa', 'hpa-tuned', 'cron', 'fixed-max', 'fixed', 'oracle'],
};

const CAPACITY = 100;
/** 2026-03-02, a Monday. */
const START = 1_772_409_600;
const LEAD_TIME_TICKS = 5;

/**
 * A replay result that looks like one, made without the simulator: a day and a week in the load, noise, a spike and an
 * hour without data; policies that follow it more or less well. For pictures and for checks of arithmetic.
 */
export function syntheticReplay(options: Partial<SyntheticOptions> = {}): ReplayResult {
  const o = { ...SYNTHETIC, ...options };
  const load = demandOf(o);
  const ticks = (o.days * DAY_SECONDS) / TICK_SECONDS + 1;
  const demand = Float64Array.from({ length: ticks }, (_, i) => load(START + i * TICK_SECONDS));
  const observed = demand.map((_, i) => demand[Math.max(0, i - 3)]!);
  const ahead = demand.map((_, i) => demand[Math.min(ticks - 1, i + LEAD_TIME_TICKS)]!);
  const timeline: Timeline = {
    startSeconds: START,
    demand,
    observed,
    forecastP50: ahead.map((d, i) => d * (1 + 0.03 * Math.sin(i / 50))),
    forecastUpper: ahead.map((d, i) => d * (1.08 + 0.03 * Math.sin(i / 70))),
    runs: o.policies.map((name) => runOf(name, demand, observed, ahead, o.peakPods)),
  };
  return {
    settings: {
      podCapacity: CAPACITY,
      unmetTargetBp: 1,
      min: 1,
      max: Number.POSITIVE_INFINITY,
      hpaTarget: 0.7,
      observation: DEFAULT_OBSERVATION,
      startCostSeconds: 300,
      historySeconds: o.historyDays * DAY_SECONDS,
      seed: o.seed,
      policies: o.policies,
      ...(o.policies.includes('fixed') ? { fixed: o.peakPods - 4 } : {}),
    },
    timeline,
    leadTimeSeconds: LEAD_TIME_TICKS * TICK_SECONDS,
    dayAhead: fan(load),
    trace: history(load, o),
    startup: { p50Seconds: 9, p90Seconds: 20, p99Seconds: 39 },
    reasons: {
      'forecast: scale up': 812,
      'forecast: scale down': 790,
      hold: ticks - 1700,
      'reactive floor': 90,
      'no-data': 8,
    },
  };
}

function demandOf({ peakPods, seed }: SyntheticOptions): (t: number) => number {
  const noise = new Map<number, number>();
  const random = seededRandom(seed);
  return (t) => {
    const day = (t - START) / DAY_SECONDS;
    if (day > 2.5 && day < 2.5417) return Number.NaN;
    const wave = 0.55 - 0.45 * Math.cos(2 * Math.PI * (day - 0.12)) + 0.12 * Math.sin(4 * Math.PI * day);
    const weekday = ((Math.floor(day) % 7) + 7) % 7;
    const spike = day > 4.6 && day < 4.63 ? 0.35 : 0;
    const minute = Math.floor(t / MINUTE_SECONDS);
    if (!noise.has(minute)) noise.set(minute, 1 + 0.03 * normalQuantile(random()));
    const level = (wave * (weekday >= 5 ? 0.6 : 1) + spike) * (noise.get(minute) ?? 1);
    return Math.max(0, level) * 0.85 * CAPACITY * peakPods;
  };
}

function runOf(name: PolicyName, demand: Float64Array, observed: Float64Array, ahead: Float64Array, peak: number) {
  const need = (load: number, target: number) => Math.max(1, Math.ceil(load / (CAPACITY * target)));
  const wanted: Record<PolicyName, (i: number) => number> = {
    predictive: (i) => need(Math.max(ahead[i]!, demand[i]!), 0.96),
    hpa: (i) => need(observed[i]!, 0.7),
    'hpa-tuned': (i) => need(observed[i]!, 0.85),
    cron: (i) => need(Math.max(...demand.subarray(i, i + 240).filter((d) => d >= 0)), 0.9),
    'fixed-max': () => peak,
    fixed: () => peak - 4,
    oracle: (i) => need(Math.max(ahead[i]!, demand[i]!), 1),
  };
  const target = name === 'hpa' ? 0.7 : name === 'hpa-tuned' ? 0.85 : undefined;
  return follow(name, demand.length, wanted[name], target);
}

/** Scales up at once, down after five minutes; a pod is Ready a tick after it is created. */
function follow(name: PolicyName, ticks: number, wanted: (i: number) => number, target?: number): PolicyRun {
  const desired = new Int32Array(ticks);
  const total = new Int32Array(ticks);
  const ready = new Int32Array(ticks);
  const started = new Int32Array(ticks);
  let lowerSince = 0;
  for (let i = 0; i < ticks; i++) {
    const before = i === 0 ? 1 : total[i - 1]!;
    const want = wanted(i);
    if (!(want < before)) lowerSince = i;
    const pods = Number.isNaN(want) ? before : want >= before || i - lowerSince >= 8 ? want : before;
    desired[i] = pods;
    total[i] = pods;
    started[i] = i === 0 ? 0 : Math.max(0, pods - before);
    ready[i] = i === 0 ? pods : Math.min(before, pods);
  }
  return { name, desired, total, ready, started, ...(target === undefined ? {} : { target, windowSeconds: 300 }) };
}

function fan(load: (t: number) => number): ReplayResult['dayAhead'] {
  const minutes = DAY_SECONDS / MINUTE_SECONDS;
  const values = LEVELS.map((level) =>
    Float64Array.from({ length: minutes }, (_, h) => {
      const hour = h / 60;
      const centre = load(START + 3 * HOUR_SECONDS) + 1_900 * Math.exp(-(((hour - 14.5) / 4.6) ** 2));
      return centre * (1 + 0.06 * normalQuantile(level));
    }),
  );
  return {
    levels: [...LEVELS],
    values,
    originSeconds: START,
    stepSeconds: MINUTE_SECONDS,
    model: 'seasonal-naive',
    why: 'a season of 7 days, 3 % residual',
    periodicity: {
      periods: [
        { seconds: DAY_SECONDS, strength: 0.83 },
        { seconds: 7 * DAY_SECONDS, strength: 0.11 },
      ],
      reason: 'autocorrelation 0.91 at 1 day',
    },
  };
}

function history(load: (t: number) => number, { historyDays, days }: SyntheticOptions): ReplayResult['trace'] {
  const startSeconds = START - historyDays * DAY_SECONDS;
  const length = ((historyDays + days) * DAY_SECONDS) / MINUTE_SECONDS;
  const values = Float64Array.from({ length }, (_, i) => load(startSeconds + i * MINUTE_SECONDS));
  return { startSeconds, stepSeconds: MINUTE_SECONDS, values };
}
