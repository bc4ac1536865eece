import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it } from 'vitest';
import { addonConfig } from '../../addon/config/config.ts';
import { examine } from '../../cli/commands/doctor/doctor.ts';
import { findingLines } from '../../cli/commands/doctor/finding.ts';
import { memoryKubernetes } from '../../kubernetes/fake/memory-api.ts';
import { type RedisOptions, type RedisServer, startRedis } from './redis-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'prescale-doctor-'));
const servers: RedisServer[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function serve(options: RedisOptions = {}): Promise<RedisServer> {
  const server = await startRedis(options);
  servers.push(server);
  return server;
}

/** What `prescale doctor` says of Redis, in a cluster that has nothing else to offer. */
async function look(server: RedisServer, redis: Record<string, unknown> = {}, inside = true): Promise<string[]> {
  const config = addonConfig(
    { redis: { url: `redis://127.0.0.1:${server.port}`, connectSeconds: 1, commandSeconds: 1, ...redis } },
    'test',
  );
  const subject = { serviceAccount: undefined, ownNamespace: 'ops' };
  const api = memoryKubernetes({ namespaces: ['ops'] });
  api.intercept = ({ path }) => {
    if (path === '/version') return { answer: { gitVersion: 'v1.35.4', minor: '35' } };
    return path.includes('accessreviews') ? { answer: { status: { allowed: true } } } : undefined;
  };
  const findings = await examine(api, config, subject, undefined, inside);
  // Of a Redis with a hole a distribution may have mended, which is its own test's.
  const ofRedis = findings.filter(({ what }) => /redis/i.test(what) && !what.includes('CVE-'));
  return findingLines(ofRedis);
}

it('a Redis as it should be is all ticks, and nothing is written to it', async () => {
  const server = await serve({ maxmemory: '64mb' });
  expect(await look(server)).toEqual([
    expect.stringMatching(
      new RegExp(
        `^✔ Redis \\(127\\.0\\.0\\.1:${server.port}\\) answers, version \\d+\\.\\d+\\.\\d+; it uses \\d+ MiB of 64 MiB$`,
      ),
    ),
    '✔ Redis keeps everything (noeviction), and what is stored is understood',
  ]);
  expect(await server.cli('dbsize')).toBe('0');
});

it('a policy that evicts has failed, with its fix', async () => {
  const lines = await look(await serve({ config: ['maxmemory-policy allkeys-lru'] }));
  expect(lines.slice(1)).toEqual([
    '✘ Redis has maxmemory-policy allkeys-lru, so that it may drop histories and jobs without a word',
    '    → set it to noeviction',
  ]);
});

it('data of a newer Prescale, and what is no version at all', async () => {
  const server = await serve();
  await server.cli('set', 'prescale:schema', '7');
  expect((await look(server)).slice(1)).toEqual([
    '✘ Redis: found data of version 7 under prescale:schema; expected 1 at most',
    '    → a newer Prescale wrote it. Run that version, or give another redis.keyPrefix',
  ]);
  expect(await look(server, { keyPrefix: 'other' })).toHaveLength(2);
  await server.cli('set', 'prescale:schema', 'a poem');
  expect((await look(server)).slice(1)).toEqual([
    '✘ Redis: found "a poem" under prescale:schema; expected the version of what is stored',
    '    → docs/operations.md says under Redis what to do',
  ]);
  expect(await server.cli('get', 'prescale:schema')).toBe('a poem');
});

it('a Redis that is nearly full is a warning, a full one has failed', async () => {
  const server = await serve({ maxmemory: '64mb' });
  await server.cli('setrange', 'filling', '50000000', 'x');
  await server.cli('setrange', 'more', '10000000', 'x');
  expect((await look(server)).slice(1)).toEqual([
    expect.stringMatching(/^! Redis uses 9\d % of its maxmemory, and full it takes nothing more$/),
    '    → raise maxmemory',
    '✔ Redis keeps everything (noeviction), and what is stored is understood',
  ]);
  await server.cli('setrange', 'even more', '8000000', 'x');
  expect((await look(server))[1]).toMatch(/^✘ Redis is full /);
});

it('a wrong password: its file is named; with the right one all is well', async () => {
  const server = await serve({ password: 'secret' });
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, 'guessed\n');
  expect(await look(server, { passwordFile })).toEqual([
    expect.stringMatching(/^✘ Redis .*it refused the password: is redis\.passwordFile/),
    expect.stringMatching(/^ {4}→ check the address under redis, the Secret/),
  ]);
  writeFileSync(passwordFile, 'secret\n');
  expect(await look(server, { passwordFile })).toHaveLength(2);
  expect((await look(server, { passwordFile: join(folder, 'none') }))[0]).toMatch(
    /^✘ redis\.passwordFile: .*none: there is no such file/,
  );
});

it('a Redis that is frozen, or gone: failed in the cluster; outside of it only a warning, as its name means nothing there', async () => {
  const server = await serve();
  await server.kill('SIGSTOP');
  expect((await look(server))[0]).toMatch(/^✘ Redis .*did not answer in redis\.commandSeconds/);
  await server.kill('SIGCONT');
  await server.kill('SIGKILL');
  expect((await look(server))[0]).toMatch(/^✘ Redis .*nobody listens there/);
  expect(await look(server, {}, false)).toEqual([
    expect.stringMatching(/^! from here: Redis .*nobody listens there/),
    '    → helm test asks from within the cluster, with its names, files and NetworkPolicies',
  ]);
});
