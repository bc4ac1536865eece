import type { LookupFunction } from 'node:net';
import { Agent, type Dispatcher, Pool, ProxyAgent } from 'undici';
import type { ForwardProxy } from './forward-proxy.ts';
import { proxyFailure } from './proxy-failure.ts';

/** How connections to one server are made. */
export interface ConnectionSettings {
  /** To open one: to the server, or to the proxy and then through it. */
  readonly connectMs: number;
  readonly headersMs: number;
  /** Between two pieces of a body; 0: no limit. */
  readonly bodyMs: number;
  readonly keepAliveMs?: number;
  /** Of the server, PEM texts; a proxy is shown none of it. */
  readonly tls: {
    readonly ca?: string;
    readonly cert?: string;
    readonly key?: string;
    readonly servername?: string;
    readonly rejectUnauthorized?: boolean;
  };
  /** Resolves the server's name; not used through a proxy, which resolves names itself. */
  readonly lookup?: LookupFunction;
}

/**
 * Connections to a server, direct or through a proxy: https in a tunnel (CONNECT), http as a request to the proxy (absolute-form), as
 * many proxies open tunnels to port 443 only. A failure of the proxy is a ProxyFailure.
 */
export function newDispatcher(settings: ConnectionSettings, proxy: ForwardProxy | undefined): Dispatcher {
  const { connectMs, headersMs, bodyMs, keepAliveMs, tls, lookup } = settings;
  const limits = {
    headersTimeout: headersMs,
    bodyTimeout: bodyMs,
    ...(keepAliveMs === undefined ? {} : { keepAliveTimeout: keepAliveMs }),
  };
  if (proxy === undefined) {
    return new Agent({ ...limits, connect: { timeout: connectMs, ...(lookup ? { lookup } : {}), ...tls } });
  }
  return new ProxyAgent({
    ...limits,
    uri: proxy.url,
    ...(proxy.authorization === undefined ? {} : { token: proxy.authorization }),
    proxyTunnel: false,
    // The system's authorities and NODE_EXTRA_CA_CERTS: `tls` is about the server behind it.
    proxyTls: { timeout: connectMs },
    requestTls: { timeout: connectMs, ...tls },
    clientFactory: (origin, options) => new Pool(origin, { ...toProxy(options, proxy), headersTimeout: connectMs }),
    factory: (origin, options) =>
      new Pool(origin, isProxy(origin, proxy) ? { ...limits, ...toProxy(options, proxy) } : options),
  });
}

type Connector = (options: object, callback: (error: Error | null, socket: unknown) => void) => void;

/** The connector whose failures say that they are the proxy's. */
function toProxy(options: object, proxy: ForwardProxy): Pool.Options {
  const { connect } = options as { connect: Connector };
  const named: Connector = (target, callback) =>
    connect(target, (error, socket) => callback(error && proxyFailure(proxy, error), socket));
  return { ...options, connect: named } as Pool.Options;
}

function isProxy(origin: string | URL, { url }: ForwardProxy): boolean {
  return new URL(origin).origin === url;
}
