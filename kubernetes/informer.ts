import type { Clock } from '../core/clock.ts';
import { ApiError, type KubernetesApi, type MetadataObject, type Query, type WatchEvent } from './api.ts';

/** A page of a list: whole answers of a large cluster would cost hundreds of MB on both sides. */
const PAGE_OBJECTS = 500;
/** After an API server's restart we are in step again well within 30 s. */
const MOST_BACKOFF_SECONDS = 10;
const LEAST_BACKOFF_SECONDS = 0.5;
/** A watch that ends sooner than this ended for no good reason; it is not started anew at once. */
const SHORT_WATCH_SECONDS = 1;

export interface InformerOptions<T extends MetadataObject, R> extends Clock {
  readonly api: KubernetesApi;
  /** A collection: `/apis/apps/v1/deployments`, `/api/v1/namespaces/shop/pods`. */
  readonly path: string;
  /** labelSelector, fieldSelector. */
  readonly query?: Query;
  readonly metadataOnly?: boolean;
  /** What is held of an object; undefined: nothing, as if it didn't exist. Whole objects are gone as soon as it returns. */
  readonly keep: (object: T) => R | undefined;
  /** @param before what was held of the same object (by uid) */
  readonly onUpsert?: (kept: R, before: R | undefined) => void;
  readonly onDelete?: (kept: R) => void;
  /** It was deleted, and nothing was held of it: it may be known from elsewhere. */
  readonly onGone?: (object: T) => void;
  /** The first list is held whole; onUpsert was called for each of its objects. */
  readonly onSynced?: () => void;
  /** What failed and will be tried again, or was thrown by one of the functions here. */
  readonly onError: (error: Error) => void;
  /** In [0, 1), for jitter. */
  readonly random: () => number;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** A list of everything now and then finds what a watch lost unnoticed. Default: 10 minutes. */
  readonly relistSeconds?: number;
}

/** What is held of one collection, in step with the API server. */
export interface Informer<R> {
  /** Whether the first list has been held whole. */
  readonly synced: boolean;
  /** When the API server last said anything (a page, an event, a bookmark, the end of a watch), by nowSeconds. */
  readonly lastHeardSeconds: number | undefined;
  readonly size: number;
  /** @param key `shop/web`; the name alone where there is no namespace */
  get(key: string): R | undefined;
  values(): IterableIterator<R>;
  /** Resolves when the signal has ended it; never rejects. */
  readonly done: Promise<void>;
}

/** Lists and watches a collection until the signal: resumes where it was, lists anew where it can't. */
export function informer<T extends MetadataObject, R>(options: InformerOptions<T, R>): Informer<R> {
  return new ListWatch(options);
}

interface Held<R> {
  readonly uid: string;
  readonly version: string;
  readonly kept: R;
}

class ListWatch<T extends MetadataObject, R> implements Informer<R> {
  synced = false;
  lastHeardSeconds: number | undefined;
  readonly done: Promise<void>;
  private readonly options: InformerOptions<T, R>;
  private readonly held = new Map<string, Held<R>>();
  /** Where the next watch starts; undefined: a list comes first. */
  private version: string | undefined;
  private relistAtSeconds = 0;
  private failures = 0;

  constructor(options: InformerOptions<T, R>) {
    this.options = options;
    this.done = this.run();
  }

  get size(): number {
    return this.held.size;
  }

  get(key: string): R | undefined {
    return this.held.get(key)?.kept;
  }

  *values(): IterableIterator<R> {
    for (const { kept } of this.held.values()) yield kept;
  }

  private async run(): Promise<void> {
    const { signal, sleep, random } = this.options;
    while (!signal.aborted) {
      try {
        await this.step();
      } catch (error) {
        if (signal.aborted) return;
        this.report(error);
        // Expired: what happened in between is unknown, so everything is listed. Once at once, then with patience.
        const expired = error instanceof ApiError && error.status === 410;
        // A silent watch may be a path on which no watch gets through, and then the next one is silent, too: lists may get through.
        const silent = error instanceof ApiError && error.reason === 'Silent';
        if (expired || silent) this.version = undefined;
        this.failures++;
        const seconds = Math.min(MOST_BACKOFF_SECONDS, LEAST_BACKOFF_SECONDS * 2 ** (this.failures - 1));
        if (!expired || this.failures > 1) await sleep(seconds * (0.5 + 0.5 * random()), signal);
      }
    }
  }

  private async step(): Promise<void> {
    const { nowSeconds, random, relistSeconds = 600 } = this.options;
    if (this.version === undefined || nowSeconds() >= this.relistAtSeconds) {
      await this.list();
      // Between 90 % and 110 %, so that informers don't list in step.
      this.relistAtSeconds = nowSeconds() + relistSeconds * (0.9 + 0.2 * random());
      this.failures = 0;
    }
    await this.watch();
  }

  private async list(): Promise<void> {
    const { api, path, query, metadataOnly = false, signal } = this.options;
    const listed = new Set<string>();
    let next: string | undefined;
    let version: string | undefined;
    do {
      const page = await api.get<List<T>>(path, { ...query, limit: PAGE_OBJECTS, continue: next }, { metadataOnly });
      if (signal.aborted) return;
      this.heard();
      for (const object of page.items ?? []) listed.add(this.upsert(object));
      next = page.metadata.continue || undefined;
      version = page.metadata.resourceVersion;
    } while (next !== undefined);
    for (const key of [...this.held.keys()]) if (!listed.has(key)) this.remove(key);
    this.version = version;
    if (!this.synced) {
      this.synced = true;
      this.guard(() => this.options.onSynced?.());
    }
  }

  private async watch(): Promise<void> {
    const { api, path, query, metadataOnly = false, signal, sleep, nowSeconds, random } = this.options;
    const start = nowSeconds();
    const from = { ...query, resourceVersion: this.version };
    await api.watch<T>(path, from, (event) => this.handle(event), signal, { metadataOnly });
    this.heard();
    this.failures = 0;
    if (signal.aborted || nowSeconds() - start >= SHORT_WATCH_SECONDS) return;
    await sleep(SHORT_WATCH_SECONDS * (0.5 + 0.5 * random()), signal);
  }

  private handle({ type, object }: WatchEvent<T>): void {
    if (this.options.signal.aborted) return;
    this.heard();
    this.failures = 0;
    if (type === 'DELETED') this.deleted(object);
    else if (type !== 'BOOKMARK') this.upsert(object);
    this.version = object.metadata.resourceVersion;
  }

  private deleted(object: T): void {
    const key = keyOf(object);
    if (this.held.has(key)) this.remove(key);
    else this.guard(() => this.options.onGone?.(object));
  }

  /** @returns its key */
  private upsert(object: T): string {
    const key = keyOf(object);
    const { uid, resourceVersion: version } = object.metadata;
    const before = this.held.get(key);
    if (before?.uid === uid && before.version === version) return key;
    // Where keep() throws, what was held stays.
    this.guard(() => {
      const kept = this.options.keep(object);
      // Deleted and made anew under the same name while we didn't look: both are reported.
      if (before && (before.uid !== uid || kept === undefined)) this.remove(key);
      if (kept === undefined) return;
      this.held.set(key, { uid, version, kept });
      this.options.onUpsert?.(kept, before?.uid === uid ? before.kept : undefined);
    });
    return key;
  }

  private remove(key: string): void {
    const held = this.held.get(key);
    if (!held) return;
    this.held.delete(key);
    this.guard(() => this.options.onDelete?.(held.kept));
  }

  private heard(): void {
    this.lastHeardSeconds = this.options.nowSeconds();
  }

  /** A function that throws is reported, and nothing stops. */
  private guard(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.report(error);
    }
  }

  private report(error: unknown): void {
    try {
      this.options.onError(error instanceof Error ? error : new Error(String(error)));
    } catch {
      // Who is told of errors can't be told of its own.
    }
  }
}

interface List<T> {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  /** The metadata of an empty collection may come as null. */
  readonly items: readonly T[] | null;
}

function keyOf({ metadata: { namespace, name } }: MetadataObject): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}
