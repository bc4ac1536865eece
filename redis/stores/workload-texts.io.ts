import { chunks } from '../../core/concurrency/chunks.ts';
import { messageOf } from '../../core/errors.ts';
import type { WorkloadTexts } from '../../storage/workload-texts.ts';
import type { RedisClient } from '../clients.io.ts';
import { RedisKeys, type TextKind } from '../keys.ts';
import type { RedisStoreParts } from '../store-parts.ts';
import { MacError } from '../value-mac.ts';

/** Fields of one command: an answer to others comes between, and one is 4 MB at most. */
const AT_ONCE = 200;

/** Texts of one kind as one hash of Redis, a field for each workload. */
export class RedisWorkloadTexts implements WorkloadTexts {
  private readonly client: RedisClient;
  private readonly key: string;
  private readonly parts: RedisStoreParts;

  constructor(client: RedisClient, keyPrefix: string, kind: TextKind, parts: RedisStoreParts) {
    this.client = client;
    this.key = new RedisKeys(keyPrefix).texts(kind);
    this.parts = parts;
  }

  async get(keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const found = new Map<string, string>();
    for (const some of chunks(keys, AT_ONCE)) {
      const stored = (await this.ifHash(this.client.hmget(this.key, ...some))) ?? [];
      some.forEach((key, i) => {
        const one = stored[i];
        if (one != null) found.set(key, this.open(key, one));
      });
    }
    return found;
  }

  async write(put: ReadonlyMap<string, string>, gone: readonly string[]): Promise<void> {
    for (const some of chunks(gone, AT_ONCE)) await this.ifHash(this.client.hdel(this.key, ...some));
    for (const some of chunks([...put], AT_ONCE)) {
      const fields = some.flatMap(([key, text]) => [key, this.parts.mac.signText(this.nameOf(key), text)]);
      // What stood in the way is gone by then.
      if ((await this.ifHash(this.client.hset(this.key, ...fields))) === undefined)
        await this.client.hset(this.key, ...fields);
    }
  }

  async keys(): Promise<string[]> {
    return (await this.ifHash(this.client.hkeys(this.key))) ?? [];
  }

  /** What is not by who has the key is nobody's text: the one that is given says so, and none can understand it. */
  private open(key: string, stored: string): string {
    try {
      return this.parts.mac.openText(this.nameOf(key), stored);
    } catch (error) {
      if (!(error instanceof MacError) || error.keyless) throw error;
      this.parts.onDamage(`${this.key} of ${key}: ${error.message}; it is not used`, key);
      return error.message;
    }
  }

  private nameOf(key: string): string {
    return `${this.key} ${key}`;
  }

  /** What is no hash is nobody's: it would stand in the way for ever. */
  private async ifHash<T>(task: Promise<T>): Promise<T | undefined> {
    try {
      return await task;
    } catch (error) {
      if (!messageOf(error).startsWith('WRONGTYPE')) throw error;
      this.parts.onDamage(`found under ${this.key} something that is no hash: it is removed`, this.key);
      await this.client.del(this.key);
      return undefined;
    }
  }
}
