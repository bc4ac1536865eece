import type { WorkloadRef } from '../../core/workload.ts';
import { httpStatusOf, type KubernetesApi } from '../../kubernetes/api.ts';
import type { JsonPatchStep } from '../../kubernetes/json-patch.ts';
import {
  FIELD_MANAGER,
  MOST_ATTEMPTS,
  refusal,
  type ScaleOutcome,
  type ScaleTarget,
  type TargetState,
  unlessGone,
} from './target.ts';
import { permitted, type WriteBounds } from './write-bounds.ts';

/** autoscaling/v1 Scale. `replicas` is left out by the server where it is 0. */
export interface ScaleObject {
  readonly spec?: { readonly replicas?: number };
  readonly status?: { readonly replicas?: number; readonly selector?: string };
}

/** The workload's own number of replicas, by its scale subresource. */
export class ScaleSubresource implements ScaleTarget {
  readonly kind = 'scale';
  private readonly api: KubernetesApi;
  private readonly ref: WorkloadRef;
  private readonly path: string;

  /** @param path of the subresource: `/apis/apps/v1/namespaces/shop/deployments/web/scale`. */
  constructor(api: KubernetesApi, ref: WorkloadRef, path: string) {
    this.api = api;
    this.ref = ref;
    this.path = path;
  }

  async read(): Promise<TargetState | undefined> {
    return stateOfScale(await unlessGone(this.api.get<ScaleObject>(this.path)));
  }

  /**
   * One request where nothing is in the way. An API server answers a failed `test` by the same 422 as a forbidden value, so
   * after a 422 the object is read: another number there is another writer's.
   */
  async write(from: number, asked: number, bounds: WriteBounds): Promise<ScaleOutcome> {
    const may = permitted({ kind: 'decided', asked, bounds });
    if ('why' in may) return { kind: 'refused', why: `${this.label} was not changed: ${may.why}` };
    const to = may.replicas;
    if (from === to) return { kind: 'unchanged', replicas: to };
    let doubts = 0;
    for (let attempt = 1; ; attempt++) {
      try {
        await this.api.patch(this.path, 'json', swap(from, to, doubts > 0), { fieldManager: FIELD_MANAGER });
        return { kind: 'scaled', replicas: to };
      } catch (error) {
        const status = httpStatusOf(error);
        if (status !== 409 && status !== 422) return this.refused(error);
        const now = await this.read();
        if (now === undefined) return { kind: 'gone' };
        if (now.replicas !== from) return { kind: 'external', replicas: now.replicas };
        // Once more after a 422: the number may have gone and come back, and a 0 has two forms.
        if (status === 422) doubts++;
        if (doubts > 1 || attempt >= MOST_ATTEMPTS) return this.refused(error);
      }
    }
  }

  /** Nothing of ours is left on a workload: it keeps the replicas that it has, as removing them could hurt. */
  async release(): Promise<void> {}

  private refused(error: unknown): ScaleOutcome {
    return refusal(error, this.label, 'patch on its scale subresource');
  }

  private get label(): string {
    const { kind, namespace, name } = this.ref;
    return `${kind} ${namespace}/${name}`;
  }
}

/** What a scale subresource says; undefined stays undefined. */
export function stateOfScale(scale: ScaleObject | undefined): TargetState | undefined {
  if (scale === undefined) return undefined;
  return {
    replicas: scale.spec?.replicas ?? 0,
    asked: scale.spec?.replicas ?? 0,
    selector: scale.status?.selector ?? '',
    generation: undefined,
    bounds: undefined,
    blocked: undefined,
  };
}

/**
 * RFC 6902: the patch fails as a whole where `test` does. kube-apiserver (seen on 1.35) shows no replicas as `spec: {}`, so 0 is
 * tested as an empty spec first; should a server write the 0, the second attempt finds it.
 */
function swap(from: number, to: number, zeroIsWritten: boolean): JsonPatchStep[] {
  if (from === 0 && !zeroIsWritten) {
    return [
      { op: 'test', path: '/spec', value: {} },
      { op: 'add', path: '/spec/replicas', value: to },
    ];
  }
  return [
    { op: 'test', path: '/spec/replicas', value: from },
    { op: 'replace', path: '/spec/replicas', value: to },
  ];
}
