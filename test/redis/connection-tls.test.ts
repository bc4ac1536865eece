import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { connectRedis, type RedisConnection } from '../../redis/connection.io.ts';
import type { RedisSettings } from '../../redis/settings.ts';
import { type Certificates, makeCertificates } from '../cluster/certificates.ts';
import { freePorts } from '../cluster/ports.ts';
import { type RedisServer, startRedis } from './redis-server.ts';
import { KeptLog, redisSettings } from './redis-settings.ts';

let folder: string;
let certificates: Certificates;
let server: RedisServer;
let plain: RedisServer;
let connection: RedisConnection | undefined;

/** Shows its certificate, and asks for one that another authority has signed. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'prescale-tls-'));
  certificates = await makeCertificates(folder);
  const { ca, apiServer, frontProxyCa, frontProxyClient } = certificates;
  const [port] = await freePorts(1);
  const files = { cert: apiServer.certificate, key: apiServer.key };
  const tls = ['port 0', `tls-port ${port}`, `tls-cert-file ${files.cert}`, `tls-key-file ${files.key}`];
  const client = ['--cacert', ca, '--cert', frontProxyClient.certificate, '--key', frontProxyClient.key];
  [server, plain] = await Promise.all([
    startRedis({ port: port!, config: [...tls, `tls-ca-cert-file ${frontProxyCa}`], cliArgs: ['--tls', ...client] }),
    startRedis(),
  ]);
});
afterAll(async () => {
  await Promise.all([server?.stop(), plain?.stop()]);
  rmSync(folder, { recursive: true });
});
afterEach(() => connection?.close());

function connect(given: Partial<RedisSettings>): RedisConnection {
  connection = connectRedis(redisSettings(given), { log: new KeptLog(), random: Math.random, name: 'prescale-test' });
  return connection;
}

const all = (more: Partial<RedisSettings['tls']> = {}): RedisSettings['tls'] => ({
  enabled: false,
  caFile: certificates.ca,
  certFile: certificates.frontProxyClient.certificate,
  keyFile: certificates.frontProxyClient.key,
  serverName: undefined,
  ...more,
});

describe('TLS', () => {
  it('by rediss://, with an authority and a client certificate of our own', async () => {
    const redis = connect({ url: `rediss://127.0.0.1:${server.port}`, tls: all() });
    await redis.opened;
    expect(await redis.client.set('a', 'b')).toBe('OK');
    const blocking = redis.blocking();
    expect(await blocking.get('a')).toBe('b');
  });

  it('by tls.enabled, for a name that the certificate has', async () => {
    const tls = all({ enabled: true, serverName: 'localhost' });
    const redis = connect({ url: `redis://127.0.0.1:${server.port}`, tls });
    await redis.opened;
    expect(await redis.client.ping()).toBe('PONG');
  });

  const refused: [string, () => Partial<RedisSettings>][] = [
    ['an authority that is not known', () => ({ tls: all({ caFile: undefined }) })],
    ['another authority', () => ({ tls: all({ caFile: certificates.frontProxyCa }) })],
    ['another name', () => ({ tls: all({ serverName: 'redis.example' }) })],
    ['no client certificate', () => ({ tls: all({ certFile: undefined, keyFile: undefined }) })],
  ];

  it.each(refused)('with %s is refused, in words', async (_, given) => {
    const redis = connect({ url: `rediss://127.0.0.1:${server.port}`, ...given() });
    await expect(redis.opened).rejects.toThrow(/^Redis \(127\.0\.0\.1:\d+\): TLS was refused: are redis\.tls\.caFile/);
  });

  it('to a server that speaks none never comes about, in words', async () => {
    const redis = connect({ url: `rediss://127.0.0.1:${plain.port}`, tls: all(), connectSeconds: 1 });
    await expect(redis.opened).rejects.toThrow('where TLS is on: does it speak TLS there?');
  });

  it('is not spoken unasked: a server that expects it closes the connection', async () => {
    const redis = connect({ url: `redis://127.0.0.1:${server.port}` });
    await expect(redis.opened).rejects.toThrow(/the connection (?:is|was) closed/);
  });
});
