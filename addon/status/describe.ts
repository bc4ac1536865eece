import { KEPT_TICKS } from '../../actuator/scaler/plan.ts';
import type { Reason } from '../../core/decision.ts';
import { TICK_SECONDS } from '../../core/tick.ts';
import type { MetricStatus, WorkloadStatus } from '../../core/workload-status.ts';
import { durationWords, loadWords, replicaWords, shareWords, timeWords } from './quantity-text.ts';

/** What one metric's numbers came to; undefined: not known. */
export interface Need {
  readonly metric: MetricStatus;
  /** Expected peak with its margin. */
  readonly forecast: number | undefined;
  /** The reactive floor. */
  readonly floor: number | undefined;
  /** The larger of both. */
  readonly capacity: number | undefined;
  readonly pods: number | undefined;
}

/** The need of one metric as the plan found it, before spares, stabilization and bounds. */
export function needOf(metric: MetricStatus): Need {
  const { forecast, floor, pods } = metric.need ?? {};
  return { metric, forecast, floor, capacity: largest(forecast, floor), pods };
}

/** The metric with the largest need decides; undefined where there is none. */
export function decidingNeed(status: WorkloadStatus): Need | undefined {
  let most: Need | undefined;
  for (const metric of status.metrics) {
    const need = needOf(metric);
    if (most === undefined || (need.pods ?? -1) > (most.pods ?? -1)) most = need;
  }
  return most;
}

function largest(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.max(a, b);
}

/** `6 → 9: 840 req/s expected at 09:03 UTC, pods need 21 s`: the text of an Event, and a line of explain. */
export function describeChange(status: WorkloadStatus, from: number, to: number): string {
  return changeWords(from, to, describeReason(status));
}

/** @param why the words of the rule that decided */
export function changeWords(from: number, to: number, why: string): string {
  return `${from} → ${to}: ${why}`;
}

/** What another writer did, and what comes of it by the rule of actuator/guards/external-changes.ts: the text of an Event. */
export function describeExternal(from: number, to: number): string {
  const what = `${from} → ${to} by another writer`;
  if (to === 0) return `${what}: switched off until somebody sets another number`;
  if (to > from) return `${what}: nothing is taken away from that for 10 min`;
  return `${what}: for 10 min only what the load needs now is added, nothing by forecast`;
}

/** Why so many: the words of the rule that decided. */
export function describeReason(status: WorkloadStatus): string {
  const reason = status.reasons.at(-1);
  return reason === undefined ? 'nothing was decided yet' : REASON_WORDS[reason](status);
}

const KEPT_SECONDS = KEPT_TICKS * TICK_SECONDS;
const NOTHING_TAKEN = 'nothing is taken away';

/** Whether the Ready pods serve the estimated demand. */
function isServed(status: WorkloadStatus): boolean {
  const { demandEstimate, podCapacity } = decidingNeed(status)?.metric ?? {};
  return (
    demandEstimate !== undefined && podCapacity !== undefined && demandEstimate <= status.replicas.ready * podCapacity
  );
}

/** The words of every rule. A new Reason without words does not compile. */
const REASON_WORDS: Readonly<Record<Reason, (status: WorkloadStatus) => string>> = {
  forecast: expectedWords,
  headroom: (status) => `${observedWords(status)}, kept with ${shareWords(status.model.headroom ?? 0)} headroom`,
  reactive: (status) => {
    const { reactiveTarget, kind } = status.model;
    const at = reactiveTarget === undefined ? '' : ` at a target of ${shareWords(reactiveTarget)}`;
    const why = kind === 'learning' ? "the HPA's rule until a day is learned" : 'prediction does not pay here';
    return `${observedWords(status)}${at}; ${why}`;
  },
  'forecast-expired': (status) => `the forecast is too old to be used; ${observedWords(status)}`,
  'catch-up': (status) => {
    const { ready, current } = status.replicas;
    // The rule goes on for a minute after the demand found its pods.
    if (isServed(status))
      return `${observedWords(status)}, a rise that is carried on for a minute after pods were too few`;
    return `${observedWords(status)}, more than ${replicaWords(ready)} serve (Ready of ${current}): spare pods start too`;
  },
  'need-limit': (status) =>
    `${neededWords(status)}, more than 1.3 times what the last ten minutes needed or, of what is only expected, 1.1 times the most ever seen: bounded`,
  'unusually-low': (status) => `${observedWords(status)}, far below all this time of day saw: nothing is taken away`,
  'needed-again': (status) =>
    `${replicaWords(status.replicas.wanted)} kept: expected to be needed again within ${durationWords(KEPT_SECONDS)}; ${neededWords(status)}`,
  stabilization: ({ model, replicas }) => {
    const window = `the last ${durationWords(Math.max(KEPT_SECONDS, model.stabilizationSeconds ?? 0))}`;
    if (replicas.wanted < replicas.current)
      return `no more than ${replicaWords(replicas.wanted)} needed within ${window}`;
    return `${replicaWords(replicas.wanted)} kept: as many were needed within ${window}`;
  },
  min: (status) => `never under the minimum of ${status.replicas.min}; ${neededWords(status)}`,
  max: (status) => `never over the maximum of ${status.replicas.max}; ${neededWords(status)}`,
  'no-data': (status) => `no data, nothing changes${missingWords(status)}`,
  'clock-jump': () => `the clock jumped, or is not that of the metrics' server: ${NOTHING_TAKEN}`,
  'data-gap': () => `data came back after a gap: ${NOTHING_TAKEN} until five minutes are whole`,
  'metric-missing': (status) => `${missingWhat(status)}: ${NOTHING_TAKEN}${missingWords(status)}`,
  'frozen-metric': (status) =>
    `${observedWords(status)}, the same to the last digit for a minute, as if it was not measured anew: ${NOTHING_TAKEN}`,
  saturated: (status) => `${observedWords(status)}, but the pods are saturated and hide the demand: ${NOTHING_TAKEN}`,
  'false-zero': ({ replicas }) =>
    `the load broke off while ${replicaWords(replicas.ready)} are Ready, as if its measurement failed: ${NOTHING_TAKEN} for 15 min, and for an hour in all where it breaks off again`,
  'warming-up': () =>
    `this replica has just begun to act and does not know yet what was done before it: ${NOTHING_TAKEN} meanwhile`,
  reversals: () => `up and down too often within the hour: ${NOTHING_TAKEN}`,
  'step-limit': (status) => `more than history ever needed, so step by step; ${neededWords(status)}`,
  'not-created': (status) => `${blockedWords(status) ?? 'pods that were asked for are not created'}: no more are added`,
  'never-ready': (status) => {
    const { ready, current } = status.replicas;
    return `${blockedWords(status) ?? `new pods don't become Ready (${ready} of ${current} are)`}: no more are added`;
  },
  'external-change': ({ replicas }) =>
    `another writer set the replicas, ${replicaWords(replicas.current)} now: respected for 10 min as far as the load allows`,
  'last-pod': () => 'the metric comes from the pods, so the last one stays',
  cap: (status) => `never over the administrator's cap; ${neededWords(status)}`,
  'switched-off': () => 'another writer set the replicas to 0: off until somebody sets another number',
  conflict: () => 'another writer puts its own number back again and again: left to it, tried again ever more rarely',
  paused: (status) => `paused by annotation; ${neededWords(status)}`,
  'fleet-breaker': () => 'too many workloads would lose over half of their pods at once: all removals wait',
};

function missingWhat({ metrics }: WorkloadStatus): string {
  return metrics.some(({ missing }) => missing !== undefined)
    ? 'a metric has no value'
    : 'some pods have no measurement';
}

function missingWords({ metrics }: WorkloadStatus): string {
  const missing = metrics.filter((metric) => metric.missing !== undefined);
  return missing.length === 0 ? '' : ` (${missing.map(({ name, missing }) => `${name}: ${missing}`).join('; ')})`;
}

/** Kubernetes' own words for pods that can't be, as the condition has them. */
function blockedWords({ conditions }: WorkloadStatus): string | undefined {
  return conditions.find(({ type, status }) => type === 'ReplicaFailure' && status)?.message;
}

function expectedWords(status: WorkloadStatus): string {
  const need = decidingNeed(status);
  const { seconds } = status.leadTime;
  const load = need?.metric.expectedPeak ?? need?.metric.forecastMedian;
  if (load === undefined) return `a higher load is expected within ${durationWords(seconds)}`;
  const at = timeWords(status.decidedSeconds + seconds);
  return `${loadWords(load, need!.metric.unit)} expected at ${at}, pods need ${durationWords(seconds)}`;
}

function observedWords(status: WorkloadStatus): string {
  const metric = decidingNeed(status)?.metric;
  const load = metric === undefined ? undefined : largest(metric.load, metric.demandEstimate);
  return load === undefined ? 'the load now' : `${loadWords(load, metric!.unit)} now`;
}

function neededWords(status: WorkloadStatus): string {
  const need = decidingNeed(status);
  if (need?.pods === undefined) return 'what is needed is not known';
  return `${replicaWords(need.pods)} needed for ${loadWords(need.capacity!, need.metric.unit)}`;
}
