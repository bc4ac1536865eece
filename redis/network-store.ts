import type { NetworkStore } from '../forecaster/network-store.ts';
import type { RedisClient } from './clients.ts';
import type { RedisStoreHandlers } from './history-store.ts';
import { RedisKeys } from './keys.ts';
import { mendingTypes } from './wrong-type.ts';

/** Networks in a list of Redis, newest first. */
export class RedisNetworkStore implements NetworkStore {
  private readonly client: RedisClient;
  private readonly key: string;
  private readonly onDamage: RedisStoreHandlers['onDamage'];

  constructor(client: RedisClient, keyPrefix: string, { onDamage }: RedisStoreHandlers = { onDamage: () => {} }) {
    this.client = client;
    this.onDamage = onDamage;
    this.key = new RedisKeys(keyPrefix).networks;
  }

  current(): Promise<Uint8Array | undefined> {
    return this.at(0);
  }

  previous(): Promise<Uint8Array | undefined> {
    return this.at(1);
  }

  async publish(bytes: Uint8Array): Promise<void> {
    await this.mending(async () => {
      const all = this.client.multi().lpush(this.key, Buffer.from(bytes)).ltrim(this.key, 0, 1);
      for (const [error] of (await all.exec()) ?? []) if (error) throw error;
    });
  }

  async rollBack(): Promise<void> {
    await this.mending(() => this.client.lpop(this.key));
  }

  private async at(index: number): Promise<Uint8Array | undefined> {
    return (await this.mending(() => this.client.lindexBuffer(this.key, index))) ?? undefined;
  }

  private mending<T>(task: () => Promise<T>): Promise<T> {
    const key = {
      key: this.key,
      type: 'list',
      what: 'trained networks',
      outcome: 'and the shipped one serves',
    } as const;
    return mendingTypes(this.client, [key], this.onDamage, task);
  }
}
