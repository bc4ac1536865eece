import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Queue, Worker } from 'bullmq';
import { afterEach, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { controlPlaneFolder, PROJECT, run } from '../cluster/binaries.ts';
import { freePorts } from '../cluster/ports.ts';
import { type ServerProcess, serverProcess, startWatchdog } from '../cluster/server-process.ts';

/** What the chart starts as its Redis, run here: its script and its redis.conf, with folders and a port of ours. */
const PASSWORD = `it's "a" $HOME \\ #1 pass-word`;

interface Manifest {
  readonly kind: string;
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: { readonly template: { readonly spec: { readonly containers: readonly [Container] } } };
}
interface Container {
  readonly command: readonly string[];
  readonly readinessProbe: { readonly exec: { readonly command: readonly string[] } };
  readonly livenessProbe: { readonly exec: { readonly command: readonly string[] } };
}

interface BundledRedis {
  readonly server: ServerProcess;
  readonly port: number;
  readonly container: Container;
  readonly passwordFile: string;
  cli(password: string, ...args: string[]): Promise<string>;
  /** A command of the chart, where it would run. */
  inside(command: readonly string[]): Promise<string>;
  /** @throws where the script ends with an error */
  startOnce(): Promise<string>;
}

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function prepare(password: string): Promise<BundledRedis> {
  const folder = mkdtempSync(join(tmpdir(), 'prescale-bundled-redis-'));
  const [port] = await freePorts(1);
  const local = (text: string) =>
    text
      .replaceAll('/etc/prescale/redis', join(folder, 'secret'))
      .replaceAll(/\/(data|etc\/redis|run\/redis)\b/g, (_, name: string) => join(folder, name.replace('/', '-')))
      .replaceAll('redis-cli', `redis-cli -p ${port}`)
      .replaceAll('port 6379', `port ${port}\nbind 127.0.0.1\nset-proc-title no`);
  const all = await rendered();
  const files = all.find(({ kind, data }) => kind === 'ConfigMap' && data?.['redis.conf'])!.data!;
  const container = all.find(({ kind }) => kind === 'StatefulSet')!.spec!.template.spec.containers[0];
  for (const name of ['data', 'etc-redis', 'run-redis', 'secret']) mkdirSync(join(folder, name));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, 'etc-redis', name), local(text));
  const passwordFile = join(folder, 'secret/password');
  writeFileSync(passwordFile, password);

  const watchdog = startWatchdog(folder);
  const inside = (command: readonly string[]) => run('sh', ['-c', local(command.map(quoted).join(' '))]);
  const server = serverProcess(
    {
      name: 'bundled redis',
      command: container.command[0]!,
      args: container.command.slice(1).map(local),
      logFile: join(folder, 'redis.log'),
      ready: () => inside(container.readinessProbe.exec.command).then(() => true),
    },
    watchdog,
  );
  stops.push(
    () => watchdog.finish(),
    () => server.stop('SIGKILL'),
  );
  return {
    server,
    port: port!,
    container,
    passwordFile,
    inside,
    startOnce: () => run(container.command[0]!, container.command.slice(1).map(local)),
    cli: async (word, ...args) => {
      const env = { ...process.env, REDISCLI_AUTH: word };
      return (await run('redis-cli', ['-p', String(port), '--no-auth-warning', ...args], { env })).trim();
    },
  };
}

async function rendered(): Promise<readonly Manifest[]> {
  const helm = join(await controlPlaneFolder(), 'helm');
  const values = ['--set', 'mode=distributed,redis.bundled.maxmemory=64mb'];
  const text = await run(helm, ['template', 'one', join(PROJECT, 'helm'), '--kube-version', '1.35.0', ...values]);
  return parseAllDocuments(text).map((document) => document.toJS() as Manifest);
}

/** A word as the shell has to see it; redis-cli stays bare, so that it gets our port. */
function quoted(word: string): string {
  return /^[\w-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

describe("the chart's Redis", () => {
  it('is reached with its password only, whatever characters that has', async () => {
    const redis = await prepare(PASSWORD);
    await redis.server.start();
    expect(await redis.cli(PASSWORD, 'ping')).toBe('PONG');
    expect(await redis.cli('another', 'ping')).toContain('NOAUTH');
    expect(await redis.inside(redis.container.livenessProbe.exec.command)).toContain('NOAUTH');
    // Nobody who sees the processes or the volume sees it.
    expect(readFileSync(`/proc/${redis.server.pid}/cmdline`, 'utf8')).not.toContain('pass-word');
  });

  it('evicts nothing, writes every second to its file, and lets the roles administer nothing', async () => {
    const redis = await prepare(PASSWORD);
    await redis.server.start();
    const setting = async (name: string) => (await redis.cli(PASSWORD, 'config', 'get', name)).split('\n')[1];
    expect(await setting('maxmemory-policy')).toBe('noeviction');
    expect(await setting('maxmemory')).toBe(String(64 * 1024 * 1024));
    expect([await setting('appendonly'), await setting('appendfsync')]).toEqual(['yes', 'everysec']);
    for (const command of [
      ['config', 'set', 'dir', '/tmp'],
      ['flushall'],
      ['shutdown'],
      ['acl', 'list'],
      ['module', 'list'],
      ['replicaof', '127.0.0.1', '1'],
    ]) {
      expect(await redis.cli(PASSWORD, ...command), command.join(' ')).toContain('NOPERM');
    }
  });

  it('serves queues, and has after kill -9 what was in its file', async () => {
    const redis = await prepare(PASSWORD);
    await redis.server.start();
    const connection = { host: '127.0.0.1', port: redis.port, password: PASSWORD };
    const queue = new Queue('refits', { connection, prefix: '{prescale}' });
    const done = new Promise<string>((resolve, reject) => {
      const handle = async (job: { name: string }) => job.name;
      const worker = new Worker('refits', handle, {
        connection: { ...connection, maxRetriesPerRequest: null },
        prefix: '{prescale}',
      });
      stops.push(() => worker.close(true));
      worker.on('completed', (job) => resolve(job.name));
      worker.on('error', reject);
    });
    stops.push(() => queue.close());
    await queue.upsertJobScheduler('web', { every: 60_000 }, { name: 'web' });
    expect(await done).toBe('web');
    expect(await queue.getWorkers()).toHaveLength(1);
    for (const stop of stops.splice(2).reverse()) await stop();

    await redis.cli(PASSWORD, 'set', 'kept', 'yes');
    // Twice the second that appendfsync gives it.
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    await redis.server.stop('SIGKILL');
    await redis.server.start();
    expect(await redis.cli(PASSWORD, 'get', 'kept')).toBe('yes');
  });

  it('has the new password of its Secret after a restart, and is ready with the old one until then', async () => {
    const redis = await prepare('old');
    await redis.server.start();
    writeFileSync(redis.passwordFile, 'new\n');
    await redis.inside(redis.container.readinessProbe.exec.command);
    expect(await redis.cli('old', 'ping')).toBe('PONG');
    await redis.server.stop('SIGTERM');
    await redis.server.start();
    expect(await redis.cli('new', 'ping')).toBe('PONG');
    expect(await redis.cli('old', 'ping')).toContain('NOAUTH');
  });

  it('does not start with an empty password', async () => {
    const redis = await prepare('\n');
    await expect(redis.startOnce()).rejects.toThrow(/the password of Redis is empty/);
  });
});
