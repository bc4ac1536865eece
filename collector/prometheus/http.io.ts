import { type Dispatcher, request } from 'undici';
import { WorldError } from '../../core/errors.ts';
import type { ForwardProxy } from '../../network/forward-proxy.ts';
import { proxyFailureOf, refusedBy } from '../../network/proxy-failure.ts';
import {
  CredentialsRefused,
  type HttpAnswer,
  type PrometheusHttp,
  RequestTooLarge,
  serverMessage,
  TOO_LARGE,
  TookTooLong,
  TooMuchAtOnce,
} from './answer.ts';
import { checkedUrl, newAgent, type PrometheusAccess, requestHeaders } from './connection.io.ts';
import { REFUSED_CODE } from './refused-addresses.io.ts';

/** What one request may cost; the defaults suit a range query of 10,000 points. */
export interface HttpLimits {
  readonly bodyBytes: number;
  readonly attemptMs: number;
  readonly attempts: number;
  /** As many where no answer came in time: a slow query is slow again. Default: attempts. */
  readonly slowAttempts?: number;
  /** Before the second attempt; doubles for each further one. */
  readonly backoffMs: number;
  /** Asked before each attempt after the first, for who counts requests. Default: always. */
  readonly mayRetry?: () => boolean;
}

export const DEFAULT_LIMITS: HttpLimits = { bodyBytes: 64e6, attemptMs: 60_000, attempts: 5, backoffMs: 500 };
/** Mimir and Cortex say "no org id", Thanos that the tenant's header is missing. */
const NO_TENANT = /\bno (?:org|tenant) ?id\b|\b(?:missing|no) tenant\b|\btenant\b[^.]{0,40}\bmissing\b/i;
/** A server may ask for more patience (Retry-After) than anybody at a terminal has. */
const MAX_WAIT_MS = 30_000;
/** Longer than this a query goes in a form body: proxies cut long request lines. */
const MAX_GET_CHARS = 1500;

/** @param sleep waits so many milliseconds; passed in so that tests need not */
export function prometheusHttp(
  access: PrometheusAccess,
  limits: HttpLimits = DEFAULT_LIMITS,
  sleep: (ms: number) => Promise<void> = (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
): PrometheusHttp {
  const base = checkedUrl(access.url);
  const agent = newAgent(access, limits.attemptMs);
  const headers = requestHeaders(access);
  const { proxy } = access;
  const attempt = (path: string, query: string): Promise<Outcome> =>
    attemptOnce({ url: `${base}${path}`, query, headers, agent, limits, name: base, proxy });
  return {
    name: base,
    close: () => agent.destroy(),
    async ask(path, parameters) {
      const query = new URLSearchParams(parameters).toString();
      for (let tried = 1; ; tried++) {
        const outcome = await attempt(path, query);
        if ('answer' in outcome) return outcome.answer;
        const slow = outcome.error instanceof TookTooLong;
        const attempts = slow ? (limits.slowAttempts ?? limits.attempts) : limits.attempts;
        const again = outcome.mayPass && tried < attempts && (limits.mayRetry?.() ?? true);
        if (!again) throw gaveUp(outcome, tried);
        await sleep(Math.min(Math.max(outcome.waitMs ?? 0, limits.backoffMs * 2 ** (tried - 1)), MAX_WAIT_MS));
      }
    },
  };
}

interface Failure {
  readonly error: Error;
  /** Whether the same request may succeed later. */
  readonly mayPass: boolean;
  readonly waitMs?: number;
}
type Outcome = { readonly answer: HttpAnswer } | Failure;

interface Attempt {
  readonly url: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly agent: Dispatcher;
  readonly limits: HttpLimits;
  readonly name: string;
  readonly proxy: ForwardProxy | undefined;
}

async function attemptOnce(asked: Attempt): Promise<Outcome> {
  const { url, query, headers, agent, limits, name, proxy } = asked;
  try {
    const get = query.length <= MAX_GET_CHARS;
    // undici follows no redirect of its own accord, so credentials go to the named server only.
    const response = await request(get ? `${url}?${query}` : url, {
      method: get ? 'GET' : 'POST',
      headers: get ? headers : { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
      ...(get ? {} : { body: query }),
      dispatcher: agent,
      signal: AbortSignal.timeout(limits.attemptMs),
    });
    const body = await boundedText(response, limits.bodyBytes);
    return judge(asked, response, body);
  } catch (error) {
    const failure = proxyFailureOf(error, proxy, new URL(url).hostname);
    if (failure)
      return { error: new WorldError(`${name}: ${failure.message}`, { cause: error }), mayPass: failure.mayPass };
    return { error: connectionError(name, error, limits), mayPass: !isCertificateError(error) && !isRefused(error) };
  }
}

function judge(
  { name, url, limits, proxy }: Attempt,
  response: Dispatcher.ResponseData,
  body: string | undefined,
): Outcome {
  const { statusCode: status, headers } = response;
  if (proxy && status === 407) {
    const { message, mayPass } = refusedBy(proxy, status, new URL(url).hostname);
    return { error: new WorldError(`${name}: ${message}`), mayPass };
  }
  const through = proxy ? ` through the proxy ${proxy.url}` : '';
  const fail = (message: string, mayPass = false): Failure => ({
    error: new WorldError(`${name} ${message}`),
    mayPass,
  });
  if (body === undefined) {
    const words = `more than ${limits.bodyBytes / 1e6} MB; ask for fewer series (sum) or a coarser --step`;
    return { error: new TooMuchAtOnce(`${name} answered with ${words}`), mayPass: false };
  }
  if (status >= 300 && status < 400) {
    return fail(
      `redirects to ${String(headers.location)}; redirects are refused so that credentials stay here: use the final URL`,
    );
  }
  const words = serverMessage(body) ?? (body.slice(0, 200).replace(/\s+/g, ' ').trim() || 'no message');
  if (status < 500 && status >= 400 && NO_TENANT.test(body)) {
    const header = "--prometheus-header 'X-Scope-OrgID: <tenant>', of the addon config.prometheus.headers";
    const error = new CredentialsRefused(
      `${name} serves several tenants and was told none (HTTP ${status}): ${words}; ${header}`,
    );
    return { error, mayPass: false };
  }
  if (status === 401 || status === 403) {
    const error = new CredentialsRefused(`${name} refused the credentials${through} (HTTP ${status}): ${words}`);
    return { error, mayPass: false };
  }
  if (TOO_LARGE.includes(status)) {
    const error = new RequestTooLarge(`${name} refused the query as too large${through} (HTTP ${status}): ${words}`);
    return { error, mayPass: false };
  }
  if (status === 429 || status >= 500) {
    const seconds = Number(headers['retry-after']);
    // Prometheus ends a query that is too slow with 503 "timeout", a gateway with 504.
    if (status === 504 || /"errorType"\s*:\s*"timeout"/.test(body)) {
      return { error: new TookTooLong(`${name} failed${through} (HTTP ${status}): ${words}`), mayPass: true };
    }
    return {
      ...fail(`failed${through} (HTTP ${status}): ${words}`, true),
      ...(seconds > 0 ? { waitMs: seconds * 1000 } : {}),
    };
  }
  const dateSeconds = Date.parse(String(headers.date)) / 1000;
  return { answer: { status, body, ...(Number.isFinite(dateSeconds) && { dateSeconds }) } };
}

/** The body as text; undefined when it is larger than allowed. A body cut short throws. */
async function boundedText(response: Dispatcher.ResponseData, maxBytes: number): Promise<string | undefined> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of response.body as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > maxBytes) {
      response.body.destroy();
      return undefined;
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function gaveUp({ error }: Failure, tried: number): Error {
  if (tried === 1) return error;
  const Kind = error instanceof TookTooLong ? TookTooLong : WorldError;
  return new Kind(`${error.message} (tried ${tried} times)`, { cause: error });
}

function connectionError(name: string, error: unknown, limits: HttpLimits): WorldError {
  const { code, message, name: kind } = error as NodeJS.ErrnoException;
  const cause = { cause: error };
  if (kind === 'TimeoutError')
    return new TookTooLong(`${name} did not answer within ${limits.attemptMs / 1000} s`, cause);
  if (code === REFUSED_CODE) return new WorldError(`${name}: ${message}`, cause);
  if (code === 'ECONNREFUSED')
    return new WorldError(`${name} refuses connections: is it running, and is the port right?`, cause);
  if (code === 'ENOTFOUND') return new WorldError(`${name} has no address: is the host name right?`, cause);
  if (isCertificateError(error)) {
    return new WorldError(
      `${name}: its certificate is not trusted (${message}); --prometheus-ca names its authority`,
      cause,
    );
  }
  if (code === 'UND_ERR_SOCKET' || code === 'ECONNRESET') {
    return new WorldError(`${name} closed the connection in the middle of its answer`, cause);
  }
  return new WorldError(`${name} could not be asked: ${message || code || kind}`, cause);
}

function isRefused(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === REFUSED_CODE;
}

function isCertificateError(error: unknown): boolean {
  const code = String((error as NodeJS.ErrnoException).code ?? '');
  return /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS|ERR_SSL/.test(code);
}
