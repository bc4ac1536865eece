import type { WhatIfBase, WorkloadDetail, WorkloadSeries } from '../../addon/console/console-data.ts';
import { InputError, WorldError } from '../../core/errors.ts';
import type { WorkloadPolicy } from '../../core/policy/policy.ts';
import { DAY_SECONDS, type Samples } from '../../core/series.ts';
import { sloDigits } from '../../core/slo.ts';
import type { WhatIfAnswer, WhatIfQuestion } from '../api/what-if.ts';
import { annotateCommand } from './annotate-command.ts';

/** A metric of the workload. */
export interface MetricPlace {
  /** In the order of the policy. */
  readonly index: number;
  readonly name: string;
}

/** What is to be replayed, without the demand: plain data that survives JSON, as it goes to a thread or into a job. */
export interface WhatIfTask {
  readonly key: string;
  readonly podCapacity: number;
  /** Whose demand is replayed. */
  readonly metric: MetricPlace;
  /** Whose demand the HPA sees; null: the same. */
  readonly hpaMetric: MetricPlace | null;
  readonly hpa: WhatIfBase['hpa'];
  readonly asked: WhatIfAnswer['asked'];
  readonly leastStabilizationTicks: number | null;
  /** p50 ÷ p90 of the start-up as measured. */
  readonly startupRatio: number;
  readonly leftOut: WhatIfAnswer['leftOut'];
  readonly annotate: string | null;
}

/** With the demand. */
export interface WhatIfWork {
  readonly task: WhatIfTask;
  readonly samples: Samples;
  /** Of the metric that the HPA sees; null: the same. */
  readonly hpaSamples: Samples | null;
}

/** The first day is history; another is replayed at least. */
export const HISTORY_SECONDS = DAY_SECONDS;
const LEAST_SECONDS = 2 * DAY_SECONDS;
const USUAL_STARTUP_SECONDS = 60;
const USUAL_STARTUP_RATIO = 0.7;

/** @param base undefined: something that it asks for is wrong. @throws WorldError, InputError in words why nothing can be replayed */
export function whatIfTask(
  { row, startup }: WorkloadDetail,
  base: WhatIfBase | undefined,
  metricName: string | undefined,
  question: WhatIfQuestion,
): WhatIfTask {
  const { status } = row;
  if (!base)
    throw new WorldError('its annotations are wrong: mend them first (Conditions and Events say what is wrong)');
  const { policy, hpa, leastStabilizationTicks } = base;
  const index = status.metrics.findIndex(({ name }) => name === metricName);
  const podCapacity = status.metrics[index]?.podCapacity;
  if (metricName === undefined || podCapacity === undefined)
    throw new WorldError('what one pod serves, or its demand, is not known yet');
  const seen = hpa.metric === undefined || hpa.metric === index ? undefined : status.metrics[hpa.metric];
  const isMeasured = startup !== null && startup.p90Seconds > 0;
  return {
    key: row.key,
    podCapacity,
    metric: { index, name: metricName },
    hpaMetric: seen ? { index: hpa.metric!, name: seen.name } : null,
    hpa,
    asked: askedOf(question, base, podCapacity, isMeasured ? startup.p90Seconds : USUAL_STARTUP_SECONDS),
    leastStabilizationTicks,
    startupRatio: isMeasured ? Math.min(1, startup.p50Seconds / startup.p90Seconds) : USUAL_STARTUP_RATIO,
    leftOut: leftOutOf(policy),
    annotate: annotateCommand(status.ref, policy, question),
  };
}

/** @throws InputError for what no annotation could ask for */
function askedOf(
  question: WhatIfQuestion,
  { policy, mostReplicas, startCostSeconds }: WhatIfBase,
  podCapacity: number,
  startupSeconds: number,
): WhatIfAnswer['asked'] {
  const { minReplicas, maxReplicas, unmetTargetBp } = policy;
  const asked = {
    sloPercent: question.sloPercent ?? Number(sloDigits(unmetTargetBp)),
    startupSeconds: question.startupSeconds ?? startupSeconds,
    min: question.min ?? minReplicas,
    max: question.max ?? maxReplicas,
    startCostSeconds: question.startCostSeconds ?? startCostSeconds,
    price: question.price ?? null,
    podCapacity,
  };
  const { min, max } = asked;
  if (max > mostReplicas)
    throw new InputError(`max: found ${max}; expected at most ${mostReplicas}, the administrator's cap`);
  if (min > max) throw new InputError(`min: found ${min}; expected at most the maximum, which is ${max}`);
  const isPodsOwn = policy.metrics.every(({ metric }) => metric.kind === 'resource');
  if (min === 0 && (isPodsOwn || policy.takeOverHpa !== undefined))
    throw new InputError(
      'min: found 0; expected at least 1, as nothing that is measured without pods would bring it back',
    );
  return asked;
}

function leftOutOf({ metrics, bounds, calendarNames }: WorkloadPolicy): WhatIfAnswer['leftOut'] {
  return [
    'neural',
    ...(metrics.length > 1 ? (['metrics'] as const) : []),
    ...(bounds.length > 0 ? (['bounds'] as const) : []),
    ...(calendarNames ? (['calendar'] as const) : []),
  ];
}

/** The task with what was recorded. @throws WorldError where that is not enough */
export function whatIfWork(task: WhatIfTask, demandOf: (place: MetricPlace) => Demand | null | undefined): WhatIfWork {
  const samples = samplesOf(task.metric, demandOf);
  const span = (samples.times.at(-1) ?? 0) - (samples.times[0] ?? 0);
  if (span < LEAST_SECONDS) {
    const hours = (span / 3600).toFixed(0);
    throw new WorldError(`two days of demand have to be recorded before they can be replayed: ${hours} hours are`);
  }
  return { task, samples, hpaSamples: task.hpaMetric && samplesOf(task.hpaMetric, demandOf) };
}

type Demand = Pick<NonNullable<WorkloadSeries['metrics'][number]['demand']>, 'startSeconds' | 'stepSeconds'> & {
  readonly values: Float32Array | Float64Array;
};

/** What was not recorded is left out: a gap is no demand of 0. */
function samplesOf(place: MetricPlace, demandOf: (place: MetricPlace) => Demand | null | undefined): Samples {
  const demand = demandOf(place);
  if (!demand) throw new WorldError(`no demand of ${place.name} is recorded yet`);
  const { startSeconds, stepSeconds, values } = demand;
  const at = Array.from(values.keys()).filter((i) => !Number.isNaN(values[i]));
  return {
    times: Float64Array.from(at, (i) => startSeconds + i * stepSeconds),
    values: Float64Array.from(at, (i) => values[i]!),
  };
}
