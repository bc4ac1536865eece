import { chunks } from '../../core/concurrency/chunks.ts';
import type { GuardStore } from '../../storage/guard-store.ts';
import type { RedisClient } from '../clients.io.ts';
import { RedisKeys } from '../keys.ts';
import type { RedisStoreParts } from '../store-parts.ts';
import { SignedHash } from './signed-hash.io.ts';

/** Fields of one command: an answer to others comes between. */
const AT_ONCE = 1_000;

/** What guards remember as one hash of Redis, a field for each workload. */
export class RedisGuardStore implements GuardStore {
  private readonly client: RedisClient;
  private readonly hash: SignedHash;

  constructor(client: RedisClient, keyPrefix: string, parts: RedisStoreParts) {
    this.client = client;
    this.hash = new SignedHash(client, new RedisKeys(keyPrefix).guards, parts, {
      of: (key) => `what guards remember of ${key}`,
      expected: '; expected what guards remember',
    });
  }

  async read(): Promise<ReadonlyMap<string, string>> {
    const found = new Map<string, string>();
    for (const [key, stored] of Object.entries((await this.hash.ifHash(this.client.hgetall(this.hash.key))) ?? {})) {
      found.set(key, this.hash.open(key, stored));
    }
    return found;
  }

  async get(key: string): Promise<string | undefined> {
    const stored = await this.hash.ifHash(this.client.hget(this.hash.key, key));
    return stored == null ? undefined : this.hash.open(key, stored);
  }

  async write(put: ReadonlyMap<string, string>, gone: readonly string[]): Promise<void> {
    const all = this.client.multi();
    for (const some of chunks(gone, AT_ONCE)) all.hdel(this.hash.key, ...some);
    for (const some of chunks([...put], AT_ONCE)) all.hset(this.hash.key, ...this.hash.signed(some));
    for (const [error] of (await all.exec()) ?? []) if (error) throw error;
  }
}
