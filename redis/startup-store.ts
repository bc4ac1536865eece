import { messageOf } from '../core/errors.ts';
import type { RedisClient } from './clients.ts';
import type { RedisStoreHandlers } from './history-store.ts';
import { RedisKeys } from './keys.ts';
import { mendingTypes } from './wrong-type.ts';

/** Start-up latencies as StartupSketches.serialize gives them, which checks them when it restores them. */
export class RedisStartupStore {
  private readonly client: RedisClient;
  private readonly key: string;
  private readonly onDamage: RedisStoreHandlers['onDamage'];

  constructor(client: RedisClient, keyPrefix: string, { onDamage }: RedisStoreHandlers = { onDamage: () => {} }) {
    this.client = client;
    this.key = new RedisKeys(keyPrefix).startups;
    this.onDamage = onDamage;
  }

  async save(saved: unknown): Promise<void> {
    await this.client.set(this.key, JSON.stringify(saved));
  }

  /** @returns undefined: none, or none that is JSON */
  async load(): Promise<unknown> {
    const key = { key: this.key, type: 'string', what: 'start-up latencies', outcome: 'and measured again' } as const;
    const text = await mendingTypes(this.client, [key], this.onDamage, () => this.client.get(this.key));
    if (text === null) return undefined;
    try {
      return JSON.parse(text);
    } catch (error) {
      this.onDamage(
        `start-up latencies in Redis can't be read: ${messageOf(error)}; they are measured again`,
        this.key,
      );
      return undefined;
    }
  }
}
