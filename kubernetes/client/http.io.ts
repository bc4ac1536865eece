import { type Dispatcher, request } from 'undici';
import type { Clock } from '../../core/clock.ts';
import { InputError } from '../../core/errors.ts';
import { newDispatcher } from '../../network/dispatcher.io.ts';
import type { ForwardProxy } from '../../network/forward-proxy.ts';
import { proxyFailureOf, refusedBy } from '../../network/proxy-failure.ts';
import { ApiError } from '../api.ts';
import { answerError, connectionError, mayRetry, proxyError } from '../api-failure.ts';
import { parseResourcePath, resourceName } from '../resource-path.ts';
import type { ApiLimits } from './api-limits.ts';
import type { Access, Credentials } from './credentials.io.ts';
import { RequestGate } from './request-gate.ts';

/** client-go reads a token again each minute. */
const ACCESS_SECONDS = 60;
const MOST_BACKOFF_SECONDS = 10;
/** Characters of a path and its query in a message. */
const MOST_NAMED_PATH = 200;
/** Of an answer that is no result. */
const MOST_ERROR_BYTES = 1e6;
/** A server may ask for more patience than a control loop has. */
const MOST_RETRY_AFTER_SECONDS = 30;

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With its query. */
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string;
}

/** Requests of one kind so far. */
export interface RequestCount {
  /** get, list, watch, create, update, patch, delete */
  readonly verb: string;
  /** `deployments/scale`; `other` for paths that name none (discovery). */
  readonly resource: string;
  /** HTTP status; 0 where no answer came. */
  readonly status: number;
  readonly count: number;
  /** From sending to the last byte, summed; for watches to the headers. */
  readonly seconds: number;
}

/** One API server over HTTP/1.1: who we are, how fast, how often again, and what was asked for. */
export class ApiHttp {
  private readonly credentials: Credentials;
  private readonly limits: ApiLimits;
  private readonly world: Clock & { readonly userAgent: string; readonly random: () => number };
  private readonly proxy: ForwardProxy | undefined;
  private readonly gate: RequestGate;
  private readonly counts = new Map<string, { -readonly [K in keyof RequestCount]: RequestCount[K] }>();
  private access: { readonly value: Promise<Access>; readonly atSeconds: number } | undefined;
  private agent: Dispatcher | undefined;
  /** Agents of earlier certificates, until their last watch has ended. */
  private readonly retired = new Set<Dispatcher>();
  private agentFor = '';
  private closed = false;

  constructor(
    credentials: Credentials,
    limits: ApiLimits,
    world: Clock & { readonly userAgent: string; readonly random: () => number },
    proxy: ForwardProxy | undefined,
  ) {
    this.credentials = credentials;
    this.proxy = proxy;
    this.limits = limits;
    this.world = world;
    const { requestsPerSecond: perSecond, burst, concurrency } = limits;
    this.gate = new RequestGate(world, { perSecond, burst, concurrency });
  }

  requests(): readonly RequestCount[] {
    return [...this.counts.values()].map((count) => ({ ...count }));
  }

  async close(): Promise<void> {
    this.closed = true;
    await Promise.all([...this.retired, this.agent].map((agent) => agent?.destroy()));
  }

  /** The parsed JSON of the answer. @throws ApiError after the last attempt */
  async send(what: HttpRequest): Promise<unknown> {
    const ungated = what.path.startsWith('/apis/coordination.k8s.io/');
    const once = () => this.sendOnce(what);
    for (let attempt = 1; ; attempt++) {
      try {
        return await (ungated ? once() : this.gate.run(once));
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        const again = mayRetry(error, what.method === 'GET') && attempt < this.limits.attempts && !this.closed;
        if (!again) throw error;
        await this.world.sleep(this.backoffSeconds(attempt, error.retryAfterSeconds ?? 0));
      }
    }
  }

  /** Sends with today's credentials; a 401 is tried once more with ones read afresh, as a token may just have been rotated. */
  async open(what: HttpRequest, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const first = await this.openWith(what, signal);
    if (first.statusCode !== 401) return first;
    await boundedText(first.body, MOST_ERROR_BYTES);
    this.access = undefined;
    return this.openWith(what, signal);
  }

  /** The request's name in messages, without a long query such as one of Prometheus through the API server. */
  nameOf({ method, path }: HttpRequest): string {
    const shown = path.length > MOST_NAMED_PATH ? `${path.split('?')[0]}?…` : path;
    return `${method} ${this.credentials.server}${shown}`;
  }

  /** Nothing came back, or not to its end. */
  failure(what: HttpRequest, error: unknown, deadlineSeconds: number): ApiError {
    const { hostname } = new URL(this.credentials.server);
    const failure = proxyFailureOf(error, this.proxy, hostname);
    return failure
      ? proxyError(this.nameOf(what), failure)
      : connectionError(this.nameOf(what), error, deadlineSeconds);
  }

  /** An answer that is not 2xx, as an error. @param seconds since it was sent */
  async refusal(what: HttpRequest, { statusCode, headers, body }: Dispatcher.ResponseData): Promise<ApiError> {
    if (statusCode >= 300 && statusCode < 400) {
      await boundedText(body, MOST_ERROR_BYTES);
      const words = `redirects to ${String(headers.location)}; redirects are refused so that credentials stay here`;
      return new ApiError(`${this.nameOf(what)}: ${words}`, statusCode, 'Redirect');
    }
    if (statusCode === 407 && this.proxy) {
      await boundedText(body, MOST_ERROR_BYTES);
      return proxyError(
        this.nameOf(what),
        refusedBy(this.proxy, statusCode, new URL(this.credentials.server).hostname),
      );
    }
    const seconds = Number(headers['retry-after']);
    const text = await boundedText(body, MOST_ERROR_BYTES);
    return answerError(this.nameOf(what), statusCode, text ?? '', seconds > 0 ? seconds : undefined);
  }

  count(what: HttpRequest, status: number, seconds: number): void {
    const resource = parseResourcePath(what.path.split('?')[0]!);
    const name = resource ? [resourceName(resource), resource.subresource].filter(Boolean).join('/') : 'other';
    const verb = verbOf(what, resource?.name !== undefined);
    const key = `${verb} ${name} ${status}`;
    const counted = this.counts.get(key) ?? { verb, resource: name, status, count: 0, seconds: 0 };
    counted.count++;
    counted.seconds += seconds;
    this.counts.set(key, counted);
  }

  get nowSeconds(): () => number {
    return this.world.nowSeconds;
  }

  private async sendOnce(what: HttpRequest): Promise<unknown> {
    const { deadlineSeconds, bodyBytes } = this.limits;
    const start = this.world.nowSeconds();
    const name = this.nameOf(what);
    let status = 0;
    try {
      const response = await this.open(what, AbortSignal.timeout(deadlineSeconds * 1000));
      status = response.statusCode;
      if (status < 200 || status >= 300) throw await this.refusal(what, response);
      const text = await boundedText(response.body, bodyBytes);
      if (text === undefined)
        throw new ApiError(`${name}: an answer of over ${bodyBytes / 1e6} MB`, status, 'TooLarge');
      return parsed(name, status, text);
    } catch (error) {
      if (error instanceof InputError) throw error;
      throw this.failure(what, error, deadlineSeconds);
    } finally {
      this.count(what, status, this.world.nowSeconds() - start);
    }
  }

  private async openWith(what: HttpRequest, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const { headers, tls } = await this.currentAccess();
    const { method, path, body, accept = 'application/json', contentType = 'application/json' } = what;
    return request(`${this.credentials.server}${path}`, {
      method,
      headers: {
        ...headers,
        accept,
        'user-agent': this.world.userAgent,
        ...(body === undefined ? {} : { 'content-type': contentType }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      dispatcher: this.agentOf(tls),
      signal,
    });
  }

  private currentAccess(): Promise<Access> {
    const now = this.world.nowSeconds();
    if (!this.access || now - this.access.atSeconds >= ACCESS_SECONDS) {
      const before = this.access?.value;
      // A token file that can't be read just now (being swapped) must not cost us a token that is still good.
      const value = this.credentials.access().catch((error: unknown) => {
        if (before) return before;
        this.access = undefined;
        throw error;
      });
      this.access = { value, atSeconds: now };
    }
    return this.access.value;
  }

  /** One agent, replaced when certificates change; watches under way keep the old one to their end. */
  private agentOf(tls: Access['tls']): Dispatcher {
    if (this.closed) throw new ApiError(`${this.credentials.server}: the connection was closed by us`, 0, 'Closed');
    const key = JSON.stringify(tls);
    if (this.agent && key === this.agentFor) return this.agent;
    if (this.agent) this.retire(this.agent);
    this.agentFor = key;
    const { deadlineSeconds } = this.limits;
    const settings = {
      // Below the 90 s after which the API server closes an idle connection.
      keepAliveMs: 60_000,
      headersMs: deadlineSeconds * 1000,
      // Answers have their own deadline, watches too.
      bodyMs: 0,
      connectMs: Math.min(10, deadlineSeconds) * 1000,
      tls,
    };
    this.agent = newDispatcher(settings, this.proxy);
    return this.agent;
  }

  private retire(agent: Dispatcher): void {
    this.retired.add(agent);
    const gone = () => this.retired.delete(agent);
    agent.close().then(gone, gone);
  }

  private backoffSeconds(attempt: number, retryAfterSeconds: number): number {
    const exponential = Math.min(this.limits.backoffSeconds * 2 ** (attempt - 1), MOST_BACKOFF_SECONDS);
    const jittered = exponential * (0.5 + 0.5 * this.world.random());
    // Never sooner than the server asked for, and not all clients at the same instant.
    return Math.min(retryAfterSeconds, MOST_RETRY_AFTER_SECONDS) + jittered;
  }
}

function verbOf({ method, path }: HttpRequest, named: boolean): string {
  if (method === 'GET') return /[?&]watch=true/.test(path) ? 'watch' : named ? 'get' : 'list';
  return { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' }[method];
}

function parsed(name: string, status: number, text: string): unknown {
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    const words = `the answer is no JSON: ${text.slice(0, 100).replace(/\s+/g, ' ')}`;
    throw new ApiError(`${name}: ${words}`, status, 'NotJson', undefined, { cause: error });
  }
}

/** Undefined when it is larger than allowed. */
async function boundedText(
  body: AsyncIterable<Buffer> & { destroy(): unknown },
  maxBytes: number,
): Promise<string | undefined> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of body) {
    bytes += piece.length;
    if (bytes > maxBytes) {
      body.destroy();
      return undefined;
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}
