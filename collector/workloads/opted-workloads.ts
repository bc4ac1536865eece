import { ANNOTATION_SPECS, annotation, ownAnnotations } from '../../core/policy/annotations.ts';
import { parsePolicy, templateHint } from '../../core/policy/parse-policy.ts';
import type { Mode, Opted, PolicyError, PolicyLimits, WorkloadPolicy } from '../../core/policy/policy.ts';
import { type WorkloadRef, workloadKey } from '../../core/workload.ts';
import type { MetadataObject } from '../../kubernetes/api.ts';
import { appliedTemplate, joinNames } from './template-annotations.ts';

/** Of the names that nobody knows so many are kept: as many as are complained of, and one more. */
const MOST_UNKNOWN = 21;
const OUT: Opted = { kind: 'out' };

/** `apps/v1` and `Deployment`: list items of a metadata-only watch don't always fallBack them. */
export interface WorkloadKind {
  readonly apiVersion: string;
  readonly kind: string;
}

/**
 * What happened to one workload, told once. `wrong`: it is left alone until its annotations change. `hint`: it is out, though
 * somebody wrote something for us that has no effect.
 */
export type OptedChange =
  | { readonly kind: 'in'; readonly ref: WorkloadRef; readonly uid: string; readonly policy: WorkloadPolicy }
  | { readonly kind: 'changed'; readonly ref: WorkloadRef; readonly uid: string; readonly policy: WorkloadPolicy }
  | { readonly kind: 'out'; readonly ref: WorkloadRef; readonly uid: string }
  | {
      readonly kind: 'hint';
      readonly ref: WorkloadRef;
      readonly uid: string;
      readonly errors: readonly PolicyError[];
    }
  | {
      readonly kind: 'wrong';
      readonly ref: WorkloadRef;
      readonly uid: string;
      readonly errors: readonly PolicyError[];
      /** Undefined: it says none that there is. */
      readonly mode?: Mode | undefined;
    };

/** What is known of one workload. */
export interface OptedWorkload {
  readonly ref: WorkloadRef;
  readonly uid: string;
  /** metadata.generation: grows with each change of the spec. */
  readonly generation: number;
  readonly opted: Opted;
}

interface Entry extends OptedWorkload {
  /** Our annotations as JSON, sorted: what a namespace's change is parsed with again; empty for most of a cluster. */
  readonly written: string;
  /** Names of ours that stand on its pod template, separated by spaces; empty: none was seen. */
  readonly template: string;
}

export interface OptedOptions {
  /** True (the default): a workload is out until its namespace was seen, whose label might say "false". False where namespaces can't be read. */
  readonly waitForNamespaces?: boolean;
}

/**
 * Which workloads of the cluster want to be scaled, and how: fed by watches of metadata, it answers each event with what
 * changed by it; status updates change nothing and are not answered. Of an object it keeps name, uid, generation and
 * our annotations; of what is gone nothing.
 */
export class OptedWorkloads {
  private readonly limits: PolicyLimits;
  private readonly waitForNamespaces: boolean;
  /** By namespace, then by key, so that a namespace's change looks at its own only. */
  private readonly entries = new Map<string, Map<string, Entry>>();
  /** Our labels of each namespace. */
  private readonly labels = new Map<string, Readonly<Record<string, string>>>();

  constructor(limits: PolicyLimits, { waitForNamespaces = true }: OptedOptions = {}) {
    this.limits = limits;
    this.waitForNamespaces = waitForNamespaces;
  }

  /** Entries held, opted in or not. */
  get size(): number {
    return [...this.entries.values()].reduce((sum, entries) => sum + entries.size, 0);
  }

  /** Every workload that is in or wrong. */
  *opted(): Generator<OptedWorkload> {
    for (const entries of this.entries.values()) {
      for (const entry of entries.values()) if (entry.opted.kind !== 'out') yield entry;
    }
  }

  get(ref: WorkloadRef): OptedWorkload | undefined {
    return this.entries.get(ref.namespace)?.get(workloadKey(ref));
  }

  /** An ADDED or MODIFIED workload. One that is being deleted is out. */
  workload(kind: WorkloadKind, object: MetadataObject): OptedChange[] {
    const ref = refOf(kind, object);
    const { uid, generation = 0 } = object.metadata;
    const before = this.get(ref) as Entry | undefined;
    // A new object under the old name: the old one is gone, though its deletion wasn't seen.
    const isOther = before !== undefined && before.uid !== uid;
    const gone = isOther ? this.remove(before) : [];
    const old = isOther ? undefined : before;
    const written = object.metadata.deletionTimestamp === undefined ? keep(object.metadata.annotations) : DELETING;
    const template = appliedTemplate(object.metadata.annotations) || (old?.template ?? '');
    const isSame = old !== undefined && old.written === written && old.template === template;
    const opted = isSame ? old.opted : this.parse(ref.namespace, written, template);
    return [...gone, ...this.put({ ref: old?.ref ?? ref, uid, generation, written, template, opted }, old?.opted)];
  }

  /** Annotations of ours were seen on a pod of it: they stand on its pod template. Nothing is told of what is in. */
  podAnnotated(ref: WorkloadRef, names: readonly string[]): OptedChange[] {
    const entry = this.get(ref) as Entry | undefined;
    const template = joinNames(names);
    if (entry === undefined || entry.template !== '' || entry.opted.kind !== 'out' || template === '') return [];
    return this.put({ ...entry, template, opted: this.parse(ref.namespace, entry.written, template) }, entry.opted);
  }

  /** A DELETED workload. */
  workloadDeleted(kind: WorkloadKind, object: MetadataObject): OptedChange[] {
    const entry = this.get(refOf(kind, object)) as Entry | undefined;
    // The deletion of an older object may arrive after its successor's creation.
    return entry === undefined || entry.uid !== object.metadata.uid ? [] : this.remove(entry);
  }

  /** A fresh list of one kind, of all namespaces or of one: what is not in it is gone. */
  workloadsListed(kind: WorkloadKind, objects: readonly MetadataObject[], namespace?: string): OptedChange[] {
    const listed = new Set(objects.map((object) => workloadKey(refOf(kind, object))));
    const gone = [...this.entries.values()]
      .flatMap((entries) => [...entries.values()])
      .filter(({ ref }) => ref.kind === kind.kind && ref.apiVersion === kind.apiVersion)
      .filter(({ ref }) => (namespace === undefined || ref.namespace === namespace) && !listed.has(workloadKey(ref)));
    return [
      ...gone.flatMap((entry) => this.remove(entry)),
      ...objects.flatMap((object) => this.workload(kind, object)),
    ];
  }

  /** An ADDED or MODIFIED namespace. */
  namespace(object: MetadataObject): OptedChange[] {
    const { name } = object.metadata;
    const labels = Object.fromEntries(ownAnnotations(object.metadata.labels));
    const before = this.labels.get(name);
    this.labels.set(name, labels);
    return before !== undefined && sameText(before, labels) ? [] : this.again(name);
  }

  /** A DELETED namespace: its workloads are out, and forgotten as their own deletions arrive. */
  namespaceDeleted(object: MetadataObject): OptedChange[] {
    return this.labels.delete(object.metadata.name) ? this.again(object.metadata.name) : [];
  }

  /** A fresh list of all namespaces. */
  namespacesListed(objects: readonly MetadataObject[]): OptedChange[] {
    const listed = new Set(objects.map(({ metadata }) => metadata.name));
    const gone = [...this.labels.keys()].filter((name) => !listed.has(name));
    for (const name of gone) this.labels.delete(name);
    return [...gone.flatMap((name) => this.again(name)), ...objects.flatMap((object) => this.namespace(object))];
  }

  private parse(namespace: string, written: string, template: string): Opted {
    const labels = this.labels.get(namespace);
    if (written === DELETING || (labels === undefined && this.waitForNamespaces)) return OUT;
    const annotations: Record<string, string> = written === '' ? {} : Object.fromEntries(JSON.parse(written));
    const opted = parsePolicy(labels ?? {}, annotations, this.limits);
    if (opted.kind !== 'out') return opted;
    // An explicit "false" says that all of it is meant to rest.
    const said = annotations[annotation('enabled')] !== undefined || labels?.[annotation('enabled')] !== undefined;
    const hints = [...(opted.hints ?? []), ...(template === '' || said ? [] : [templateHint(template.split(' '))])];
    return hints.length === 0 ? OUT : { kind: 'out', hints };
  }

  /** Parses all of a namespace anew. */
  private again(namespace: string): OptedChange[] {
    return [...(this.entries.get(namespace)?.values() ?? [])].flatMap((entry) =>
      this.put({ ...entry, opted: this.parse(namespace, entry.written, entry.template) }, entry.opted),
    );
  }

  private put(entry: Entry, before: Opted = OUT): OptedChange[] {
    const { namespace } = entry.ref;
    const entries = this.entries.get(namespace) ?? new Map<string, Entry>();
    this.entries.set(namespace, entries);
    // The old value is kept where it says the same, as others hold on to it (a rule's windows are remembered by its object).
    const isSame = entry.opted === before || sameText(entry.opted, before);
    entries.set(workloadKey(entry.ref), isSame ? { ...entry, opted: before } : entry);
    return isSame ? [] : changesOf(entry, before);
  }

  private remove(entry: Entry): OptedChange[] {
    const { ref, uid, opted } = entry;
    const entries = this.entries.get(ref.namespace)!;
    entries.delete(workloadKey(ref));
    if (entries.size === 0) this.entries.delete(ref.namespace);
    return opted.kind === 'out' ? [] : [{ kind: 'out', ref, uid }];
  }
}

/** Stands for the annotations of an object that is being deleted; no JSON. */
const DELETING = 'deleting';

function changesOf({ ref, uid, opted }: Entry, before: Opted): OptedChange[] {
  switch (opted.kind) {
    case 'out': {
      const out: OptedChange[] = before.kind === 'out' ? [] : [{ kind: 'out', ref, uid }];
      return opted.hints === undefined ? out : [...out, { kind: 'hint', ref, uid, errors: opted.hints }];
    }
    case 'wrong':
      return [{ kind: 'wrong', ref, uid, errors: opted.errors, mode: opted.mode }];
    case 'in':
      return [{ kind: before.kind === 'in' ? 'changed' : 'in', ref, uid, policy: opted.policy }];
  }
}

function refOf({ apiVersion, kind }: WorkloadKind, { metadata }: MetadataObject): WorkloadRef {
  return { apiVersion, kind, namespace: metadata.namespace ?? '', name: metadata.name };
}

/**
 * Our annotations as JSON pairs, sorted by name; the addon's own notes are not among them. Bounded: values one character
 * over what is allowed, so that they are still refused; of unknown ones the name only.
 */
function keep(annotations: Readonly<Record<string, string>> | undefined): string {
  let unknown = 0;
  const kept = ownAnnotations(annotations).flatMap(([name, value]) => {
    const spec = ANNOTATION_SPECS.get(name);
    if (spec !== undefined) return [[name, value.slice(0, spec.mostCharacters + 1)]];
    return ++unknown <= MOST_UNKNOWN ? [[name, '']] : [];
  });
  return kept.length === 0 ? '' : JSON.stringify(kept);
}

/** Equal as JSON: parsing is deterministic, so keys come in one order. */
function sameText(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
