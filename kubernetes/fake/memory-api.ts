import type { Sleep } from '../../core/clock.ts';
import type { ApiError, KubernetesApi, ListOptions, PatchType, Query } from '../api.ts';
import { statusError } from '../api-failure.ts';
import { isRecord, sameJson } from '../json-patch.ts';
import { parseResourcePath, type ResourcePath } from '../resource-path.ts';
import { fieldSelector, labelSelector, type Selector } from '../selectors.ts';
import { BUILT_IN, discoveryAnswer, type ServedResource } from './memory-resources.ts';
import { copied, MemoryStore, type StoredObject } from './memory-store.ts';
import { lostConnection, memoryWatch } from './memory-watch.ts';
import { checkTimes, checkVersion, nextState, notFound, patched, scaled, scaleOf } from './memory-writes.ts';

export interface MemoryRequest {
  readonly verb: 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete';
  readonly path: string;
  readonly query: Query;
  readonly body: unknown;
}

/** What becomes of a request instead of, or before, its ordinary answer. */
export interface Intercepted {
  /** Waited first (by the sleep of the options). */
  readonly delaySeconds?: number;
  /** Thrown; with `afterwards` only when the request has been carried out: an answer that got lost. */
  readonly error?: ApiError;
  readonly afterwards?: boolean;
  /** Answered as it is: other APIs (metrics.k8s.io, access reviews). */
  readonly answer?: unknown;
}

export interface MemoryOptions {
  /** For delays, time-outs and bookmarks of watches; without it no time passes and a watch ends only by its signal. */
  readonly sleep?: Sleep;
  /** For creationTimestamp. */
  readonly epochSeconds?: () => number;
  readonly namespaces?: readonly string[];
  /** Further resources: an Argo Rollout, a CRD. */
  readonly resources?: readonly ServedResource[];
}

/**
 * An API server in memory: versions, conflicts, generations, patches, the scale and status subresources, selectors, pages and
 * watches are the real one's, as the contract suite says that runs on both. Left out: admission and defaults, validation of
 * specs, server-side apply (refused), garbage collection, finalizers, authorization. Objects are frozen.
 */
export interface MemoryKubernetesApi extends KubernetesApi {
  /** Stores an object whole, its status too, as if controllers had been at work; makes its namespace. */
  seed(path: string, object: object): StoredObject;
  /** Asked before each request. */
  intercept: ((request: MemoryRequest) => Intercepted | undefined) | undefined;
  /** Forgets the changes so far: resuming a watch or a list from before answers 410. */
  expire(): void;
  /** Cuts all watches under way. */
  breakWatches(error?: ApiError): void;
  /** Requests so far, by verb; watches count at their start. */
  readonly requests: Readonly<Record<MemoryRequest['verb'], number>>;
}

interface Target extends ResourcePath {
  readonly what: string;
  readonly served: ServedResource;
  readonly collection: string;
}

/** Paths of which it is remembered what they name. */
const MOST_PATHS = 2_000;

export function memoryKubernetes(options: MemoryOptions = {}): MemoryKubernetesApi {
  return new Memory(options);
}

class Memory implements MemoryKubernetesApi {
  readonly server = 'memory';
  readonly requests = { get: 0, list: 0, watch: 0, create: 0, update: 0, patch: 0, delete: 0 };
  intercept: MemoryKubernetesApi['intercept'];
  private readonly store = new MemoryStore();
  private readonly served: readonly ServedResource[];
  private readonly options: MemoryOptions;
  private readonly pages = new Map<string, { readonly rest: readonly StoredObject[]; readonly version: number }>();
  private readonly watches = new Set<(error: ApiError) => void>();
  /** The same few paths are asked again and again. */
  private readonly paths = new Map<string, ResourcePath | undefined>();
  private readonly targets = new Map<string, Target>();
  private made = 0;

  constructor(options: MemoryOptions) {
    this.options = options;
    this.served = [...BUILT_IN, ...(options.resources ?? [])];
    for (const name of ['default', 'kube-system', ...(options.namespaces ?? [])]) this.makeNamespace(name);
  }

  async get<T>(path: string, query: Query = {}, list: ListOptions = {}): Promise<T> {
    const verb = this.parse(path)?.name === undefined ? 'list' : 'get';
    return this.handle({ verb, path, query, body: undefined }, () => {
      const discovered = discoveryAnswer(this.served, path);
      if (discovered !== undefined) return discovered;
      const target = this.target('GET', path);
      if (target.name === undefined) return this.list(target, query, list);
      const object = this.stored(target);
      if (target.subresource === 'scale') return scaleOf(object);
      return list.metadataOnly ? partial(object) : object;
    });
  }

  async post<T>(path: string, body: unknown, query: Query = {}): Promise<T> {
    return this.handle({ verb: 'create', path, query, body }, () =>
      this.create(this.target('POST', path), body, false),
    );
  }

  async put<T>(path: string, body: unknown, query: Query = {}): Promise<T> {
    return this.handle({ verb: 'update', path, query, body }, () =>
      this.update(this.target('PUT', path), () => body, true),
    );
  }

  async patch<T>(path: string, type: PatchType, body: unknown, query: Query = {}): Promise<T> {
    return this.handle({ verb: 'patch', path, query, body }, () => {
      const target = this.target('PATCH', path);
      return this.update(target, (current) => patched(target.what, current, type, body), false);
    });
  }

  async delete(path: string, query: Query = {}): Promise<void> {
    await this.handle({ verb: 'delete', path, query, body: undefined }, () => {
      const target = this.target('DELETE', path);
      this.store.remove(target.collection, this.stored(target));
    });
  }

  async watch<T>(
    path: string,
    query: Query,
    onEvent: (event: { type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'; object: T }) => void,
    signal: AbortSignal,
    list: ListOptions = {},
  ): Promise<void> {
    await this.handle({ verb: 'watch', path, query, body: undefined }, () => undefined);
    const target = this.target('GET', path);
    const { what, collection, namespace, served } = target;
    const watch = {
      what,
      store: this.store,
      collection,
      namespace,
      query,
      selects: selects(target, query),
      kind: list.metadataOnly ? PARTIAL : { apiVersion: apiVersionOf(served), kind: served.kind },
      shape: list.metadataOnly ? partial : (object: StoredObject) => object,
      sleep: this.options.sleep,
      onOpen: (breakIt: (error: ApiError) => void) => {
        this.watches.add(breakIt);
        return () => this.watches.delete(breakIt);
      },
    };
    await memoryWatch(watch, (event) => onEvent(event as Parameters<typeof onEvent>[0]), signal);
  }

  async close(): Promise<void> {
    this.breakWatches();
  }

  seed(path: string, object: object): StoredObject {
    const target = this.target('POST', path);
    if (target.namespace !== undefined) this.makeNamespace(target.namespace);
    const found = this.store.find(target.collection, target.namespace, (object as StoredObject).metadata.name);
    if (found) this.store.remove(target.collection, found);
    return this.create(target, object, true);
  }

  expire(): void {
    this.store.compact();
    this.pages.clear();
  }

  breakWatches(error: ApiError = lostConnection('WATCH memory')): void {
    for (const breakIt of [...this.watches]) breakIt(error);
  }

  private async handle<T>(request: MemoryRequest, work: () => unknown): Promise<T> {
    this.requests[request.verb]++;
    const { delaySeconds = 0, error, afterwards = false, answer } = this.intercept?.(request) ?? {};
    if (delaySeconds > 0) await this.options.sleep?.(delaySeconds);
    if (error && !afterwards) throw error;
    const result = answer ?? work();
    if (error) throw error;
    return result as T;
  }

  private target(method: string, path: string): Target {
    const key = `${method} ${path}`;
    const known = this.targets.get(key);
    if (known) return known;
    const what = `${method} memory${path}`;
    const parsed = this.parse(path);
    const served = parsed && this.served.find((one) => isServed(one, parsed));
    if (parsed && served) {
      const target = { ...parsed, what, served, collection: `${served.group}/${served.resource}` };
      if (this.targets.size >= MOST_PATHS) this.targets.clear();
      this.targets.set(key, target);
      return target;
    }
    throw statusError(what, 404, { message: 'the server could not find the requested resource', reason: 'NotFound' });
  }

  private parse(path: string): ResourcePath | undefined {
    if (this.paths.has(path)) return this.paths.get(path);
    if (this.paths.size >= MOST_PATHS) this.paths.clear();
    const parsed = parseResourcePath(path);
    this.paths.set(path, parsed);
    return parsed;
  }

  private stored({ what, served, collection, namespace, name = '' }: Target): StoredObject {
    const found = this.store.find(collection, namespace, name);
    if (!found) throw notFound(what, served, name);
    return found;
  }

  private list(target: Target, query: Query, { metadataOnly }: ListOptions): unknown {
    const { all, version } = this.page(target, query);
    const limit = Number(query.limit ?? 0) || all.length;
    const rest = all.slice(limit);
    const next = rest.length > 0 ? `page-${++this.made}` : undefined;
    if (next) this.pages.set(next, { rest, version });
    const metadata = {
      resourceVersion: String(version),
      ...(next ? { continue: next, remainingItemCount: rest.length } : {}),
    };
    const page = all.slice(0, limit);
    if (metadataOnly) {
      // As the real server answers where there is none.
      const items = page.length === 0 ? null : page.map(partial);
      return { ...PARTIAL, kind: 'PartialObjectMetadataList', metadata, items };
    }
    const items = page.map(({ apiVersion: _, kind: __, ...item }) => item);
    return { apiVersion: apiVersionOf(target.served), kind: `${target.served.kind}List`, metadata, items };
  }

  /** Later pages show the same state as the first. */
  private page(target: Target, query: Query): { all: readonly StoredObject[]; version: number } {
    if (query.continue === undefined || query.continue === '') {
      const all = this.store.list(target.collection, target.namespace).filter(selects(target, query));
      return { all, version: this.store.version };
    }
    const page = this.pages.get(String(query.continue));
    if (page) return { all: page.rest, version: page.version };
    const message = 'The provided continue parameter is too old to display a consistent list result.';
    throw statusError(target.what, 410, { message, reason: 'Expired' });
  }

  private create(target: Target, body: unknown, whole: boolean): StoredObject {
    const { what, served, collection, namespace } = target;
    if (!isRecord(body) || !isRecord(body.metadata)) throw statusError(what, 400, { message: 'expected an object' });
    checkTimes(what, served, body);
    if (namespace !== undefined && !this.store.find('/namespaces', undefined, namespace)) {
      throw notFound(what, this.served.find(({ resource }) => resource === 'namespaces')!, namespace);
    }
    const { name: given, generateName } = body.metadata;
    const name =
      typeof given === 'string' ? given : `${String(generateName)}${(++this.made).toString(36).padStart(5, '0')}`;
    if (this.store.find(collection, namespace, name)) {
      const group = served.group === '' ? '' : `.${served.group}`;
      throw statusError(what, 409, {
        message: `${served.resource}${group} "${name}" already exists`,
        reason: 'AlreadyExists',
      });
    }
    const { status, ...spec } = body;
    const creationTimestamp = new Date(Math.floor(this.options.epochSeconds?.() ?? 0) * 1000).toISOString();
    const metadata = {
      ...(served.generation ? { generation: 1 } : {}),
      ...body.metadata,
      creationTimestamp: (whole && body.metadata.creationTimestamp) || creationTimestamp.replace('.000Z', 'Z'),
      uid: (whole && (body.metadata.uid as string | undefined)) || `uid-${++this.made}`,
      name,
      ...(namespace === undefined ? {} : { namespace }),
      resourceVersion: '',
    };
    const kept = status === undefined || (served.status && !whole) ? {} : { status };
    const object = {
      apiVersion: apiVersionOf(served),
      kind: served.kind,
      ...copied({ ...spec, ...kept, metadata }),
    };
    return this.store.put(collection, object as StoredObject);
  }

  private update(target: Target, change: (current: object) => unknown, put: boolean): unknown {
    const { what, served, collection, subresource } = target;
    const stored = this.stored(target);
    const scale = subresource === 'scale';
    const wanted = change(scale ? scaleOf(stored) : stored);
    checkVersion(what, scale ? { ...served, needsVersion: false } : served, stored, wanted, put);
    const goal = scale ? scaled(what, stored, wanted) : wanted;
    const next = nextState(what, served, stored, copied(goal), subresource === 'status');
    // A write that changes nothing makes no new version.
    const written = sameJson(next, stored) ? stored : this.store.put(collection, next);
    return scale ? scaleOf(written) : written;
  }

  private makeNamespace(name: string): void {
    if (this.store.find('/namespaces', undefined, name)) return;
    const labels = { 'kubernetes.io/metadata.name': name };
    this.create(this.target('POST', '/api/v1/namespaces'), { metadata: { name, labels } }, true);
  }
}

const PARTIAL = { apiVersion: 'meta.k8s.io/v1', kind: 'PartialObjectMetadata' };

function partial({ metadata }: StoredObject): StoredObject {
  return { ...PARTIAL, metadata };
}

function isServed(one: ServedResource, { group, version, resource, subresource }: ResourcePath): boolean {
  if (one.group !== group || one.version !== version || one.resource !== resource) return false;
  return (
    subresource === undefined || (subresource === 'scale' && !!one.scale) || (subresource === 'status' && !!one.status)
  );
}

function apiVersionOf({ group, version }: ServedResource): string {
  return group === '' ? version : `${group}/${version}`;
}

function selects({ what, name }: Target, { labelSelector: labels, fieldSelector: fields }: Query): Selector {
  const named: Selector = (object) => name === undefined || (object as StoredObject).metadata.name === name;
  try {
    const selectors = [named, labelSelector(String(labels ?? '')), fieldSelector(String(fields ?? ''))];
    return (object) => selectors.every((selector) => selector(object));
  } catch (error) {
    throw statusError(what, 400, { message: (error as Error).message, reason: 'BadRequest' });
  }
}
