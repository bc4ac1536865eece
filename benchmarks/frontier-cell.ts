import { readTrace } from '../collector/trace/read-trace.io.ts';
import { cheapestAtService } from '../core/equal-service.ts';
import { DAY_SECONDS, type Samples } from '../core/series.ts';
import { eciStartup, logNormalStartup, type StartupLatency } from '../core/startup.ts';
import { TICK_SECONDS } from '../core/tick.ts';
import { toGrid } from '../replay/clock.ts';
import { effort, service } from '../replay/figures.ts';
import { DEFAULT_OBSERVATION } from '../replay/observation.ts';
import { oracle } from '../replay/policies/oracle.ts';
import { type TunedHpa, tunedHpas } from '../replay/policies/tuned-hpa.ts';
import { replay } from '../replay/replay.ts';
import type { PolicyName, ReplaySettings, Timeline } from '../replay/result.ts';
import { Stage } from '../replay/stage.ts';
import { foresight } from './foresight.ts';
import { type DemandKind, generatedDemand } from './generated-demand.ts';
import { OBSERVATIONS, type ObservationName } from './observations.ts';

export const HISTORY_DAYS = 7;
const QUICK_DAYS = 14;
const PEAK_PODS = 20;
/** What a start counts as in every cell, the default of `prescale replay`. */
export const START_COST_SECONDS = 300;
/** What the SLO of every cell leaves unmet, basis points. */
export const UNMET_TARGET_BP = 1;

/** The start-up profiles of the benchmark. */
export const STARTUPS: Readonly<Record<string, () => StartupLatency>> = {
  eci: eciStartup,
  'p50=90s,p90=180s': () => logNormalStartup(90, 180),
};

/** One trace under one start-up profile. */
export interface FrontierJob {
  /** A trace file, or a generated load. */
  readonly source: { readonly file: string } | { readonly kind: DemandKind; readonly seed: number };
  readonly trace: string;
  readonly startup: string;
  readonly quick: boolean;
  /** Without it `predictive` has its regressions only. */
  readonly neural: boolean;
  readonly observation: ObservationName;
  /** The plan is told the true peaks: see `foresight`. */
  readonly foresight: boolean;
}

/** What a rule cost and left unserved. */
export interface Outcome {
  /** Objective (pod-hours + starts × start cost) ÷ the oracle's. */
  readonly ratio: number;
  readonly unmetBp: number;
  readonly startsPerDay: number;
}

/** An HPA of the grid; its target is a fraction, its cost the objective in hours. */
export interface HpaOutcome extends Outcome, TunedHpa {}

export interface FrontierCell {
  readonly job: FrontierJob;
  /** Replayed days, and the seconds that the cell took to compute. */
  readonly days: number;
  readonly seconds: number;
  readonly predictive: Outcome;
  /** The best HPA in hindsight for the SLO, and the one of service equal to `predictive`. */
  readonly tuned: HpaOutcome;
  readonly comparator: HpaOutcome;
}

/** Replays one cell: the oracle and `predictive` once, the HPA once for each target and window of the grid. */
export async function frontierCell(job: FrontierJob): Promise<FrontierCell> {
  const began = performance.now();
  const samples = cut(await samplesOf(job), job.quick);
  const settings: ReplaySettings = {
    ...settingsFor(samples, job.neural),
    observation: OBSERVATIONS[job.observation],
  };
  const startup = STARTUPS[job.startup]!();
  const grid = toGrid(samples, settings);
  const stage = new Stage(grid, startup, settings);
  const timeline = job.foresight ? foreseen(stage, startup) : replay(samples, startup, settings).timeline;
  const oracleHours = figuresOf('oracle', timeline, settings).objectiveHours;
  const outcome = (figures: { objectiveHours: number; unmetBp: number; startsPerDay: number }): Outcome => ({
    ratio: figures.objectiveHours / oracleHours,
    unmetBp: figures.unmetBp,
    startsPerDay: figures.startsPerDay,
  });
  const hpas = tunedHpas(stage).map((tuned): HpaOutcome => ({ ...tuned, ratio: tuned.cost / oracleHours }));
  const predictive = outcome(figuresOf('predictive', timeline, settings));
  return {
    job,
    days: (timeline.demand.length * TICK_SECONDS) / DAY_SECONDS,
    seconds: (performance.now() - began) / 1_000,
    predictive,
    tuned: cheapestAtService(hpas, UNMET_TARGET_BP),
    comparator: cheapestAtService(hpas, predictive.unmetBp),
  };
}

async function samplesOf({ source }: FrontierJob): Promise<Samples> {
  return 'file' in source ? (await readTrace(source.file)).samples : generatedDemand(source.kind, source.seed);
}

type Played = Pick<Timeline, 'demand' | 'runs'>;

/** The runs of a replay, `predictive` by foresight. */
function foreseen(stage: Stage, startup: StartupLatency): Played {
  const { grid, span, settings, startups, demand } = stage;
  const { podCapacity, startCostSeconds } = settings;
  const best = oracle(grid.demand, span.end, podCapacity, startups, startCostSeconds);
  return { demand, runs: [stage.play('oracle', best), stage.play('predictive', foresight(stage, startup))] };
}

function figuresOf(name: PolicyName, { demand, runs }: Played, { startCostSeconds, podCapacity }: ReplaySettings) {
  const run = runs.find((one) => one.name === name)!;
  return { ...effort(run, startCostSeconds), ...service(demand, run.ready, podCapacity) };
}

/** The whole trace, or its history and a fortnight. */
function cut(samples: Samples, quick: boolean): Samples {
  return quick ? firstDays(samples, HISTORY_DAYS + QUICK_DAYS) : samples;
}

export function firstDays({ times, values }: Samples, days: number): Samples {
  const kept = times.filter((time) => time <= times[0]! + days * DAY_SECONDS).length;
  return { times: times.slice(0, kept), values: values.slice(0, kept) };
}

/** Of every cell: peaks of 20 pods in a week of history, the defaults of `prescale replay` otherwise. */
export function settingsFor(
  { times, values }: Samples,
  neural: boolean,
  policies: readonly PolicyName[] = ['predictive', 'oracle'],
): ReplaySettings {
  const historySeconds = HISTORY_DAYS * DAY_SECONDS;
  let peak = 0;
  for (let i = 0; times[i]! < times[0]! + historySeconds; i++) peak = Math.max(peak, values[i]!);
  return {
    podCapacity: peak / PEAK_PODS,
    unmetTargetBp: UNMET_TARGET_BP,
    min: 1,
    max: Number.POSITIVE_INFINITY,
    hpaTarget: 0.7,
    observation: DEFAULT_OBSERVATION,
    startCostSeconds: START_COST_SECONDS,
    historySeconds,
    seed: 1,
    policies,
    ...(neural ? {} : { neural: 'none' }),
  };
}
