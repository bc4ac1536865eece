import { InputError, WorldError } from '../../core/errors.ts';
import type { Samples } from '../../core/series.ts';
import { type WorkloadRef, workloadKey } from '../../core/workload.ts';
import type { TimeRange } from '../demand/demand-source.ts';
import {
  type AnsweredSeries,
  type PrometheusHttp,
  promNumber,
  readAnswer,
  TookTooLong,
  TooMuchAtOnce,
} from './answer.ts';
import { askInParts } from './ask-in-parts.ts';
import { GrowingNumbers } from './growing-numbers.ts';
import { podNameParts } from './pod-names.ts';
import { NAME_LABEL, type UsageWindow } from './resource-expressions.ts';
import { batchExpression, stepsOf, type UsageBatch, type UsageSubject } from './usage-batches.ts';

/** A workload that is too much by itself is asked for in shorter pages, down to so many steps. */
const LEAST_STEPS = 500;

/** Cores by time, of no rows where Prometheus knows none; an error: it could not be asked. */
export type Usage = Samples | Error;

/**
 * CPU usage of a batch over a range, in cores: what is missing has no sample. A batch that takes too long or is too much for the server is asked
 * for again in smaller parts, a single workload in shorter pages.
 * @param tooMuch `whole`: a batch of several that is too much is thrown, for who plans anew
 * @returns an entry for each subject, by its workloadKey
 * @throws TooMuchAtOnce with `whole` only
 */
export async function readUsage(
  http: PrometheusHttp,
  { subjects, suffix, pageSteps }: UsageBatch,
  range: TimeRange,
  window: UsageWindow,
  tooMuch: 'split' | 'whole' = 'split',
): Promise<Map<string, Usage>> {
  const found = new Map<string, Usage>();
  const refused: TooMuchAtOnce[] = [];
  const ask = async (part: readonly UsageSubject[]) => {
    const query = batchExpression({ subjects: part, suffix }, window);
    const leastSteps = part.length === 1 ? LEAST_STEPS : Infinity;
    try {
      const series = await readPages(http, query, range, { steps: pageSteps, leastSteps });
      for (const { ref } of part) found.set(workloadKey(ref), usageOf(series, ref));
    } catch (error) {
      if (!(error instanceof TooMuchAtOnce) || tooMuch === 'split' || part.length === 1) throw error;
      refused.push(error);
      // Of a kind that is not asked for in parts.
      throw new WorldError(error.message, { cause: error });
    }
  };
  await askInParts(subjects, subjects.length, ask, ({ ref }, error) => found.set(workloadKey(ref), error));
  if (refused[0] !== undefined) throw refused[0];
  return found;
}

/** Samples of the series of an answer by whose they are. */
type Pages = Map<string, { readonly times: GrowingNumbers; readonly values: GrowingNumbers }>;

function usageOf(pages: Pages, ref: WorkloadRef): Usage {
  const base = podNameParts(ref)?.base;
  const series = pages.get(base === undefined ? workloadKey(ref) : `${ref.namespace}/${base}`);
  if (series === undefined) return { times: new Float64Array(0), values: new Float64Array(0) };
  return { times: series.times.toArray(), values: series.values.toArray() };
}

function keyOf({
  namespace,
  [NAME_LABEL]: base,
  owner_kind: kind,
  owner_name: name,
}: AnsweredSeries['metric']): string {
  return base === undefined ? `${namespace}/${kind}/${name}` : `${namespace}/${base}`;
}

async function readPages(
  http: PrometheusHttp,
  query: string,
  range: TimeRange,
  { steps, leastSteps }: { readonly steps: number; readonly leastSteps: number },
): Promise<Pages> {
  const { startSeconds, stepSeconds } = range;
  const all = stepsOf(range);
  const pages: Pages = new Map();
  let size = steps;
  for (let from = 0; from < all; ) {
    const to = Math.min(from + size, all) - 1;
    const parameters = {
      query,
      start: String(startSeconds + from * stepSeconds),
      end: String(startSeconds + to * stepSeconds),
      step: String(stepSeconds),
    };
    try {
      const { status, body } = await http.ask('/api/v1/query_range', parameters);
      addPage(http.name, pages, readAnswer(http.name, status, body));
    } catch (error) {
      const half = Math.ceil(size / 2);
      const isTooMuch = error instanceof TooMuchAtOnce || error instanceof TookTooLong;
      if (!isTooMuch || half < leastSteps) throw error;
      size = half;
      continue;
    }
    from = to + 1;
  }
  return pages;
}

/** @throws InputError for what is no usage: two series of one workload, a negative number, times that go back */
function addPage(server: string, pages: Pages, answer: readonly AnsweredSeries[]): void {
  const seen = new Set<string>();
  for (const { metric, points } of answer) {
    const key = keyOf(metric);
    if (seen.has(key)) throw new InputError(`${server}: found two series of ${key}; expected one`);
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
