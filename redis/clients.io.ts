import {
  type Callback,
  Cluster,
  type ClusterNode,
  type ClusterOptions,
  type Command,
  Redis,
  type RedisOptions,
} from 'ioredis';
import type { CommandGate } from './command-gate.io.ts';
import type { RedisCredentials } from './credentials.io.ts';

export type RedisClient = Redis | Cluster;

/** Reads the credentials; does not throw, but gives those of before where a file can't be read. */
export type Credentials = () => RedisCredentials;

/** What every command of a client goes through, its duplicates' as well. */
export interface Passage {
  readonly gate: CommandGate;
  /** Commands wait until the gate is known to be open, as they wait for a connection; otherwise they fail. */
  readonly patient: boolean;
  /** An error as who asked should read it; may be the same. */
  readonly explain: (error: Error) => Error;
}

type Send = (command: Command, stream?: unknown) => unknown;

const REFUSED_AFTER_MS = 1_000;

const explained = new WeakSet<Command>();

/** A command, or each command of a pipeline, on its way: refused where the gate is shut, and its error in words. */
function pass({ gate, patient, explain }: Passage, command: Command, stream: unknown, send: Send): unknown {
  if (!explained.has(command)) {
    explained.add(command);
    const { reject } = command;
    command.reject = (error) => reject(error instanceof Error ? explain(error) : error);
  }
  // What belongs to a pipeline can't go by itself.
  if (patient && stream === undefined && gate.waits(command, () => send(command))) return command.promise;
  const refusal = gate.refusal(command);
  if (refusal === undefined) return send(command, stream);
  // Who waits for as long as it takes (BullMQ) tries again at once: refused at once, it would do nothing else.
  if (patient) setTimeout(() => command.reject(refusal), REFUSED_AFTER_MS);
  else command.reject(refusal);
  return command.promise;
}

/** A client that reads password and certificates again for each connection; its duplicates as well. */
export class FreshRedis extends Redis {
  private readonly credentials: Credentials;
  private readonly passage: Passage;

  constructor(options: RedisOptions, credentials: Credentials, passage: Passage) {
    // Connects later: until then the fields below are not there.
    super({ ...options, replyMapping: 'legacy', lazyConnect: true });
    this.credentials = credentials;
    this.passage = passage;
  }

  override connect(callback?: Callback<void>): Promise<void> {
    Object.assign(this.options, this.credentials());
    return super.connect(callback);
  }

  override sendCommand(...[command, stream]: Parameters<Redis['sendCommand']>): unknown {
    const send: Send = (one, to) => super.sendCommand(one, to as typeof stream);
    return pass(this.passage, command, stream, send);
  }

  override duplicate(override?: Partial<RedisOptions>): Redis {
    const { lazyConnect, ...options } = { ...this.options, ...override };
    const copy = new FreshRedis(options, this.credentials, this.passage);
    if (!lazyConnect) copy.connect().catch(() => {});
    return copy;
  }
}

/** The same for a Cluster: each node's connection is made with what the files hold then. */
export class FreshCluster extends Cluster {
  private readonly credentials: Credentials;
  private readonly passage: Passage;

  constructor(nodes: readonly ClusterNode[], options: ClusterOptions, credentials: Credentials, passage: Passage) {
    super([...nodes], {
      ...options,
      redisOptions: { ...options.redisOptions, replyMapping: 'legacy' },
      lazyConnect: true,
    });
    this.credentials = credentials;
    this.passage = passage;
    // ioredis keeps a copy of redisOptions from which it makes each node's client.
    const { redisOptions } = (this as unknown as { connectionPool: { redisOptions: RedisOptions } }).connectionPool;
    for (const name of Object.keys(credentials()) as (keyof RedisCredentials)[]) {
      Object.defineProperty(redisOptions, name, { enumerable: true, get: () => credentials()[name] });
    }
  }

  override sendCommand(...[command, stream, node]: Parameters<Cluster['sendCommand']>): unknown {
    const send: Send = (one, to) => super.sendCommand(one, to as typeof stream, node);
    return pass(this.passage, command, stream, send);
  }

  override duplicate(nodes: ClusterNode[] = [], override?: ClusterOptions): Cluster {
    const { lazyConnect, ...options } = { ...this.options, ...override };
    if (override?.redisOptions) options.redisOptions = { ...this.options.redisOptions, ...override.redisOptions };
    const startNodes = (this as unknown as { startupNodes: ClusterNode[] }).startupNodes;
    const copy = new FreshCluster(nodes.length > 0 ? nodes : startNodes, options, this.credentials, this.passage);
    if (!lazyConnect) copy.connect().catch(() => {});
    return copy;
  }
}
