import { plainText } from '../../core/text/plain-text.ts';
import type { RoleView } from './addon-view.ts';
import { guardedListener, type Listener } from './guarded-listener.io.ts';
import { type HttpAnswer, textAnswer } from './http-answer.io.ts';
import type { ListenOn } from './listen-error.ts';
import type { HttpRequest } from './request-head.ts';
import { SharedRender } from './shared-render.ts';

/** Two listeners: who floods the one that scrapers use doesn't keep the kubelet out, which has its own. */
export interface Addresses {
  /** Metrics and probes. */
  readonly listen: ListenOn;
  /** Probes alone. */
  readonly probeListen: ListenOn;
}

export interface TelemetryServer extends Listener {
  readonly probes: Omit<Listener, 'close'>;
}

const ONLY_PROBES = 'probes of Prescale: there are /healthz and /readyz here; the rest is on http.listen\n';

/** Ports that are held: until they are told what to show they say that the role is starting. */
export interface HeldPorts extends TelemetryServer {
  show(view: RoleView): void;
}

const STARTING: RoleView = {
  metricsContentType: 'text/plain; version=0.0.4; charset=utf-8',
  metrics: async () => '',
  unhealthy: () => [],
  unready: () => ['it is starting'],
};

/**
 * Takes the ports before anything else is opened, so that a process that can't have them ends with one sentence and leaves nothing half
 * open. Read-only, plain HTTP inside the cluster: metrics for Prometheus, probes for the kubelet.
 * @throws WorldError, InputError: what holds a port where that is known, and what to set
 */
export async function holdPorts(
  { listen, probeListen }: Addresses,
  monotonicSeconds: () => number,
): Promise<HeldPorts> {
  let shown: RoleView = STARTING;
  const renders = new SharedRender(monotonicSeconds);
  const all = await guardedListener('http.listen', listen, (request) => answerTo(request, shown, renders));
  const probes = await guardedListener('http.probeListen', probeListen, async (request) =>
    probesOnly(request, shown),
  ).catch(async (error) => {
    await all.close();
    throw error;
  });
  return {
    host: all.host,
    port: all.port,
    probes,
    show: (view) => {
      shown = view;
    },
    close: async () => {
      await Promise.all([all.close(), probes.close()]);
    },
  };
}

/** One view from the start, its probes on a free port beside it; without a clock nothing is shared for longer than it takes. */
export async function serveTelemetry(listen: ListenOn, view: RoleView): Promise<TelemetryServer> {
  const held = await holdPorts({ listen, probeListen: { host: listen.host, port: 0 } }, () => 0);
  held.show(view);
  return held;
}

async function answerTo(request: HttpRequest, view: RoleView, renders: SharedRender): Promise<HttpAnswer> {
  const path = pathOf(request);
  if (typeof path !== 'string') return path;
  if (path === '/metrics') {
    // Who asks while it starts must not be given that later.
    const body = view === STARTING ? '' : await renders.of(path, () => view.metrics());
    return { status: 200, contentType: view.metricsContentType, body };
  }
  const probed = probe(path, view);
  if (probed) return probed;
  if (view === STARTING) return reasons(view.unready());
  return textAnswer(404, 'nothing here; there are /metrics, /healthz and /readyz\n');
}

function probesOnly(request: HttpRequest, view: RoleView): HttpAnswer {
  const path = pathOf(request);
  return typeof path === 'string' ? (probe(path, view) ?? textAnswer(404, ONLY_PROBES)) : path;
}

/** @returns an answer where what is asked is refused */
function pathOf({ method, target }: HttpRequest): string | HttpAnswer {
  if (method !== 'GET' && method !== 'HEAD') return textAnswer(405, 'only GET is answered\n');
  return target.split('?', 1)[0]!;
}

function probe(path: string, view: RoleView): HttpAnswer | undefined {
  if (path === '/healthz') return reasons(view.unhealthy());
  if (path === '/readyz') return reasons(view.unready());
  return undefined;
}

/** 200 or 503, with the reasons a line each. */
function reasons(problems: readonly string[]): HttpAnswer {
  return problems.length === 0 ? textAnswer(200, 'ok\n') : textAnswer(503, `${problems.map(plainText).join('\n')}\n`);
}
