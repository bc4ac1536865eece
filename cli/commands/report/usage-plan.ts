import type { TimeRange } from '../../../collector/demand/demand-source.ts';
import { RequestTooLarge, type TooMuchAtOnce } from '../../../collector/prometheus/answer.ts';
import {
  queriesOf,
  type UsageBatch,
  type UsageLimits,
  type UsageSubject,
  usageBatches,
} from '../../../collector/prometheus/usage-batches.ts';
import { MINUTE_SECONDS } from '../../../core/series.ts';

/** So many requests to Prometheus are made, whatever the fleet: attempts after a failure and smaller parts included. */
export const MOST_QUERIES = 120;
/** Of these the replays have as many at least. */
export const REPLAY_QUERIES = 30;
/** The bounds are planned to take so many: the rest is for what is too much for the server and is asked for in parts. */
const PLANNED_QUERIES = 60;
/** The step of the bounds, and the coarser ones of a fleet that would take more queries than planned. */
export const FINEST_SECONDS = 5 * MINUTE_SECONDS;
const COARSER_SECONDS = [10, 15, 30, 60].map((minutes) => minutes * MINUTE_SECONDS);

/**
 * What one query of a bound may take. Forty workloads of 14 days at 5 min are 161,000 points and 5 MB; 800 pods of three containers 10 M
 * samples, of the 50 M that Prometheus holds for a query by default.
 */
export const BOUND_LIMITS = { samples: 10e6, points: 170_000 };
/** The same by the minute, where the query holds three rates at a time; a batch is read while the one before it is replayed. */
export const REPLAY_LIMITS = { samples: 5e6, points: 90_000 };
/** A query that the server refuses as too much is planned anew with so much less. */
const SHRINK = 4;

/** The queries of the bounds. */
export interface UsagePlan<Subject extends UsageSubject> {
  /** The range at the step of the bounds: each point is the mean of the step before it. */
  readonly range: TimeRange;
  readonly batches: readonly UsageBatch<Subject>[];
  readonly limits: UsageLimits;
}

/**
 * The finest step by which the workloads take no more queries than planned; of a fleet that takes more at the coarsest step, the queries that
 * are left decide.
 * @param all every workload of the cluster
 */
export function planBounds<Subject extends UsageSubject>(
  subjects: readonly Subject[],
  all: readonly UsageSubject[],
  { startSeconds, endSeconds }: TimeRange,
  limits: UsageLimits,
  mostQueries = PLANNED_QUERIES,
): UsagePlan<Subject> {
  const planAt = (stepSeconds: number): UsagePlan<Subject> => {
    const range = { startSeconds, endSeconds, stepSeconds };
    return { range, batches: usageBatches(subjects, all, range, { seconds: stepSeconds }, limits), limits };
  };
  let plan = planAt(FINEST_SECONDS);
  for (const stepSeconds of COARSER_SECONDS) {
    if (queriesOf(plan.batches, plan.range) <= mostQueries) break;
    plan = planAt(stepSeconds);
  }
  return plan;
}

/** Smaller limits, for a server that refused a query of these. */
export function shrunk({ samples, points, chars }: UsageLimits, refusal: TooMuchAtOnce): UsageLimits {
  return refusal instanceof RequestTooLarge
    ? { samples, points, chars: chars / SHRINK }
    : { samples: samples / SHRINK, points: points / SHRINK, chars };
}
