import {
  DEFAULT_BEHAVIOR,
  DEFAULT_TOLERANCE,
  type HpaBehavior,
  type ScalingRules,
} from '../../actuator/scaler/hpa-behavior.ts';
import { nearest } from '../../core/text/did-you-mean.ts';
import { HPA_FIELDS, hpaSchema, type MetricObject, type RulesObject } from './hpa-schema.ts';
import { ManifestText, type Path } from './manifest-text.ts';

/** A HorizontalPodAutoscaler of `autoscaling/v2`, as far as it concerns a trace. */
export interface HpaManifest {
  /** The file as its owner named it, and the HPA's name. */
  readonly source: string;
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly metric: HpaMetric;
  /** undefined: it says nothing about it, which the controller treats by rules of its own. */
  readonly behavior: HpaBehavior | undefined;
}

export interface HpaMetric {
  /** A pod's target: a share of the pod capacity, or an amount in the unit of the trace. */
  readonly target: { readonly share: number } | { readonly amount: number; readonly text: string };
  /** `ready`: measured at the Ready pods; `all`: belongs to no pod. */
  readonly counts: 'ready' | 'all';
  /** "cpu at 60 % of the request". */
  readonly words: string;
  /** Where the target stands, for messages. */
  readonly where: string;
}

/** Without `metrics` the API server sets this. */
const DEFAULT_METRIC: MetricObject = {
  type: 'Resource',
  resource: {
    name: 'cpu',
    target: { type: 'Utilization', averageUtilization: 80, averageValue: undefined, value: undefined },
  },
  containerResource: undefined,
  pods: undefined,
  object: undefined,
  external: undefined,
};

/** Why nobody knows whether a workload has an HPA. @param why as the API server refused */
export function hpasUnreadable(why: string): string {
  return `HPAs can't be read: ${why}`;
}

/** @param file the name used in messages. @throws InputError: one sentence with the line, the field and what is right */
export function parseHpaManifest(text: string, file: string): HpaManifest {
  const document = new ManifestText(text, file, 'one HorizontalPodAutoscaler of autoscaling/v2');
  const content = document.content();
  const version = (content as { apiVersion?: unknown } | null)?.apiVersion;
  if (typeof version === 'string' && /^autoscaling\/v(1|2beta[12])$/.test(version)) {
    const hint = 'kubectl get hpa.v2.autoscaling <name> -o yaml writes it so';
    throw document.refusal(['apiVersion'], version, `autoscaling/v2 (${hint})`);
  }
  const parsed = hpaSchema.safeParse(content);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    const path = issue.path as Path;
    if (issue.code !== 'unrecognized_keys') throw document.refusal(path, undefined, issue.message);
    const [key] = issue.keys;
    const meant = nearest(key!, HPA_FIELDS);
    throw document.refusal(
      [...path, key!],
      'a field that autoscaling/v2 does not have there',
      meant ?? 'no such field',
    );
  }
  const { metadata, spec } = parsed.data;
  const { metrics = [DEFAULT_METRIC], minReplicas: min = 1, maxReplicas: max, scaleTargetRef, behavior } = spec;
  if (metrics.length !== 1) {
    const why = 'a trace is the load of one metric, and an HPA takes the largest recommendation of all of its own';
    throw document.refusal(['spec', 'metrics'], `${metrics.length} metrics`, `one metric: ${why}`);
  }
  const [first] = metrics as [MetricObject];
  const metric = metricOf(first, document);
  if (min > max) throw document.refusal(['spec', 'minReplicas'], String(min), `at most maxReplicas, ${max}`);
  if (min === 0 && metric.counts === 'ready')
    throw document.refusal(
      ['spec', 'minReplicas'],
      '0',
      '1 or more: only an object or external metric can start from 0',
    );
  return {
    source: file,
    name: metadata?.name ?? scaleTargetRef.name,
    min,
    max,
    metric,
    behavior: behavior && {
      scaleUp: rulesOf(behavior.scaleUp, DEFAULT_BEHAVIOR.scaleUp),
      scaleDown: rulesOf(behavior.scaleDown, DEFAULT_BEHAVIOR.scaleDown),
    },
  };
}

/** What is not said is as in the defaults; a list of policies replaces theirs. */
function rulesOf(given: RulesObject, defaults: ScalingRules): ScalingRules {
  return {
    stabilizationSeconds: given?.stabilizationWindowSeconds ?? defaults.stabilizationSeconds,
    select: given?.selectPolicy ?? defaults.select,
    policies: given?.policies ?? defaults.policies,
    tolerance: given?.tolerance?.value ?? DEFAULT_TOLERANCE,
  };
}

const SOURCE_OF = {
  Resource: 'resource',
  ContainerResource: 'containerResource',
  Pods: 'pods',
  Object: 'object',
  External: 'external',
} as const;

function metricOf(metric: MetricObject, document: ManifestText): HpaMetric {
  const at: Path = ['spec', 'metrics', 0];
  const own = SOURCE_OF[metric.type];
  for (const key of Object.values(SOURCE_OF))
    if (key !== own && metric[key] !== undefined)
      throw document.refusal([...at, key], `a section of another type than ${metric.type}`, own);
  const source = metric[own];
  if (source === undefined) throw document.refusal([...at, own], 'nothing', `the section of the type ${metric.type}`);
  const { target } = source;
  const targetAt: Path = [...at, own, 'target'];
  const ofResource = own === 'resource' || own === 'containerResource';
  const expected = ofResource ? 'Utilization or AverageValue' : 'AverageValue';
  if (target.type === 'Value' && (own === 'object' || own === 'external')) {
    const why =
      'a Value is compared with the metric as it is, and a trace of load does not say how that metric answers to more pods';
    throw document.refusal([...targetAt, 'type'], 'Value', `AverageValue, the load a pod is to have: ${why}`);
  }
  if (target.type === 'Value' || (target.type === 'Utilization' && !ofResource))
    throw document.refusal([...targetAt, 'type'], target.type, expected);
  const field = target.type === 'Utilization' ? 'averageUtilization' : 'averageValue';
  for (const other of ['averageUtilization', 'averageValue', 'value'] as const)
    if (other !== field && target[other] !== undefined)
      throw document.refusal([...targetAt, other], `a field of another type than ${target.type}`, field);
  const where = document.where([...targetAt, field]);
  const counts = own === 'object' || own === 'external' ? 'all' : 'ready';
  const name = 'metric' in source ? source.metric.name : source.name;
  const subject = 'container' in source ? `${name} of container ${source.container}` : name;
  if (target.averageUtilization !== undefined) {
    const words = `${subject} at ${target.averageUtilization} % of the request`;
    return { target: { share: target.averageUtilization / 100 }, counts, words, where };
  }
  if (target.averageValue !== undefined) {
    const { text, value } = target.averageValue;
    return { target: { amount: value, text }, counts, words: `${subject} at ${text} a pod`, where };
  }
  throw document.refusal([...targetAt, field], 'nothing', `the target of the type ${target.type}`);
}
