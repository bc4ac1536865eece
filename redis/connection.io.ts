import type { ClusterOptions, RedisOptions } from 'ioredis';
import { messageOf, WorldError } from '../core/errors.ts';
import type { Log } from '../telemetry/log/log.ts';
import { type Credentials, FreshCluster, FreshRedis, type Passage, type RedisClient } from './clients.io.ts';
import { CommandGate } from './command-gate.io.ts';
import { type RedisCredentials, readCredentials } from './credentials.io.ts';
import { inRedisWords, redisWords } from './error-text.ts';
import { schemaProblem } from './schema.io.ts';
import { addressOf, hostPort, type RedisSettings, speaksTls, urlAddress } from './settings.ts';

const LONGEST_RETRY_MS = 2_000;
const FIRST_RETRY_MS = 100;
/** A connection on which the version of what is stored could not be asked for is asked again. */
const LOOK_AGAIN_MS = 1_000;
/** BullMQ's longest blocking call. */
const LONGEST_BLOCKING_SECONDS = 10;

export interface RedisParts {
  readonly log: Log;
  /** In [0, 1), for jitter. */
  readonly random: () => number;
  /** Shown by CLIENT LIST, such as prescale-collector. */
  readonly name: string;
}

/** A connection that mends itself: lost is logged once, back is logged once, and so is what is wrong meanwhile. */
export class RedisConnection {
  /** For stores and producers: a command that can't be sent or answered in time fails at once. */
  readonly client: RedisClient;
  readonly address: string;
  /** What every command goes through; whoever looks at the schema sets it. */
  readonly gate: CommandGate;
  /** Why there is no connection, in words; undefined while there is one. */
  problem: string | undefined;
  /** Resolves with the first connection; rejects with WorldError, in words, where the first attempt fails (it is tried again all the same). */
  readonly opened: Promise<void>;
  private readonly settings: RedisSettings;
  private readonly parts: RedisParts;
  private readonly credentials: Credentials;
  private readonly others: RedisClient[] = [];
  private connected = false;
  private closing = false;
  private found: unknown;

  constructor(settings: RedisSettings, parts: RedisParts) {
    this.settings = settings;
    this.parts = parts;
    this.address = addressOf(settings);
    this.credentials = rereading(settings, parts.log);
    this.gate = new CommandGate(settings.keyPrefix);
    this.problem = `Redis (${this.address}): not connected yet`;
    this.client = this.make(this.quickOptions(), {
      gate: this.gate,
      patient: false,
      explain: (error) => this.explain(error),
    });
    this.opened = new Promise((resolve, reject) => this.watch(resolve, reject));
    // Whoever does not wait for it reads `problem`.
    this.opened.catch(() => {});
    this.client.connect().catch(() => {});
  }

  /** A client of its own for BullMQ's workers, whose commands wait as long as it takes. Ended by close(). */
  blocking(): RedisClient {
    const client = this.make(this.patientOptions(), { gate: this.gate, patient: true, explain: (error) => error });
    // What goes wrong is said by the other one, and by BullMQ.
    client.on('error', () => {});
    client.connect().catch(() => {});
    this.others.push(client);
    return client;
  }

  /** Ends all connections at once; what was answered is done, what was not may be. */
  close(): void {
    this.closing = true;
    for (const client of [this.client, ...this.others]) client.disconnect();
  }

  private quickOptions(): RedisOptions {
    const commandMs = this.settings.commandSeconds * 1000;
    return {
      commandTimeout: commandMs,
      // A server that is frozen keeps its socket open: without an answer it is left (ioredis#559).
      socketTimeout: commandMs,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
    };
  }

  private patientOptions(): RedisOptions {
    return {
      socketTimeout: (LONGEST_BLOCKING_SECONDS + this.settings.commandSeconds) * 1000,
      enableOfflineQueue: true,
      maxRetriesPerRequest: null,
    };
  }

  private make(own: RedisOptions, passage: Passage): RedisClient {
    const { settings, credentials, parts } = this;
    const { url, sentinels, cluster, username, connectSeconds, commandSeconds } = settings;
    const retry = (times: number) => {
      const exponential = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(times - 1, 10));
      return Math.round(exponential * (0.5 + 0.5 * parts.random()));
    };
    const common: RedisOptions = {
      // Every Redis, managed service and proxy knows it; replies are the same.
      protocol: 2,
      connectTimeout: connectSeconds * 1000,
      connectionName: parts.name,
      disableClientInfo: true,
      ...(username !== undefined && { username }),
      // After a failover the old master answers so: the new one is looked for.
      reconnectOnError: (error) => error.message.startsWith('READONLY'),
      ...own,
    };
    if (cluster.length > 0) {
      const { enableOfflineQueue = true, ...redisOptions } = common;
      const options: ClusterOptions = {
        redisOptions: { ...redisOptions, ...credentials() },
        enableOfflineQueue,
        clusterRetryStrategy: retry,
        slotsRefreshTimeout: connectSeconds * 1000,
        // Certificates are for names: ioredis would go by the address that a name has.
        ...(speaksTls(settings) && { dnsLookup: (name, answer) => answer(null, name) }),
      };
      return new FreshCluster(cluster.map(hostPort), options, credentials, passage);
    }
    if (url !== undefined) {
      const options = { ...common, ...urlAddress(url), ...credentials(), retryStrategy: retry };
      return new FreshRedis(options, credentials, passage);
    }
    const options: RedisOptions = {
      ...common,
      ...credentials(),
      sentinels: sentinels.names.map(hostPort),
      name: sentinels.master,
      sentinelRetryStrategy: retry,
      sentinelCommandTimeout: commandSeconds * 1000,
      enableTLSForSentinelMode: speaksTls(settings),
      retryStrategy: retry,
    };
    return new FreshRedis(options, credentials, passage);
  }

  private watch(opened: () => void, failed: (error: WorldError) => void): void {
    const { client } = this;
    const lost = () => {
      this.lost();
      failed(new WorldError(this.problem!, { cause: this.found }));
    };
    client.on('ready', () => {
      this.connected = true;
      this.found = undefined;
      void this.lookAtSchema(opened, failed);
    });
    client.on('node error', (error: unknown) => {
      this.found = error;
    });
    client.on('error', (error: unknown) => {
      // A cluster's own error says only that no node could be used; why, the node said.
      if (!client.isCluster || this.found === undefined) this.found = error;
      // Where no Sentinel answers nothing is ever closed.
      if (client.status === 'connecting') lost();
    });
    client.on('close', lost);
  }

  /** The first words of each connection: until they are answered it is of no use. */
  private async lookAtSchema(opened: () => void, failed: (error: WorldError) => void): Promise<void> {
    const { client, settings, parts, gate } = this;
    try {
      gate.set(await schemaProblem(client, settings.keyPrefix));
    } catch (error) {
      // Lost again meanwhile: the next connection begins anew.
      if (!this.connected) return;
      this.problem = redisWords(error, this.address);
      failed(new WorldError(this.problem, { cause: error }));
      setTimeout(() => this.connected && this.lookAtSchema(opened, failed), LOOK_AGAIN_MS).unref();
      return;
    }
    if (!this.connected) return;
    this.problem = undefined;
    parts.log.info('connected to Redis', { redis: this.address });
    if (gate.shut !== undefined) {
      parts.log.error('what is stored in Redis can not be used', { problem: gate.shut });
      failed(new WorldError(gate.shut));
    }
    opened();
  }

  /** Without a connection the cause of that is the cause. */
  private explain(error: Error): Error {
    if (error instanceof WorldError) return error;
    const { problem } = this;
    const answered = error.name === 'ReplyError';
    if (problem !== undefined && !answered && !this.closing) return new WorldError(problem, { cause: error });
    return inRedisWords(error, this.address);
  }

  private lost(): void {
    if (this.closing) return;
    const problem = redisWords(this.found ?? new Error('the connection was closed'), this.address);
    const { log } = this.parts;
    if (this.connected) log.warn('Redis was lost', { redis: this.address, problem });
    else if (problem !== this.problem) log.warn('Redis can not be used', { redis: this.address, problem });
    this.connected = false;
    this.problem = problem;
  }
}

/** Connects, and goes on trying. @throws InputError where a file with a credential can't be read */
export function connectRedis(settings: RedisSettings, parts: RedisParts): RedisConnection {
  return new RedisConnection(settings, parts);
}

/** The files' content; that of before where a file is away for the moment. @throws InputError where there is none of before */
function rereading(settings: RedisSettings, log: Log): Credentials {
  let last: RedisCredentials = readCredentials(settings);
  return () => {
    try {
      last = readCredentials(settings);
    } catch (error) {
      log.warn('a credential of Redis can not be read: the one of before is used', { problem: messageOf(error) });
    }
    return last;
  };
}
