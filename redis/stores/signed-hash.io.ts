import { messageOf } from '../../core/errors.ts';
import type { RedisClient } from '../clients.io.ts';
import type { RedisStoreParts } from '../store-parts.ts';
import { MacError } from '../value-mac.ts';

/** How damage is reported. */
export interface DamageTexts {
  /** Of the text of one field, before `: why; it is not used`. */
  of(key: string): string;
  /** After `found under … something that is no hash`. */
  readonly expected: string;
}

/** A hash of Redis with a signed text for each workload: what is not by who has the key is nobody's. */
export class SignedHash {
  readonly key: string;
  private readonly client: RedisClient;
  private readonly parts: RedisStoreParts;
  private readonly texts: DamageTexts;

  constructor(client: RedisClient, key: string, parts: RedisStoreParts, texts: DamageTexts) {
    this.client = client;
    this.key = key;
    this.parts = parts;
    this.texts = texts;
  }

  /** Fields and values, in turn, as HSET takes them. */
  signed(texts: readonly (readonly [key: string, text: string])[]): string[] {
    return texts.flatMap(([key, text]) => [key, this.parts.mac.signText(this.nameOf(key), text)]);
  }

  /** The text; where it is not by who has the key, the text that is given says so, and is none that can be understood. */
  open(key: string, stored: string): string {
    try {
      return this.parts.mac.openText(this.nameOf(key), stored);
    } catch (error) {
      if (!(error instanceof MacError) || error.keyless) throw error;
      this.parts.onDamage(`${this.texts.of(key)}: ${error.message}; it is not used`, key);
      return error.message;
    }
  }

  /** What is no hash is nobody's, and would stand in the way for ever: it is removed. @returns undefined then */
  async ifHash<T>(task: Promise<T>): Promise<T | undefined> {
    try {
      return await task;
    } catch (error) {
      if (!messageOf(error).startsWith('WRONGTYPE')) throw error;
      this.parts.onDamage(
        `found under ${this.key} something that is no hash${this.texts.expected}: it is removed`,
        this.key,
      );
      await this.client.del(this.key);
      return undefined;
    }
  }

  private nameOf(key: string): string {
    return `${this.key} ${key}`;
  }
}
