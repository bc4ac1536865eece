import { X509Certificate } from 'node:crypto';
import type { LookupFunction } from 'node:net';
import { createSecureContext } from 'node:tls';
import type { Dispatcher } from 'undici';
import { InputError } from '../../core/errors.ts';
import { newDispatcher } from '../../network/dispatcher.io.ts';
import type { ForwardProxy } from '../../network/forward-proxy.ts';
import { checkedLookup, refuseAddressOf } from './refused-addresses.io.ts';

/** How to reach one server. Secrets are values here; where they came from is the caller's. */
export interface PrometheusAccess {
  /** http(s)://host[:port][/prefix], without user or password. */
  readonly url: string;
  readonly bearerToken?: string;
  readonly basic?: { readonly user: string; readonly password: string };
  /** The whole Authorization header, for servers that want a bare token (Alibaba's ARMS). */
  readonly authorization?: string;
  readonly tls?: {
    /** PEM texts. */
    readonly ca?: string;
    readonly cert?: string;
    readonly key?: string;
    readonly insecureSkipVerify?: boolean;
  };
  /** Further headers, such as the tenant: X-Scope-OrgID. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Which proxy to go through. Only for a server that a person named: a proxy resolves names where none of our checks is. */
  readonly proxy?: ForwardProxy;
}

/**
 * Connections to one server: only to addresses that may be asked, unless a proxy resolves its name.
 * @param lookup resolves names; passed in so that a test can play a hostile name server
 * @throws InputError on TLS files that can't be used
 */
export function newAgent(
  { tls, proxy }: PrometheusAccess,
  attemptMs: number,
  lookup: LookupFunction = checkedLookup(),
): Dispatcher {
  try {
    // What is wrong with a certificate or key shows here, before any connection.
    if (tls?.ca !== undefined) new X509Certificate(tls.ca);
    createSecureContext({ ca: tls?.ca, cert: tls?.cert, key: tls?.key });
    const limits = { connectMs: Math.min(10_000, attemptMs), headersMs: attemptMs, bodyMs: attemptMs };
    const own = {
      ...(tls?.ca === undefined ? {} : { ca: tls.ca }),
      ...(tls?.cert === undefined ? {} : { cert: tls.cert }),
      ...(tls?.key === undefined ? {} : { key: tls.key }),
      ...(tls?.insecureSkipVerify ? { rejectUnauthorized: false } : {}),
    };
    return newDispatcher({ ...limits, lookup, tls: own }, proxy);
  } catch (error) {
    throw new InputError(`the TLS files can't be used: ${(error as Error).message}`, { cause: error });
  }
}

/** The headers of every request; a credential wins over a header of the same name. */
export function requestHeaders(access: PrometheusAccess): Record<string, string> {
  const further = Object.entries(access.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]);
  return { ...Object.fromEntries(further), accept: 'application/json', ...authorization(access) };
}

function authorization({ bearerToken, basic, authorization: whole }: PrometheusAccess): Record<string, string> {
  if (bearerToken !== undefined) return { authorization: `Bearer ${bearerToken}` };
  if (whole !== undefined) return { authorization: whole };
  if (!basic) return {};
  return { authorization: `Basic ${Buffer.from(`${basic.user}:${basic.password}`).toString('base64')}` };
}

/** The URL without a trailing slash. @throws InputError where it is none, holds a credential, or may not be asked */
export function checkedUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new InputError(`--prometheus: found ${JSON.stringify(text)}; expected a URL such as http://prometheus:9090`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new InputError(
      '--prometheus: found a user or password in the URL; expected --prometheus-user and a password file',
    );
  }
  refuseAddressOf(url);
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}
