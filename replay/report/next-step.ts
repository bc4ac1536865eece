import { stringify } from 'yaml';
import { START_COST_SECONDS } from '../../actuator/scaler/policy-backtest.ts';
import { annotation } from '../../core/policy/annotations.ts';
import { formatSeconds } from '../../core/quantity.ts';
import { plainText } from '../../core/text/plain-text.ts';
import type { Report } from '../result.ts';

/** What the replay was made of, as far as the annotations of a workload repeat it. */
export interface NextStep {
  readonly facts: Pick<
    Report,
    'trace' | 'podCapacity' | 'unmetTargetBp' | 'bounds' | 'startup' | 'startCostSeconds' | 'verdict'
  >;
  /** The most pods that the predictive policy had; undefined: it did not run. */
  readonly peakPods: number | undefined;
  /** The PromQL that the trace was read with; undefined: it came from a file. */
  readonly query: string | undefined;
}

/** What stands for the name of the administrator's template, which no trace tells. */
export const METRIC_PLACEHOLDER = 'your-metric';

/** Digits of the target: a thousandth of a per mille is less than anybody measures. */
const TARGET_DIGITS = 6;
/** Above the most pods that were needed: room for growth, and an end to a mistake. */
const HEADROOM = 2;
/** As many as the annotation may have. */
const MOST_QUERY_CHARACTERS = 2_000;
/** Leaves room for the name of the annotation on a terminal's line. */
const FOLD_COLUMNS = 70;
/** What a lead time may be: an hour at most, a second at least. */
const MOST_LEAD_SECONDS = 3_600;

interface Entry {
  readonly name: Parameters<typeof annotation>[0];
  readonly value: string;
  /** Why, on the line above it. */
  readonly comment?: string;
}

/** The annotations to put into Git for a result, as a YAML document with its reasons as comments; ends with a newline. */
export function annotationsYaml(step: NextStep): string {
  const { podCapacity, unmetTargetBp, startup } = step.facts;
  const leadSeconds = Math.min(MOST_LEAD_SECONDS, Math.max(1, Math.ceil(startup.p90Seconds - 0.001)));
  const comment = 'The p90 of the replayed start-up times; auto measures it on your pods.';
  const entries: Entry[] = [
    { name: 'enabled', value: 'true' },
    mode(step.facts),
    metric(step.query),
    { name: 'target', value: target(podCapacity), comment: 'What one Ready pod serves, in the unit of the trace.' },
    { name: 'unmet-target', value: `${unmetTargetBp}bp`, comment: 'Demand that may find no Ready pod.' },
    ...bounds(step),
    { name: 'scale-up-ahead', value: formatSeconds(leadSeconds), comment },
    ...startCost(step),
  ];
  const lines = entries.flatMap(({ name, value, comment }) => [
    ...(comment === undefined ? [] : [`    # ${comment}`]),
    `    ${annotation(name)}: ${scalar(value)}`,
  ]);
  return `# In the manifest of the workload, not of its pods.\nmetadata:\n  annotations:\n${lines.join('\n')}\n`;
}

/** The default is not named. */
function startCost({ facts: { startCostSeconds } }: NextStep): Entry[] {
  const value = formatSeconds(Math.min(MOST_LEAD_SECONDS, Math.round(startCostSeconds)));
  return startCostSeconds === START_COST_SECONDS
    ? []
    : [{ name: 'start-cost', value, comment: 'What starting a pod counts as, in minutes of a pod.' }];
}

/** It starts by watching, all the more where the verdict is for something else. */
function mode({ verdict: { best, nearMiss, bestAutoscaler } }: NextStep['facts']): Entry {
  const comment = [best, nearMiss, bestAutoscaler].includes('predictive')
    ? 'Changes nothing. Before auto, delete the HPA, or name it in prescale.dev/take-over-hpa.'
    : 'By this replay something else is better. observe changes nothing, and shows its decisions.';
  return { name: 'mode', value: 'observe', comment };
}

function metric(query: string | undefined): Entry {
  const promql = oneLine(query);
  if (promql === undefined) {
    const comment = "Put the name of the administrator's template here that measures what the trace holds.";
    return { name: 'metric', value: METRIC_PLACEHOLDER, comment };
  }
  const comment = 'As replayed. The administrator has to allow raw queries, or makes a template of it.';
  return { name: 'query', value: promql, comment };
}

function bounds({ facts: { bounds }, peakPods }: NextStep): Entry[] {
  const min: Entry = { name: 'min-replicas', value: String(bounds.min) };
  if (bounds.max !== null) return [min, { name: 'max-replicas', value: String(bounds.max) }];
  if (peakPods === undefined) return [min];
  const comment = `Replayed without a cap: twice the most pods that there were, ${peakPods}.`;
  return [min, { name: 'max-replicas', value: String(HEADROOM * Math.max(1, peakPods)), comment }];
}

/** The query on one line; undefined: it is too long, or would not be the same on one line. */
function oneLine(query: string | undefined): string | undefined {
  if (query === undefined || (query.includes('\n') && query.includes('#'))) return undefined;
  const line = query.replace(/\s*\n\s*/g, ' ').trim();
  return line !== '' && line.length <= MOST_QUERY_CHARACTERS && plainText(line) === line ? line : undefined;
}

function target(podCapacity: number): string {
  return String(Number(podCapacity.toPrecision(TARGET_DIGITS)));
}

/** In double quotes, as annotations are texts: true and 2 would be refused. Long ones are folded, which reads the same. */
function scalar(value: string): string {
  const text = stringify(value, { defaultStringType: 'QUOTE_DOUBLE', lineWidth: FOLD_COLUMNS }).trimEnd();
  return text.replaceAll('\n', '\n      ');
}
