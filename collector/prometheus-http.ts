import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { Agent, type Dispatcher, request } from 'undici';
import { InputError, WorldError } from '../core/errors.ts';
import { serverMessage } from './prometheus-answer.ts';

/** How to reach one server. Secrets are values here; where they came from is the caller's. */
export interface PrometheusAccess {
  /** http(s)://host[:port][/prefix], without user or password. */
  readonly url: string;
  readonly bearerToken?: string;
  readonly basic?: { readonly user: string; readonly password: string };
  readonly tls?: {
    /** PEM texts. */
    readonly ca?: string;
    readonly cert?: string;
    readonly key?: string;
    readonly insecureSkipVerify?: boolean;
  };
}

/** What one request may cost; the defaults suit a range query of 10,000 points. */
export interface HttpLimits {
  readonly bodyBytes: number;
  readonly attemptMs: number;
  readonly attempts: number;
  /** Before the second attempt; doubles for each further one. */
  readonly backoffMs: number;
}

export const DEFAULT_LIMITS: HttpLimits = { bodyBytes: 64e6, attemptMs: 60_000, attempts: 5, backoffMs: 500 };
/** A server may ask for more patience (Retry-After) than anybody at a terminal has. */
const MAX_WAIT_MS = 30_000;
/** Longer than this a query goes in a form body: proxies cut long request lines. */
const MAX_GET_CHARS = 1500;

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

/** Asks one server; GETs what is short, retries what may pass. */
export interface PrometheusHttp {
  /** The server's name in messages: its URL without credentials. */
  readonly name: string;
  /** @throws WorldError when the server stays unreachable, silent, too talkative, or wants to send us elsewhere */
  ask(path: string, parameters: Readonly<Record<string, string>>): Promise<HttpAnswer>;
  close(): Promise<void>;
}

/** @param sleep waits so many milliseconds; passed in so that tests need not */
export function prometheusHttp(
  access: PrometheusAccess,
  limits: HttpLimits = DEFAULT_LIMITS,
  sleep: (ms: number) => Promise<void> = (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
): PrometheusHttp {
  const base = checkedUrl(access.url);
  const agent = newAgent(access, limits);
  const headers = { accept: 'application/json', ...authorization(access) };
  const attempt = (path: string, query: string): Promise<Outcome> =>
    attemptOnce({ url: `${base}${path}`, query, headers, agent, limits, name: base });
  return {
    name: base,
    close: () => agent.destroy(),
    async ask(path, parameters) {
      const query = new URLSearchParams(parameters).toString();
      for (let tried = 1; ; tried++) {
        const outcome = await attempt(path, query);
        if ('answer' in outcome) return outcome.answer;
        if (!outcome.mayPass || tried >= limits.attempts) throw gaveUp(outcome, tried);
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
  readonly agent: Agent;
  readonly limits: HttpLimits;
  readonly name: string;
}

async function attemptOnce({ url, query, headers, agent, limits, name }: Attempt): Promise<Outcome> {
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
    return judge(name, response, body, limits);
  } catch (error) {
    return { error: connectionError(name, error, limits), mayPass: !isCertificateError(error) };
  }
}

function judge(name: string, response: Dispatcher.ResponseData, body: string | undefined, limits: HttpLimits): Outcome {
  const { statusCode: status, headers } = response;
  const fail = (message: string, mayPass = false): Failure => ({
    error: new WorldError(`${name} ${message}`),
    mayPass,
  });
  if (body === undefined) {
    return fail(`answered with more than ${limits.bodyBytes / 1e6} MB; ask for fewer series (sum) or a coarser --step`);
  }
  if (status >= 300 && status < 400) {
    return fail(
      `redirects to ${String(headers.location)}; redirects are refused so that credentials stay here: use the final URL`,
    );
  }
  const words = serverMessage(body) ?? (body.slice(0, 200).replace(/\s+/g, ' ').trim() || 'no message');
  if (status === 401 || status === 403) return fail(`refused the credentials (HTTP ${status}): ${words}`);
  if (status === 429 || status >= 500) {
    const seconds = Number(headers['retry-after']);
    return { ...fail(`failed (HTTP ${status}): ${words}`, true), ...(seconds > 0 ? { waitMs: seconds * 1000 } : {}) };
  }
  return { answer: { status, body } };
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
  return new WorldError(`${error.message} (tried ${tried} times)`, { cause: error });
}

function connectionError(name: string, error: unknown, limits: HttpLimits): WorldError {
  const { code, message, name: kind } = error as NodeJS.ErrnoException;
  const cause = { cause: error };
  if (kind === 'TimeoutError')
    return new WorldError(`${name} did not answer within ${limits.attemptMs / 1000} s`, cause);
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

function isCertificateError(error: unknown): boolean {
  const code = String((error as NodeJS.ErrnoException).code ?? '');
  return /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS|ERR_SSL/.test(code);
}

function newAgent({ tls }: PrometheusAccess, limits: HttpLimits): Agent {
  try {
    // What is wrong with a certificate or key shows here, before any connection.
    if (tls?.ca !== undefined) new X509Certificate(tls.ca);
    createSecureContext({ ca: tls?.ca, cert: tls?.cert, key: tls?.key });
    return new Agent({
      headersTimeout: limits.attemptMs,
      bodyTimeout: limits.attemptMs,
      connect: {
        timeout: Math.min(10_000, limits.attemptMs),
        ...(tls?.ca === undefined ? {} : { ca: tls.ca }),
        ...(tls?.cert === undefined ? {} : { cert: tls.cert }),
        ...(tls?.key === undefined ? {} : { key: tls.key }),
        ...(tls?.insecureSkipVerify ? { rejectUnauthorized: false } : {}),
      },
    });
  } catch (error) {
    throw new InputError(`the TLS files can't be used: ${(error as Error).message}`, { cause: error });
  }
}

function authorization({ bearerToken, basic }: PrometheusAccess): Record<string, string> {
  if (bearerToken !== undefined) return { authorization: `Bearer ${bearerToken}` };
  if (!basic) return {};
  return { authorization: `Basic ${Buffer.from(`${basic.user}:${basic.password}`).toString('base64')}` };
}

/** The URL without a trailing slash. */
function checkedUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new InputError(`--prometheus: found ${JSON.stringify(text)}; expected a URL such as http://prometheus:9090`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new InputError(
      '--prometheus: found a user or password in the URL; expected --prometheus-user and a password file',
    );
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}
