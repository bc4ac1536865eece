import type { PodObstacle, PodRecord } from '../../core/pod-record.ts';
import { type WorkloadRef, workloadKey } from '../../core/workload.ts';
import { type LabelSelector, type Labels, parseSelector, selects } from '../../kubernetes/label-selector.ts';
import { type OwnerReference, ownership } from './pod-owner.ts';

/** Pods that are neither finished nor being deleted, and of these the Ready ones. */
export interface PodCounts {
  readonly total: number;
  readonly ready: number;
}

/** A pod that the selectors of two workloads match, and whose owners don't tell which one's it is: neither can be counted rightly. */
export interface AmbiguousPod {
  readonly namespace: string;
  readonly pod: string;
  readonly workloads: readonly string[];
}

interface Entry {
  readonly key: string;
  readonly workload: WorkloadRef;
  readonly namespace: string;
  readonly selectorText: string;
  readonly selector: LabelSelector;
  /** The `label=value` pairs under which it is found; none: it is tried on every pod of its namespace. */
  readonly anchors: readonly string[];
  readonly pods: Map<string, PodRecord>;
  /** The pods as a list, until one changes. */
  listed: readonly PodRecord[] | undefined;
  total: number;
  ready: number;
}

interface Namespace {
  readonly byAnchor: Map<string, Set<Entry>>;
  readonly unanchored: Set<Entry>;
}

/** What one pod is known by: its record and whose it is. */
interface Known {
  readonly record: PodRecord;
  readonly entries: readonly Entry[];
}

/**
 * Pods by workload. Only pods of registered workloads are kept, and of the others nothing, not even a hash of their labels: in a
 * cluster of 100,000 pods with ten workloads opted in, ten workloads' pods are held. So whoever registers a workload whose
 * namespace was listed before must list its pods once again; `register` says when.
 *
 * A pod finds its workloads by one `label=value` of each selector, so an event costs as much as the pod has labels.
 */
export class PodIndex {
  private readonly entries = new Map<string, Entry>();
  private readonly namespaces = new Map<string, Namespace>();
  private readonly pods = new Map<string, Known>();
  /** Pods that several workloads keep, by uid: rarely any. */
  private readonly shared = new Map<string, readonly Entry[]>();
  private readonly reported = new Set<string>();
  private readonly onAmbiguous: (pod: AmbiguousPod) => void;

  /** @param onAmbiguous told once for each set of workloads that share pods, with the first such pod */
  constructor(onAmbiguous: (pod: AmbiguousPod) => void = () => {}) {
    this.onAmbiguous = onAmbiguous;
  }

  /**
   * @param selector as in scale.status.selector
   * @returns whether its pods must be listed again: it is new, or its selector changed
   * @throws InputError for a selector that can't be read
   */
  register(workload: WorkloadRef, selector: string): boolean {
    const key = workloadKey(workload);
    if (this.entries.get(key)?.selectorText === selector) return false;
    const parsed = parseSelector(selector);
    this.unregister(key);
    const { namespace } = workload;
    const room = this.namespaces.get(namespace) ?? { byAnchor: new Map(), unanchored: new Set() };
    this.namespaces.set(namespace, room);
    const anchors = anchorsOf(parsed, room);
    const entry: Entry = {
      key,
      workload,
      namespace,
      selectorText: selector,
      selector: parsed,
      anchors,
      pods: new Map(),
      listed: undefined,
      total: 0,
      ready: 0,
    };
    this.entries.set(key, entry);
    if (anchors.length === 0) room.unanchored.add(entry);
    for (const anchor of anchors) room.byAnchor.set(anchor, (room.byAnchor.get(anchor) ?? new Set()).add(entry));
    return true;
  }

  /** Lets go of a workload and of the pods that are no other's. @returns the pods that no one keeps any more */
  unregister(key: string): readonly PodRecord[] {
    const entry = this.entries.get(key);
    if (entry === undefined) return [];
    this.entries.delete(key);
    const room = this.namespaces.get(entry.namespace)!;
    room.unanchored.delete(entry);
    for (const anchor of entry.anchors) {
      const found = room.byAnchor.get(anchor)!;
      found.delete(entry);
      if (found.size === 0) room.byAnchor.delete(anchor);
    }
    if (room.unanchored.size === 0 && room.byAnchor.size === 0) this.namespaces.delete(entry.namespace);
    for (const shared of this.reported) if (shared.split(' ').includes(key)) this.reported.delete(shared);
    return [...entry.pods.values()].filter((record) => !this.leave(record.uid, entry));
  }

  /** Whether any workload of the namespace is registered: its pods matter. */
  watches(namespace: string): boolean {
    return this.namespaces.has(namespace);
  }

  /**
   * A pod appeared or changed. It is kept for the workload that owns it; where its owners don't tell, for each whose selector
   * matches.
   * @returns the workloads that it is kept for
   */
  upsert(record: PodRecord, labels: Labels, owners: readonly OwnerReference[]): readonly string[] {
    const entries = this.keptFor(record.namespace, labels, owners);
    const known = this.pods.get(record.uid);
    for (const old of known?.entries ?? []) if (!entries.includes(old)) take(old, record.uid);
    if (entries.length === 0) {
      this.forget(record.uid);
      return [];
    }
    const kept = shareEqual(record, entries[0]!);
    this.keep(kept, entries);
    for (const entry of entries) put(entry, kept);
    if (entries.length > 1) this.reportShared(kept, entries);
    return entries.map(({ key }) => key);
  }

  /** @returns what was known of the pod, undefined for one that isn't kept */
  delete(uid: string): PodRecord | undefined {
    const known = this.pods.get(uid);
    if (known === undefined) return undefined;
    this.forget(uid);
    for (const entry of known.entries) take(entry, uid);
    return known.record;
  }

  get(uid: string): PodRecord | undefined {
    return this.pods.get(uid)?.record;
  }

  /** All its pods, finished and deleting ones too; empty for a workload that isn't registered. The list is not changed later. */
  podsOf(key: string): readonly PodRecord[] {
    const entry = this.entries.get(key);
    if (entry === undefined) return [];
    entry.listed ??= [...entry.pods.values()];
    return entry.listed;
  }

  countsOf(key: string): PodCounts {
    const { total = 0, ready = 0 } = this.entries.get(key) ?? {};
    return { total, ready };
  }

  /** The workload's selector as it was registered. */
  selectorOf(key: string): string | undefined {
    return this.entries.get(key)?.selectorText;
  }

  /** A pod that may be another workload's as well, so that the counts of both can't be trusted; undefined: there is none. */
  ambiguousPodOf(key: string): AmbiguousPod | undefined {
    for (const [uid, entries] of this.shared) {
      if (!entries.some((entry) => entry.key === key)) continue;
      const { namespace, name } = this.pods.get(uid)!.record;
      return { namespace, pod: name, workloads: keysOf(entries) };
    }
    return undefined;
  }

  /** Pods that are kept, in all. */
  get size(): number {
    return this.pods.size;
  }

  private keptFor(namespace: string, labels: Labels, owners: readonly OwnerReference[]): readonly Entry[] {
    const matching = this.matching(namespace, labels);
    const owned = matching.map(({ workload }) => ownership(workload, owners, labels));
    const best = owned.includes('own') ? 'own' : 'unknown';
    return matching.filter((_, i) => owned[i] === best);
  }

  private keep(record: PodRecord, entries: readonly Entry[]): void {
    this.pods.set(record.uid, { record, entries });
    if (entries.length > 1) this.shared.set(record.uid, entries);
    else this.shared.delete(record.uid);
  }

  private forget(uid: string): void {
    this.pods.delete(uid);
    this.shared.delete(uid);
  }

  private matching(namespace: string, labels: Labels): readonly Entry[] {
    const room = this.namespaces.get(namespace);
    if (room === undefined) return [];
    const found: Entry[] = [];
    const tryAll = (entries: Iterable<Entry>) => {
      for (const entry of entries) if (selects(entry.selector, labels)) found.push(entry);
    };
    for (const label of Object.keys(labels)) tryAll(room.byAnchor.get(`${label}=${labels[label]}`) ?? []);
    tryAll(room.unanchored);
    return found;
  }

  /** @returns whether another workload still keeps the pod */
  private leave(uid: string, entry: Entry): boolean {
    const { record, entries } = this.pods.get(uid)!;
    const rest = entries.filter((other) => other !== entry);
    if (rest.length > 0) this.keep(record, rest);
    else this.forget(uid);
    return rest.length > 0;
  }

  private reportShared({ namespace, name }: PodRecord, entries: readonly Entry[]): void {
    const workloads = keysOf(entries);
    const shared = workloads.join(' ');
    if (this.reported.has(shared)) return;
    this.reported.add(shared);
    this.onAmbiguous({ namespace, pod: name, workloads });
  }
}

function keysOf(entries: readonly Entry[]): string[] {
  return entries.map(({ key }) => key).sort();
}

/**
 * Of the labels that the selector wants with a value, the one that the fewest workloads are found by yet: 500 workloads that
 * share `part-of=shop` then stand under their own `app=…`.
 */
function anchorsOf(selector: LabelSelector, { byAnchor }: Namespace): readonly string[] {
  const choices = selector
    .filter(({ operator }) => operator === 'in')
    .map(({ label, values }) => [...new Set(values)].map((value) => `${label}=${value}`));
  const crowd = (anchors: readonly string[]) => Math.max(...anchors.map((anchor) => byAnchor.get(anchor)?.size ?? 0));
  return choices.reduce<readonly string[]>(
    (best, one) => (best.length === 0 || crowd(one) < crowd(best) ? one : best),
    [],
  );
}

function counted({ phase, deleting }: PodRecord): boolean {
  return !deleting && phase !== 'Succeeded' && phase !== 'Failed';
}

function count(entry: Entry, record: PodRecord, by: 1 | -1): void {
  if (!counted(record)) return;
  entry.total += by;
  if (record.readySinceSeconds !== undefined) entry.ready += by;
}

function put(entry: Entry, record: PodRecord): void {
  const before = entry.pods.get(record.uid);
  if (before !== undefined) count(entry, before, -1);
  count(entry, record, 1);
  entry.pods.set(record.uid, record);
  entry.listed = undefined;
}

function take(entry: Entry, uid: string): void {
  const record = entry.pods.get(uid);
  if (record === undefined) return;
  count(entry, record, -1);
  entry.pods.delete(uid);
  entry.listed = undefined;
}

/** The pods of one template request the same, and are kept from starting by the same: one object for all of them. */
function shareEqual(record: PodRecord, { namespace, pods }: Entry): PodRecord {
  const sibling = pods.values().next().value;
  const { requests, obstacle, templateHash } = record;
  return {
    ...record,
    namespace,
    requests: sibling && requestsEqual(sibling.requests, requests) ? sibling.requests : requests,
    ...(templateHash !== undefined && templateHash === sibling?.templateHash
      ? { templateHash: sibling.templateHash }
      : {}),
    ...(obstacle !== undefined && sameObstacle(obstacle, sibling?.obstacle) ? { obstacle: sibling!.obstacle! } : {}),
  };
}

function requestsEqual(a: PodRecord['requests'], b: PodRecord['requests']): boolean {
  return (
    a.cpuCores === b.cpuCores &&
    a.memoryBytes === b.memoryBytes &&
    a.gpus === b.gpus &&
    a.cpuLimitCores === b.cpuLimitCores &&
    a.without?.cpu === b.without?.cpu &&
    a.without?.memory === b.without?.memory
  );
}

function sameObstacle(a: PodObstacle, b: PodObstacle | undefined): boolean {
  return a.reason === b?.reason && a.message === b.message;
}
