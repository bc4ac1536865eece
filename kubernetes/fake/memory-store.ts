import type { MetadataObject } from '../api.ts';

/** An object as it is stored: frozen, so that readers can share it. */
export interface StoredObject extends MetadataObject {
  readonly spec?: unknown;
  readonly status?: unknown;
}

/** One write. `before` is what it replaced. */
export interface Change {
  readonly version: number;
  readonly collection: string;
  readonly before: StoredObject | undefined;
  readonly after: StoredObject | undefined;
}

/** Changes kept for watches that start late; etcd keeps five minutes of them. */
const MOST_CHANGES = 20_000;

/** What etcd is to an API server: objects by key, one version over all, the newest changes. */
export class MemoryStore {
  private readonly collections = new Map<string, Map<string, StoredObject>>();
  private changes: Change[] = [];
  private newestVersion = 1;
  private oldest = 1;
  /** By collection. */
  private readonly listeners = new Map<string, Set<(change: Change) => void>>();

  /** Of the newest write. */
  get version(): number {
    return this.newestVersion;
  }

  find(collection: string, namespace: string | undefined, name: string): StoredObject | undefined {
    return this.collections.get(collection)?.get(keyOf(namespace, name));
  }

  /** By namespace, then name, as etcd's keys are. */
  list(collection: string, namespace: string | undefined): StoredObject[] {
    const entries = [...(this.collections.get(collection) ?? [])];
    const own = namespace === undefined ? entries : entries.filter(([key]) => key.startsWith(`${namespace}/`));
    return own.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
  }

  /** @returns the object as stored, with its new version */
  put(collection: string, object: StoredObject): StoredObject {
    return this.change(collection, object, false);
  }

  /** Removes it. @returns its last state, with the version of the removal */
  remove(collection: string, object: StoredObject): StoredObject {
    return this.change(collection, object, true);
  }

  /** Changes after that version; undefined when some of them are forgotten. */
  since(version: number): readonly Change[] | undefined {
    if (version < this.oldest) return undefined;
    let from = this.changes.length;
    while (from > 0 && this.changes[from - 1]!.version > version) from--;
    return this.changes.slice(from);
  }

  /** Forgets all changes so far: who resumes from an earlier version must list again. */
  compact(): void {
    this.changes = [];
    // The version moves on, as other writes in a cluster do: no one's last version is the newest one.
    this.newestVersion++;
    this.oldest = this.newestVersion;
  }

  /** Told of each write to a collection. @returns ends it */
  onChange(collection: string, listener: (change: Change) => void): () => void {
    const listeners = this.listeners.get(collection) ?? new Set();
    this.listeners.set(collection, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  private change(collection: string, object: StoredObject, gone: boolean): StoredObject {
    const { namespace, name } = object.metadata;
    const objects = this.collections.get(collection) ?? new Map<string, StoredObject>();
    this.collections.set(collection, objects);
    const key = keyOf(namespace, name);
    const before = objects.get(key);
    const version = ++this.newestVersion;
    const stored = deepFreeze({ ...object, metadata: { ...object.metadata, resourceVersion: String(version) } });
    if (gone) objects.delete(key);
    else objects.set(key, stored);
    const change: Change = gone
      ? { version, collection, before: stored, after: undefined }
      : { version, collection, before, after: stored };
    this.changes.push(change);
    if (this.changes.length > 2 * MOST_CHANGES) {
      this.changes = this.changes.slice(-MOST_CHANGES);
      this.oldest = this.changes[0]!.version;
    }
    for (const listener of [...(this.listeners.get(collection) ?? [])]) listener(change);
    return stored;
  }
}

function keyOf(namespace: string | undefined, name: string): string {
  return `${namespace ?? ''}/${name}`;
}

/** A copy of JSON that shares what is frozen: what the store gave out comes back with most writes. */
export function copied<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  if (Array.isArray(value)) return value.map(copied) as T;
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value)) copy[key] = copied((value as Record<string, unknown>)[key]);
  return copy as T;
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}
