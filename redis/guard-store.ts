import type { GuardStore } from '../actuator/guard-store.ts';
import { chunks } from '../core/chunks.ts';
import { messageOf } from '../core/errors.ts';
import type { RedisClient } from './clients.ts';
import type { RedisStoreHandlers } from './history-store.ts';
import { RedisKeys } from './keys.ts';

/** Fields of one command: an answer to others comes between. */
const AT_ONCE = 1_000;

/** What guards remember as one hash of Redis, a field for each workload. */
export class RedisGuardStore implements GuardStore {
  private readonly client: RedisClient;
  private readonly key: string;
  private readonly onDamage: RedisStoreHandlers['onDamage'];

  constructor(client: RedisClient, keyPrefix: string, { onDamage }: RedisStoreHandlers = { onDamage: () => {} }) {
    this.client = client;
    this.key = new RedisKeys(keyPrefix).guards;
    this.onDamage = onDamage;
  }

  async read(): Promise<ReadonlyMap<string, string>> {
    return new Map(Object.entries((await this.ifHash(this.client.hgetall(this.key))) ?? {}));
  }

  async get(key: string): Promise<string | undefined> {
    return (await this.ifHash(this.client.hget(this.key, key))) ?? undefined;
  }

  async write(put: ReadonlyMap<string, string>, gone: readonly string[]): Promise<void> {
    const all = this.client.multi();
    for (const some of chunks(gone, AT_ONCE)) all.hdel(this.key, ...some);
    for (const some of chunks([...put], AT_ONCE)) all.hset(this.key, ...some.flat());
    for (const [error] of (await all.exec()) ?? []) if (error) throw error;
  }

  /** What is no hash is nobody's memory: it would stand in the way for ever. */
  private async ifHash<T>(task: Promise<T>): Promise<T | undefined> {
    try {
      return await task;
    } catch (error) {
      if (!messageOf(error).startsWith('WRONGTYPE')) throw error;
      this.onDamage(
        `found under ${this.key} something that is no hash; expected what guards remember: it is removed`,
        this.key,
      );
      await this.client.del(this.key);
      return undefined;
    }
  }
}
