import {
  FIELD_MANAGER,
  refusal,
  type ScaleOutcome,
  type ScaleTarget,
  type TargetState,
  unlessGone,
} from '../../actuator/targets/target.ts';
import { permitted, type WriteBounds } from '../../actuator/targets/write-bounds.ts';
import { httpStatusOf, type KubernetesApi } from '../../kubernetes/api.ts';

interface Scaled {
  readonly metadata: { readonly generation?: number };
  readonly spec?: Readonly<Record<string, unknown>>;
}

/** One number in the spec of a custom resource that has no scale subresource, such as `spec.workers`. */
export class FieldTarget implements ScaleTarget {
  readonly kind = 'scale';
  private readonly api: KubernetesApi;
  private readonly path: string;
  private readonly field: string;

  /** @param path of the object: `/apis/batch.example/v1/namespaces/shop/crunchers/nightly`. @param field of its spec */
  constructor(api: KubernetesApi, path: string, field: string) {
    this.api = api;
    this.path = path;
    this.field = field;
  }

  async read(): Promise<TargetState | undefined> {
    const object = await unlessGone(this.api.get<Scaled>(this.path));
    if (object === undefined) return undefined;
    const value = object.spec?.[this.field];
    const isNumber = Number.isSafeInteger(value) && (value as number) >= 0;
    return {
      replicas: isNumber ? (value as number) : 0,
      asked: isNumber ? (value as number) : 0,
      selector: '',
      generation: object.metadata.generation,
      bounds: undefined,
      blocked: isNumber ? undefined : `${this.path}: spec.${this.field} is not a number of replicas`,
    };
  }

  /** Compare and swap in one request: a JSON patch fails as a whole where its `test` does. */
  async write(from: number, asked: number, bounds: WriteBounds): Promise<ScaleOutcome> {
    const may = permitted({ kind: 'decided', asked, bounds });
    if ('why' in may) return { kind: 'refused', why: `${this.path} was not changed: ${may.why}` };
    const to = may.replicas;
    if (from === to) return { kind: 'unchanged', replicas: to };
    const path = `/spec/${this.field}`;
    const swap = [
      { op: 'test', path, value: from },
      { op: 'replace', path, value: to },
    ];
    try {
      await this.api.patch(this.path, 'json', swap, { fieldManager: FIELD_MANAGER });
      return { kind: 'scaled', replicas: to };
    } catch (error) {
      const now = httpStatusOf(error) === 422 ? await this.read() : undefined;
      if (now !== undefined && now.replicas !== from) return { kind: 'external', replicas: now.replicas };
      return refusal(error, this.path, 'patch on this kind');
    }
  }

  /** Replicas stay as they are; nothing else of ours is on the object. */
  async release(): Promise<void> {}
}
