import type { AddonConfig } from '../../addon/config/config.ts';
import type { RecordStores } from '../../addon/record/records.ts';
import type { Refitted } from '../../addon/refits/refit.ts';
import { decodeRefitted, encodeRefitted } from '../../addon/refits/refit-codec.ts';
import type { RefitJob } from '../../addon/refits/refit-job.ts';
import { NightlyTraining } from '../../addon/training/nightly-training.ts';
import { trainOnThread } from '../../addon/training/training-thread.io.ts';
import { ClockCheck } from '../../core/clock-check.ts';
import { WEEKS_DAYS, WEEKS_STEP_SECONDS } from '../../core/weeks.ts';
import { NeuralModelCache } from '../../forecaster/lead-time/neural/model-cache.ts';
import { RedisConnection } from '../../redis/connection.io.ts';
import { readMacKey } from '../../redis/credentials.io.ts';
import { checkRedis, redisTime } from '../../redis/health.io.ts';
import type { TextKind } from '../../redis/keys.ts';
import { BullRefitQueue } from '../../redis/queue/refit-queue.io.ts';
import type { RedisStoreParts } from '../../redis/store-parts.ts';
import { RedisForecastStore } from '../../redis/stores/forecast-store.io.ts';
import { RedisHistoryStore } from '../../redis/stores/history-store.io.ts';
import { RedisNeuralModelStore } from '../../redis/stores/neural-model-store.io.ts';
import { RedisWorkloadTexts } from '../../redis/stores/workload-texts.io.ts';
import { ValueMac } from '../../redis/value-mac.ts';
import type { Log } from '../../telemetry/log/log.ts';
import type { RoleMetrics } from '../../telemetry/metrics/role-metrics.io.ts';
import { CLOCK, epochSeconds, keepDoing } from '../process.ts';
import { RECORDED_DAYS } from './file-records.ts';

/** A new neural model comes once a night. */
export const NEURAL_REFRESH_SECONDS = 60;
/** Redis is looked at so often: its latency, its memory, whether it may be used at all. */
const LOOK_SECONDS = 10;

export interface RedisParts {
  readonly connection: RedisConnection;
  /** This process' clock against that of Redis, and of whatever else it is told of. */
  readonly clock: ClockCheck;
  /** What every store is told; what is damaged is logged. */
  readonly store: RedisStoreParts;
  /** Why Redis can't be used, each with the fix; empty: it can. */
  readonly problems: () => readonly string[];
  /** Why this process in particular can't use Redis, though another may: its connection, its version. Undefined: it can. */
  readonly unfit: () => string | undefined;
  /** The first attempt to connect is over, however it ended. */
  readonly connected: () => Promise<void>;
  /** Ends with the signal. */
  readonly watching: Promise<void>;
  /** Does something again and again until the signal, while Redis is connected; a failure is logged and tried again. */
  readonly keepDoing: (what: string, everySeconds: number, task: () => Promise<void>) => Promise<void>;
}

/** Connects, and looks after Redis from then on; does not wait for it. */
export function openRedis(
  { redis }: AddonConfig,
  role: string,
  metrics: RoleMetrics,
  log: Log,
  signal: AbortSignal,
): RedisParts {
  const connection = new RedisConnection(redis, { log, random: Math.random, name: `prescale-${role}` });
  const clock = new ClockCheck(CLOCK.nowSeconds);
  const store: RedisStoreParts = {
    onDamage: (message) => log.error(message),
    mac: new ValueMac(readMacKey(redis)),
    epochSeconds: () => clock.latestSeconds('Redis', epochSeconds()),
  };
  let found: readonly string[] = [];
  let clockSaid = '';
  const lookAtClock = async () => {
    clock.compare('Redis', await redisTime(connection.client, epochSeconds));
    const said = [...(clock.ownProblem === undefined ? [] : [clock.ownProblem]), ...clock.serverProblems];
    // With other numbers it is the same problem.
    const same = said.join().replace(/\d+/g, '') === clockSaid;
    if (!same) for (const problem of said) log.error('a clock is off', { problem });
    if (!same && said.length === 0) log.info('the clocks agree again');
    clockSaid = said.join().replace(/\d+/g, '');
  };
  let warned = '';
  // Why it failed is said by the connection, once.
  const connected = () => connection.opened.catch(() => undefined);
  const keepDoingIf = async (may: () => boolean, what: string, everySeconds: number, task: () => Promise<void>) => {
    await connected();
    const ifUp = async () => {
      if (may()) await task();
      else if (connection.problem !== undefined) metrics.redis(undefined);
    };
    await keepDoing(what, everySeconds, ifUp, log, signal);
  };
  const keepDoingWhileUp: RedisParts['keepDoing'] = (...args) =>
    keepDoingIf(() => connection.problem === undefined && connection.gate.shut === undefined, ...args);
  const look = async () => {
    try {
      const { client, gate } = connection;
      const { problems, warnings, schema, ...state } = await checkRedis(client, redis.keyPrefix, CLOCK.nowSeconds);
      if (schema !== undefined && gate.shut === undefined) {
        log.error('what is stored in Redis can not be used', { problem: schema });
      }
      gate.set(schema);
      metrics.redis(state);
      found = problems;
      await lookAtClock();
      if (warnings.join() !== warned) for (const warning of warnings) log.warn(warning);
      warned = warnings.join();
    } catch (error) {
      metrics.redis(undefined);
      throw error;
    }
  };
  return {
    connection,
    clock,
    store,
    unfit: () => connection.problem ?? connection.gate.shut ?? clock.ownProblem,
    problems: () => {
      const { problem, gate } = connection;
      if (problem !== undefined) return [problem];
      const clocks = [...(clock.ownProblem === undefined ? [] : [clock.ownProblem]), ...clock.serverProblems];
      return [...(found.length > 0 || gate.shut === undefined ? found : [gate.shut]), ...clocks];
    },
    watching: keepDoingIf(() => connection.problem === undefined, 'looking at Redis', LOOK_SECONDS, look),
    keepDoing: keepDoingWhileUp,
    connected,
  };
}

export function redisHistory(
  { connection, store: parts }: RedisParts,
  { redis, store }: AddonConfig,
  own: Partial<RedisStoreParts> = {},
): RedisHistoryStore {
  return new RedisHistoryStore(connection.client, redis.keyPrefix, store.retentionDays, { ...parts, ...own });
}

/** The weeks before the days of minutes, in steps of five minutes. */
export function redisWeeks(
  { connection, store: parts }: RedisParts,
  { redis }: AddonConfig,
  own: Partial<RedisStoreParts> = {},
): RedisHistoryStore {
  const prefix = `${redis.keyPrefix}:weeks`;
  return new RedisHistoryStore(connection.client, prefix, WEEKS_DAYS, { ...parts, ...own }, WEEKS_STEP_SECONDS);
}

/** What is kept of what happened, for all replicas of the addon. */
export function redisRecords({ connection, store: parts }: RedisParts, { redis }: AddonConfig): RecordStores {
  const { client } = connection;
  const texts = (kind: TextKind) => new RedisWorkloadTexts(client, redis.keyPrefix, kind, parts);
  const made = new RedisHistoryStore(client, `${redis.keyPrefix}:made`, RECORDED_DAYS, parts);
  return {
    journal: texts('journal'),
    ledger: texts('ledger'),
    baselines: texts('baselines'),
    bounds: texts('bounds'),
    forecasts: { store: made, append: (points) => made.appendAll(points) },
    shared: true,
  };
}

export function redisForecasts({ connection, store }: RedisParts, { redis }: AddonConfig) {
  const codec = { encode: encodeRefitted, decode: (bytes: Uint8Array) => decodeRefitted(bytes, store.epochSeconds()) };
  return new RedisForecastStore<Refitted>(connection.client, redis.keyPrefix, codec, store);
}

/** The neural model that refits backtest, kept in step with Redis by whoever calls `refresh` now and then. */
export function redisNeuralModels(
  { connection, store: parts }: RedisParts,
  config: AddonConfig,
  log: Log,
  signal: AbortSignal,
) {
  const modelCache = new NeuralModelCache();
  const store = new RedisNeuralModelStore(connection.client, config.redis.keyPrefix, parts);
  const train = trainOnThread(new URL('../../addon/training/training-worker.io.js', import.meta.url), config, signal);
  return { modelCache, neuralModels: new NightlyTraining({ store, modelCache, use: config.neural.use, train, log }) };
}

export function redisQueue({ connection, store }: RedisParts, config: AddonConfig, log: Log): BullRefitQueue<RefitJob> {
  const { attempts, backoffSeconds } = config.forecaster;
  const { mac } = store;
  const onDamage = (message: string) => store.onDamage(message, '');
  const { client } = connection;
  const settings = { client, keyPrefix: config.redis.keyPrefix, attempts, backoffSeconds, mac, onDamage };
  // A lost connection is said by the connection itself.
  return new BullRefitQueue<RefitJob>(settings, (error) => log.debug('the queue met an error', { error }));
}
