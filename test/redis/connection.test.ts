import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectRedis, type RedisConnection } from '../../redis/connection.io.ts';
import { redisWords } from '../../redis/error-text.ts';
import type { RedisSettings } from '../../redis/settings.ts';
import { freePorts } from '../cluster/ports.ts';
import { pause } from '../cluster/server-process.ts';
import { type RedisOptions, type RedisServer, startRedis } from './redis-server.ts';
import { answers, KeptLog, redisSettings, until } from './redis-settings.ts';

let folder: string;
let server: RedisServer | undefined;
let connection: RedisConnection | undefined;
let log: KeptLog;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'prescale-connection-'));
  log = new KeptLog();
});
afterEach(async () => {
  connection?.close();
  await server?.stop();
  connection = undefined;
  server = undefined;
  rmSync(folder, { recursive: true });
});

function connect(given: Partial<RedisSettings>): RedisConnection {
  connection = connectRedis(redisSettings(given), { log, random: Math.random, name: 'prescale-test' });
  return connection;
}

async function serve(options: RedisOptions = {}): Promise<string> {
  server = await startRedis(options);
  return `redis://127.0.0.1:${server.port}`;
}

function passwordFile(password: string): string {
  const path = join(folder, 'password');
  writeFileSync(path, `${password}\n`);
  return path;
}

describe('a connection', () => {
  it('says once that it is there, that it was lost, and that it is back', async () => {
    const redis = connect({ url: await serve() });
    await redis.opened;
    expect(await redis.client.set('a', 'b')).toBe('OK');
    expect(await server!.cli('client', 'list')).toContain('name=prescale-test');
    expect(redis.problem).toBeUndefined();
    await server!.kill('SIGKILL');
    await until('the loss is noticed', () => redis.problem !== undefined);
    await expect(redis.client.get('a')).rejects.toThrow();
    await pause(1_000);
    expect(redis.problem).toContain('nobody listens there');
    await server!.restart();
    await until('it is back', () => answers(redis));
    expect(redis.problem).toBeUndefined();
    expect(await redis.client.get('a')).toBe('b');
    expect(log.lines.map((line) => line.replace(/Redis \(.*/, '...'))).toEqual([
      'info: connected to Redis',
      'warn: Redis was lost: ...',
      'warn: Redis can not be used: ...',
      'info: connected to Redis',
    ]);
  });

  it('leaves a server that is frozen with open sockets, and takes it again when it goes on', async () => {
    const redis = connect({ url: await serve() });
    await redis.opened;
    await server!.kill('SIGSTOP');
    const began = performance.now();
    await expect(redis.client.get('a')).rejects.toThrow();
    expect(performance.now() - began).toBeLessThan(10_000);
    await until('the loss is noticed', () => redis.problem !== undefined);
    expect(redis.problem).toContain('did not answer');
    await server!.kill('SIGCONT');
    await until('it is back', () => answers(redis));
  });

  it('for blocking commands waits for as long as it takes, also over a restart', async () => {
    const redis = connect({ url: await serve() });
    const blocking = redis.blocking();
    const copy = (blocking as Redis).duplicate();
    await redis.opened;
    const popped = blocking.blpop('list', 0);
    await pause(1_500);
    await server!.restart();
    await until('it is back', () => answers(redis));
    await redis.client.rpush('list', 'a', 'b');
    expect(await popped).toEqual(['list', 'a']);
    expect(await copy.lpop('list')).toBe('b');
    copy.disconnect();
  });

  it('where nobody listens, says so at once and goes on trying', async () => {
    const [port] = await freePorts(1);
    const redis = connect({ url: `redis://127.0.0.1:${port}` });
    await expect(redis.opened).rejects.toThrow(`Redis (127.0.0.1:${port}): nobody listens there`);
    server = await startRedis({ port: port! });
    await until('it is there', () => answers(redis));
  });

  it('takes the database of the URL', async () => {
    const redis = connect({ url: `${await serve()}/3` });
    await redis.opened;
    await redis.client.set('a', 'b');
    expect(await server!.cli('-n', '3', 'get', 'a')).toBe('b');
  });
});

describe('a password', () => {
  it('that is wrong is said in words and never shown; set right, it serves without a restart', async () => {
    const file = passwordFile('of yesterday');
    const redis = connect({ url: await serve({ password: 'of today' }), passwordFile: file });
    await expect(redis.opened).rejects.toThrow(/refused the password: is redis\.passwordFile/);
    expect(log.lines.join()).not.toContain('yesterday');
    passwordFile('of today');
    await until('it is taken', () => answers(redis));
  });

  it('that is missing is asked for', async () => {
    const redis = connect({ url: await serve({ password: 'x' }) });
    await expect(redis.opened).rejects.toThrow(/asks for a password/);
  });

  it('is read again for each connection, also by duplicates', async () => {
    const file = passwordFile('first');
    const redis = connect({ url: await serve({ password: 'first' }), passwordFile: file });
    const copy = (redis.blocking() as Redis).duplicate();
    await redis.opened;
    expect(await copy.ping()).toBe('PONG');
    await server!.cli('config', 'set', 'requirepass', 'second');
    passwordFile('second');
    // What is connected stays so; a new connection needs the new one.
    expect(await redis.client.ping()).toBe('PONG');
    await redis.client.call('client', 'kill', 'type', 'normal', 'skipme', 'no').catch(() => {});
    await until('it is taken', () => answers(redis));
    expect(await copy.ping()).toBe('PONG');
    copy.disconnect();
  });

  it('whose file is away for a moment is the one of before; at the start it must be there', async () => {
    const file = passwordFile('x');
    const redis = connect({ url: await serve({ password: 'x' }), passwordFile: file });
    await redis.opened;
    rmSync(file);
    await redis.client.call('client', 'kill', 'type', 'normal', 'skipme', 'no').catch(() => {});
    await until('it is back', () => answers(redis));
    expect(log.lines.join()).toContain('the one of before is used');
    expect(() => connect({ url: server!.url, passwordFile: file })).toThrow(
      /redis\.passwordFile: .*: there is no such file; expected a file of a Secret/,
    );
  });

  it('of an ACL user is taken, and a right that is missing is named', async () => {
    const url = await serve({
      config: ['user prescale on >secret ~prescale:* +@all -set', 'user default off'],
      cliArgs: ['--user', 'prescale', '--pass', 'secret'],
    });
    const redis = connect({ url, username: 'prescale', passwordFile: passwordFile('secret') });
    await redis.opened;
    const refused = await redis.client
      .set('prescale:a', 'b')
      .catch((error: unknown) => redisWords(error, redis.address));
    expect(refused).toMatch(/lacks a right: docs\/security\.md has the ACL line \(NOPERM .*'set'/);
  });
});
