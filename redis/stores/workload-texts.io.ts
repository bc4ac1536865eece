import { chunks } from '../../core/concurrency/chunks.ts';
import type { WorkloadTexts } from '../../storage/workload-texts.ts';
import type { RedisClient } from '../clients.io.ts';
import { RedisKeys, type TextKind } from '../keys.ts';
import type { RedisStoreParts } from '../store-parts.ts';
import { SignedHash } from './signed-hash.io.ts';

/** Fields of one command: an answer to others comes between, and one is 4 MB at most. */
const AT_ONCE = 200;

/** Texts of one kind as one hash of Redis, a field for each workload. */
export class RedisWorkloadTexts implements WorkloadTexts {
  private readonly client: RedisClient;
  private readonly hash: SignedHash;

  constructor(client: RedisClient, keyPrefix: string, kind: TextKind, parts: RedisStoreParts) {
    this.client = client;
    const name = new RedisKeys(keyPrefix).texts(kind);
    this.hash = new SignedHash(client, name, parts, { of: (key) => `${name} of ${key}`, expected: '' });
  }

  async get(keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const found = new Map<string, string>();
    for (const some of chunks(keys, AT_ONCE)) {
      const stored = (await this.hash.ifHash(this.client.hmget(this.hash.key, ...some))) ?? [];
      some.forEach((key, i) => {
        const one = stored[i];
        if (one != null) found.set(key, this.hash.open(key, one));
      });
    }
    return found;
  }

  async write(put: ReadonlyMap<string, string>, gone: readonly string[]): Promise<void> {
    for (const some of chunks(gone, AT_ONCE)) await this.hash.ifHash(this.client.hdel(this.hash.key, ...some));
    for (const some of chunks([...put], AT_ONCE)) {
      const fields = this.hash.signed(some);
      // What stood in the way is gone by then.
      if ((await this.hash.ifHash(this.client.hset(this.hash.key, ...fields))) === undefined)
        await this.client.hset(this.hash.key, ...fields);
    }
  }

  async keys(): Promise<string[]> {
    return (await this.hash.ifHash(this.client.hkeys(this.hash.key))) ?? [];
  }
}
