import { CredentialsRefused, type HttpAnswer, TookTooLong } from '../../collector/prometheus/answer.ts';
import { WorldError } from '../../core/errors.ts';
import { labelKey, type StoredSeries } from './series-store.ts';

/** What is wrong with an answer. The server has its samples; a pause of the scraping and a target that hangs are not here. */
export type AnswerFault =
  /** No series. */
  | { readonly kind: 'empty' }
  /** Every value is this one: `0` is the false zero. */
  | { readonly kind: 'value'; readonly text: 'NaN' | '+Inf' | '-Inf' | '0' }
  /** Another unit: ×1000 for millicores, ÷1000 for kilo-requests. */
  | { readonly kind: 'scaled'; readonly factor: number }
  /**
   * Evaluated as of so long before, under the time that was asked for: ingestion that lags. VictoriaMetrics does so by itself
   * for what is asked within 30 s (`-search.latencyOffset`).
   */
  | { readonly kind: 'late'; readonly seconds: number }
  /** The whole answer is so old, and its time says so: a cache on the way. */
  | { readonly kind: 'cached'; readonly seconds: number }
  /** Evaluated as of this instant ever since, under the time that was asked for. */
  | { readonly kind: 'frozen'; readonly sinceSeconds: number }
  /**
   * About this share of the pods is missing, the same ones each time: a shard or storage node is away. Thanos says so by
   * `warnings`, VictoriaMetrics by `isPartial`, a federation says nothing.
   */
  | { readonly kind: 'partial'; readonly share: number; readonly says: 'warnings' | 'isPartial' | 'nothing' }
  /** Each series is there twice: stored by two replicas of Prometheus (`stored`), or two for one in the answer (`answered`). */
  | { readonly kind: 'doubled'; readonly where: 'stored' | 'answered' }
  /** HTTP 5xx after all attempts, 429, or a refusal of the query (400, 422), with the server's words. */
  | { readonly kind: 'status'; readonly status: number; readonly message: string }
  /** No answer in time; so long is waited for it where the server was given a sleep. */
  | { readonly kind: 'timeout'; readonly afterSeconds: number }
  /** Nobody listens there. */
  | { readonly kind: 'unreachable' }
  /** HTTP 401: the credential expired. */
  | { readonly kind: 'unauthorized' }
  /** A redirect to a login, a login page with status 200, an answer that is cut off. */
  | { readonly kind: 'garbage'; readonly what: 'redirect' | 'page' | 'cut' };

const REPLICA_LABEL = 'prometheus_replica';
const LOGIN_PAGE =
  '<!doctype html><html><head><title>Sign in</title></head><body><form action="/login"></form></body></html>';

/**
 * What HTTP does with an answer. As collector/prometheus/http.io.ts, of which this takes the place, it throws what has no
 * answer and hands on what the server says of the query.
 */
export function transported(name: string, fault: AnswerFault | undefined, answer: () => HttpAnswer): HttpAnswer {
  switch (fault?.kind) {
    case 'status':
      return refused(name, fault.status, fault.message);
    case 'timeout':
      throw new TookTooLong(`${name} did not answer within ${fault.afterSeconds} s`);
    case 'unreachable':
      throw new WorldError(`${name} refuses connections: is it running, and is the port right?`);
    case 'unauthorized':
      throw new CredentialsRefused(`${name} refused the credentials (HTTP 401): no message`);
    case 'garbage':
      if (fault.what === 'page') return { status: 200, body: LOGIN_PAGE };
      if (fault.what === 'cut') {
        const { status, body } = answer();
        return { status, body: body.slice(0, body.length >> 1) };
      }
      throw new WorldError(
        `${name} redirects to https://login.example/; redirects are refused so that credentials stay here: use the final URL`,
      );
    default:
      return answer();
  }
}

function refused(name: string, status: number, message: string): HttpAnswer {
  if (status === 504) throw new TookTooLong(`${name} failed (HTTP ${status}): ${message}`);
  if (status === 429 || status >= 500) throw new WorldError(`${name} failed (HTTP ${status}): ${message}`);
  const errorType = status === 422 ? 'execution' : 'bad_data';
  return { status, body: JSON.stringify({ status: 'error', errorType, error: message }) };
}

/** The instant of which an answer tells. */
export function evaluatedAt(fault: AnswerFault | undefined, atSeconds: number): number {
  if (fault?.kind === 'late' || fault?.kind === 'cached') return atSeconds - fault.seconds;
  return fault?.kind === 'frozen' ? Math.min(fault.sinceSeconds, atSeconds) : atSeconds;
}

/** The time that an answer bears. */
export function stampedAt(fault: AnswerFault | undefined, atSeconds: number): number {
  return fault?.kind === 'cached' ? atSeconds - fault.seconds : atSeconds;
}

/** What becomes of the stored series that a query reads; undefined: nothing. */
export function alteredSeries(
  fault: AnswerFault | undefined,
): ((found: readonly StoredSeries[]) => readonly StoredSeries[]) | undefined {
  if (fault?.kind === 'empty') return () => [];
  if (fault?.kind === 'partial') return (found) => found.filter((series) => share(series) >= fault.share);
  if (fault?.kind !== 'doubled' || fault.where !== 'stored') return undefined;
  return (found) => found.flatMap((series) => ['a', 'b'].map((replica) => labelled(series, replica)));
}

function labelled(series: StoredSeries, replica: string): StoredSeries {
  const label = { [REPLICA_LABEL]: replica };
  return { ...series, labels: { ...series.labels, ...label }, unnamed: { ...series.unnamed, ...label } };
}

/** A number in [0, 1) that only the pod decides, else the labels: a shard holds all of a target's series (FNV-1a, murmur3's end). */
function share({ labels }: StoredSeries): number {
  const key = labels.pod === undefined ? labelKey(labels) : `${labels.namespace}/${labels.pod}`;
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

/** A value as the answer has it. */
export function alteredValue(fault: AnswerFault | undefined, value: number): string {
  if (fault?.kind === 'value') return fault.text;
  return promText(fault?.kind === 'scaled' ? value * fault.factor : value);
}

/** A second series beside each, where the answer has two for one. */
export function alteredResult<T extends { readonly metric: object }>(fault: AnswerFault | undefined, result: T[]): T[] {
  if (fault?.kind !== 'doubled' || fault.where !== 'answered') return result;
  return result.flatMap((one) => ['a', 'b'].map((of) => ({ ...one, metric: { ...one.metric, [REPLICA_LABEL]: of } })));
}

/** What the answer says of itself beside its data. */
export function remarks(fault: AnswerFault | undefined): Readonly<Record<string, unknown>> {
  if (fault?.kind !== 'partial' || fault.says === 'nothing') return {};
  if (fault.says === 'isPartial') return { isPartial: true };
  return { warnings: ['receive series from store-1: rpc error: code = Unavailable desc = connection refused'] };
}

/** A number as Go writes it. */
function promText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  return String(value);
}
