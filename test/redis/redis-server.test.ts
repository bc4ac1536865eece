import { existsSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { type RedisServer, startRedis } from './redis-server.ts';

let server: RedisServer | undefined;
afterEach(async () => {
  await server?.stop();
  server = undefined;
});

it('keeps what it was told over kill -9, on the same port', async () => {
  server = await startRedis({ password: 'a secret' });
  expect(await server.cli('set', 'a', '1')).toBe('OK');
  // Everysec: the kernel has it as soon as it is answered, only a power cut would lose it.
  await server.kill('SIGKILL');
  expect(server.pid).toBeUndefined();
  await server.restart();
  expect(await server.cli('get', 'a')).toBe('1');
  expect(server.url).toBe(`redis://:a%20secret@127.0.0.1:${server.port}`);
});

it('without an append-only file begins empty again, and leaves no folder behind', async () => {
  server = await startRedis({ aof: false, maxmemory: '64mb', config: ['maxmemory-policy noeviction'] });
  await server.cli('set', 'a', '1');
  await server.restart();
  expect(await server.cli('get', 'a')).toBe('');
  expect(await server.cli('config', 'get', 'maxmemory')).toBe(`maxmemory\n${64 * 2 ** 20}`);
  await server.kill('SIGSTOP');
  await server.stop();
  expect(existsSync(server.folder)).toBe(false);
});
