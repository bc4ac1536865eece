import type { ForwardProxy } from '../../network/forward-proxy.ts';
import { proxyFromEnvironment } from '../../network/proxy-choice.io.ts';

/** The proxy that HTTPS_PROXY, HTTP_PROXY and NO_PROXY say for an address that a person named; none for what is no address. */
export function proxyTo(url: string): ForwardProxy | undefined {
  return URL.canParse(url) ? proxyFromEnvironment(new URL(url), process.env) : undefined;
}
