import { z } from 'zod';
import { InputError, WorldError } from '../../core/errors.ts';
import { formatInstant } from '../../core/timestamp.ts';

/** What a server answered. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
  /** The server's Date, epoch seconds; undefined: it gave none. */
  readonly dateSeconds?: number;
}

/** Asks one server that speaks Prometheus's HTTP API. */
export interface PrometheusHttp {
  /** The server's name in messages: its URL without credentials. */
  readonly name: string;
  /**
   * @param path `/api/v1/query`, …
   * @throws WorldError when the server stays unreachable, silent, too talkative, or wants to send us elsewhere
   */
  ask(path: string, parameters: Readonly<Record<string, string>>): Promise<HttpAnswer>;
  close(): Promise<void>;
}

/** HTTP 401 or 403: the credential is wrong, missing, or was replaced meanwhile. */
export class CredentialsRefused extends WorldError {}

/** No answer in time: by our deadline, or by the server's own. */
export class TookTooLong extends WorldError {}

/** More than we take at once; asked for in smaller parts, each may be. */
export class TooMuchAtOnce extends WorldError {}

/** The answer carries warnings: a store was not asked, or a query means something else than it says. */
export class AnsweredInPart extends WorldError {}

/** One series of an answer: its labels and its points [epoch seconds, value as Prometheus writes it]. */
export interface AnsweredSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly points: readonly (readonly [number, string])[];
}

const point = z.tuple([z.number(), z.string()]);
const metric = z.record(z.string(), z.string());
/** Of native histograms: each sample is a whole distribution. */
const histograms = z.array(z.unknown());
const data = z.discriminatedUnion('resultType', [
  z.object({
    resultType: z.literal('matrix'),
    result: z.array(z.object({ metric, values: z.array(point).optional(), histograms: histograms.optional() })),
  }),
  z.object({
    resultType: z.literal('vector'),
    result: z.array(z.object({ metric, value: point.optional(), histogram: histograms.optional() })),
  }),
  z.object({ resultType: z.literal('scalar'), result: point }),
  z.object({ resultType: z.literal('string'), result: point }),
]);
const answer = z.object({
  status: z.enum(['success', 'error']),
  data: data.optional(),
  errorType: z.string().optional(),
  error: z.string().optional(),
  warnings: z.array(z.string()).nullish(),
  // VictoriaMetrics' cluster: a storage node did not answer, and the rest is sent with status success.
  isPartial: z.boolean().nullish(),
});

/**
 * The series of a successful answer (Prometheus HTTP API, format of /query and /query_range).
 * @throws InputError where the server says that the query is wrong; WorldError where the answer is not whole: a partial
 * answer is unknown, not a number
 */
export function readAnswer(server: string, status: number, body: string): AnsweredSeries[] {
  const parsed = answer.safeParse(parseJson(body));
  if (!parsed.success) throw notAnAnswer(server, status, body);
  const { data: content, error, errorType, warnings, isPartial } = parsed.data;
  if (parsed.data.status === 'error' || status >= 400) {
    throw refusal(server, status, errorType ?? 'error', error ?? `HTTP status ${status}`);
  }
  if (warnings && warnings.length > 0) {
    throw new AnsweredInPart(
      `${server} answered in part only, which is unknown and not a number: ${warnings.join('; ')}`,
    );
  }
  if (isPartial) {
    // Never the query's fault, as warnings may be: asked in smaller parts it would be answered in part as often.
    throw new WorldError(
      `${server} answered in part only, which is unknown and not a number: "isPartial": true (some of its storage nodes did not answer)`,
    );
  }
  if (!content) throw notAnAnswer(server, status, body);
  refuseHistograms(server, content);
  switch (content.resultType) {
    case 'matrix':
      return content.result.map((series) => ({ metric: series.metric, points: series.values ?? [] }));
    case 'vector':
      return content.result.map((series) => ({ metric: series.metric, points: series.value ? [series.value] : [] }));
    case 'scalar':
      return [{ metric: {}, points: [content.result] }];
    case 'string':
      throw new InputError(`${server}: the query gives a string; expected a number a time`);
  }
}

/** A native histogram is no number; left out, it would be read as no load. @throws InputError */
function refuseHistograms(server: string, content: z.infer<typeof data>): void {
  if (content.resultType !== 'matrix' && content.resultType !== 'vector') return;
  const found = content.result.find(
    (one) => ('histograms' in one && one.histograms?.length) || ('histogram' in one && one.histogram?.length),
  );
  if (!found) return;
  throw new InputError(
    `${server}: the query gives native histograms (${labelText(found.metric)}); expected numbers: histogram_count(rate(…)) counts ` +
      'the requests a second, histogram_sum and histogram_quantile give others',
  );
}

/** An answer for an instant bears that instant as its time; one that is further off is another question's. */
const ANSWER_TIME_SECONDS = 60;

/**
 * The series of an answer to an instant query.
 * @throws WorldError where it is the answer for another instant (a cache on the way); InputError where it is a range of
 * samples, whose last may be as old as the range is long; and as {@link readAnswer}
 */
export function readInstantAnswer(server: string, status: number, body: string, atSeconds: number): AnsweredSeries[] {
  const series = readAnswer(server, status, body);
  for (const { points } of series) {
    if (points.length > 1) {
      throw new InputError(
        `${server}: the query gives a range of samples; expected one number: rate(…), avg_over_time(…)`,
      );
    }
    const time = points[0]?.[0] ?? atSeconds;
    if (Math.abs(time - atSeconds) <= ANSWER_TIME_SECONDS) continue;
    const [found, asked] = [time, atSeconds].map(formatInstant);
    throw new WorldError(`${server} answered for ${found}; expected ${asked}: is there a cache between?`);
  }
  return series;
}

/** The server's own words on why it did not answer, where its body holds any. */
export function serverMessage(body: string): string | undefined {
  const parsed = answer.safeParse(parseJson(body));
  return parsed.success ? parsed.data.error : undefined;
}

/** A limit of the server's: fewer series or a shorter range are within it (Prometheus, Thanos, Mimir, VictoriaMetrics). */
const TOO_MUCH =
  /too many (?:samples|series|points|chunks)|exceeded maximum resolution|\blimit\b.*\bexceeded|exceed\w* the .*limit|maxSamples|search\.max/i;

/** The request itself is too large for a server on the way: fewer names in it are within its limit. */
export class RequestTooLarge extends TooMuchAtOnce {}

/** HTTP statuses of a request that is too large: its body, its address, its headers. */
export const TOO_LARGE: readonly number[] = [413, 414, 431];

/** bad_data and execution are what the person asked; timeout, canceled, internal and unavailable are the server's day. */
function refusal(server: string, status: number, errorType: string, error: string): Error {
  if (TOO_MUCH.test(error)) return new TooMuchAtOnce(`${server} refused the query as too much at once: ${error}`);
  const ours = errorType === 'bad_data' || errorType === 'execution' || errorType === 'not_found';
  if (ours) return new InputError(`${server} refused the query: ${error}`);
  if (errorType === 'timeout') return new TookTooLong(`${server} failed (timeout, HTTP ${status}): ${error}`);
  return new WorldError(`${server} failed (${errorType}, HTTP ${status}): ${error}`);
}

function notAnAnswer(server: string, status: number, body: string): WorldError {
  if (/^\s*\{\s*"status"/.test(body) && parseJson(body) === undefined) {
    return new WorldError(`${server}: its answer is cut off after ${body.length} characters; expected whole JSON`);
  }
  const start = body.slice(0, 80).replace(/[^\x20-\x7e]+/g, ' ');
  const what = body === '' ? 'nothing' : `${body.length} characters that begin ${JSON.stringify(start)}`;
  return new WorldError(
    `${server} did not answer as Prometheus does (HTTP ${status}): found ${what}; expected its JSON`,
  );
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    // Not JSON, or cut off: the caller shows how it begins.
    return undefined;
  }
}

/** Prometheus writes numbers as Go does: NaN, +Inf, -Inf, 1e+06. */
export function promNumber(text: string): number {
  return /Inf$/i.test(text) ? Number(text.replace(/^([+-]?).*$/, '$1Infinity')) : Number(text);
}

/** A series as PromQL writes it: `up{job="a"}`. */
export function labelText(metric: Readonly<Record<string, string>>): string {
  const { __name__: name = '', ...labels } = metric;
  const pairs = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return `${name}{${pairs.map(([label, value]) => `${label}=${JSON.stringify(value)}`).join(',')}}`;
}
