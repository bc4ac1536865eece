import type { CollectorsAlive } from '../collector/collection.ts';
import type { RedisClient } from './clients.ts';
import type { RedisStoreHandlers } from './history-store.ts';
import { RedisKeys } from './keys.ts';
import { runScript, script } from './script.ts';
import { mendingTypes } from './wrong-type.ts';

const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

/** KEYS: collectors. ARGV: name, ms after which one is dead. */
const BEAT = script(`${NOW}
redis.call('ZADD', KEYS[1], string.format('%.0f', now), ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now - ARGV[2]))
return 1
`);

/** KEYS: collectors. ARGV: ms after which one is dead. */
const ALIVE = script(`${NOW}
return redis.call('ZRANGEBYSCORE', KEYS[1], string.format('(%.0f', now - ARGV[1]), '+inf')
`);

/** Signs of life in Redis, by its clock: those of the collectors need not agree. */
export class RedisCollectorsAlive implements CollectorsAlive {
  private readonly client: RedisClient;
  private readonly key: string;
  private readonly deadAfterMs: number;
  private readonly onDamage: RedisStoreHandlers['onDamage'];

  constructor(
    client: RedisClient,
    keyPrefix: string,
    deadAfterSeconds: number,
    { onDamage }: RedisStoreHandlers = { onDamage: () => {} },
  ) {
    this.client = client;
    this.onDamage = onDamage;
    this.key = new RedisKeys(keyPrefix).collectors;
    this.deadAfterMs = Math.round(deadAfterSeconds * 1000);
  }

  async beat(collector: string): Promise<void> {
    await this.mending(() => runScript(this.client, BEAT, [this.key], [collector, this.deadAfterMs]));
  }

  async leave(collector: string): Promise<void> {
    await this.mending(() => this.client.zrem(this.key, collector));
  }

  async alive(): Promise<readonly string[]> {
    const alive = await this.mending(() => runScript(this.client, ALIVE, [this.key], [this.deadAfterMs]));
    return (alive as string[]).sort();
  }

  private mending<T>(task: () => Promise<T>): Promise<T> {
    const outcome = 'and collectors give their heartbeats anew';
    const key = { key: this.key, type: 'zset', what: 'which collectors are alive', outcome } as const;
    return mendingTypes(this.client, [key], this.onDamage, task);
  }
}
