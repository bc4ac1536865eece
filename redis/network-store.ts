import type { NetworkStore } from '../forecaster/network-store.ts';
import type { RedisClient } from './clients.ts';
import { RedisKeys } from './keys.ts';

/** Networks in a list of Redis, newest first. */
export class RedisNetworkStore implements NetworkStore {
  private readonly client: RedisClient;
  private readonly key: string;

  constructor(client: RedisClient, keyPrefix: string) {
    this.client = client;
    this.key = new RedisKeys(keyPrefix).networks;
  }

  current(): Promise<Uint8Array | undefined> {
    return this.at(0);
  }

  previous(): Promise<Uint8Array | undefined> {
    return this.at(1);
  }

  async publish(bytes: Uint8Array): Promise<void> {
    await this.client.multi().lpush(this.key, Buffer.from(bytes)).ltrim(this.key, 0, 1).exec();
  }

  async rollBack(): Promise<void> {
    await this.client.lpop(this.key);
  }

  private async at(index: number): Promise<Uint8Array | undefined> {
    return (await this.client.lindexBuffer(this.key, index)) ?? undefined;
  }
}
