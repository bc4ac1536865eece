import { ApiError, type KubernetesApi, type MetadataObject } from '../../kubernetes/api.ts';
import { resourcePath } from '../../kubernetes/resource-path.ts';

/** spec of a coordination.k8s.io/v1 Lease. */
export interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

export interface Lease extends MetadataObject {
  /** Empty in one that was only just made. */
  readonly spec: LeaseSpec;
}

/** One Lease object by its name. Every write goes by the version it was read at, so that of two writers one is refused. */
export class LeaseObject {
  private readonly api: KubernetesApi;
  private readonly collection: string;
  private readonly path: string;
  private readonly namespace: string;
  private readonly name: string;

  constructor(api: KubernetesApi, namespace: string, name: string) {
    this.api = api;
    this.collection = resourcePath('coordination.k8s.io/v1', 'leases', namespace);
    this.path = resourcePath('coordination.k8s.io/v1', 'leases', namespace, name);
    this.namespace = namespace;
    this.name = name;
  }

  /** @returns undefined where there is none */
  async read(): Promise<Lease | undefined> {
    return absentAt(404, this.api.get<Lease>(this.path));
  }

  /**
   * @returns undefined where another was quicker
   * @throws ApiError; where it may not be made, with what is missing
   */
  async create(spec: LeaseSpec): Promise<Lease | undefined> {
    try {
      return await absentAt(409, this.api.post<Lease>(this.collection, this.object(spec)));
    } catch (error) {
      throw error instanceof ApiError ? this.notMade(error) : error;
    }
  }

  /** @returns undefined where it has changed since it was read, or is gone */
  async write({ metadata }: Lease, spec: LeaseSpec): Promise<Lease | undefined> {
    const { resourceVersion, labels, annotations, ownerReferences } = metadata;
    const kept = { resourceVersion, labels, annotations, ownerReferences };
    const written = this.api.put<Lease>(this.path, this.object(spec, kept));
    return absentAt(404, absentAt(409, written));
  }

  /** The server's own words, and what would be right. */
  private notMade(error: ApiError): ApiError {
    const { status, reason, retryAfterSeconds, message } = error;
    const what = `the Lease ${this.namespace}/${this.name} does not exist and could not be created: ${message}`;
    const fix = NOT_MADE[status]?.(this.namespace, this.name) ?? '';
    return new ApiError(`${what}${fix}`, status, reason, retryAfterSeconds, { cause: error });
  }

  private object(spec: LeaseSpec, metadata: object = {}): object {
    return {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { ...metadata, name: this.name, namespace: this.namespace },
      spec,
    };
  }
}

const NOT_MADE: Readonly<Record<number, (namespace: string, name: string) => string>> = {
  403: (namespace, name) =>
    `; expected create on leases.coordination.k8s.io in ${namespace}, or a Lease ${name} that somebody else created there`,
  404: (namespace) => `; expected a namespace ${namespace} (leaderElection.namespace)`,
};

async function absentAt<T>(status: number, request: Promise<T>): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof ApiError && error.status === status) return undefined;
    throw error;
  }
}

/** Six digits, or the API server refuses it. */
export function microTime(epochSeconds: number): string {
  return new Date(epochSeconds * 1000).toISOString().replace('Z', '000Z');
}
