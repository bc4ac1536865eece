import type { ForwardProxy } from './forward-proxy.ts';

/** The proxy was not reached, or refused: nothing was sent to the server behind it. */
export class ProxyFailure extends Error {
  /** Whether the same request may succeed later. */
  readonly mayPass: boolean;

  constructor(message: string, mayPass: boolean, options?: ErrorOptions) {
    super(message, options);
    this.mayPass = mayPass;
  }
}

/** Why no connection to the proxy came about. */
export function proxyFailure(proxy: ForwardProxy, error: Error): ProxyFailure {
  if (error instanceof ProxyFailure) return error;
  const { code = '', message } = error as NodeJS.ErrnoException;
  const name = nameOf(proxy);
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS|ERR_SSL/.test(code)) {
    const words = `${name} shows a certificate that is not trusted (${message || code}); NODE_EXTRA_CA_CERTS names its authority`;
    return new ProxyFailure(words, false, { cause: error });
  }
  return new ProxyFailure(`${name} ${connectWords(code, message)}`, true, { cause: error });
}

function connectWords(code: string, message: string): string {
  if (code === 'ECONNREFUSED') return 'refuses connections: is it running, and is the port right?';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'has no address: is the host name right?';
  if (code === 'UND_ERR_CONNECT_TIMEOUT') return 'did not answer in time';
  return `can't be reached: ${message || code}`;
}

/** What undici says where a proxy opens no tunnel, or wants to know who asks. */
const NO_TUNNEL = /^Proxy (?:response|Authentication Required) \((\d{3})\)/;

/** The failure of the proxy that an error of a request is; undefined: the server's, or the network's behind the proxy. */
export function proxyFailureOf(
  error: unknown,
  proxy: ForwardProxy | undefined,
  host: string,
): ProxyFailure | undefined {
  if (proxy === undefined || !(error instanceof Error)) return undefined;
  if (error instanceof ProxyFailure)
    return new ProxyFailure(`${error.message}${around(proxy, host)}`, error.mayPass, { cause: error });
  if (error.cause instanceof ProxyFailure) return proxyFailureOf(error.cause, proxy, host);
  const [, status] = NO_TUNNEL.exec(error.message) ?? [];
  return status === undefined ? undefined : refusedBy(proxy, Number(status), host);
}

/** A proxy's answer instead of a connection. */
export function refusedBy(proxy: ForwardProxy, status: number, host: string): ProxyFailure {
  if (status === 407) {
    const wants = `expected a user and password that it accepts in ${proxy.from}: http://user:password@host:port`;
    return new ProxyFailure(`${nameOf(proxy)} wants to know who asks (HTTP 407); ${wants}`, false);
  }
  const mayPass = status >= 500 || status === 429;
  return new ProxyFailure(`${nameOf(proxy)} opens no way to ${host} (HTTP ${status})${around(proxy, host)}`, mayPass);
}

function nameOf({ url, from }: ForwardProxy): string {
  return `the proxy ${url} (${from})`;
}

function around({ avoidable }: ForwardProxy, host: string): string {
  return avoidable ? `; NO_PROXY=${host} goes around it` : '';
}
