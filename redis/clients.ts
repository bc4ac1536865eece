import { type Callback, Cluster, type ClusterNode, type ClusterOptions, Redis, type RedisOptions } from 'ioredis';
import type { RedisCredentials } from './credentials.ts';

export type RedisClient = Redis | Cluster;

/** Reads the credentials; does not throw, but gives those of before where a file can't be read. */
export type Credentials = () => RedisCredentials;

/** A client that reads password and certificates again for each connection; its duplicates as well. */
export class FreshRedis extends Redis {
  private readonly credentials: Credentials;

  constructor(options: RedisOptions, credentials: Credentials) {
    // Connects later: until then the field below is not there.
    super({ ...options, replyMapping: 'legacy', lazyConnect: true });
    this.credentials = credentials;
  }

  override connect(callback?: Callback<void>): Promise<void> {
    Object.assign(this.options, this.credentials());
    return super.connect(callback);
  }

  override duplicate(override?: Partial<RedisOptions>): Redis {
    const { lazyConnect, ...options } = { ...this.options, ...override };
    const copy = new FreshRedis(options, this.credentials);
    if (!lazyConnect) copy.connect().catch(() => {});
    return copy;
  }
}

/** The same for a Cluster: each node's connection is made with what the files hold then. */
export class FreshCluster extends Cluster {
  private readonly credentials: Credentials;

  constructor(nodes: readonly ClusterNode[], options: ClusterOptions, credentials: Credentials) {
    super([...nodes], {
      ...options,
      redisOptions: { ...options.redisOptions, replyMapping: 'legacy' },
      lazyConnect: true,
    });
    this.credentials = credentials;
    // ioredis keeps a copy of redisOptions from which it makes each node's client.
    const { redisOptions } = (this as unknown as { connectionPool: { redisOptions: RedisOptions } }).connectionPool;
    for (const name of Object.keys(credentials()) as (keyof RedisCredentials)[]) {
      Object.defineProperty(redisOptions, name, { enumerable: true, get: () => credentials()[name] });
    }
  }

  override duplicate(nodes: ClusterNode[] = [], override?: ClusterOptions): Cluster {
    const { lazyConnect, ...options } = { ...this.options, ...override };
    if (override?.redisOptions) options.redisOptions = { ...this.options.redisOptions, ...override.redisOptions };
    const startNodes = (this as unknown as { startupNodes: ClusterNode[] }).startupNodes;
    const copy = new FreshCluster(nodes.length > 0 ? nodes : startNodes, options, this.credentials);
    if (!lazyConnect) copy.connect().catch(() => {});
    return copy;
  }
}
