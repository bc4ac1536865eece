import { messageOf } from '../../core/errors.ts';
import { futureWords, isFuture } from '../../core/plausible-time.ts';
import type { RedisClient } from '../clients.io.ts';
import { RedisKeys } from '../keys.ts';
import type { RedisStoreParts } from '../store-parts.ts';
import { mendingTypes } from '../wrong-type.io.ts';

/** Start-up latencies as StartupSketches.serialize gives them, which checks them when it restores them. */
export class RedisStartupStore {
  private readonly client: RedisClient;
  private readonly key: string;
  private readonly parts: RedisStoreParts;

  constructor(client: RedisClient, keyPrefix: string, parts: RedisStoreParts) {
    this.client = client;
    this.key = new RedisKeys(keyPrefix).startups;
    this.parts = parts;
  }

  async save(saved: unknown): Promise<void> {
    await this.client.set(this.key, this.parts.mac.signText(this.key, JSON.stringify(saved)));
  }

  /** @returns undefined: none, or none that is JSON, from now at the latest and by who has the key */
  async load(): Promise<unknown> {
    const key = { key: this.key, type: 'string', what: 'start-up latencies', outcome: 'and measured again' } as const;
    const text = await mendingTypes(this.client, [key], this.parts.onDamage, () => this.client.get(this.key));
    if (text === null) return undefined;
    try {
      const saved: unknown = JSON.parse(this.parts.mac.openText(this.key, text));
      const { atSeconds } = (saved ?? {}) as { atSeconds?: unknown };
      const now = this.parts.epochSeconds();
      if (typeof atSeconds === 'number' && isFuture(atSeconds, now))
        throw new Error(`found ${futureWords(atSeconds, now)}`);
      return saved;
    } catch (error) {
      this.parts.onDamage(
        `start-up latencies in Redis can't be read: ${messageOf(error)}; they are measured again`,
        this.key,
      );
      return undefined;
    }
  }
}
