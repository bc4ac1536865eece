import { stringify } from 'yaml';
import { ForgedOriginal, type HpaObject, ownFloor } from '../../../actuator/targets/hpa.ts';
import { InputError } from '../../../core/errors.ts';
import { type HpaManifest, parseHpaManifest } from '../../../replay/hpa-manifest/hpa-manifest.ts';
import { DEFAULT_HPA_TARGET } from '../replay/replay-options.ts';
import type { WorkloadHpa } from './cluster-workloads.ts';
import { type Sentence, verbatim } from './skipped.ts';

/** What a workload has today, as far as a replay of its CPU can play it. */
export interface OwnBaseline {
  /** `assumed-hpa`: HPAs can't be listed, so that nobody knows whether it has one. */
  readonly kind: 'own-hpa' | 'default-hpa' | 'assumed-hpa' | 'fixed';
  /** "cpu at 60 % of the request, 2-20 pods" */
  readonly label: Sentence;
  /** What of it is not played, or not known. */
  readonly notes: readonly Sentence[];
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

/** An HPA that can't be played as it is, and why. */
class NotPlayed extends InputError {
  readonly why: Sentence;

  constructor(message: string, why: Sentence, options?: ErrorOptions) {
    super(message, options);
    this.why = why;
  }
}

/**
 * Its HPA; where that scales by something else than CPU, the default one within its bounds; without one its replicas as they are, or the
 * default HPA where Prescale sets them: they are what this minute needs. Where HPAs can't be listed the default one without a cap: a workload
 * that has an HPA would look as dear as its replicas of this minute.
 */
export function ownBaseline(hpa: WorkloadHpa, replicas: number): OwnBaseline {
  switch (hpa.kind) {
    case 'none':
      return {
        ...{ kind: 'fixed', label: (texts) => texts.fixed(replicas), notes: [] },
        ...{ min: 1, max: Infinity, fixed: replicas, hpa: undefined },
      };
    case 'prescale':
      return defaultHpa('default-hpa', 1, Infinity, (texts) => texts.scaledByPrescale(DEFAULT_HPA_TARGET));
    case 'unknown':
      return defaultHpa('assumed-hpa', 1, Infinity, (texts) => texts.hpasUnknown(DEFAULT_HPA_TARGET, hpa.why));
    case 'found':
      return ofObject(hpa.object);
  }
}

function defaultHpa(kind: OwnBaseline['kind'], min: number, max: number, note: Sentence): OwnBaseline {
  const label: Sentence = (texts) => texts.defaultHpa(DEFAULT_HPA_TARGET, min, max);
  return { kind, label, notes: [note], min, max, fixed: undefined, hpa: undefined };
}

function ofObject(hpa: HpaObject): OwnBaseline {
  try {
    return ofManifest(hpa);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const why = error instanceof NotPlayed ? error.why : verbatim(error.message);
    const note: Sentence = (texts) => texts.notPlayed(why(texts), DEFAULT_HPA_TARGET);
    return defaultHpa('default-hpa', floorOf(hpa), hpa.spec.maxReplicas, note);
  }
}

/** @throws InputError in words */
function ofManifest(own: HpaObject): OwnBaseline {
  const { metrics = [], ...rest } = own.spec as HpaObject['spec'] & { readonly metrics?: readonly Metric[] };
  const cpu = metrics.find(({ resource, containerResource }) => (resource ?? containerResource)?.name === 'cpu');
  const others = metrics.filter((metric) => metric !== cpu).map(nameOf);
  if (cpu === undefined && others.length > 0) {
    throw new NotPlayed(`it scales by ${others.join(' and ')}`, (texts) => texts.scalesBy(others));
  }
  const text = stringify({
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: own.metadata.name },
    spec: { ...rest, minReplicas: floorOf(own), ...(cpu === undefined ? {} : { metrics: [cpu] }) },
  });
  const manifest = parseHpaManifest(text, `HPA ${own.metadata.name}`);
  const { min, max, metric } = manifest;
  const share = 'share' in metric.target ? metric.target.share : undefined;
  const label: Sentence = (texts) => texts.hpa(metric.words, share, min, max);
  const notes: Sentence[] = others.length === 0 ? [] : [(texts) => texts.alsoScalesBy(others)];
  return { kind: 'own-hpa', label, notes, min, max, fixed: undefined, hpa: { manifest, text } };
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
