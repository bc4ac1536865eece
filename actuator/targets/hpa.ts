import { WorldError } from '../../core/errors.ts';
import { cutText } from '../../core/text/cut-text.ts';
import { httpStatusOf, type KubernetesApi, type ObjectMeta } from '../../kubernetes/api.ts';
import { resourcePath } from '../../kubernetes/resource-path.ts';
import { controlled, hpaController } from './hpa-controller.ts';
import { type ScaleObject, stateOfScale } from './scale.ts';
import {
  FIELD_MANAGER,
  MOST_ATTEMPTS,
  refusal,
  type ScaleOutcome,
  type ScaleTarget,
  type TargetState,
  unlessGone,
} from './target.ts';
import { capped, permitted, type WriteBounds } from './write-bounds.ts';

/** The user's own minReplicas while ours stands in its place: a number, or `unset`. */
export const ORIGINAL_ANNOTATION = 'prescale.dev/original-min-replicas';
/** What we set last: another number in spec.minReplicas is somebody else's. */
export const WRITTEN_ANNOTATION = 'prescale.dev/written-min-replicas';
const UNSET = 'unset';
/** minReplicas where none is set. Source: kubernetes.io/docs/reference/kubernetes-api/workload-resources/horizontal-pod-autoscaler-v2/ */
const DEFAULT_MIN = 1;
/** So much of an annotation that can't be read is shown. */
const SHOWN_BYTES = 40;

/** autoscaling/v2, as far as we look at it. */
export interface HpaObject {
  readonly metadata: ObjectMeta;
  readonly spec: {
    readonly minReplicas?: number;
    readonly maxReplicas: number;
    readonly scaleTargetRef: { readonly apiVersion?: string; readonly kind: string; readonly name: string };
  };
}

/** The annotation that keeps the user's own minReplicas can't be ours: nothing is written by it, and minReplicas stays as it is. */
export class ForgedOriginal extends WorldError {}

/** The user's minReplicas: `value` undefined is unset; `ours`: a number of ours stands in the field now. */
interface Original {
  readonly value: number | undefined;
  readonly ours: boolean;
}

/** `/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers/web` */
export function hpaPath(namespace: string, name: string): string {
  return resourcePath('autoscaling/v2', 'horizontalpodautoscalers', namespace, name);
}

/**
 * The floor of an HPA that owns the workload: the HPA goes on deciding by its metrics and its `behavior`, we only see to it that it
 * starts from enough. The field holds max(user's own, what is wanted), the latter at most the HPA's maxReplicas and the bounds.
 *
 * The user's own value is kept in an annotation, written and removed in the same request as the field. Whoever edits minReplicas
 * meanwhile sets a new value of their own: it is what we start from next, and what is put back at the end.
 */
export class HpaMinReplicas implements ScaleTarget {
  readonly kind = 'hpa';
  private readonly api: KubernetesApi;
  private readonly path: string;
  private readonly scalePath: string;
  private readonly label: string;

  /** @param scalePath the workload's scale subresource, read for its pods. */
  constructor(api: KubernetesApi, hpa: { namespace: string; name: string }, scalePath: string) {
    this.api = api;
    this.path = hpaPath(hpa.namespace, hpa.name);
    this.scalePath = scalePath;
    this.label = `HorizontalPodAutoscaler ${hpa.namespace}/${hpa.name}`;
  }

  async read(): Promise<TargetState | undefined> {
    const [hpa, scale] = await Promise.all([this.get(), unlessGone(this.api.get<ScaleObject>(this.scalePath))]);
    const pods = stateOfScale(scale);
    if (hpa === undefined || pods === undefined) return undefined;
    return {
      ...pods,
      replicas: hpa.spec.minReplicas ?? DEFAULT_MIN,
      generation: hpa.metadata.generation,
      bounds: { min: ownFloor(hpa), max: hpa.spec.maxReplicas },
      blocked: blocked(hpa),
    };
  }

  async write(from: number, asked: number, bounds: WriteBounds): Promise<ScaleOutcome> {
    try {
      return await this.retried(async (hpa) => {
        const why = blocked(hpa);
        if (why !== undefined) return { kind: 'refused', why };
        const found = hpa.spec.minReplicas ?? DEFAULT_MIN;
        if (found !== from) return { kind: 'external', replicas: found };
        const { maxReplicas } = hpa.spec;
        const may = permitted({ kind: 'decided', asked, bounds: capped(bounds, maxReplicas) });
        if ('why' in may) return { kind: 'refused', why: `${this.label} was not changed: ${may.why}` };
        const own = ownFloor(hpa);
        const replicas = Math.max(own, may.replicas);
        if (replicas === found) return { kind: 'unchanged', replicas };
        if (replicas === own) await this.putBack(hpa);
        else await this.raise(hpa, replicas);
        return { kind: 'scaled', replicas };
      });
    } catch (error) {
      if (error instanceof ForgedOriginal) return { kind: 'refused', why: error.message };
      return refusal(error, this.label, 'patch on horizontalpodautoscalers');
    }
  }

  /** @throws ForgedOriginal where the annotation can't be ours: guessing could take capacity away. */
  async release(): Promise<void> {
    await this.retried(async (hpa) => {
      if (isMarked(hpa)) await this.putBack(hpa);
      return { kind: 'unchanged', replicas: ownFloor(hpa) };
    });
  }

  /** Reads, acts on what was read, and again where the object changed in between (409). */
  private async retried(act: (hpa: HpaObject) => Promise<ScaleOutcome>): Promise<ScaleOutcome> {
    for (let attempt = 1; ; attempt++) {
      const hpa = await this.get();
      if (hpa === undefined) return { kind: 'gone' };
      try {
        return await act(hpa);
      } catch (error) {
        if (httpStatusOf(error) !== 409 || attempt >= MOST_ATTEMPTS) throw error;
      }
    }
  }

  private async raise(hpa: HpaObject, replicas: number): Promise<void> {
    const { value } = originalOf(hpa)!;
    await this.patch(
      hpa,
      { minReplicas: replicas },
      { [ORIGINAL_ANNOTATION]: value === undefined ? UNSET : String(value), [WRITTEN_ANNOTATION]: String(replicas) },
    );
  }

  /** The user's own value stands again, and nothing of ours. @throws ForgedOriginal */
  private async putBack(hpa: HpaObject): Promise<void> {
    const original = originalOf(hpa);
    if (original === undefined) throw new ForgedOriginal(forged(hpa));
    const none = { [ORIGINAL_ANNOTATION]: null, [WRITTEN_ANNOTATION]: null };
    try {
      await this.patch(hpa, original.ours ? { minReplicas: original.value ?? null } : undefined, none);
    } catch (error) {
      // Without the feature gate HPAScaleToZero no user's 0 ever stood there.
      if (original.ours && original.value === 0 && httpStatusOf(error) === 422) throw new ForgedOriginal(forged(hpa));
      throw error;
    }
  }

  /** The resourceVersion makes it fail with 409 where anything changed since the object was read. */
  private async patch(
    hpa: HpaObject,
    spec: { minReplicas: number | null } | undefined,
    annotations: Readonly<Record<string, string | null>>,
  ): Promise<void> {
    const metadata = { resourceVersion: hpa.metadata.resourceVersion, annotations };
    const body = spec === undefined ? { metadata } : { metadata, spec };
    await this.api.patch(this.path, 'merge', body, { fieldManager: FIELD_MANAGER });
  }

  private get(): Promise<HpaObject | undefined> {
    return unlessGone(this.api.get<HpaObject>(this.path));
  }
}

/** Whether something of ours stands on the HPA. */
export function isMarked({ metadata }: { readonly metadata: ObjectMeta }): boolean {
  return metadata.annotations?.[ORIGINAL_ANNOTATION] !== undefined;
}

/** Whether what stands on the HPA can be put back. */
export function isReleasable(hpa: HpaObject): boolean {
  return isMarked(hpa) && originalOf(hpa) !== undefined;
}

/** Whoever owns the HPA may write its annotations too. Undefined: this one can't be ours, as no floor of ours is put back by it. */
function originalOf({ metadata, spec }: HpaObject): Original | undefined {
  const kept = metadata.annotations?.[ORIGINAL_ANNOTATION];
  const written = metadata.annotations?.[WRITTEN_ANNOTATION];
  const standing = spec.minReplicas ?? DEFAULT_MIN;
  if (kept === undefined || written !== String(standing)) return { value: spec.minReplicas, ours: false };
  const own = kept === UNSET ? DEFAULT_MIN : /^\d{1,9}$/.test(kept) ? Number(kept) : Number.NaN;
  const may = permitted({ kind: 'put-back', own, standing, most: spec.maxReplicas });
  if ('why' in may) return undefined;
  return { value: kept === UNSET ? undefined : may.replicas, ours: true };
}

/** The minReplicas of its owner, whatever stands there because of us. */
export function ownFloor(hpa: HpaObject): number {
  return originalOf(hpa)?.value ?? DEFAULT_MIN;
}

/** Why its minReplicas is not ours to set. */
function blocked(hpa: HpaObject): string | undefined {
  const controller = hpaController(hpa.metadata);
  if (controller !== undefined) return controlled(`${hpa.metadata.namespace}/${hpa.metadata.name}`, controller);
  return originalOf(hpa) === undefined ? forged(hpa) : undefined;
}

function forged({ metadata: { namespace, name, annotations }, spec }: HpaObject): string {
  const kept = JSON.stringify(cutText(annotations?.[ORIGINAL_ANNOTATION] ?? '', SHOWN_BYTES));
  return (
    `annotation ${ORIGINAL_ANNOTATION} of HorizontalPodAutoscaler ${namespace}/${name} is ${kept}, expected a whole number below the ` +
    `minReplicas ${spec.minReplicas ?? DEFAULT_MIN} that stands there, or "${UNSET}": set minReplicas as you want it and remove the annotation`
  );
}
