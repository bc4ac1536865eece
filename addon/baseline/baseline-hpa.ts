import { DEFAULT_DOWN_WINDOW_SECONDS } from '../../actuator/scaler/hpa-behavior.ts';
import { type HpaObject, ownFloor } from '../../actuator/targets/hpa.ts';
import { InputError, messageOf } from '../../core/errors.ts';
import type { MetricRef } from '../../core/policy/policy.ts';
import type { Baseline } from '../../core/workload-status.ts';
import { type HpaManifest, hpasUnreadable, parseHpaManifest } from '../../replay/hpa-manifest/hpa-manifest.ts';
import { defaultHpa, type HpaRule, manifestHpa } from '../../replay/policies/hpa.ts';

/** The default HPA keeps its pods at this share of what one serves, as `--hpa-target` of `prescale replay`. */
export const DEFAULT_TARGET = 0.7;

/** One metric of the workload, as the baseline needs it. */
export interface BaselineMetric {
  readonly name: string;
  readonly metric: MetricRef;
  /** What one pod requests of it, in the unit of its demand; undefined: not known, or it is nothing that is requested. */
  readonly request: number | undefined;
}

/** The HPA to be played. */
export interface BaselineHpa extends Pick<Baseline, 'source' | 'name' | 'note'> {
  /** `shop/web`; null: the workload has none that can be played. */
  readonly object: string | null;
  /** "cpu at 60 % of the request" */
  readonly target: string;
  readonly rule: HpaRule;
  /** Place of the metric whose demand it sees, in its unit; undefined: it sees the need of pods, of the metric that needs most. */
  readonly metric: number | undefined;
}

/** What of an HPA of the cluster is looked at beyond HpaObject. */
interface MetricSection {
  readonly type?: string;
  readonly resource?: { readonly name?: string };
  readonly containerResource?: { readonly name?: string };
}

/**
 * The workload's own HPA where it has one that a history of demand can play, else one with the defaults, with the reason.
 * @param own as the API server has it; undefined: the workload has none. @param bounds of the workload's policy
 */
export function baselineHpa(
  own: HpaObject | undefined,
  metrics: readonly BaselineMetric[],
  bounds: { readonly min: number; readonly max: number },
): BaselineHpa {
  if (own === undefined) return byDefault(bounds, '');
  const name = `HorizontalPodAutoscaler ${own.metadata.namespace}/${own.metadata.name}`;
  try {
    return ofManifest(own, name, metrics);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return byDefault(bounds, `not by ${name}: ${error.message}`);
  }
}

/** The same of an HPA that is read now; one that can't be read is said, and the default stands for it. */
export async function readBaselineHpa(
  read: () => Promise<HpaObject | undefined>,
  metrics: readonly BaselineMetric[],
  bounds: { readonly min: number; readonly max: number },
): Promise<BaselineHpa> {
  try {
    return baselineHpa(await read(), metrics, bounds);
  } catch (error) {
    return byDefault(bounds, hpasUnreadable(messageOf(error)));
  }
}

function byDefault({ min, max }: { readonly min: number; readonly max: number }, note: string): BaselineHpa {
  const share = Math.round(DEFAULT_TARGET * 100);
  return {
    source: 'default',
    name: `an HPA with the defaults of autoscaling/v2 that keeps pods at ${share} % of what one serves, ${min}-${max} pods`,
    note,
    object: null,
    target: `${share} % of what one pod serves`,
    rule: defaultHpa(1, DEFAULT_TARGET, DEFAULT_DOWN_WINDOW_SECONDS, { min, max }),
    metric: undefined,
  };
}

/** @throws InputError in words where a history of demand can't play it */
function ofManifest(own: HpaObject, name: string, metrics: readonly BaselineMetric[]): BaselineHpa {
  // Where a number of ours stands in minReplicas, its owner's counts.
  const spec = { ...own.spec, minReplicas: ownFloor(own) };
  const { apiVersion = 'autoscaling/v2', kind = 'HorizontalPodAutoscaler' } = own as {
    apiVersion?: string;
    kind?: string;
  };
  const manifest = parseHpaManifest(
    JSON.stringify({ apiVersion, kind, metadata: { name: own.metadata.name }, spec }),
    name,
  );
  const { metrics: [section] = [] } = own.spec as { readonly metrics?: readonly MetricSection[] };
  const index = placeOf(section, metrics);
  const seen = metrics[index]!;
  const { min, max, metric } = manifest;
  const isTaken = section !== undefined && section.resource === undefined && section.containerResource === undefined;
  return {
    source: 'manifest',
    name: `${name}: ${metric.words}, ${min}-${max} pods`,
    note: isTaken ? `its metric is taken for ${seen.name}, in the same unit` : '',
    object: `${own.metadata.namespace}/${own.metadata.name}`,
    target: metric.words,
    rule: manifestHpa(manifest, capacityFor(manifest, seen), { min: 0, max: Number.MAX_SAFE_INTEGER }),
    metric: index,
  };
}

/** Which of the workload's metrics the HPA looks at. */
function placeOf(section: MetricSection | undefined, metrics: readonly BaselineMetric[]): number {
  const resource = section === undefined ? 'cpu' : (section.resource ?? section.containerResource)?.name;
  const found = metrics.findIndex(({ metric }) =>
    resource === undefined ? metric.kind !== 'resource' : metric.kind === 'resource' && metric.resource === resource,
  );
  if (found >= 0) return found;
  const known = metrics.map(({ name }) => name).join(' and ') || 'none';
  throw new InputError(`it scales by ${resource ?? 'a metric of its own'}, and the demand that is known is ${known}`);
}

/** A share is one of the request; an amount needs none. */
function capacityFor({ metric: { target } }: HpaManifest, { name, request }: BaselineMetric): number {
  if ('amount' in target) return target.amount;
  if (request !== undefined && request > 0) return request;
  throw new InputError(`its target is a share of the request, and the pods' request of ${name} is not known`);
}
