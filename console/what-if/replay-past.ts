import { START_COST_SECONDS } from '../../actuator/scaler/policy-backtest.ts';
import type { WorkloadDetail, WorkloadSeries } from '../../addon/console/console-data.ts';
import { DAY_SECONDS, type Samples } from '../../core/series.ts';
import { logNormalStartup } from '../../core/startup.ts';
import { runFigures } from '../../replay/figures.ts';
import { DEFAULT_OBSERVATION } from '../../replay/observation.ts';
import { replay } from '../../replay/replay.ts';
import type { PolicyName, ReplaySettings } from '../../replay/result.ts';
import type { WhatIfAnswer, WhatIfQuestion } from '../api/what-if.ts';
import { annotateCommand } from './annotate-command.ts';

/** What the replay is made of: plain data, as it goes to a thread. */
export interface WhatIfWork {
  readonly key: string;
  readonly podCapacity: number;
  readonly samples: Samples;
  readonly question: WhatIfQuestion;
  /** As it is today. */
  readonly today: Omit<WhatIfAnswer['asked'], 'price' | 'podCapacity'>;
  /** p50 ÷ p90 of the start-up as measured. */
  readonly startupRatio: number;
}

/** An HPA that keeps its pods at so much of what they serve: the usual room for a rise. */
const HPA_TARGET = 0.7;
const HISTORY_SECONDS = DAY_SECONDS;
const LEAST_SECONDS = 2 * DAY_SECONDS;
const POLICIES: readonly PolicyName[] = ['predictive', 'hpa', 'oracle'];
const USUAL_STARTUP_SECONDS = 60;
const USUAL_SLO_PERCENT = 99.99;
const SEED = 1;

/** What is to be replayed; in words why nothing can be. */
export function whatIfWork(
  { row, startup }: WorkloadDetail,
  { metrics }: WorkloadSeries,
  question: WhatIfQuestion,
): WhatIfWork | string {
  const [first] = metrics;
  const { status } = row;
  const podCapacity = status.metrics.find(({ name }) => name === first?.metric)?.podCapacity;
  if (!first?.demand || podCapacity === undefined) return 'what one pod serves, or its demand, is not known yet';
  const samples = samplesOf(first.demand);
  const span = (samples.times.at(-1) ?? 0) - (samples.times[0] ?? 0);
  if (span < LEAST_SECONDS) {
    return `two days of demand have to be recorded before they can be replayed: ${(span / 3600).toFixed(0)} hours are`;
  }
  const { min, max } = status.replicas;
  const { slo } = status.model;
  return {
    key: row.key,
    podCapacity,
    samples,
    question,
    today: {
      sloPercent: Number.isFinite(slo) ? digits(100 * slo) : USUAL_SLO_PERCENT,
      startupSeconds: startup?.p90Seconds ?? USUAL_STARTUP_SECONDS,
      min: Number.isFinite(min) ? min : 1,
      max: Number.isFinite(max) ? max : null,
      startCostSeconds: START_COST_SECONDS,
    },
    startupRatio: startup && startup.p90Seconds > 0 ? Math.min(1, startup.p50Seconds / startup.p90Seconds) : 0.7,
  };
}

/** Replays the policies side by side. Takes seconds of CPU. */
export function replayPast({ key, podCapacity, samples, question, today, startupRatio }: WhatIfWork): WhatIfAnswer {
  const asked = {
    sloPercent: question.sloPercent ?? today.sloPercent,
    startupSeconds: question.startupSeconds ?? today.startupSeconds,
    min: question.min ?? today.min,
    max: question.max ?? today.max,
    startCostSeconds: question.startCostSeconds ?? today.startCostSeconds,
  };
  const startup = logNormalStartup(
    Math.max(0.5, asked.startupSeconds * startupRatio),
    Math.max(0.5, asked.startupSeconds),
  );
  const settings: ReplaySettings = {
    podCapacity,
    unmetTargetBp: (100 - asked.sloPercent) * 100,
    min: asked.min,
    max: Math.max(asked.min, asked.max ?? Number.POSITIVE_INFINITY),
    hpaTarget: HPA_TARGET,
    observation: DEFAULT_OBSERVATION,
    startCostSeconds: asked.startCostSeconds,
    historySeconds: HISTORY_SECONDS,
    seed: SEED,
    policies: POLICIES,
    neural: 'none',
  };
  const { timeline } = replay(samples, startup, settings);
  const price = question.price ?? null;
  const figures = timeline.runs.map((run) => ({ name: run.name, ...runFigures(timeline, run, settings) }));
  const hpaHours = figures.find(({ name }) => name === 'hpa')?.podHours ?? 0;
  return {
    fromSeconds: timeline.startSeconds,
    toSeconds: samples.times.at(-1)!,
    asked: { ...asked, price, podCapacity },
    policies: figures.map(({ name, podHours, unmetBp, starts, underProvisionedMinutes }) => ({
      name,
      podHours,
      servedPercent: 100 - unmetBp / 100,
      starts,
      underProvisionedMinutes,
      savedShare: hpaHours > 0 ? 1 - podHours / hpaHours : null,
      cost: price === null ? null : podHours * price,
    })),
    annotate: annotateCommand(key, question),
    note: `hpa keeps its pods at ${HPA_TARGET * 100} % of what they serve; oracle knows the demand before it comes; the neural model is left out`,
  };
}

/** What was not recorded is left out: a gap is no demand of 0. */
function samplesOf({
  startSeconds,
  stepSeconds,
  values,
}: NonNullable<WorkloadSeries['metrics'][number]['demand']>): Samples {
  const at = Array.from(values.keys()).filter((i) => !Number.isNaN(values[i]));
  return {
    times: Float64Array.from(at, (i) => startSeconds + i * stepSeconds),
    values: Float64Array.from(at, (i) => values[i]!),
  };
}

/** 99.99 and not 99.99000000000001. */
function digits(percent: number): number {
  return Number(percent.toFixed(8));
}
