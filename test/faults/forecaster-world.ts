import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { Refitted } from '../../addon/refit.ts';
import { decodeRefitted, encodeRefitted } from '../../addon/refit-codec.ts';
import type { RefitJob } from '../../addon/refit-job.ts';
import { connectRedis, type RedisConnection } from '../../redis/connection.ts';
import { RedisForecastStore } from '../../redis/forecast-store.ts';
import { RedisHistoryStore } from '../../redis/history-store.ts';
import { RedisKeys } from '../../redis/keys.ts';
import { BullRefitQueue } from '../../redis/refit-queue.ts';
import { rampLoad } from '../cluster/fault-load.ts';
import { freePorts } from '../cluster/ports.ts';
import { type ServerProcess, serverProcess, startWatchdog, type Watchdog } from '../cluster/server-process.ts';
import { type RedisServer, startRedis } from '../redis/redis-server.ts';
import { KeptLog, redisSettings, until } from '../redis/redis-settings.ts';
import { MAIN } from '../spawn-prescale.ts';

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
  private readonly folder = mkdtempSync(join(tmpdir(), 'prescale-forecasters-'));
  private readonly watchdog: Watchdog;
  private readonly spy: Redis;
  private readonly forecasters: RunningForecaster[] = [];

  static async start(): Promise<ForecasterWorld> {
    // Each SET is told to whoever listens.
    const server = await startRedis({ config: ['notify-keyspace-events K$'] });
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
    const handlers = { onDamage: (message: string) => void this.damage.push(message) };
    this.queue = new BullRefitQueue<RefitJob>(
      { client, keyPrefix: PREFIX, attempts: 5, backoffSeconds: 2 },
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
    const round = (this.asked.get(id) ?? 0) + 1;
    this.asked.set(id, round);
    await this.queue.submit(id, jobOf(round, aimBp), priority);
  }

  /** The round of the forecast that is there; 0: none is. */
  async published(id: string): Promise<number> {
    const bytes = await this.connection.client.getBuffer(this.keys.forecast(id));
    return bytes === null ? 0 : roundOf(bytes);
  }

  /** Metrics whose newest refit is not the one that is published. */
  async lost(): Promise<string[]> {
    const lost: string[] = [];
    for (const [id, round] of this.asked) {
      const found = await this.published(id);
      if (found !== round) lost.push(`${id}: round ${found} of ${round}`);
    }
    return lost;
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
      http: { listen: `127.0.0.1:${port}` },
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
    const spy = new Redis(this.server.url, { retryStrategy: () => 100, maxRetriesPerRequest: null });
    spy.on('error', () => undefined);
    void spy.psubscribe('__keyspace@0__:*:forecast:*').catch(() => undefined);
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

/** One line that says what a fault did. */
export function print(fault: string, figures: Readonly<Record<string, string | number>>): void {
  const words = Object.entries(figures).map(
    ([name, value]) => `${name} ${typeof value === 'number' && !Number.isInteger(value) ? value.toFixed(1) : value}`,
  );
  console.log(`${fault}: ${words.join(', ')}`);
}
