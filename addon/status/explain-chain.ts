import type { Reason } from '../../core/decision.ts';
import type { Mode } from '../../core/policy/policy.ts';
import type { LeadTimeStatus, WorkloadStatus } from '../../core/workload-status.ts';
import { decidingNeed, describeReason, type Need, needOf } from './describe.ts';
import { durationWords, loadWords, replicaWords, shareWords, timeWords } from './quantity-text.ts';

/** One link of the chain from the load to the replicas: `expected peak`, `840 req/s ± 30 req/s`, `within 21 s (…)`. */
export interface ChainStep {
  readonly label: string;
  readonly value: string;
  /** Where the value comes from. */
  readonly note: string;
}

/** The first rules of a decision say where the capacity comes from: the chain shows that as numbers already. */
const SOURCES: readonly Reason[] = ['forecast', 'headroom', 'reactive', 'no-data'];

const CAPACITY_NOTES: Readonly<Record<Mode, string>> = {
  auto: 'the larger of the two',
  observe: 'the larger of the two',
  predictive: 'the forecast alone (mode predictive)',
  reactive: 'the load alone (mode reactive)',
};

/** From the load to what was written, a step a line; a step whose numbers aren't known says so and why. */
export function explainChain(status: WorkloadStatus): ChainStep[] {
  const need = decidingNeed(status);
  return [
    ...(need === undefined ? [noMetric(status)] : loadSteps(status, need)),
    ...otherMetrics(status, need),
    ...guardSteps(status),
    boundsStep(status),
    step('wanted', replicaWords(status.replicas.wanted), describeReason(status)),
    writtenStep(status),
  ];
}

function step(label: string, value: string, note: string): ChainStep {
  return { label, value, note };
}

function noMetric({ conditions }: WorkloadStatus): ChainStep {
  return step('load', 'unknown', conditions.find(({ type }) => type === 'Ready')?.message ?? 'no metric is read');
}

function loadSteps(status: WorkloadStatus, need: Need): ChainStep[] {
  const { metric } = need;
  const words = (load: number | undefined) => (load === undefined ? 'unknown' : loadWords(load, metric.unit));
  const censored = metric.censored ? '; its pods are saturated, so the demand may be higher' : '';
  const loadNote = metric.missing ?? `${metric.name}, mean of the last minute${measuredOn(metric)}${censored}`;
  const error = metric.expectedError === undefined ? '' : ` ± ${words(metric.expectedError)}`;
  const { safetyMultiplier } = status.model;
  return [
    step('load', words(metric.load), loadNote),
    step('demand estimate', words(metric.demandEstimate), 'now, recovered from means that arrive late'),
    ...(metric.expectedPeak === undefined
      ? [step('expected peak', 'none', status.model.why)]
      : [step('expected peak', `${words(metric.expectedPeak)}${error}`, leadTimeNote(status.leadTime))]),
    ...(need.forecast === undefined
      ? []
      : [
          step(
            'with margin',
            words(need.forecast),
            `peak ${signed(safetyMultiplier ?? 0)} × its error; ${status.model.why}`,
          ),
        ]),
    step('reactive floor', words(need.floor), floorNote(status)),
    step('capacity needed', words(need.capacity), CAPACITY_NOTES[status.mode ?? 'auto']),
    step('pods', need.pods === undefined ? 'unknown' : replicaWords(need.pods), `÷ ${words(metric.podCapacity)} a pod`),
  ];
}

function measuredOn({ pods }: Need['metric']): string {
  if (!pods || pods.unmeasured === 0) return '';
  return `, of ${pods.counted} pods; ${pods.unmeasured} that run are not measured`;
}

function leadTimeNote({ seconds, source, samples }: LeadTimeStatus): string {
  const from: Readonly<Record<LeadTimeStatus['source'], string>> = {
    measured: `measured on ${samples} start-ups`,
    borrowed: `borrowed from ${samples} start-ups of other batch sizes or workloads`,
    default: 'a default until start-ups are measured',
    annotation: 'as annotated',
  };
  return `within ${durationWords(seconds)}, the time pods need (${from[source]})`;
}

function floorNote({ model }: WorkloadStatus): string {
  if (model.reactiveTarget !== undefined) return `load ÷ a target of ${shareWords(model.reactiveTarget)}`;
  return `the higher of load and demand estimate + ${shareWords(model.headroom ?? 0)} headroom`;
}

/** The metrics that need less: the largest need wins. */
function otherMetrics(status: WorkloadStatus, deciding: Need | undefined): ChainStep[] {
  return status.metrics
    .filter((metric) => metric !== deciding?.metric)
    .map((metric) => {
      const { pods } = needOf(metric);
      const note = metric.missing ?? `${loadWords(metric.load ?? 0, metric.unit)} now; the largest need wins`;
      return step(metric.name, pods === undefined ? 'unknown' : replicaWords(pods), note);
    });
}

/** What came after the first rule, each in its words. */
function guardSteps(status: WorkloadStatus): ChainStep[] {
  return status.reasons
    .map((reason, i) => ({ reason, until: status.reasons.slice(0, i + 1) }))
    .filter(({ reason }) => !SOURCES.includes(reason))
    .map(({ reason, until }) => step(reason, '', describeReason({ ...status, reasons: until })));
}

function boundsStep({ replicas, conditions }: WorkloadStatus): ChainStep {
  const paused = conditions.find(({ type, status }) => type === 'Paused' && status);
  const bounds = Number.isNaN(replicas.max) ? 'unknown' : `${replicas.min} … ${replicas.max}`;
  return step('bounds', bounds, paused?.message ?? 'minimum and maximum that hold now');
}

function writtenStep({ target, mode, writtenSeconds, error, replicas, conditions }: WorkloadStatus): ChainStep {
  const ready = conditions.find(({ type }) => type === 'Ready');
  if (Number.isNaN(replicas.current) && ready?.status === false) return step('written', 'no', ready.message);
  if (error !== undefined) return step('written', 'failed', error);
  if (mode === 'observe') return step('written', 'no', 'the mode is observe: nothing is changed');
  const where = { scale: 'its scale subresource', hpa: "its HPA's minReplicas", 'dry-run': 'nothing: a dry run' }[
    target
  ];
  if (writtenSeconds === undefined) return step('written', 'never', `would be written to ${where}`);
  const now = `${replicas.current} exist, ${replicas.ready} Ready`;
  return step('written', `at ${timeWords(writtenSeconds)}`, `to ${where}; ${now}`);
}

/** `+ 1.3`, `− 0.5` */
function signed(value: number): string {
  return `${value < 0 ? '−' : '+'} ${round(Math.abs(value))}`;
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
