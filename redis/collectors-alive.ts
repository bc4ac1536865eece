import type { CollectorsAlive } from '../collector/collection.ts';
import type { RedisClient } from './clients.ts';
import { RedisKeys } from './keys.ts';
import { runScript, script } from './script.ts';

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

  constructor(client: RedisClient, keyPrefix: string, deadAfterSeconds: number) {
    this.client = client;
    this.key = new RedisKeys(keyPrefix).collectors;
    this.deadAfterMs = Math.round(deadAfterSeconds * 1000);
  }

  async beat(collector: string): Promise<void> {
    await runScript(this.client, BEAT, [this.key], [collector, this.deadAfterMs]);
  }

  async leave(collector: string): Promise<void> {
    await this.client.zrem(this.key, collector);
  }

  async alive(): Promise<readonly string[]> {
    return ((await runScript(this.client, ALIVE, [this.key], [this.deadAfterMs])) as string[]).sort();
  }
}
