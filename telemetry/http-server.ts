import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { InputError, WorldError } from '../core/errors.ts';
import { plainJson, plainText } from '../core/plain-text.ts';
import type { AddonView, RoleView } from './addon-view.ts';

export interface ListenOn {
  /** `0.0.0.0`, `127.0.0.1`, `::` */
  readonly host: string;
  /** With 0 the system picks a free one. */
  readonly port: number;
}

export interface TelemetryServer {
  readonly host: string;
  readonly port: number;
  /** Answers what was asked, takes nothing new, and is gone after two seconds at most. */
  close(): Promise<void>;
}

const HEADERS_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 5_000;
const CLOSE_MS = 2_000;
const ASK_HOLDER_MS = 1_000;
const MOST_HEADER_BYTES = 16_384;
/** Prometheus, the kubelet, a person or two: more at once is a mistake or an attack. */
const MOST_CONNECTIONS = 100;
const MOST_URL_CHARS = 1_000;
const WORKLOADS = '/api/v1/workloads';

interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** A port that is held: until it is told what to show it says that the role is starting. */
export interface HeldPort extends TelemetryServer {
  show(view: RoleView | AddonView): void;
}

const STARTING: RoleView = {
  metricsContentType: 'text/plain; version=0.0.4; charset=utf-8',
  metrics: async () => '',
  unhealthy: () => [],
  unready: () => ['it is starting'],
};

/** Read-only, plain HTTP inside the cluster: metrics for Prometheus, probes for the kubelet, JSON for status and explain. */
export async function serveTelemetry(listen: ListenOn, view: RoleView | AddonView): Promise<TelemetryServer> {
  const held = await holdPort(listen);
  held.show(view);
  return held;
}

/**
 * Takes the port before anything else is opened, so that a process that can't have it ends with one sentence and leaves nothing half open.
 * @throws WorldError, InputError: what holds it where that is known, and what to set
 */
export async function holdPort(listen: ListenOn): Promise<HeldPort> {
  let shown: RoleView | AddonView = STARTING;
  const server = createServer({ maxHeaderSize: MOST_HEADER_BYTES }, (request, response) => {
    void respond(request, response, shown);
  });
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.maxConnections = MOST_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => void listenError(listen, error).then(reject));
    server.listen(listen.port, listen.host, resolve);
  });
  const { address, port } = server.address() as AddressInfo;
  return {
    host: address,
    port,
    show: (view) => {
      shown = view;
    },
    close: () =>
      new Promise((resolve) => {
        const late = setTimeout(() => server.closeAllConnections(), CLOSE_MS);
        server.close(() => {
          clearTimeout(late);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}

async function respond(request: IncomingMessage, response: ServerResponse, view: RoleView | AddonView): Promise<void> {
  const answer = await answerTo(request, view);
  // A body that nobody reads would keep the connection open.
  request.resume();
  const bytes = Buffer.from(answer.body);
  response.writeHead(answer.status, {
    'content-type': answer.contentType,
    'content-length': bytes.length,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(answer.status === 405 ? { allow: 'GET, HEAD' } : {}),
  });
  response.end(request.method === 'HEAD' ? undefined : bytes);
}

async function answerTo({ method, url = '/' }: IncomingMessage, view: RoleView | AddonView): Promise<Answer> {
  if (method !== 'GET' && method !== 'HEAD') return text(405, 'only GET is answered\n');
  if (url.length > MOST_URL_CHARS) return text(414, `at most ${MOST_URL_CHARS} characters\n`);
  try {
    const path = url.split('?', 1)[0]!;
    if (path === '/metrics') return { status: 200, contentType: view.metricsContentType, body: await view.metrics() };
    if (path === '/healthz') return probe(view.unhealthy());
    if (path === '/readyz') return probe(view.unready());
    if (view === STARTING) return probe(view.unready());
    if (!('workloads' in view)) return text(404, 'nothing here; there are /metrics, /healthz and /readyz\n');
    if (path === WORKLOADS) return json(200, view.workloads());
    if (path.startsWith(`${WORKLOADS}/`)) return workload(path.slice(WORKLOADS.length + 1), view);
    return text(404, `nothing here; there are /metrics, /healthz, /readyz and ${WORKLOADS}\n`);
  } catch (error) {
    // The message may hold what a stranger should not read; the log of whoever failed has it.
    return text(500, `${error instanceof Error ? error.name : 'Error'}: the log says more\n`);
  }
}

function workload(path: string, view: AddonView): Answer {
  const key = decoded(path);
  if (key === undefined || key.split('/').length !== 3) {
    return json(404, { error: `expected ${WORKLOADS}/<namespace>/<kind>/<name>` });
  }
  const found = view.workload(key);
  return found === undefined ? json(404, { error: `${key} is not looked after: has it opted in?` }) : json(200, found);
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

/** 200 or 503, with the reasons a line each. */
function probe(problems: readonly string[]): Answer {
  return problems.length === 0 ? text(200, 'ok\n') : text(503, `${problems.map(plainText).join('\n')}\n`);
}

function text(status: number, body: string): Answer {
  return { status, contentType: 'text/plain; charset=utf-8', body };
}

function json(status: number, value: unknown): Answer {
  return { status, contentType: 'application/json', body: `${plainJson(value)}\n` };
}

async function listenError({ host, port }: ListenOn, error: NodeJS.ErrnoException): Promise<Error> {
  const cause = { cause: error };
  const at = `http.listen: ${host}:${port}`;
  if (error.code === 'EADDRINUSE') {
    const [by, stop] = (await isPrescale(host, port)) ? [' by another Prescale', 'it'] : ['', 'what listens there'];
    return new WorldError(`${at} is taken${by}: stop ${stop}, or set http.listen to a free port`, cause);
  }
  if (error.code === 'EACCES') {
    return new WorldError(`${at} is not ours to listen on: set http.listen to a port from 1024 on`, cause);
  }
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND') {
    return new InputError(
      `http.listen: ${host} is no address of this host; expected one such as 0.0.0.0 or 127.0.0.1`,
      cause,
    );
  }
  return new WorldError(`${at}: can't be listened on: ${error.message}`, cause);
}

/** Whether what holds the port shows metrics of ours. */
async function isPrescale(host: string, port: number): Promise<boolean> {
  const reached = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host.includes(':') ? `[${host}]` : host;
  try {
    const answer = await fetch(`http://${reached}:${port}/metrics`, { signal: AbortSignal.timeout(ASK_HOLDER_MS) });
    return /^prescale_/m.test(await answer.text());
  } catch {
    return false;
  }
}
