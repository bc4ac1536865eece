import { BlockList, isIP } from 'node:net';
import { InputError } from '../core/errors.ts';
import type { ForwardProxy } from './forward-proxy.ts';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The proxy that the environment names for a target, by the rules of curl, Go and kubectl: HTTP_PROXY for http, HTTPS_PROXY for https, in
 * lower case or upper case (lower case wins); NO_PROXY lists what is reached directly. ALL_PROXY is not read, as kubectl doesn't.
 * @throws InputError where its address can't be used
 */
export function proxyFromEnvironment(target: URL, env: Env): ForwardProxy | undefined {
  const name = target.protocol === 'https:' ? 'https_proxy' : 'http_proxy';
  const from = [name, name.toUpperCase()].find((variable) => env[variable]?.trim());
  if (from === undefined) return undefined;
  const list = env.no_proxy?.trim() || env.NO_PROXY || '';
  return goesAround(target, list) ? undefined : { ...parseProxy(env[from]!.trim(), from), avoidable: true };
}

/** `proxy:3128` and `http://user:password@proxy:3128`. @param from where it was named @throws InputError, without showing a password */
export function parseProxy(text: string, from: string): ForwardProxy {
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const url = URL.canParse(whole) ? new URL(whole) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.hostname === '') {
    // What can't be read may hold a password anywhere.
    const found = url ? `an address that begins with ${url.protocol}//` : 'no address';
    throw new InputError(`${from}: found ${found}; expected a forward proxy such as http://proxy.example:3128`);
  }
  const user = `${decoded(url.username)}:${decoded(url.password)}`;
  return {
    url: url.origin,
    ...(user === ':' ? {} : { authorization: `Basic ${Buffer.from(user).toString('base64')}` }),
    from,
    avoidable: false,
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * Whether NO_PROXY names the target: `*`; `example.com` (and what is under it); `.example.com` and `*.example.com` (only what is under it);
 * an address; a block such as 10.0.0.0/8. Each may have a port. An entry that is none of these names nothing.
 */
export function goesAround(target: URL, list: string): boolean {
  const host = bare(target.hostname).toLowerCase().replace(/\.$/, '');
  const port = target.port || (target.protocol === 'https:' ? '443' : '80');
  return list
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => names(entry.toLowerCase(), host, port));
}

function names(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  if (entry.includes('/')) return inBlock(entry, host);
  const { name, port: only } = splitPort(entry);
  if (only !== undefined && only !== port) return false;
  if (isIP(name) !== 0) return isIP(host) !== 0 && sameAddress(name, host);
  const under = name.replace(/^\*?\./, '');
  if (under === '') return false;
  return host.endsWith(`.${under}`) || (under === name && host === name);
}

/** `[::1]:6443`, `10.0.0.1:6443`, `example.com:443`; an IPv6 address without brackets has no port. */
function splitPort(entry: string): { name: string; port: string | undefined } {
  if (isIP(entry) !== 0) return { name: entry, port: undefined };
  const [, name = entry, port] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? [];
  return { name: bare(name), port };
}

function bare(host: string): string {
  return host.replace(/^\[|\]$/g, '');
}

function sameAddress(a: string, b: string): boolean {
  if (isIP(a) !== isIP(b)) return false;
  const one = new BlockList();
  one.addAddress(a, familyOf(a));
  return one.check(b, familyOf(b));
}

function inBlock(entry: string, host: string): boolean {
  const [address = '', length = ''] = entry.split('/');
  const bits = Number(length);
  const most = { 0: -1, 4: 32, 6: 128 }[isIP(address) as 0 | 4 | 6];
  if (isIP(host) === 0 || !/^\d{1,3}$/.test(length) || bits > most) return false;
  const block = new BlockList();
  block.addSubnet(address, bits, familyOf(address));
  return block.check(host, familyOf(host));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}
