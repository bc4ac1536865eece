import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prescale } from '../spawn-prescale.ts';
import { QueueWorld, until } from './queue-world.ts';
import { type RedisServer, startRedis } from './redis-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'prescale-jobs-'));
const passwordFile = join(folder, 'password');
const configFile = join(folder, 'config.yaml');
let server: RedisServer;
let world: QueueWorld;
let release: () => void = () => {};

beforeAll(async () => {
  server = await startRedis({ password: 'secret' });
  world = new QueueWorld(server);
  writeFileSync(passwordFile, 'secret\n');
  const redis = { url: `redis://127.0.0.1:${server.port}`, passwordFile, keyPrefix: world.keyPrefix };
  // YAML reads JSON.
  writeFileSync(configFile, JSON.stringify({ redis }));
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  await world.work(
    async (id) => {
      if (id.startsWith('shop')) throw new Error('a poisoned history');
      if (id === 'runs') await released;
    },
    // What runs goes on for as long as the tests take.
    { concurrency: 1, jobSeconds: 600 },
  );
  for (const id of ['shop/Deployment/web:cpu', 'shop/Deployment/cart']) await world.queue.submit(id, 7, 1);
  await world.idle();
  await world.queue.submit('runs', 1, 0);
  await until(async () => (await world.queue.counts()).running === 1);
  for (let i = 0; i < 60; i++) await world.queue.submit(`waits${String(i).padStart(2, '0')}`, i, 5);
});
afterAll(async () => {
  release();
  await world?.close();
  await server?.stop();
  rmSync(folder, { recursive: true });
});

/** What of a JSON is not as schemas/ says. */
function problems(schema: string, value: unknown): unknown {
  const validate = new Ajv2020({ allowUnionTypes: true }).compile(
    JSON.parse(readFileSync(`schemas/${schema}.schema.json`, 'utf8')),
  );
  validate(value);
  return validate.errors;
}

const jobs = (...args: string[]) => prescale(['jobs', ...args, '--config', configFile]);

describe('prescale jobs', () => {
  it('counts, from the configuration or from an address', async () => {
    const { code, stdout, stderr } = await jobs();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^WAITING +RUNNING +BACKING OFF +FAILED +REPEATING +OLDEST\n60 +1 +0 +2 +0 +\d+ s\n/);
    expect(stdout).toContain('2 failed: prescale jobs --failed says why');
    const url = `redis://127.0.0.1:${server.port}`;
    const rest = ['--redis-password-file', passwordFile, '--redis-prefix', world.keyPrefix, '-o', 'json'];
    const other = await prescale(['jobs', '--redis', url, ...rest]);
    expect(JSON.parse(other.stdout).counts).toMatchObject({ waiting: 60, running: 1, failed: 2 });
    expect(JSON.parse(other.stdout)).not.toHaveProperty('jobs');
  });

  it('lists what failed, with its error', async () => {
    const { stdout } = await jobs('--failed');
    expect(stdout).toMatch(/^ID +ATTEMPTS +FAILED +ERROR\n/);
    expect(stdout).toMatch(/\nshop\/Deployment\/web:cpu +3 +\d+ s ago +a poisoned history\n/);
    const json = JSON.parse((await jobs('--failed', '-o', 'json')).stdout);
    expect(problems('jobs', json)).toBeNull();
    expect(json.jobs.map((job: { id: string }) => job.id).sort()).toEqual([
      'shop/Deployment/cart',
      'shop/Deployment/web:cpu',
    ]);
  });

  it('lists what runs and waits, the next one first, and not too much of it', async () => {
    const lines = (await jobs('--waiting')).stdout.split('\n');
    expect(lines[1]).toMatch(/^runs +running +0 +0 +\d+ s ago$/);
    expect(lines[2]).toMatch(/^waits00 +waiting +5 /);
    expect(lines).toContain('11 more: --limit 61 shows all');
    expect(JSON.parse((await jobs('--waiting', '-o', 'json')).stdout).jobs).toHaveLength(61);
  });

  it('shows one', async () => {
    const { stdout } = await jobs('show', 'shop/Deployment/web:cpu');
    expect(stdout).toMatch(/^id +shop\/Deployment\/web:cpu\nstate +failed \d+ s ago\npriority +1 /);
    expect(stdout).toMatch(/last error +a poisoned history\nasked +\{"version":1,"payload":7\}\nstack\n/);
    const json = JSON.parse((await jobs('show', 'runs', '-o', 'json')).stdout);
    expect(problems('job', json)).toBeNull();
    expect(json).toMatchObject({ id: 'runs', state: 'running', asked: { version: 1, payload: 1 } });
    const none = await jobs('show', 'nobody');
    expect(none).toMatchObject({ code: 2, stdout: '' });
    expect(none.stderr).toMatch(/^prescale: there is no job "nobody"/);
  });

  it('queues again what failed, one or all', async () => {
    const wrong = await jobs('retry', 'waits00');
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
    expect(wrong.stderr).toMatch(/^prescale: the job "waits00" has not failed: it is waiting/);
    const one = await jobs('retry', 'shop/Deployment/cart');
    expect(one).toMatchObject({ code: 0, stdout: 'queued again: shop/Deployment/cart\n', stderr: '' });
    expect(await world.queue.counts()).toMatchObject({ waiting: 61, failed: 1 });
    const all = await jobs('retry', '--all', '-o', 'json');
    expect(JSON.parse(all.stdout)).toEqual({ schemaVersion: 1, retried: ['shop/Deployment/web:cpu'] });
    expect(problems('jobs-retry', JSON.parse(all.stdout))).toBeNull();
    release();
    await world.idle();
    // Still poisoned: it fails again.
    expect(await world.queue.counts()).toMatchObject({ waiting: 0, failed: 2 });
  });

  it('shows one that is scheduled and has nothing to do now', async () => {
    await world.queue.repeat('shop/Deployment/rests#0', 9, 3, 4 * 3_600);
    const { code, stdout, stderr } = await jobs('show', 'shop/Deployment/rests#0');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/\nstate +nothing is to be done now, it comes again every 4 h, next in \d+ (h|min|s)/);
    expect(stdout).toMatch(/\nasked +\{"version":1,"payload":9\}\n/);
    const json = JSON.parse((await jobs('show', 'shop/Deployment/rests#0', '-o', 'json')).stdout);
    expect(json).toMatchObject({ state: 'scheduled', schedule: { everySeconds: 4 * 3_600 } });
    const retried = await jobs('retry', 'shop/Deployment/rests#0');
    expect(retried).toMatchObject({ code: 2, stdout: '' });
    expect(retried.stderr).toMatch(/has not failed: nothing is to be done now, it comes again/);
    await world.queue.cancel('shop/Deployment/rests#0');
  });

  it('says what is wrong with Redis in our words, and prints nothing of a library', async () => {
    const evicting = await startRedis({ config: ['maxmemory-policy allkeys-lru'] });
    try {
      const ended = await prescale(['jobs', '--redis', `redis://127.0.0.1:${evicting.port}`]);
      expect(ended.code).toBe(0);
      expect(ended.stderr).toBe(
        'prescale: Redis has maxmemory-policy allkeys-lru, so that it may drop histories and jobs without a word: set it to noeviction\n',
      );
    } finally {
      await evicting.stop();
    }
  });

  it('says in words why Redis can not be asked: exit code 1', async () => {
    const wrong = join(folder, 'wrong');
    writeFileSync(wrong, 'guess\n');
    const refused = await prescale([
      'jobs',
      '--redis',
      `redis://127.0.0.1:${server.port}`,
      '--redis-password-file',
      wrong,
    ]);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(/^prescale: Redis \(127\.0\.0\.1:\d+\): it refused the password/);
    const nobody = await prescale(['jobs', '--redis', 'redis://127.0.0.1:1']);
    expect(nobody).toMatchObject({ code: 1, stdout: '' });
    expect(nobody.stderr).toMatch(/^prescale: Redis \(127\.0\.0\.1:1\): nobody listens there/);
  });

  it('leaves no trace in a Redis that no queue was in', async () => {
    const empty = await startRedis();
    try {
      const url = `redis://127.0.0.1:${empty.port}`;
      expect((await prescale(['jobs', '--failed', '--redis', url])).stdout).toBe('No job has failed.\n');
      const client = new Redis(empty.port);
      expect(await client.dbsize()).toBe(0);
      client.disconnect();
    } finally {
      await empty.stop();
    }
  });

  it('helps without a manual', async () => {
    for (const args of [['jobs'], ['jobs', 'retry'], ['jobs', 'show']]) {
      const { code, stdout } = await prescale([...args, '--help']);
      expect(code).toBe(0);
      expect(stdout).toMatch(/--config <file>.*--redis <url>.*Exit codes:/s);
    }
  });
});
