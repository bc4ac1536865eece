import { TAG_BYTES, type ValueMac } from '../value-mac.ts';

/*
 * How a history stands in Redis: a header, then blocks of eight hours, each with its own MAC (without a key, a checksum), so that a minute
 * is written without reading the rest. Block b stands at slot b mod blocks; one of zeros is empty. Little-endian.
 */

/** Eight hours: with these, eight days take 24,562 bytes, which is within the 24 kB that Redis' allocator gives to two bytes a minute anyway. */
export const BLOCK_MINUTES = 480;
/** Bytes before the blocks: mark (3), version (1), minutes (4), 1 where blocks have MACs (1), three of zero. */
export const HEADER_BYTES = 12;
export const RING_MARK = 'PSR';
/** In the place of a ring that can't be read: whoever appends to it finds that it is none, and begins it anew. */
export const DAMAGED = 'damaged';
/** Raised whenever the layout or the codes change. */
export const RING_VERSION = 2;
export const CODE_BYTES = 2;
/** Before a block's codes: its tag, its number since the epoch (4), minutes it has reached (2). */
export const NUMBER_AT = TAG_BYTES;
const REACHED_AT = NUMBER_AT + 4;
export const BLOCK_HEAD_BYTES = REACHED_AT + 2;
export const BLOCK_BYTES = BLOCK_HEAD_BYTES + CODE_BYTES * BLOCK_MINUTES;

/** Blocks that hold so many minutes, whatever minute of a block is the newest. */
export function blocksFor(points: number): number {
  return Math.ceil(points / BLOCK_MINUTES) + 1;
}

export function ringBytes(points: number): number {
  return HEADER_BYTES + BLOCK_BYTES * blocksFor(points);
}

export function ringHeader(points: number, keyed: boolean): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.write(RING_MARK, 'latin1');
  header[RING_MARK.length] = RING_VERSION;
  header.writeUInt32LE(points, 4);
  header[8] = keyed ? 1 : 0;
  return header;
}

/** Where a block's bytes begin. */
export function blockOffset(number: number, points: number): number {
  return HEADER_BYTES + BLOCK_BYTES * (number % blocksFor(points));
}

/** Eight hours of one metric, as bytes: a minute that is set costs its tag alone. */
export class MinuteBlock {
  private readonly bytes: Buffer;
  /** All but the tag. */
  private readonly signed: Buffer;

  /** @param bytes of a block that was read, taken over; without them an empty one */
  constructor(number: number, bytes?: Buffer) {
    this.bytes = bytes ?? Buffer.alloc(BLOCK_BYTES);
    this.signed = this.bytes.subarray(NUMBER_AT);
    this.bytes.writeUInt32LE(number, NUMBER_AT);
  }

  /** @param bytes of one block, copied. @returns undefined: it is empty. @throws Error in words where the tag is not that of the bytes */
  static decode(bytes: Buffer, name: string, mac: ValueMac): MinuteBlock | undefined {
    const block = new MinuteBlock(bytes.readUInt32LE(NUMBER_AT), Buffer.from(bytes));
    const { number, reached } = block;
    if (reached === 0 && number === 0) return undefined;
    if (reached > BLOCK_MINUTES) throw new Error(`a block that reaches minute ${reached} of ${BLOCK_MINUTES}`);
    if (mac.matches(block.bytes.subarray(0, TAG_BYTES), name, block.signed)) return block;
    throw new Error(
      mac.keyed ? 'a block whose MAC is not by the key of redis.macKeyFile' : 'a block with a wrong checksum',
    );
  }

  /** Since the epoch. */
  get number(): number {
    return this.bytes.readUInt32LE(NUMBER_AT);
  }

  /** Minutes up to the newest, 0…480. */
  get reached(): number {
    return this.bytes.readUInt16LE(REACHED_AT);
  }

  /** Copies the tag of what was last written or read. */
  copyTag(to: Buffer, at: number): void {
    this.bytes.copy(to, at, 0, TAG_BYTES);
  }

  /** @param minute since the epoch, of this block */
  code(minute: number): number {
    return this.bytes.readUInt16LE(MinuteBlock.codeOffset(minute));
  }

  /** @param minute since the epoch, of this block. @param atLeast what stands there and is more stays */
  set(minute: number, code: number, atLeast = false): void {
    const at = minute % BLOCK_MINUTES;
    if (!atLeast || code > this.code(minute)) this.bytes.writeUInt16LE(code, MinuteBlock.codeOffset(minute));
    if (at >= this.reached) this.bytes.writeUInt16LE(at + 1, REACHED_AT);
  }

  /** Codes of some minutes of this block into a ring that is addressed by the minute. */
  copyTo(ring: Uint16Array, first: number, end: number): void {
    const { bytes } = this;
    let place = first % ring.length;
    for (let minute = first, at = MinuteBlock.codeOffset(first); minute < end; minute++, at += CODE_BYTES) {
      ring[place] = bytes[at]! | (bytes[at + 1]! << 8);
      place = place + 1 === ring.length ? 0 : place + 1;
    }
  }

  /** The bytes as they are to be written, with the tag that they have from now on; they change with the block. */
  encode(name: string, mac: ValueMac): Buffer {
    mac.tag(name, this.signed).copy(this.bytes);
    return this.bytes;
  }

  /** Where the bytes of a minute's code begin within the block's. */
  static codeOffset(minute: number): number {
    return BLOCK_HEAD_BYTES + CODE_BYTES * (minute % BLOCK_MINUTES);
  }
}
