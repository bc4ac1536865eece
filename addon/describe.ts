import type { Reason } from '../core/decision.ts';
import { podsFor } from '../core/pods.ts';
import { durationWords, loadWords, replicaWords, shareWords, timeWords } from './quantity-words.ts';
import type { MetricStatus, WorkloadStatus } from './workload-status.ts';

/** What one metric's numbers come to; undefined: not known. */
export interface Need {
  readonly metric: MetricStatus;
  /** Expected peak + errors × its error. */
  readonly forecast: number | undefined;
  /** The higher of observed and newest load × (1 + headroom). */
  readonly floor: number | undefined;
  /** The larger of both. */
  readonly capacity: number | undefined;
  readonly pods: number | undefined;
}

/** The need of one metric by the rule of actuator/plan.ts, before catching up, stabilization and bounds; a mode may leave one side out. */
export function needOf(metric: MetricStatus, { model, mode }: Pick<WorkloadStatus, 'model' | 'mode'>): Need {
  const { expectedPeak, expectedError, load, newest, podCapacity } = metric;
  const { errors, headroom, reactiveTarget } = model;
  const forecast =
    mode === 'reactive' || expectedPeak === undefined || errors === undefined
      ? undefined
      : expectedPeak + errors * (expectedError ?? 0);
  const observed = largest(load, newest);
  const floor = reactiveTarget !== undefined ? over(load, reactiveTarget) : times(observed, 1 + (headroom ?? 0));
  const capacity = mode === 'predictive' && forecast !== undefined ? forecast : largest(forecast, floor);
  const pods = capacity === undefined || podCapacity === undefined ? undefined : podsFor(capacity, podCapacity);
  return { metric, forecast, floor, capacity, pods };
}

/** The metric with the largest need decides; undefined where there is none. */
export function decidingNeed(status: WorkloadStatus): Need | undefined {
  let most: Need | undefined;
  for (const metric of status.metrics) {
    const need = needOf(metric, status);
    if (most === undefined || (need.pods ?? -1) > (most.pods ?? -1)) most = need;
  }
  return most;
}

function largest(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.max(a, b);
}

function times(value: number | undefined, factor: number): number | undefined {
  return value === undefined ? undefined : value * factor;
}

function over(value: number | undefined, divisor: number): number | undefined {
  return value === undefined || !(divisor > 0) ? undefined : value / divisor;
}

/** `6 → 9: 840 req/s expected at 09:03 UTC, pods need 21 s`: the text of an Event, and a line of explain. */
export function describeChange(status: WorkloadStatus, from: number, to: number): string {
  return changeWords(from, to, describeReason(status));
}

/** @param why the words of the rule that decided */
export function changeWords(from: number, to: number, why: string): string {
  return `${from} → ${to}: ${why}`;
}

/** What another writer did, and what comes of it by the rule of actuator/foreign-changes.ts: the text of an Event. */
export function describeForeign(from: number, to: number): string {
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

const NOTHING_TAKEN = 'nothing is taken away';

/** Whether the Ready pods serve the newest load. */
function isServed(status: WorkloadStatus): boolean {
  const { newest, podCapacity } = decidingNeed(status)?.metric ?? {};
  return newest !== undefined && podCapacity !== undefined && newest <= status.replicas.ready * podCapacity;
}

/** The words of every rule. A new Reason without words does not compile. */
const REASON_WORDS: Readonly<Record<Reason, (status: WorkloadStatus) => string>> = {
  forecast: expectedWords,
  headroom: (status) => `${observedWords(status)}, kept with ${shareWords(status.model.headroom ?? 0)} headroom`,
  reactive: (status) => {
    const { reactiveTarget } = status.model;
    const at = reactiveTarget === undefined ? '' : ` at a target of ${shareWords(reactiveTarget)}`;
    return `${observedWords(status)}${at}; prediction does not pay here`;
  },
  'forecast-expired': (status) => `the forecast is too old to be used; ${observedWords(status)}`,
  'catch-up': (status) => {
    const { ready, current } = status.replicas;
    // The rule goes on for a minute after the demand found its pods.
    if (isServed(status))
      return `${observedWords(status)}, a rise that is carried on for a minute after pods were too few`;
    return `${observedWords(status)}, more than ${ready} Ready of ${replicaWords(current)} serve: spare pods start too`;
  },
  'unusually-low': (status) => `${observedWords(status)}, far below all this time of day saw: nothing is taken away`,
  stabilization: ({ model }) => {
    const seconds = model.stabilizationSeconds;
    const window = seconds === undefined ? 'the last minutes' : `the last ${durationWords(seconds)}`;
    return `a higher need of ${window} is kept`;
  },
  min: (status) => `never under the minimum of ${status.replicas.min}; ${neededWords(status)}`,
  max: (status) => `never over the maximum of ${status.replicas.max}; ${neededWords(status)}`,
  'no-data': (status) => `no data, nothing changes${missingWords(status)}`,
  'clock-jump': () => `the clock jumped: ${NOTHING_TAKEN}`,
  'data-gap': () => `data came back after a gap: ${NOTHING_TAKEN} until five minutes are whole`,
  'metric-missing': (status) => `a metric has no value: ${NOTHING_TAKEN}${missingWords(status)}`,
  saturated: (status) => `${observedWords(status)}, but the pods are saturated and hide the demand: ${NOTHING_TAKEN}`,
  'false-zero': ({ replicas }) =>
    `the load broke off while ${replicaWords(replicas.ready)} are Ready, as if its measurement failed: ${NOTHING_TAKEN} for 15 min`,
  'warming-up': () =>
    `this replica has just begun to act and does not know yet what was done before it: ${NOTHING_TAKEN} meanwhile`,
  reversals: () => `up and down too often within the hour: ${NOTHING_TAKEN}`,
  'step-limit': (status) => `more than history ever needed, so step by step; ${neededWords(status)}`,
  'never-ready': ({ replicas }) =>
    `new pods don't become Ready (${replicas.ready} of ${replicas.current} are): no more are added`,
  'foreign-change': ({ replicas }) =>
    `another writer set the replicas, ${replicaWords(replicas.current)} now: respected for 10 min as far as the load allows`,
  'last-pod': () => 'the metric comes from the pods, so the last one stays',
  cap: (status) => `never over the administrator's cap; ${neededWords(status)}`,
  'switched-off': () => 'another writer set the replicas to 0: off until somebody sets another number',
  conflict: () => 'another writer puts its own number back again and again: left to it, tried again ever more rarely',
  paused: (status) => `paused by annotation; ${neededWords(status)}`,
  'fleet-breaker': () => 'too many workloads would lose over half of their pods at once: all removals wait',
};

function missingWords({ metrics }: WorkloadStatus): string {
  const missing = metrics.filter((metric) => metric.missing !== undefined);
  return missing.length === 0 ? '' : ` (${missing.map(({ name, missing }) => `${name}: ${missing}`).join('; ')})`;
}

function expectedWords(status: WorkloadStatus): string {
  const need = decidingNeed(status);
  const { seconds } = status.lead;
  const load = need?.metric.expectedPeak ?? need?.metric.forecastMedian;
  if (load === undefined) return `a higher load is expected within ${durationWords(seconds)}`;
  const at = timeWords(status.decidedSeconds + seconds);
  return `${loadWords(load, need!.metric.unit)} expected at ${at}, pods need ${durationWords(seconds)}`;
}

function observedWords(status: WorkloadStatus): string {
  const metric = decidingNeed(status)?.metric;
  const load = metric === undefined ? undefined : largest(metric.load, metric.newest);
  return load === undefined ? 'the load now' : `${loadWords(load, metric!.unit)} now`;
}

function neededWords(status: WorkloadStatus): string {
  const need = decidingNeed(status);
  if (need?.pods === undefined) return 'what is needed is not known';
  return `${replicaWords(need.pods)} needed for ${loadWords(need.capacity!, need.metric.unit)}`;
}
