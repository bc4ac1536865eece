import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';

/** A real redis-server on loopback, as the chart's has it: an append-only file synced each second, nothing is ever evicted. */
export interface ServedRedis {
  readonly url: string;
  /** Of the section memory of INFO, bytes. */
  memory(): Promise<RedisMemory>;
  /** Bytes of all keys whose name has the text in it, as MEMORY USAGE counts each: name, value, entry. */
  bytesOf(text: string): Promise<KeyBytes>;
  stop(): Promise<void>;
}

export interface RedisMemory {
  readonly usedBytes: number;
  readonly mostUsedBytes: number;
  readonly residentBytes: number;
}

export interface KeyBytes {
  readonly keys: number;
  readonly bytes: number;
}

const SCANNED_AT_ONCE = 1_000;

/** @throws where there is no redis-server in the PATH */
export async function startRedis(): Promise<ServedRedis> {
  const folder = mkdtempSync(join(tmpdir(), 'prescale-scale-redis-'));
  const port = await freePort();
  const options = {
    port,
    bind: '127.0.0.1',
    dir: folder,
    save: '',
    appendonly: 'yes',
    appendfsync: 'everysec',
    'maxmemory-policy': 'noeviction',
  };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = spawn('redis-server', args, { stdio: 'ignore' });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const refused = new Promise<never>((_, reject) => child.once('error', reject));
  const url = `redis://127.0.0.1:${port}`;
  const client = new Redis(url, {
    protocol: 2,
    replyMapping: 'legacy',
    maxRetriesPerRequest: null,
    retryStrategy: () => 50,
  });
  client.on('error', () => {});
  const stop = async () => {
    client.disconnect();
    child.kill('SIGKILL');
    await exited;
    rmSync(folder, { recursive: true, force: true });
  };
  await Promise.race([client.ping(), refused]);
  return {
    url,
    memory: async () => memoryIn(await client.info('memory')),
    bytesOf: (text) => bytesOf(client, text),
    stop,
  };
}

function memoryIn(info: string): RedisMemory {
  const value = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? Number.NaN);
  return {
    usedBytes: value('used_memory'),
    mostUsedBytes: value('used_memory_peak'),
    residentBytes: value('used_memory_rss'),
  };
}

async function bytesOf(client: Redis, text: string): Promise<KeyBytes> {
  let [cursor, keys, bytes] = ['0', 0, 0];
  do {
    const [next, found] = await client.scan(cursor, 'MATCH', `*${text}*`, 'COUNT', SCANNED_AT_ONCE);
    cursor = next;
    const pipeline = client.pipeline();
    for (const key of found) pipeline.memory('USAGE', key, 'SAMPLES', 0);
    for (const [, size] of (await pipeline.exec()) ?? []) bytes += Number(size ?? 0);
    keys += found.length;
  } while (cursor !== '0');
  return { keys, bytes };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve((address as { port: number }).port));
    });
  });
}
