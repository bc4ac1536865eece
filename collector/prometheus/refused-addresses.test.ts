import type { LookupAddress } from 'node:dns';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { request } from 'undici';
import { describe, expect, it } from 'vitest';
import { newAgent } from './connection.io.ts';
import { prometheusHttp } from './http.io.ts';
import { checkedLookup, isRefusedAddress } from './refused-addresses.io.ts';

describe('addresses that are never asked', () => {
  it.each([
    ['169.254.169.254', true],
    ['169.254.0.1', true],
    ['100.100.100.200', true],
    ['::ffff:169.254.169.254', true],
    ['::ffff:a9fe:a9fe', true],
    ['fd00:ec2::254', true],
    ['fe80::1', true],
    ['fe80::1%eth0', true],
    ['64:ff9b::a9fe:a9fe', true],
    ['10.0.0.1', false],
    ['127.0.0.1', false],
    ['fd00::1', false],
    ['2001:db8::1', false],
    ['prometheus', false],
  ])('%s: %s', (address, refused) => expect(isRefusedAddress(address)).toBe(refused));

  it.each([
    'http://169.254.169.254/latest',
    'http://2852039166/',
    'http://0xa9.0xfe.0xa9.0xfe/',
    'http://[::ffff:169.254.169.254]:9090',
    'http://[fd00:ec2::254]/',
  ])('%s in the configuration', (url) => {
    expect(() => prometheusHttp({ url })).toThrow(/is a link-local or cloud metadata address, which is never asked/);
  });
});

describe('a name that leads to one', () => {
  const answers = (...lists: string[][]) => {
    let asked = 0;
    return (_: string, __: unknown, callback: (error: null, addresses: LookupAddress[]) => void) =>
      callback(
        null,
        lists[Math.min(asked++, lists.length - 1)]!.map((address) => ({
          address,
          family: address.includes(':') ? 6 : 4,
        })),
      );
  };
  const look = (lookup: ReturnType<typeof checkedLookup>, all: boolean) =>
    new Promise<unknown>((resolve) =>
      lookup('metrics.example', { all }, (error, address) => resolve(error ? error.message : address)),
    );

  it('is refused, also where it is one of several', async () => {
    const lookup = checkedLookup(answers(['10.0.0.7', '169.254.169.254']));
    expect(await look(lookup, true)).toMatch(
      /^metrics\.example \(169\.254\.169\.254\) is a link-local or cloud metadata/,
    );
    expect(await look(lookup, false)).toMatch(/cloud metadata/);
  });

  it('is refused at the second connection where the first was right: what is checked is what is connected to', async () => {
    const lookup = checkedLookup(answers(['10.0.0.7'], ['169.254.169.254']));
    expect(await look(lookup, false)).toBe('10.0.0.7');
    expect(await look(lookup, false)).toMatch(/cloud metadata/);
  });

  it('is not connected to, by a real connection', async () => {
    const authorizations: (string | undefined)[] = [];
    const server = createServer(({ headers }, response) => {
      authorizations.push(headers.authorization);
      response.writeHead(200, { connection: 'close' }).end('{}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://metrics.example:${(server.address() as AddressInfo).port}`;
    const agent = newAgent({ url }, 2000, checkedLookup(answers(['127.0.0.1'], ['169.254.169.254'])));
    const ask = () => request(url, { dispatcher: agent, headers: { authorization: 'Bearer secret' } });
    try {
      await (await ask()).body.dump();
      await expect(ask()).rejects.toMatchObject({ code: 'PRESCALE_REFUSED_ADDRESS' });
      expect(authorizations).toEqual(['Bearer secret']);
    } finally {
      await agent.destroy();
      server.close();
    }
  });

  it('gives a socket the checked addresses in the form that it asks for', async () => {
    const lookup = checkedLookup(answers(['10.0.0.7', 'fd00::7']));
    expect(await look(lookup, true)).toEqual([
      { address: '10.0.0.7', family: 4 },
      { address: 'fd00::7', family: 6 },
    ]);
  });
});
