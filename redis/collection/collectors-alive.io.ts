import type { CollectorsAlive } from '../../collector/demand/collection.ts';
import { MOST_AHEAD_SECONDS } from '../../core/plausible-time.ts';
import type { RedisClient } from '../clients.io.ts';
import { RedisKeys } from '../keys.ts';
import { runScript, script } from '../script.io.ts';
import type { RedisStoreParts } from '../store-parts.ts';
import { mendingTypes } from '../wrong-type.io.ts';

/** A failover may bring a clock that is behind: what it finds from before is of its future, and is given anew. */
const AHEAD_MS = 1_000 * MOST_AHEAD_SECONDS;
/** A pod's name, or a machine's with a number of its own. */
const COLLECTOR = /^[\w.-]{1,300}$/;

const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

/** KEYS: collectors. ARGV: name, ms after which one is dead, ms that clocks may differ by. Answers how many were from the future. */
const BEAT = script(`${NOW}
redis.call('ZADD', KEYS[1], string.format('%.0f', now), ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now - ARGV[2]))
return redis.call('ZREMRANGEBYSCORE', KEYS[1], string.format('(%.0f', now + ARGV[3]), '+inf')
`);

/** KEYS: collectors. ARGV: ms after which one is dead, ms that clocks may differ by. */
const ALIVE = script(`${NOW}
return redis.call('ZRANGEBYSCORE', KEYS[1], string.format('(%.0f', now - ARGV[1]), string.format('%.0f', now + ARGV[2]))
`);

/** Signs of life in Redis, by its clock: those of the collectors need not agree. */
export class RedisCollectorsAlive implements CollectorsAlive {
  private readonly client: RedisClient;
  private readonly key: string;
  private readonly deadAfterMs: number;
  private readonly parts: RedisStoreParts;

  constructor(client: RedisClient, keyPrefix: string, deadAfterSeconds: number, parts: RedisStoreParts) {
    this.client = client;
    this.parts = parts;
    this.key = new RedisKeys(keyPrefix).collectors;
    this.deadAfterMs = Math.round(deadAfterSeconds * 1000);
  }

  async beat(collector: string): Promise<void> {
    const args = [collector, this.deadAfterMs, AHEAD_MS];
    const future = await this.mending(() => runScript(this.client, BEAT, [this.key], args));
    if (future === 0) return;
    const found = `found ${String(future)} heartbeats from the future; expected none: they are removed`;
    this.parts.onDamage(`which collectors are alive (${this.key}): ${found}`, this.key);
  }

  async leave(collector: string): Promise<void> {
    await this.mending(() => this.client.zrem(this.key, collector));
  }

  async alive(): Promise<readonly string[]> {
    const args = [this.deadAfterMs, AHEAD_MS];
    const alive = await this.mending(() => runScript(this.client, ALIVE, [this.key], args));
    return (alive as string[]).filter((name) => COLLECTOR.test(name)).sort();
  }

  private mending<T>(task: () => Promise<T>): Promise<T> {
    const outcome = 'and collectors give their heartbeats anew';
    const key = { key: this.key, type: 'zset', what: 'which collectors are alive', outcome } as const;
    return mendingTypes(this.client, [key], this.parts.onDamage, task);
  }
}
