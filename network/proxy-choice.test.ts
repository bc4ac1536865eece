import { isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../core/errors.ts';
import { goesAround, parseProxy, proxyFromEnvironment } from './proxy-choice.io.ts';

const choose = (target: string, env: Record<string, string>) => proxyFromEnvironment(new URL(target), env)?.url;

describe('the proxy of the environment', () => {
  it('is HTTPS_PROXY for https and HTTP_PROXY for http, in either case; the lower case wins', () => {
    const env = { HTTP_PROXY: 'http://one:3128', https_proxy: 'http://two:3128', HTTPS_PROXY: 'http://three:3128' };
    expect(choose('http://prometheus.example', env)).toBe('http://one:3128');
    expect(choose('https://prometheus.example', env)).toBe('http://two:3128');
    expect(choose('https://prometheus.example', { HTTPS_PROXY: 'three:3128', https_proxy: '' })).toBe(
      'http://three:3128',
    );
    expect(choose('https://prometheus.example', { HTTP_PROXY: 'http://one:3128' })).toBeUndefined();
  });

  it('is none where NO_PROXY names the target', () => {
    const env = { HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: 'localhost, .svc,10.0.0.0/8' };
    expect(choose('https://10.96.0.1:443', env)).toBeUndefined();
    expect(choose('https://prometheus.monitoring.svc:9090', env)).toBeUndefined();
    expect(choose('https://11.0.0.1', env)).toBe('http://proxy:3128');
    expect(choose('https://11.0.0.1', { ...env, no_proxy: '*' })).toBeUndefined();
  });

  it('goes by its name without user and password, which are sent as a header', () => {
    const proxy = parseProxy('http://jo%40corp:p%3Aw@proxy.corp:3128/', 'HTTPS_PROXY');
    expect(proxy).toEqual({
      url: 'http://proxy.corp:3128',
      authorization: `Basic ${Buffer.from('jo@corp:p:w').toString('base64')}`,
      from: 'HTTPS_PROXY',
      avoidable: false,
    });
  });

  it.each(['socks5://jo:secret@host:1080', 'http://', 'http://jo:secret@host:port'])(
    'is refused without showing a password: %s',
    (text) => {
      const parse = () => parseProxy(text, 'proxy-url of the cluster prod');
      expect(parse).toThrow(InputError);
      expect(parse).toThrow(/^proxy-url of the cluster prod: found .*; expected a forward proxy such as http:/);
      expect(parse).not.toThrow(/secret/);
    },
  );
});

describe('NO_PROXY', () => {
  it.each<[list: string, target: string, direct: boolean]>([
    ['example.com', 'https://example.com', true],
    ['example.com', 'https://api.example.com', true],
    ['example.com', 'https://notexample.com', false],
    ['.example.com', 'https://example.com', false],
    ['*.example.com', 'https://api.example.com', true],
    ['EXAMPLE.com', 'https://Api.Example.Com.', true],
    ['example.com:8443', 'https://example.com', false],
    ['example.com:443', 'https://example.com', true],
    ['10.0.0.1', 'https://10.0.0.1:6443', true],
    ['10.0.0.1:6443', 'https://10.0.0.1:6443', true],
    ['10.0.0.1:6443', 'https://10.0.0.1', false],
    ['172.16.0.0/12', 'http://172.31.255.255', true],
    ['172.16.0.0/12', 'http://172.32.0.0', false],
    ['172.16.0.0/33', 'http://172.16.0.0', false],
    ['fd00::/8', 'https://[fd12::1]:6443', true],
    ['::1', 'http://[::1]:9090', true],
    ['[::1]:9090', 'http://[::1]:9090', true],
    ['0:0:0:0:0:0:0:1', 'http://[::1]', true],
    ['a b,,c', 'http://c', true],
    ['.', 'http://c', false],
    ['', 'http://c', false],
  ])('%j and %s: direct %s', (list, target, direct) => {
    expect(goesAround(new URL(target), list)).toBe(direct);
  });

  it('never throws, whatever it holds, and names an address by itself', () => {
    fc.assert(
      fc.property(fc.string(), fc.oneof(fc.ipV4(), fc.ipV6()), (list, address) => {
        const target = new URL(`http://${isIPv6(address) ? `[${address}]` : address}`);
        goesAround(target, list);
        expect(goesAround(target, `${list},${address}`)).toBe(true);
      }),
    );
  });
});
