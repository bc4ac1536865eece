import { InputError } from '../../core/errors.ts';
import type { Samples } from '../../core/series.ts';
import { type WorkloadRef, workloadKey } from '../../core/workload.ts';
import type { TimeRange } from '../demand/demand-source.ts';
import { type AnsweredSeries, type PrometheusHttp, promNumber, readAnswer } from './answer.ts';
import { askInParts } from './ask-in-parts.ts';
import { GrowingNumbers } from './growing-numbers.ts';
import { podNameParts, podNamePattern } from './pod-names.ts';
import { NAME_LABEL, type UsageWindow, usageOfMany, usageOfWorkload } from './resource-expressions.ts';

/** Points of one series asked for at a time; Prometheus refuses more than 11,000. */
const PAGE_POINTS = 10_000;

/** Whose CPU usage is read, and how many pods it has: what a query costs grows with them. */
export interface UsageSubject {
  readonly ref: WorkloadRef;
  readonly pods: number;
}

/** What one query may take. */
export interface UsageBatches {
  readonly workloads: number;
  readonly pods: number;
}

/** Cores by time, of no rows where Prometheus knows none; an error: it could not be asked. */
export type Usage = Samples | Error;

/** Subjects that one range query answers for. */
export interface UsageBatch<Subject extends UsageSubject = UsageSubject> {
  readonly subjects: readonly Subject[];
  /** What follows the name in the names of their pods; undefined: one workload by itself. */
  readonly suffix: string | undefined;
}

/** Cuts subjects into batches, in their order; those of one batch have pods whose names are made alike. */
export function usageBatches<Subject extends UsageSubject>(
  subjects: readonly Subject[],
  most: UsageBatches,
): UsageBatch<Subject>[] {
  const open = new Map<string, { subjects: Subject[]; pods: number; suffix: string }>();
  const batches: UsageBatch<Subject>[] = [];
  for (const subject of subjects) {
    const suffix = podNameParts(subject.ref)?.suffix;
    if (suffix === undefined) {
      batches.push({ subjects: [subject], suffix });
      continue;
    }
    const batch = open.get(suffix);
    const fits = batch && batch.subjects.length < most.workloads && batch.pods + subject.pods <= most.pods;
    if (fits) {
      batch.subjects.push(subject);
      batch.pods += subject.pods;
    } else {
      const next = { subjects: [subject], pods: subject.pods, suffix };
      open.set(suffix, next);
      batches.push(next);
    }
  }
  return batches;
}

/** Range queries that a batch takes over a range, where none fails. */
export function pagesOf(range: TimeRange): number {
  return Math.ceil(pointsOf(range) / PAGE_POINTS);
}

function pointsOf({ startSeconds, endSeconds, stepSeconds }: TimeRange): number {
  return Math.floor((endSeconds - startSeconds) / stepSeconds) + 1;
}

/**
 * CPU usage of a batch over a range, in cores: what is missing has no sample. A batch that is too much for the server is asked for again in
 * smaller parts. @returns an entry for each subject, by its workloadKey
 */
export async function readUsage(
  http: PrometheusHttp,
  { subjects, suffix }: UsageBatch,
  range: TimeRange,
  window: UsageWindow,
): Promise<Map<string, Usage>> {
  const found = new Map<string, Usage>();
  const ask = async (part: readonly UsageSubject[]) => {
    const refs = part.map(({ ref }) => ref);
    const series = await readPages(http, expressionFor(refs, suffix, window), range);
    for (const ref of refs) found.set(workloadKey(ref), usageOf(series, ref, suffix));
  };
  await askInParts(subjects, subjects.length, ask, ({ ref }, error) => found.set(workloadKey(ref), error));
  return found;
}

function expressionFor(refs: readonly WorkloadRef[], suffix: string | undefined, window: UsageWindow): string {
  if (suffix === undefined) return usageOfWorkload('cpu', refs[0]!, !podNamePattern(refs[0]!).exact, window);
  return usageOfMany(
    refs.map(({ namespace }) => namespace),
    refs.map((ref) => podNameParts(ref)!.base),
    suffix,
    window,
  );
}

/** Samples of the series of an answer by `namespace/name`, or by '' of a single one. */
type Pages = Map<string, { readonly times: GrowingNumbers; readonly values: GrowingNumbers }>;

function usageOf(pages: Pages, { namespace, name }: WorkloadRef, suffix: string | undefined): Usage {
  const series = pages.get(suffix === undefined ? '' : `${namespace}/${name}`);
  if (series === undefined) return { times: new Float64Array(0), values: new Float64Array(0) };
  return { times: series.times.toArray(), values: series.values.toArray() };
}

async function readPages(http: PrometheusHttp, query: string, range: TimeRange): Promise<Pages> {
  const { startSeconds, stepSeconds } = range;
  const points = pointsOf(range);
  const pages: Pages = new Map();
  for (let from = 0; from < points; from += PAGE_POINTS) {
    const to = Math.min(from + PAGE_POINTS, points) - 1;
    const parameters = {
      query,
      start: String(startSeconds + from * stepSeconds),
      end: String(startSeconds + to * stepSeconds),
      step: String(stepSeconds),
    };
    const { status, body } = await http.ask('/api/v1/query_range', parameters);
    addPage(http.name, pages, readAnswer(http.name, status, body));
  }
  return pages;
}

/** @throws InputError for what is no usage: two series of one workload, a negative number, times that go back */
function addPage(server: string, pages: Pages, answer: readonly AnsweredSeries[]): void {
  const seen = new Set<string>();
  for (const { metric, points } of answer) {
    const name = metric[NAME_LABEL];
    const key = name === undefined ? '' : `${metric.namespace}/${name}`;
    if (seen.has(key)) throw new InputError(`${server}: found two series of ${key || 'one workload'}; expected one`);
    seen.add(key);
    const series = pages.get(key) ?? { times: new GrowingNumbers(), values: new GrowingNumbers() };
    pages.set(key, series);
    for (const [time, text] of points) {
      const value = promNumber(text);
      if (!Number.isFinite(value)) continue;
      if (value < 0 || time <= series.times.last)
        throw new InputError(`${server}: found ${value} at ${time} for ${key}; expected usage ≥ 0, its times in order`);
      series.times.push(time);
      series.values.push(value);
    }
  }
}
