import { mkdtempSync, readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { Refitted } from '../../addon/refits/refit.ts';
import { decodeRefitted, encodeRefitted } from '../../addon/refits/refit-codec.ts';
import type { RefitJob } from '../../addon/refits/refit-job.ts';
import { connectRedis, type RedisConnection } from '../../redis/connection.io.ts';
import { RedisKeys } from '../../redis/keys.ts';
import { BullRefitQueue } from '../../redis/queue/refit-queue.io.ts';
import { RedisForecastStore } from '../../redis/stores/forecast-store.io.ts';
import { RedisHistoryStore } from '../../redis/stores/history-store.io.ts';
import { rampLoad } from '../cluster/fault-load.ts';
import { freePorts } from '../cluster/ports.ts';
import { pause, type ServerProcess, serverProcess, startWatchdog, type Watchdog } from '../cluster/server-process.ts';
import { type RedisServer, startRedis } from '../redis/redis-server.ts';
import { KeptLog, redisSettings, storeParts, until } from '../redis/redis-settings.ts';
import { MAIN } from '../spawn-prescale.ts';
import { POISONS } from './foreign-data.ts';

const PREFIX = 'prescale';
/** What tells the rounds of a metric apart: the most replicas that its refit may reckon with. */
const FIRST_MAX = 1_000;

/** One forecast that somebody published. */
export interface Publication {
  readonly id: string;
  readonly round: number;
  readonly atSeconds: number;
}

/** A forecaster in a process of its own. */
export interface RunningForecaster extends ServerProcess {
  /** Text of an answer, whatever its status. */
  get(path: string): Promise<string>;
}

export interface ForecasterOptions {
  /** The `forecaster` part of its configuration. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** The `redis` part, over the address of the world's. */
  readonly redis?: Readonly<Record<string, unknown>>;
  /** Another build. */
  readonly main?: string;
}

/** A real Redis with histories, real forecasters, and this process in the actuator's place: it asks for refits and sees what is published. */
export class ForecasterWorld {
  readonly server: RedisServer;
  readonly connection: RedisConnection;
  readonly queue: BullRefitQueue<RefitJob>;
  readonly history: RedisHistoryStore;
  readonly forecasts: RedisForecastStore<Refitted>;
  readonly keys = new RedisKeys(PREFIX);
  readonly publications: Publication[] = [];
  readonly damage: string[] = [];
  /** The newest round that was asked of each metric. */
  readonly asked = new Map<string, number>();
  readonly folder = mkdtempSync(join(tmpdir(), 'prescale-forecasters-'));
  readonly passwordFile = join(this.folder, 'password');
  private readonly askedAt = new Map<string, number>();
  private readonly rounds = new Map<string, number>();
  /** What was written since the first of these moments was lost with the second. */
  private readonly lostSeconds: (readonly [number, number])[] = [];
  private readonly watchdog: Watchdog;
  private readonly spy: Redis;
  private spyId: unknown;
  private readonly forecasters: RunningForecaster[] = [];

  static async start(): Promise<ForecasterWorld> {
    // Each SET is told to whoever listens.
    // Its file is not rewritten, so that its end can be cut off.
    const server = await startRedis({ config: ['notify-keyspace-events K$', 'auto-aof-rewrite-percentage 0'] });
    const world = new ForecasterWorld(server);
    await world.connection.opened;
    return world;
  }

  private constructor(server: RedisServer) {
    this.server = server;
    this.watchdog = startWatchdog(this.folder);
    const settings = redisSettings({ url: server.url, commandSeconds: 5 });
    this.connection = connectRedis(settings, { log: new KeptLog(), random: Math.random, name: 'faults' });
    const { client } = this.connection;
    const handlers = storeParts({ onDamage: (message: string) => void this.damage.push(message) });
    this.queue = new BullRefitQueue<RefitJob>(
      { client, keyPrefix: PREFIX, attempts: 5, backoffSeconds: 2, mac: storeParts().mac },
      () => undefined,
    );
    this.history = new RedisHistoryStore(client, PREFIX, 8, handlers);
    const codec = { encode: encodeRefitted, decode: decodeRefitted };
    this.forecasts = new RedisForecastStore<Refitted>(client, PREFIX, codec, handlers);
    this.spy = this.watchPublications();
  }

  /** Metrics with a week each, that ends at the last minute. */
  async withHistories(count: number): Promise<string[]> {
    const now = Math.floor(Date.now() / 60_000) * 60;
    const ids = Array.from({ length: count }, (_, i) => `shop/Deployment/web-${i}#0`);
    for (const [i, id] of ids.entries()) {
      const values = rampLoad(now + i * 300, i * 1e6).past(now);
      const startSeconds = now - (values.length - 1) * 60;
      await this.history.fill(id, { startSeconds, stepSeconds: 60, values });
    }
    return ids;
  }

  /** Asks for one more refit of it. */
  async ask(id: string, priority = 5, aimBp?: RefitJob['aimBp']): Promise<void> {
    const round = (this.rounds.get(id) ?? 0) + 1;
    this.rounds.set(id, round);
    await this.queue.submit(id, jobOf(round, aimBp), priority);
    this.asked.set(id, round);
    this.askedAt.set(id, Date.now() / 1000);
  }

  /** The round of the forecast that is there; 0: none is. */
  async published(id: string): Promise<number> {
    const bytes = await this.connection.client.getBuffer(this.keys.forecast(id));
    return bytes === null ? 0 : roundOf(bytes);
  }

  /** Asks in the words of another version. */
  async askInVersion(id: string, version: number): Promise<void> {
    await this.queue.wanted.submit(id, 0, JSON.stringify({ version, payload: jobOf(1, undefined) }));
    await this.queue.addAnew(id, 0);
  }

  /** Metrics whose newest refit was taken by the queue, and is not published. */
  async lost(): Promise<string[]> {
    const lost: string[] = [];
    for (const [id, round] of this.asked) if ((await this.published(id)) < round) lost.push(id);
    return lost;
  }

  /** Whether its newest refit was asked for in the time that a Redis which was killed forgot. */
  wasForgotten(id: string): boolean {
    const at = this.askedAt.get(id) ?? 0;
    return this.lostSeconds.some(([from, until]) => at >= from && at <= until);
  }

  /** Bytes of the forecast that is there; 0: none is. */
  bytesOf(id: string): Promise<number> {
    return this.connection.client.strlen(this.keys.forecast(id));
  }

  /** Kills it, and cuts off its file what it wrote within the last second, as where the machine loses power. @returns bytes */
  async killRedisWithoutPower(): Promise<number> {
    const folder = join(this.server.folder, 'appendonlydir');
    const file = join(folder, readdirSync(folder).find((name) => name.endsWith('.incr.aof'))!);
    const [from, kept] = [Date.now() / 1000, statSync(file).size];
    await pause(1_000);
    await this.server.kill('SIGKILL');
    const cut = statSync(file).size - kept;
    truncateSync(file, kept);
    this.lostSeconds.push([from, Date.now() / 1000]);
    return cut;
  }

  /** Damages the histories of these metrics, each in another way. @returns how */
  async poison(ids: readonly string[]): Promise<string[]> {
    const { client } = this.connection;
    const all = Object.entries(POISONS);
    for (const [i, [, poison]] of all.entries()) {
      const key = this.keys.ring(ids[i]!);
      const whole = (await client.getBuffer(key))!;
      await client.del(key);
      if (poison === undefined) await client.rpush(key, 'a', 'b');
      else await client.set(key, poison(whole));
    }
    return all.map(([name]) => name);
  }

  writePassword(password: string): void {
    writeFileSync(this.passwordFile, password);
  }

  /** Redis wants it from now on; connections of others end. */
  async requirePassword(password: string): Promise<void> {
    const { client } = this.connection;
    await client.call('CONFIG', 'SET', 'requirepass', password);
    const own = [await client.call('CLIENT', 'ID'), this.spyId].map(Number);
    const list = String(await client.call('CLIENT', 'LIST'));
    for (const [, id] of list.matchAll(/^id=(\d+)/gm)) {
      if (!own.includes(Number(id))) await client.call('CLIENT', 'KILL', 'ID', id!);
    }
  }

  /** Runs whose forecast was published a second time. */
  get doubled(): number {
    const runs = new Set(this.publications.map(({ id, round }) => `${id} ${round}`));
    return this.publications.length - runs.size;
  }

  /** Forecasts that took the place of one that was asked for later. */
  get late(): Publication[] {
    const newest = new Map<string, number>();
    return this.publications.filter(({ id, round }) => {
      const before = newest.get(id) ?? 0;
      newest.set(id, Math.max(before, round));
      return round < before;
    });
  }

  /** Nothing waits and nothing runs. */
  async idle(seconds: number): Promise<void> {
    await until('the queue to be empty', () => this.queue.depth().then((depth) => depth === 0, no), seconds);
  }

  async forecaster(name: string, { settings = {}, redis = {}, main = MAIN }: ForecasterOptions = {}) {
    const [port] = (await freePorts(1)) as [number];
    const config = {
      http: { listen: `127.0.0.1:${port}`, probeListen: '127.0.0.1:0' },
      redis: { url: `redis://127.0.0.1:${this.server.port}`, ...redis },
      forecaster: settings,
    };
    const file = join(this.folder, `${name}.yaml`);
    // JSON is YAML.
    writeFileSync(file, JSON.stringify(config));
    const url = `http://127.0.0.1:${port}`;
    const process_ = serverProcess(
      {
        name,
        command: process.execPath,
        args: [main, 'forecaster', '--config', file],
        env: { PATH: process.env.PATH, POD_NAME: name },
        logFile: join(this.folder, `${name}.log`),
        ready: async () => (await fetch(`${url}/healthz`)).ok,
      },
      this.watchdog,
    );
    const running: RunningForecaster = Object.assign(process_, {
      get: async (path: string) => (await fetch(url + path)).text(),
    });
    this.forecasters.push(running);
    await running.start();
    return running;
  }

  async stop(): Promise<void> {
    for (const one of this.forecasters) {
      one.kill('SIGCONT');
      await one.stop('SIGKILL');
    }
    await this.queue.close();
    this.connection.close();
    this.spy.disconnect();
    await this.server.stop();
    await this.watchdog.finish();
  }

  private watchPublications(): Redis {
    const spy = new Redis(this.server.url, {
      retryStrategy: () => 100,
      maxRetriesPerRequest: null,
      autoResubscribe: false,
    });
    spy.on('error', () => undefined);
    // Who listens may ask nothing more.
    const listen = async () => {
      this.spyId = await spy.call('CLIENT', 'ID');
      await spy.psubscribe('__keyspace@0__:*:forecast:*');
    };
    spy.on('ready', () => void listen().catch(() => undefined));
    spy.on('pmessage', (_, channel: string) => void this.see(channel.slice('__keyspace@0__:'.length)));
    return spy;
  }

  private async see(key: string): Promise<void> {
    const id = key.slice(key.indexOf(':forecast:') + ':forecast:'.length);
    const round = await this.published(id).catch(() => 0);
    if (round > 0) this.publications.push({ id, round, atSeconds: Date.now() / 1000 });
  }
}

function jobOf(round: number, aimBp: RefitJob['aimBp']): RefitJob {
  return {
    policy: { podCapacity: 20, unmetTargetBp: 1, min: 1, max: FIRST_MAX + round },
    startup: { kind: 'log-normal', p50Seconds: 9, p90Seconds: 20 },
    leadSeconds: 20,
    seed: 1,
    aimBp,
    aheadTicks: 960,
  };
}

/** @returns 0 where it is none of ours */
function roundOf(bytes: Buffer): number {
  try {
    // The store's own header comes first.
    return decodeRefitted(bytes.subarray(28)).policy.max - FIRST_MAX;
  } catch {
    return 0;
  }
}

const no = () => false;
