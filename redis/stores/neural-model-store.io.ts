import type { NetworkStore } from '../../storage/neural-model-store.ts';
import type { RedisClient } from '../clients.io.ts';
import { RedisKeys } from '../keys.ts';
import type { RedisStoreParts } from '../store-parts.ts';
import { MacError } from '../value-mac.ts';
import { mendingTypes } from '../wrong-type.io.ts';

/** Networks in a list of Redis, newest first. */
export class RedisNetworkStore implements NetworkStore {
  private readonly client: RedisClient;
  private readonly key: string;
  private readonly parts: RedisStoreParts;
  /** What was said of one that is not used. */
  private said: string | undefined;

  constructor(client: RedisClient, keyPrefix: string, parts: RedisStoreParts) {
    this.client = client;
    this.parts = parts;
    this.key = new RedisKeys(keyPrefix).networks;
  }

  current(): Promise<Uint8Array | undefined> {
    return this.at(0);
  }

  previous(): Promise<Uint8Array | undefined> {
    return this.at(1);
  }

  async publish(bytes: Uint8Array): Promise<void> {
    const signed = this.parts.mac.signBytes(this.key, bytes);
    await this.mending(async () => {
      const all = this.client.multi().lpush(this.key, Buffer.from(signed)).ltrim(this.key, 0, 1);
      for (const [error] of (await all.exec()) ?? []) if (error) throw error;
    });
  }

  async rollBack(): Promise<void> {
    await this.mending(() => this.client.lpop(this.key));
  }

  private async at(index: number): Promise<Uint8Array | undefined> {
    const stored = await this.mending(() => this.client.lindexBuffer(this.key, index));
    if (!stored) return undefined;
    try {
      return this.parts.mac.openBytes(this.key, stored);
    } catch (error) {
      if (!(error instanceof MacError)) throw error;
      if (this.said !== error.message)
        this.parts.onDamage(`a trained network: ${error.message}; it is not used`, this.key);
      this.said = error.message;
      return undefined;
    }
  }

  private mending<T>(task: () => Promise<T>): Promise<T> {
    const key = {
      key: this.key,
      type: 'list',
      what: 'trained networks',
      outcome: 'and the shipped one serves',
    } as const;
    return mendingTypes(this.client, [key], this.parts.onDamage, task);
  }
}
