import { stringify } from 'yaml';
import { ForgedOriginal, type HpaObject, ownFloor } from '../../../actuator/targets/hpa.ts';
import { InputError } from '../../../core/errors.ts';
import { type HpaManifest, parseHpaManifest } from '../../../replay/hpa-manifest/hpa-manifest.ts';
import { DEFAULT_HPA_TARGET } from '../replay/replay-options.ts';

/** What a workload has today, as far as a replay of its CPU can play it. */
export interface OwnBaseline {
  readonly kind: 'own-hpa' | 'default-hpa' | 'fixed';
  /** "cpu at 60 % of the request, 2-20 pods" */
  readonly label: string;
  /** What of it is not played; empty: nothing. */
  readonly note: string;
  /** In the terms of `prescale replay`; Infinity: no cap. */
  readonly min: number;
  readonly max: number;
  readonly fixed: number | undefined;
  readonly hpa: { readonly manifest: HpaManifest; readonly text: string } | undefined;
}

interface Metric {
  readonly type?: string;
  readonly resource?: { readonly name?: string };
  readonly containerResource?: { readonly name?: string };
}

/** Its HPA; where that scales by something else than CPU, the default one within its bounds; without one its replicas as they are. */
export function ownBaseline(hpa: HpaObject | undefined, replicas: number): OwnBaseline {
  if (hpa === undefined) {
    const label = replicas === 1 ? '1 pod' : `${replicas} pods`;
    return { kind: 'fixed', label, note: '', min: 1, max: Infinity, fixed: replicas, hpa: undefined };
  }
  try {
    return ofManifest(hpa);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const [min, max] = [floorOf(hpa), hpa.spec.maxReplicas];
    const note = `its HPA can't be played on CPU: ${error.message}; an HPA at ${DEFAULT_HPA_TARGET} stands for it`;
    const label = `cpu at ${DEFAULT_HPA_TARGET}, ${min}-${max} pods`;
    return { kind: 'default-hpa', label, note, min, max, fixed: undefined, hpa: undefined };
  }
}

/** @throws InputError in words */
function ofManifest(own: HpaObject): OwnBaseline {
  const { metrics = [], ...rest } = own.spec as HpaObject['spec'] & { readonly metrics?: readonly Metric[] };
  const cpu = metrics.find(({ resource, containerResource }) => (resource ?? containerResource)?.name === 'cpu');
  if (cpu === undefined && metrics.length > 0) {
    throw new InputError(`it scales by ${metrics.map(nameOf).join(' and ')}`);
  }
  const text = stringify({
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: own.metadata.name },
    spec: { ...rest, minReplicas: floorOf(own), ...(cpu === undefined ? {} : { metrics: [cpu] }) },
  });
  const manifest = parseHpaManifest(text, `HPA ${own.metadata.name}`);
  const others = metrics.filter((metric) => metric !== cpu).map(nameOf);
  const note = others.length === 0 ? '' : `its HPA also scales by ${others.join(' and ')}, which is not played`;
  const { min, max, metric } = manifest;
  const label = `${metric.words}, ${min}-${max} pods`;
  return { kind: 'own-hpa', label, note, min, max, fixed: undefined, hpa: { manifest, text } };
}

/** Where a number of ours stands in minReplicas, its owner's counts. */
function floorOf(hpa: HpaObject): number {
  try {
    return ownFloor(hpa);
  } catch (error) {
    if (error instanceof ForgedOriginal) return hpa.spec.minReplicas ?? 1;
    throw error;
  }
}

function nameOf({ type = 'a metric', resource, containerResource }: Metric): string {
  return (resource ?? containerResource)?.name ?? `a metric of type ${type}`;
}
