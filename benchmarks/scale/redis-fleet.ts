import { type AddonConfig, addonConfig } from '../../addon/config/config.ts';
import type { Refitted } from '../../addon/refits/refit.ts';
import { decodeRefitted, encodeRefitted } from '../../addon/refits/refit-codec.ts';
import type { RefitJob } from '../../addon/refits/refit-job.ts';
import { logNormalStartup, specOf } from '../../core/startup.ts';
import { TICKS_PER_HOUR } from '../../core/tick.ts';
import { workloadKey } from '../../core/workload.ts';
import { RedisConnection } from '../../redis/connection.io.ts';
import { RedisKeys, shardOf } from '../../redis/keys.ts';
import { BullRefitQueue } from '../../redis/queue/refit-queue.io.ts';
import { RedisForecastStore } from '../../redis/stores/forecast-store.io.ts';
import { RedisHistoryStore } from '../../redis/stores/history-store.io.ts';
import { ValueMac } from '../../redis/value-mac.ts';
import { SILENT } from '../../telemetry/log/log.ts';
import { type RedisMemory, type ServedRedis, startRedis } from '../redis-server.ts';
import { type FitSums, ForecasterProcess } from './forecaster-process.ts';
import { Histories } from './histories.ts';

/** With MACs, as the bundled Redis has them. */
const MAC_KEY = 'a key of thirty-two bytes or more';
/** Values have MACs, or not. */
export type Keyed = 'keyed' | 'plain';

const NAMESPACES = 50;
const FILLED_AT_ONCE = 50;
const SUBMITTED_AT_ONCE = 50;
const LOOK_MS = 50;
/** A forecast is good for so much longer than until the next, as the engine asks for it. */
const AHEAD_HOURS = 1;
/** A start-up on ordinary nodes, as it is measured: a job carries 200 quantiles of it. */
const STARTUP = specOf(logNormalStartup(9, 45));
const LEAD_TIME_SECONDS = 45;
const ROUTINE_PRIORITY = 500;

/** One full round of refits. */
export interface Cycle {
  readonly workers: number;
  readonly jobs: number;
  /** Every so many-th job also calibrates; 0: none does. */
  readonly calibratingEach: number;
  /** The rest is reckoned once so many were done after all had been submitted. Default: all are waited for. */
  readonly measured?: number;
}

export interface CycleFigures extends Cycle {
  /** From the first submission until the last job is done, or would be. */
  readonly seconds: number;
  /** That were waited for. */
  readonly done: number;
  readonly waitedSeconds: number;
  /** Of that, until all were submitted. */
  readonly submitSeconds: number;
  /** Of all workers in this cycle. */
  readonly fits: FitSums;
  /** Of all threads of all workers, those that help to collect garbage included. */
  readonly cpuSeconds: number;
  /** The most of one worker, bytes. */
  readonly mostResidentBytes: number;
}

/** Bytes in Redis by what they are for, with everything that is there at once: histories, forecasts, jobs that wait and that come again. */
export interface StoreFigures {
  readonly histories: number;
  readonly forecasts: number;
  readonly jobs: number;
  readonly memory: RedisMemory;
}

/** A real Redis with the histories of many workloads, and this process in the place of the actuator: it submits and reads. */
export class RedisFleet {
  readonly workloads: number;
  readonly server: ServedRedis;
  private readonly connection: RedisConnection;
  private readonly history: RedisHistoryStore;
  private readonly queue: BullRefitQueue<RefitJob>;
  private readonly config: AddonConfig;
  private readonly damage: string[] = [];
  private readonly macKey: string | undefined;
  private readonly mac: ValueMac;

  /** @returns with a week of each workload in Redis, that ends at this minute */
  static async start(workloads: number, keyed: Keyed = 'keyed'): Promise<RedisFleet> {
    const fleet = new RedisFleet(workloads, await startRedis(), keyed);
    try {
      await fleet.connection.opened;
      await fleet.fill();
    } catch (error) {
      await fleet.stop();
      throw error;
    }
    return fleet;
  }

  private constructor(workloads: number, server: ServedRedis, keyed: Keyed) {
    this.workloads = workloads;
    this.server = server;
    this.macKey = keyed === 'keyed' ? MAC_KEY : undefined;
    this.mac = new ValueMac(this.macKey === undefined ? undefined : Buffer.from(this.macKey));
    this.config = addonConfig({ redis: { url: server.url } }, 'the bench');
    const { redis, store, forecaster } = this.config;
    this.connection = new RedisConnection(redis, { log: SILENT, random: Math.random, name: 'prescale-bench' });
    const { client } = this.connection;
    this.history = new RedisHistoryStore(client, redis.keyPrefix, store.retentionDays, this.handlers);
    const { attempts, backoffSeconds } = forecaster;
    this.queue = new BullRefitQueue<RefitJob>(
      { client, keyPrefix: redis.keyPrefix, attempts, backoffSeconds, mac: this.mac },
      (error) => void this.damage.push(String(error)),
    );
  }

  /** A reader of its own, as an actuator that just started has it. */
  forecasts(): RedisForecastStore<Refitted> {
    const codec = { encode: encodeRefitted, decode: (bytes: Uint8Array) => decodeRefitted(bytes) };
    return new RedisForecastStore(this.connection.client, this.config.redis.keyPrefix, codec, this.handlers);
  }

  /** When its forecast was published, by Redis' clock; 0: there is none. */
  async publishedSeconds(id: string): Promise<number> {
    const index = new RedisKeys(this.config.redis.keyPrefix).forecasts(shardOf(id));
    return Number(await this.connection.client.zscore(index, id)) / 1e6;
  }

  idOf(i: number): string {
    const ref = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      namespace: `team-${i % NAMESPACES}`,
      name: `service-${i}`,
    };
    return `${workloadKey(ref)}#0`;
  }

  /** @throws where a job failed, or did not publish */
  async cycle(cycle: Cycle): Promise<CycleFigures> {
    const { workers: count, jobs, measured } = cycle;
    const reader = this.forecasts();
    for (const id of await reader.news()) await reader.take(id, now());
    const workers = await this.startWorkers(count);
    try {
      const before = workers.map(({ fits, cpuSeconds }) => ({ fits, cpuSeconds }));
      const began = performance.now();
      const seconds = () => (performance.now() - began) / 1000;
      await this.submit(jobs, cycle.calibratingEach);
      const [submitSeconds, submitLeft] = [seconds(), await this.queue.depth()];
      const stopAt = Math.max(0, submitLeft - (measured ?? submitLeft));
      while ((await this.queue.depth()) > stopAt) await pause(LOOK_MS);
      const [waitedSeconds, left] = [seconds(), await this.queue.depth()];
      const secondsEach = (waitedSeconds - submitSeconds) / (submitLeft - left);
      // The last one's garbage is still being gathered.
      await pause(LOOK_MS);
      const after = workers.map(({ fits, cpuSeconds }) => ({ fits, cpuSeconds }));
      await this.check(reader, jobs - left);
      return {
        ...cycle,
        seconds: waitedSeconds + (left > 0 ? left * secondsEach : 0),
        done: jobs - left,
        waitedSeconds,
        submitSeconds,
        fits: sumOf(after.map(({ fits }, i) => difference(fits, before[i]!.fits))),
        cpuSeconds: after.reduce((sum, { cpuSeconds }, i) => sum + cpuSeconds - before[i]!.cpuSeconds, 0),
        mostResidentBytes: Math.max(...workers.map(({ mostResidentBytes }) => mostResidentBytes)),
      };
    } finally {
      await Promise.all(workers.map((worker) => worker.stop()));
    }
  }

  startWorkers(count: number): Promise<ForecasterProcess[]> {
    const names = Array.from({ length: count }, (_, i) => `forecaster-${i}`);
    return Promise.all(names.map((name) => ForecasterProcess.start(this.server.url, name, this.macKey)));
  }

  /** @param from the first of these */
  async submit(jobs: number, calibratingEach = 0, from = 0): Promise<void> {
    await inParallel(jobs, SUBMITTED_AT_ONCE, (i) => {
      const calibrates = calibratingEach > 0 && i % calibratingEach === 0;
      return this.queue.submit(
        this.idOf(from + i),
        this.job(from + i, calibrates ? 'fresh' : undefined),
        ROUTINE_PRIORITY,
      );
    });
  }

  /** The next minute of each history, as the leader's collector records it. */
  async record(timeSeconds: number): Promise<void> {
    const points = Array.from({ length: this.workloads }, (_, i) => ({
      id: this.idOf(i),
      timeSeconds,
      value: 100 + i,
    }));
    await this.history.appendAll(points);
    if (this.damage.length > 0) throw new Error(this.damage.slice(0, 3).join('; '));
  }

  depth(): Promise<number> {
    return this.queue.depth();
  }

  /** As an actuator leaves it in the worst moment: all that comes again is known to the queue, and all of it waits. */
  async store(): Promise<StoreFigures> {
    const { keyPrefix } = this.config.redis;
    const seconds = this.config.forecast.refitHours * 3_600;
    await this.submit(this.workloads);
    await inParallel(this.workloads, SUBMITTED_AT_ONCE, (i) =>
      this.queue.repeat(this.idOf(i), this.job(i, undefined), ROUTINE_PRIORITY, seconds),
    );
    const bytes = async (part: string) => (await this.server.bytesOf(`${keyPrefix}:${part}`)).bytes;
    return {
      histories: await bytes('{h'),
      forecasts: await bytes('{f'),
      jobs: await bytes('{jobs}'),
      memory: await this.server.memory(),
    };
  }

  async stop(): Promise<void> {
    await this.queue.close();
    this.connection.close();
    await this.server.stop();
  }

  /** @throws where not all that was done was published */
  private async check(reader: RedisForecastStore<Refitted>, done: number): Promise<void> {
    const { failed, backingOff } = await this.queue.counts();
    const published = (await reader.news()).size;
    if (failed + backingOff === 0 && published >= done && this.damage.length === 0) return;
    const found = `${failed} failed, ${backingOff} to be tried again, ${published} published`;
    throw new Error(`${done} jobs done: ${found}; ${this.damage.slice(0, 3).join('; ')}`);
  }

  private get handlers() {
    const onDamage = (message: string) => void this.damage.push(message);
    return { onDamage, mac: this.mac, epochSeconds: () => Date.now() / 1000 };
  }

  private async fill(): Promise<void> {
    const histories = new Histories();
    const endSeconds = Math.floor(now() / 60) * 60;
    await inParallel(this.workloads, FILLED_AT_ONCE, (i) =>
      this.history.fill(this.idOf(i), histories.of(i, endSeconds)),
    );
  }

  private job(i: number, aimBp: RefitJob['aimBp']): RefitJob {
    return {
      policy: { podCapacity: 10, unmetTargetBp: 1, min: 1, max: 1_000, mode: 'auto' },
      startup: STARTUP,
      leadTimeSeconds: LEAD_TIME_SECONDS,
      seed: i,
      aimBp,
      aheadTicks: (this.config.forecast.refitHours + AHEAD_HOURS) * TICKS_PER_HOUR,
    };
  }
}

const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

export const now = () => Date.now() / 1000;

function difference(after: FitSums, before: FitSums): FitSums {
  return {
    fits: after.fits - before.fits,
    seconds: after.seconds - before.seconds,
    cpuSeconds: after.cpuSeconds - before.cpuSeconds,
  };
}

function sumOf(all: readonly FitSums[]): FitSums {
  const sum = (key: keyof FitSums) => all.reduce((total, one) => total + one[key], 0);
  return { fits: sum('fits'), seconds: sum('seconds'), cpuSeconds: sum('cpuSeconds') };
}

async function inParallel(count: number, atOnce: number, task: (i: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < count) await task(next++);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, lane));
}
