import type { Sleep } from '../../core/clock.ts';
import { ApiError, type Query, type WatchEvent } from '../api.ts';
import { statusError } from '../api-failure.ts';
import type { Selector } from '../selectors.ts';
import type { Change, MemoryStore, StoredObject } from './memory-store.ts';

/** The API server sends a bookmark so long before it ends a watch. */
const LAST_BOOKMARK_SECONDS = 2;
const BOOKMARK_SECONDS = 60;

export interface MemoryWatch {
  readonly what: string;
  readonly store: MemoryStore;
  readonly collection: string;
  readonly namespace: string | undefined;
  readonly selects: Selector;
  readonly query: Query;
  readonly kind: { readonly apiVersion: string; readonly kind: string };
  readonly shape: (object: StoredObject) => unknown;
  /** Undefined where no time passes: the watch has no time-out, and no bookmarks. */
  readonly sleep: Sleep | undefined;
  /** Hands out a way to break the stream; called once, at the start. */
  readonly onOpen: (breakIt: (error: ApiError) => void) => () => void;
}

type Deliver = (event: WatchEvent<unknown>) => void;

const delivered = Promise.resolve();

/** One watch request against memory. Events come in order, never from within the write that caused them. */
export async function memoryWatch(watch: MemoryWatch, onEvent: Deliver, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const ended = new AbortController();
  let failure: unknown;
  const end = (error?: unknown) => {
    failure ??= error;
    ended.abort('ended');
  };
  // A promise, as Node's queueMicrotask makes an async resource of each call.
  const deliver: Deliver = (event) =>
    void delivered.then(() => {
      if (ended.signal.aborted) return;
      try {
        onEvent(event);
      } catch (error) {
        end(error);
      }
    });
  const stop = () => end();
  signal.addEventListener('abort', stop);
  const closed = watch.onOpen(end);
  const unsubscribe = start(watch, deliver);
  try {
    await Promise.race([aborted(ended.signal), untilTimeout(watch, deliver, ended.signal)]);
    // What was delivered last is handled before the watch resolves.
    await Promise.resolve();
  } finally {
    unsubscribe();
    closed();
    signal.removeEventListener('abort', stop);
    ended.abort('ended');
  }
  if (failure !== undefined) throw failure;
}

/** Delivers what happened since the version asked for, then everything that happens. */
function start(watch: MemoryWatch, deliver: Deliver): () => void {
  const { store, collection, namespace, selects, shape, query, what } = watch;
  const from = Number(query.resourceVersion ?? 0);
  const pass = (change: Change) => {
    const event = eventOf(change, watch);
    if (event) deliver(event);
  };
  if (from === 0) {
    for (const object of store.list(collection, namespace).filter(selects)) {
      deliver({ type: 'ADDED', object: shape(object) });
    }
  } else {
    const missed = store.since(from);
    if (!missed) {
      throw statusError(what, 410, {
        message: `too old resource version: ${from} (${store.version})`,
        reason: 'Expired',
      });
    }
    missed.forEach(pass);
  }
  return store.onChange(collection, pass);
}

/** An object that stops being selected is DELETED for this watch, one that starts is ADDED. */
function eventOf(change: Change, watch: MemoryWatch): WatchEvent<unknown> | undefined {
  const object = change.after ?? change.before!;
  if (change.collection !== watch.collection) return undefined;
  if (watch.namespace !== undefined && object.metadata.namespace !== watch.namespace) return undefined;
  const was = change.before !== undefined && watch.selects(change.before);
  const is = change.after !== undefined && watch.selects(change.after);
  if (!was && !is) return undefined;
  return { type: !is ? 'DELETED' : was ? 'MODIFIED' : 'ADDED', object: watch.shape(object) };
}

async function untilTimeout(
  { query, sleep, store, kind }: MemoryWatch,
  deliver: Deliver,
  signal: AbortSignal,
): Promise<void> {
  if (!sleep) return aborted(signal);
  const seconds = Number(query.timeoutSeconds ?? 45);
  const bookmark = () =>
    deliver({ type: 'BOOKMARK', object: { ...kind, metadata: { resourceVersion: String(store.version) } } });
  let left = seconds;
  while (left > 0 && !signal.aborted) {
    const next =
      left > BOOKMARK_SECONDS ? BOOKMARK_SECONDS : left > LAST_BOOKMARK_SECONDS ? left - LAST_BOOKMARK_SECONDS : left;
    await sleep(next, signal);
    left -= next;
    if (left > 0 && !signal.aborted && query.allowWatchBookmarks !== false) bookmark();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

/** How a stream ends whose connection is lost. */
export function lostConnection(what: string): ApiError {
  return new ApiError(`${what}: the connection was closed in the middle of it`, 0, 'ConnectionLost');
}
