import { chunks } from '../../core/concurrency/chunks.ts';
import { messageOf } from '../../core/errors.ts';
import type { GuardStore } from '../../storage/guard-store.ts';
import type { RedisClient } from '../clients.io.ts';
import { RedisKeys } from '../keys.ts';
import type { RedisStoreParts } from '../store-parts.ts';
import { MacError } from '../value-mac.ts';

/** Fields of one command: an answer to others comes between. */
const AT_ONCE = 1_000;

/** What guards remember as one hash of Redis, a field for each workload. */
export class RedisGuardStore implements GuardStore {
  private readonly client: RedisClient;
  private readonly key: string;
  private readonly parts: RedisStoreParts;

  constructor(client: RedisClient, keyPrefix: string, parts: RedisStoreParts) {
    this.client = client;
    this.key = new RedisKeys(keyPrefix).guards;
    this.parts = parts;
  }

  async read(): Promise<ReadonlyMap<string, string>> {
    const found = new Map<string, string>();
    for (const [key, stored] of Object.entries((await this.ifHash(this.client.hgetall(this.key))) ?? {})) {
      found.set(key, this.open(key, stored));
    }
    return found;
  }

  async get(key: string): Promise<string | undefined> {
    const stored = await this.ifHash(this.client.hget(this.key, key));
    return stored == null ? undefined : this.open(key, stored);
  }

  async write(put: ReadonlyMap<string, string>, gone: readonly string[]): Promise<void> {
    const all = this.client.multi();
    for (const some of chunks(gone, AT_ONCE)) all.hdel(this.key, ...some);
    for (const some of chunks([...put], AT_ONCE)) {
      const fields = some.flatMap(([key, text]) => [key, this.parts.mac.signText(this.nameOf(key), text)]);
      all.hset(this.key, ...fields);
    }
    for (const [error] of (await all.exec()) ?? []) if (error) throw error;
  }

  /** What is not by who has the key is nobody's memory: the text that is given says so, and is none that can be understood. */
  private open(key: string, stored: string): string {
    try {
      return this.parts.mac.openText(this.nameOf(key), stored);
    } catch (error) {
      if (!(error instanceof MacError) || error.keyless) throw error;
      this.parts.onDamage(`what guards remember of ${key}: ${error.message}; it is not used`, key);
      return error.message;
    }
  }

  private nameOf(key: string): string {
    return `${this.key} ${key}`;
  }

  /** What is no hash is nobody's memory: it would stand in the way for ever. */
  private async ifHash<T>(task: Promise<T>): Promise<T | undefined> {
    try {
      return await task;
    } catch (error) {
      if (!messageOf(error).startsWith('WRONGTYPE')) throw error;
      this.parts.onDamage(
        `found under ${this.key} something that is no hash; expected what guards remember: it is removed`,
        this.key,
      );
      await this.client.del(this.key);
      return undefined;
    }
  }
}
