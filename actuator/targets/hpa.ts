import { WorldError } from '../../core/errors.ts';
import type { KubernetesApi, ObjectMeta } from '../../kubernetes/api.ts';
import { resourcePath } from '../../kubernetes/resource-path.ts';
import { type ScaleObject, stateOfScale } from './scale.ts';
import {
  FIELD_MANAGER,
  MOST_ATTEMPTS,
  refusal,
  type ScaleOutcome,
  type ScaleTarget,
  statusOf,
  type TargetState,
  unlessGone,
} from './target.ts';

/** The user's own minReplicas while ours stands in its place: a number, or `unset`. */
export const ORIGINAL_ANNOTATION = 'prescale.dev/original-min-replicas';
/** What we set last: another number in spec.minReplicas is somebody else's. */
export const WRITTEN_ANNOTATION = 'prescale.dev/written-min-replicas';
const UNSET = 'unset';
/** minReplicas where none is set. Source: kubernetes.io/docs/reference/kubernetes-api/workload-resources/horizontal-pod-autoscaler-v2/ */
const DEFAULT_MIN = 1;
const KEDA_LABEL = 'scaledobject.keda.sh/name';

/** autoscaling/v2, as far as we look at it. */
export interface HpaObject {
  readonly metadata: ObjectMeta;
  readonly spec: {
    readonly minReplicas?: number;
    readonly maxReplicas: number;
    readonly scaleTargetRef: { readonly apiVersion?: string; readonly kind: string; readonly name: string };
  };
}

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
 * starts from enough. The field holds max(user's own, what is wanted), at most the HPA's maxReplicas and the cap.
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
  private readonly cap: number;

  /**
   * @param scalePath the workload's scale subresource, read for its pods.
   * @param cap the most that the user and the administrator allow.
   */
  constructor(api: KubernetesApi, hpa: { namespace: string; name: string }, scalePath: string, cap: number) {
    this.api = api;
    this.path = hpaPath(hpa.namespace, hpa.name);
    this.scalePath = scalePath;
    this.label = `${hpa.namespace}/${hpa.name}`;
    this.cap = cap;
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

  async write(from: number, to: number): Promise<ScaleOutcome> {
    try {
      return await this.retried(async (hpa) => {
        const why = blocked(hpa);
        if (why !== undefined) return { kind: 'refused', why };
        const found = hpa.spec.minReplicas ?? DEFAULT_MIN;
        if (found !== from) return { kind: 'foreign', replicas: found };
        const replicas = Math.max(ownFloor(hpa), Math.min(to, hpa.spec.maxReplicas, this.cap));
        if (replicas === found) return { kind: 'unchanged', replicas };
        await this.set(hpa, replicas);
        return { kind: 'scaled', replicas };
      });
    } catch (error) {
      return refusal(error, `HorizontalPodAutoscaler ${this.label}`, 'patch on horizontalpodautoscalers');
    }
  }

  /** @throws WorldError where the annotation that keeps the user's value can't be read: guessing could take capacity away. */
  async release(): Promise<void> {
    await this.retried(async (hpa) => {
      if (!isMarked(hpa)) return { kind: 'unchanged', replicas: hpa.spec.minReplicas ?? DEFAULT_MIN };
      const original = originalOf(hpa);
      if (original === undefined) throw new WorldError(unreadable(hpa));
      await this.patch(hpa, original.ours ? { minReplicas: original.value ?? null } : undefined, {
        [ORIGINAL_ANNOTATION]: null,
        [WRITTEN_ANNOTATION]: null,
      });
      return { kind: 'unchanged', replicas: original.value ?? DEFAULT_MIN };
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
        if (statusOf(error) !== 409 || attempt >= MOST_ATTEMPTS) throw error;
      }
    }
  }

  /** Where the user's own value is what is wanted, nothing of ours stays on the object. */
  private async set(hpa: HpaObject, replicas: number): Promise<void> {
    const original = originalOf(hpa)!;
    const own = original.value ?? DEFAULT_MIN;
    const kept = original.value === undefined ? UNSET : String(original.value);
    await this.patch(
      hpa,
      { minReplicas: replicas === own ? (original.value ?? null) : replicas },
      {
        [ORIGINAL_ANNOTATION]: replicas === own ? null : kept,
        [WRITTEN_ANNOTATION]: replicas === own ? null : String(replicas),
      },
    );
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

/** Undefined: the annotation is there and can't be read. */
function originalOf({ metadata, spec }: HpaObject): Original | undefined {
  const kept = metadata.annotations?.[ORIGINAL_ANNOTATION];
  const written = metadata.annotations?.[WRITTEN_ANNOTATION];
  if (kept === undefined || written !== String(spec.minReplicas ?? DEFAULT_MIN)) {
    return { value: spec.minReplicas, ours: false };
  }
  if (kept === UNSET) return { value: undefined, ours: true };
  return /^\d{1,9}$/.test(kept) ? { value: Number(kept), ours: true } : undefined;
}

function ownFloor(hpa: HpaObject): number {
  return originalOf(hpa)?.value ?? DEFAULT_MIN;
}

/** Why its minReplicas is not ours to set. */
function blocked(hpa: HpaObject): string | undefined {
  const scaledObject = kedaOwner(hpa.metadata);
  if (scaledObject !== undefined) return kedaOwns(`${hpa.metadata.namespace}/${hpa.metadata.name}`, scaledObject);
  return originalOf(hpa) === undefined ? unreadable(hpa) : undefined;
}

/** Name of the KEDA ScaledObject that an HPA was made from. */
export function kedaOwner({ labels, ownerReferences }: ObjectMeta): string | undefined {
  const owner = ownerReferences?.find(
    ({ kind, apiVersion }) => kind === 'ScaledObject' && apiVersion.startsWith('keda.sh/'),
  );
  return owner?.name ?? labels?.[KEDA_LABEL];
}

/**
 * KEDA makes the HPA's whole spec, and its annotations, from the ScaledObject at each reconciliation (updateHPAIfNeeded in
 * github.com/kedacore/keda, controllers/keda/hpa.go): a raised floor would be taken down again and again.
 */
export function kedaOwns(hpa: string, scaledObject: string): string {
  return (
    `HorizontalPodAutoscaler ${hpa} is made by KEDA from ScaledObject ${scaledObject}, which sets minReplicas back to its ` +
    'minReplicaCount: either give the ScaledObject a prometheus trigger on the replicas that prescale wants, with threshold 1, or annotate ' +
    'the ScaledObject with autoscaling.keda.sh/paused: "true", so that KEDA removes its HPA, and leave out prescale.dev/take-over-hpa'
  );
}

function unreadable({ metadata: { namespace, name, annotations } }: HpaObject): string {
  return (
    `annotation ${ORIGINAL_ANNOTATION} of HorizontalPodAutoscaler ${namespace}/${name} is "${annotations?.[ORIGINAL_ANNOTATION]}", expected ` +
    `a number or "${UNSET}": set minReplicas as you want it and remove the annotation`
  );
}
