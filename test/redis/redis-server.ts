import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../cluster/binaries.ts';
import { freePorts } from '../cluster/ports.ts';
import { serverProcess, startWatchdog } from '../cluster/server-process.ts';

export interface RedisOptions {
  /** What the default user must say; none by default. */
  readonly password?: string;
  /** Append-only file, synced each second (default: yes). Without it a restart begins empty. */
  readonly aof?: boolean;
  /** Such as `64mb`; none by default. The policy is noeviction, as Redis has it by default. */
  readonly maxmemory?: string;
  /** Further lines of redis.conf; they come last, so they win. */
  readonly config?: readonly string[];
  /** Further arguments of each redis-cli call (`--tls`, `--user`), also of the one that finds out whether the server is ready. */
  readonly cliArgs?: readonly string[];
  /** Default: a free one. */
  readonly port?: number;
  /** `--sentinel` starts a Sentinel of this configuration. */
  readonly serverArgs?: readonly string[];
}

/** A private redis-server on a loopback port, its files in a temporary folder; it ends with the test process, however that ends. */
export interface RedisServer {
  readonly port: number;
  /** redis://127.0.0.1:port, with the password where there is one. */
  readonly url: string;
  readonly folder: string;
  /** undefined while it does not run. */
  readonly pid: number | undefined;
  /** Signals it. Of one that ends it (SIGKILL, SIGTERM) this returns when the process is gone. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Ends it the hard way where it still runs, and starts it on the same port and folder; returns when its data is loaded. */
  restart(): Promise<void>;
  /** Ends it the hard way and removes its folder. */
  stop(): Promise<void>;
  /** What redis-cli answers, without the last line break. */
  cli(...args: string[]): Promise<string>;
  log(): string;
}

export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const port = options.port ?? (await freePorts(1))[0]!;
  const folder = mkdtempSync(join(tmpdir(), 'prescale-redis-'));
  const file = join(folder, 'redis.conf');
  writeFileSync(file, `${configuration(folder, port, options).join('\n')}\n`);
  const watchdog = startWatchdog(folder);

  const cli = async (...args: string[]) => {
    const env = { ...process.env, ...(options.password === undefined ? {} : { REDISCLI_AUTH: options.password }) };
    const all = ['-h', '127.0.0.1', '-p', String(port), '--no-auth-warning', ...(options.cliArgs ?? []), ...args];
    return (await run('redis-cli', all, { env })).replace(/\n$/, '');
  };
  const server = serverProcess(
    {
      name: 'redis-server',
      command: 'redis-server',
      args: [file, ...(options.serverArgs ?? [])],
      logFile: join(folder, 'redis.log'),
      ready: async () => (await cli('ping')) === 'PONG',
    },
    watchdog,
  );
  const stop = async () => {
    await server.stop('SIGKILL');
    await watchdog.finish();
  };
  try {
    await server.start();
  } catch (error) {
    await stop();
    throw error;
  }
  const user = options.password === undefined ? '' : `:${encodeURIComponent(options.password)}@`;
  return {
    port,
    url: `redis://${user}127.0.0.1:${port}`,
    folder,
    get pid() {
      return server.pid;
    },
    kill: async (signal) => {
      if (signal === 'SIGKILL' || signal === 'SIGTERM') await server.stop(signal);
      else server.kill(signal);
    },
    restart: async () => {
      await server.stop('SIGKILL');
      await server.start();
    },
    stop,
    cli,
    log: server.log,
  };
}

function configuration(folder: string, port: number, options: RedisOptions): string[] {
  const { password, aof = true, maxmemory, config = [] } = options;
  return [
    'bind 127.0.0.1',
    `port ${port}`,
    `dir ${folder}`,
    // The watchdog knows the process by the folder in its command line.
    'set-proc-title no',
    'save ""',
    `appendonly ${aof ? 'yes' : 'no'}`,
    'appendfsync everysec',
    ...(maxmemory === undefined ? [] : [`maxmemory ${maxmemory}`]),
    ...(password === undefined ? [] : [`requirepass "${password}"`]),
    ...config,
  ];
}
