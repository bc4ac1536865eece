import { hash, timingSafeEqual } from 'node:crypto';

/** HMAC-SHA-256, truncated as RFC 2104 (section 5) allows: 128 bits. */
export const TAG_BYTES = 16;
/** A key of fewer bytes can be guessed. */
export const LEAST_KEY_BYTES = 32;

/** Before a text or bytes with a MAC: the form's name and version. Nothing that is stored without one begins so. */
const TEXT_MARK = 'mac1:';
const BYTES_MARK = Buffer.from('PSM1', 'latin1');
const TAG_CHARACTERS = 22;
/** Of SHA-256. */
const BLOCK_BYTES = 64;
const HASH_BYTES = 32;
/** Before a name. */
const LENGTH_BYTES = 4;

const NO_BYTES = new Uint8Array(0);

/** What is stored was not written by who has the key, or can't be told to be. */
export class MacError extends Error {
  override readonly name = 'MacError';
  /** It has a MAC and this process has no key: not known to be damaged, so nobody may write over it. */
  readonly keyless: boolean;

  constructor(message: string, keyless = false) {
    super(message);
    this.keyless = keyless;
  }
}

/**
 * Message authentication codes over what is stored, each with the full name that it is stored under, so that nothing can be moved to
 * another name. Without a key nothing is written or asked for, and what has a MAC is left to those who have the key.
 */
export class ValueMac {
  /** What HMAC puts before the message, and before its hash, for which there is room; undefined: there is no key. */
  private readonly keyBlocks: { readonly inner: Buffer; readonly outer: Buffer } | undefined;
  private scratch = Buffer.alloc(4_096);

  /** @param key at least LEAST_KEY_BYTES, see readMacKey */
  constructor(key?: Uint8Array) {
    if (key === undefined) return;
    const block = Buffer.alloc(BLOCK_BYTES);
    block.set(key.length > BLOCK_BYTES ? hash('sha256', key, 'buffer') : key);
    const padded = (pad: number) => Buffer.from(block.map((byte) => byte ^ pad));
    this.keyBlocks = { inner: padded(0x36), outer: Buffer.concat([padded(0x5c), Buffer.alloc(HASH_BYTES)]) };
  }

  get keyed(): boolean {
    return this.keyBlocks !== undefined;
  }

  /** Of bytes that stand under a name. Without a key, a checksum. @param parts of which the first ones have lengths that are fixed */
  tag(name: string, ...parts: readonly Uint8Array[]): Buffer {
    // In place of createHmac, whose objects cost several times what they compute: RFC 2104 in two calls. value-mac.test.ts holds them together.
    let length = this.keyBlocks === undefined ? 0 : BLOCK_BYTES;
    const nameBytes = Buffer.byteLength(name);
    const whole = length + LENGTH_BYTES + nameBytes + parts.reduce((sum, part) => sum + part.length, 0);
    if (whole > this.scratch.length) this.scratch = Buffer.allocUnsafe(2 * whole);
    const { scratch } = this;
    this.keyBlocks?.inner.copy(scratch);
    length = scratch.writeUInt32LE(nameBytes, length);
    length += scratch.write(name, length);
    for (const part of parts) {
      scratch.set(part, length);
      length += part.length;
    }
    const inner = hash('sha256', scratch.subarray(0, length), 'buffer');
    if (this.keyBlocks === undefined) return inner.subarray(0, TAG_BYTES);
    inner.copy(this.keyBlocks.outer, BLOCK_BYTES);
    return hash('sha256', this.keyBlocks.outer, 'buffer').subarray(0, TAG_BYTES);
  }

  /** In constant time. */
  matches(tag: Uint8Array, name: string, ...parts: readonly Uint8Array[]): boolean {
    return tag.length === TAG_BYTES && timingSafeEqual(tag, this.tag(name, ...parts));
  }

  /** A text as it is to be stored. */
  signText(name: string, text: string): string {
    if (!this.keyed) return text;
    return `${TEXT_MARK}${this.tag(name, Buffer.from(text, 'utf8')).toString('base64url')} ${text}`;
  }

  /** @returns the text that was signed. @throws MacError */
  openText(name: string, stored: string): string {
    const signed = stored.startsWith(TEXT_MARK);
    if (!this.keyed) {
      if (signed) throw keyless(name);
      return stored;
    }
    const at = TEXT_MARK.length;
    const text = stored.slice(at + TAG_CHARACTERS + 1);
    const tag = Buffer.from(stored.slice(at, at + TAG_CHARACTERS), 'base64url');
    if (!signed) throw unsigned(name);
    if (!this.matches(tag, name, Buffer.from(text, 'utf8'))) throw forged(name);
    return text;
  }

  /** Bytes as they are to be stored. @param beside what stands beside them and is not to be changed either, of a fixed length */
  signBytes(name: string, bytes: Uint8Array, beside: Uint8Array = NO_BYTES): Uint8Array {
    if (!this.keyed) return bytes;
    return Buffer.concat([BYTES_MARK, this.tag(name, beside, bytes), bytes]);
  }

  /** @returns the bytes that were signed. @throws MacError */
  openBytes(name: string, stored: Uint8Array, beside: Uint8Array = NO_BYTES): Uint8Array {
    const at = BYTES_MARK.length;
    const signed = stored.length >= at && BYTES_MARK.equals(stored.subarray(0, at));
    if (!this.keyed) {
      if (signed) throw keyless(name);
      return stored;
    }
    if (!signed) throw unsigned(name);
    const bytes = stored.subarray(at + TAG_BYTES);
    if (!this.matches(stored.subarray(at, at + TAG_BYTES), name, beside, bytes)) throw forged(name);
    return bytes;
  }
}

function keyless(name: string): MacError {
  return new MacError(
    `found a MAC on ${name}, and redis.macKeyFile gives no key: expected the key of the others`,
    true,
  );
}

function unsigned(name: string): MacError {
  return new MacError(`found no MAC on ${name}; expected one by the key of redis.macKeyFile`);
}

function forged(name: string): MacError {
  return new MacError(`found on ${name} a MAC that is not by the key of redis.macKeyFile`);
}
