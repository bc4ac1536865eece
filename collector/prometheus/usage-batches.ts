import type { WorkloadRef } from '../../core/workload.ts';
import type { TimeRange } from '../demand/demand-source.ts';
import { podNameParts } from './pod-names.ts';
import { escapeRegex, escapeString } from './promql/text.ts';
import { type UsageWindow, usageOfMany, usageOfOwners } from './resource-expressions.ts';

/** Prometheus refuses more points of one series than this in one answer (web/api/v1). */
const MOST_STEPS = 11_000;
/** Series of a pod with a sidecar or two: each is a sample at each step. */
const CONTAINERS_PER_POD = 3;

/**
 * The longest query that every server on the way takes. In a body: VictoriaMetrics takes 16 KiB. Through the API server it stands in the URL: a
 * proxy before it takes 8 KiB of it, as nginx does.
 */
export const QUERY_CHARS = { url: 6_000, body: 16_000 };

/** Whose CPU usage is read, and how many pods it has: what a query costs grows with them. */
export interface UsageSubject {
  readonly ref: WorkloadRef;
  readonly pods: number;
}

/** What one range query may take. */
export interface UsageLimits {
  /** Samples that the server holds at a time: containers × steps. */
  readonly samples: number;
  /** Points of its answer: workloads × steps. */
  readonly points: number;
  /** Characters of the query as it stands in a URL. */
  readonly chars: number;
}

/** Subjects that one query answers for. */
export interface UsageBatch<Subject extends UsageSubject = UsageSubject> {
  readonly subjects: readonly Subject[];
  /** What follows the base in the names of their pods; undefined: they are known by their owner. */
  readonly suffix: string | undefined;
  /** Steps of one query; a range of more takes several. */
  readonly pageSteps: number;
}

/** The instants of a range. */
export function stepsOf({ startSeconds, endSeconds, stepSeconds }: TimeRange): number {
  return Math.floor((endSeconds - startSeconds) / stepSeconds) + 1;
}

/** Range queries that batches take, where none fails. */
export function queriesOf(batches: readonly UsageBatch[], range: TimeRange): number {
  return batches.reduce((sum, { pageSteps }) => sum + Math.ceil(stepsOf(range) / pageSteps), 0);
}

/** The query of a batch. */
export function batchExpression({ subjects, suffix }: Omit<UsageBatch, 'pageSteps'>, window: UsageWindow): string {
  const refs = subjects.map(({ ref }) => ref);
  const bases = refs.map((ref) => groupOf(ref).base);
  return usageQuery(refs, bases, suffix, window);
}

function usageQuery(
  refs: readonly WorkloadRef[],
  bases: readonly string[],
  suffix: string | undefined,
  window: UsageWindow,
): string {
  if (suffix === undefined) return usageOfOwners(refs, window);
  const namespaces = refs.map(({ namespace }) => namespace);
  return usageOfMany(namespaces, bases, suffix, window);
}

/**
 * Cuts subjects into batches, in their order. One selector holds all namespaces and all names of a batch: what it finds of others
 * counts, too.
 * @param all every workload that Prometheus may know of, those that are not read included
 */
export function usageBatches<Subject extends UsageSubject>(
  subjects: readonly Subject[],
  all: readonly UsageSubject[],
  range: TimeRange,
  window: UsageWindow,
  limits: UsageLimits,
): UsageBatch<Subject>[] {
  const steps = stepsOf(range);
  const evenSteps = Math.ceil(steps / Math.ceil(steps / MOST_STEPS));
  const known = knownPods(all);
  const open = new Map<string, OpenBatch<Subject>>();
  const batches: OpenBatch<Subject>[] = [];
  for (const subject of subjects) {
    const { key, suffix } = groupOf(subject.ref);
    const current = open.get(key);
    if (current?.add(subject, evenSteps, limits)) continue;
    const next = new OpenBatch<Subject>(known.get(key) ?? new Map(), queryLength(suffix, window), suffix);
    next.add(subject, evenSteps, limits);
    open.set(key, next);
    batches.push(next);
  }
  return batches.map(({ subjects: own, suffix }) => {
    return { subjects: own, suffix, pageSteps: pageSteps(own, evenSteps, limits) };
  });
}

/** A workload of more pods than one query may take is read in shorter pages. */
function pageSteps(subjects: readonly UsageSubject[], steps: number, { samples }: UsageLimits): number {
  const [only, ...others] = subjects;
  if (only === undefined || others.length > 0) return steps;
  return Math.max(1, Math.min(steps, Math.floor(samples / (only.pods * CONTAINERS_PER_POD))));
}

/** By what one query can tell the workloads of a batch apart. */
function groupOf(ref: WorkloadRef): {
  readonly key: string;
  readonly base: string;
  readonly suffix: string | undefined;
} {
  const parts = podNameParts(ref);
  return parts ? { key: parts.suffix, ...parts } : { key: '', base: ref.name, suffix: undefined };
}

/** Pods by group, base and namespace. */
function knownPods(all: readonly UsageSubject[]): Map<string, Map<string, Map<string, number>>> {
  const known = new Map<string, Map<string, Map<string, number>>>();
  for (const { ref, pods } of all) {
    const { key, base } = groupOf(ref);
    const group = known.get(key) ?? new Map<string, Map<string, number>>();
    const named = group.get(base) ?? new Map<string, number>();
    named.set(ref.namespace, (named.get(ref.namespace) ?? 0) + pods);
    known.set(key, group.set(base, named));
  }
  return known;
}

/** How long the query of a batch is in a URL: so much, and for each name and namespace so many times its own length. */
interface QueryLength {
  readonly chars: number;
  readonly names: number;
  readonly namespaces: number;
}

function queryLength(suffix: string | undefined, window: UsageWindow): QueryLength {
  // Words that stand nowhere else in it.
  const [namespace, name] = ['qzqzq', 'zqqqz'];
  const ref = { apiVersion: '', kind: '', namespace, name };
  const query = usageQuery([ref], [name], suffix, window);
  const times = (word: string) => query.split(word).length - 1;
  return { chars: urlLength(query), names: times(name), namespaces: times(namespace) };
}

function urlLength(text: string): number {
  return encodeURIComponent(text).length;
}

/** Of an alternative in a pattern. */
function alternativeLength(text: string): number {
  return urlLength(`${escapeString(escapeRegex(text))}|`);
}

class OpenBatch<Subject extends UsageSubject> {
  readonly subjects: Subject[] = [];
  readonly suffix: string | undefined;
  private readonly known: ReadonlyMap<string, ReadonlyMap<string, number>>;
  private readonly bases = new Set<string>();
  private readonly namespaces = new Set<string>();
  private readonly length: QueryLength;
  private cost: BatchCost;

  constructor(
    known: ReadonlyMap<string, ReadonlyMap<string, number>>,
    length: QueryLength,
    suffix: string | undefined,
  ) {
    this.known = known;
    this.length = length;
    this.suffix = suffix;
    this.cost = { pods: 0, series: 0, chars: length.chars };
  }

  /** False: it is full. The first always fits. */
  add(subject: Subject, steps: number, limits: UsageLimits): boolean {
    const { base } = groupOf(subject.ref);
    const { namespace, kind } = subject.ref;
    const cost = this.costWith(base, namespace, kind);
    const { pods, series, chars } = cost;
    const fits =
      pods * CONTAINERS_PER_POD * steps <= limits.samples && series * steps <= limits.points && chars <= limits.chars;
    if (!fits && this.subjects.length > 0) return false;
    this.subjects.push(subject);
    this.bases.add(base);
    this.namespaces.add(namespace);
    this.cost = cost;
    return true;
  }

  /** With one more the selector finds the names that are new to it in all namespaces, and all names in a new namespace. */
  private costWith(base: string, namespace: string, kind: string): BatchCost {
    const [isNewBase, isNewNamespace] = [!this.bases.has(base), !this.namespaces.has(namespace)];
    const found = [
      ...(isNewBase ? Array.from(this.namespaces, (of) => this.known.get(base)?.get(of)) : []),
      ...(isNewNamespace ? Array.from(this.bases, (name) => this.known.get(name)?.get(namespace)) : []),
      isNewBase && isNewNamespace ? this.known.get(base)?.get(namespace) : undefined,
    ].filter((pods) => pods !== undefined);
    const { names, namespaces } = this.length;
    const kindChars = this.suffix === undefined ? alternativeLength(kind) : 0;
    return {
      pods: found.reduce((sum, pods) => sum + pods, this.cost.pods),
      series: this.cost.series + found.length,
      chars:
        this.cost.chars +
        kindChars +
        (isNewBase ? names * alternativeLength(base) : 0) +
        (isNewNamespace ? namespaces * alternativeLength(namespace) : 0),
    };
  }
}

/** What the query of a batch takes. */
interface BatchCost {
  readonly pods: number;
  readonly series: number;
  readonly chars: number;
}
