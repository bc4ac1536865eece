import { WorldError } from '../core/errors.ts';

/** What the API server answered instead of a result. */
export class ApiError extends WorldError {
  /** HTTP status; 0 where no answer came at all (refused, reset, timed out). */
  readonly status: number;
  /** The Status object's reason (`NotFound`, `Conflict`, `Forbidden`, `Expired`, …), or a word of ours for status 0. */
  readonly reason: string;
  readonly retryAfterSeconds: number | undefined;

  constructor(message: string, status: number, reason: string, retryAfterSeconds?: number, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
    this.reason = reason;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** HTTP status of an API server's refusal; undefined: some other error. */
export function httpStatusOf(error: unknown): number | undefined {
  return error instanceof ApiError ? error.status : undefined;
}

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** Content types of PATCH: RFC 7386, server-side apply, RFC 6902. */
export type PatchType = 'merge' | 'apply' | 'json';

export interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: T;
}

export interface ListOptions {
  /** Only names, labels, annotations: PartialObjectMetadata instead of whole objects. */
  readonly metadataOnly?: boolean;
}

/**
 * The Kubernetes API by its paths (`/apis/apps/v1/namespaces/shop/deployments/web/scale`). Every request has a deadline,
 * a place in the rate limit and a count in `requests`. Errors are ApiErrors.
 */
export interface KubernetesApi {
  /** The server's address, for messages. */
  readonly server: string;
  get<T>(path: string, query?: Query, options?: ListOptions): Promise<T>;
  post<T>(path: string, body: unknown, query?: Query): Promise<T>;
  put<T>(path: string, body: unknown, query?: Query): Promise<T>;
  patch<T>(path: string, type: PatchType, body: unknown, query?: Query): Promise<T>;
  delete(path: string, query?: Query): Promise<void>;
  /**
   * Events of one watch request, until the server ends it (resolves), the signal aborts (resolves) or it fails (throws:
   * status 410 is the caller's to relist). Throws status 0 where the stream is silent for longer than its time-out.
   */
  watch<T>(
    path: string,
    query: Query,
    onEvent: (event: WatchEvent<T>) => void,
    signal: AbortSignal,
    options?: ListOptions,
  ): Promise<void>;
  /** Lets go of all connections. */
  close(): Promise<void>;
}

/** Metadata that every object has; what a metadata-only list gives. */
export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation?: number;
  readonly creationTimestamp: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly {
    readonly apiVersion: string;
    readonly kind: string;
    readonly name: string;
    readonly uid: string;
    readonly controller?: boolean;
  }[];
}

export interface MetadataObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: ObjectMeta;
}
