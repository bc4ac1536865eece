import { TAG_BYTES, type ValueMac } from './value-mac.ts';

/*
 * How a history stands in Redis: a header, then blocks of eight hours, each with its own MAC (without a key, a checksum), so that a minute
 * is written without reading the rest. Block b stands at slot b mod blocks; one of zeros is empty. Little-endian.
 */

/** Eight hours: with these, eight days take 24,562 bytes, which is within the 24 kB that Redis' allocator gives to two bytes a minute anyway. */
export const BLOCK_MINUTES = 480;
/** Bytes before the blocks: mark (3), version (1), minutes (4), 1 where blocks have MACs (1), three of zero. */
export const HEADER_BYTES = 12;
export const RING_MARK = 'PSR';
/** Raised whenever the layout or the codes change. */
export const RING_VERSION = 2;
export const CODE_BYTES = 2;
/** Before a block's codes: its number since the epoch (4), minutes it has reached (2), tag. */
const TAG_AT = 6;
export const BLOCK_HEAD_BYTES = TAG_AT + TAG_BYTES;
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

/** Eight hours of one metric. */
export class MinuteBlock {
  readonly number: number;
  /** Minutes up to the newest, 0…480. */
  reached = 0;
  readonly codes: Uint16Array;
  /** Of what was last written or read; undefined: nothing was. */
  tag: Buffer | undefined;

  constructor(number: number, codes = new Uint16Array(BLOCK_MINUTES)) {
    this.number = number;
    this.codes = codes;
  }

  /** @param bytes of one block. @returns undefined: it is empty. @throws Error in words where the tag is not that of the bytes */
  static decode(bytes: Buffer, name: string, mac: ValueMac): MinuteBlock | undefined {
    const block = new MinuteBlock(bytes.readUInt32LE(0));
    block.reached = bytes.readUInt16LE(4);
    if (block.reached === 0 && block.number === 0) return undefined;
    if (block.reached > BLOCK_MINUTES)
      throw new Error(`a block that reaches minute ${block.reached} of ${BLOCK_MINUTES}`);
    const tag = Buffer.from(bytes.subarray(TAG_AT, BLOCK_HEAD_BYTES));
    if (!mac.matches(tag, name, bytes.subarray(0, TAG_AT), bytes.subarray(BLOCK_HEAD_BYTES))) {
      throw new Error(
        mac.keyed ? 'a block whose MAC is not by the key of redis.macKeyFile' : 'a block with a wrong checksum',
      );
    }
    for (let i = 0; i < BLOCK_MINUTES; i++) block.codes[i] = bytes.readUInt16LE(BLOCK_HEAD_BYTES + CODE_BYTES * i);
    block.tag = tag;
    return block;
  }

  /** @param minute since the epoch, of this block. @param atLeast what stands there and is more stays */
  set(minute: number, code: number, atLeast = false): void {
    const at = minute - this.number * BLOCK_MINUTES;
    if (!atLeast || code > this.codes[at]!) this.codes[at] = code;
    this.reached = Math.max(this.reached, at + 1);
  }

  /** The bytes as they are to be written, with the tag that they have from now on. */
  encode(name: string, mac: ValueMac): Buffer {
    const bytes = Buffer.alloc(BLOCK_BYTES);
    bytes.writeUInt32LE(this.number, 0);
    bytes.writeUInt16LE(this.reached, 4);
    for (let i = 0; i < this.reached; i++) bytes.writeUInt16LE(this.codes[i]!, BLOCK_HEAD_BYTES + CODE_BYTES * i);
    this.tag = mac.tag(name, bytes.subarray(0, TAG_AT), bytes.subarray(BLOCK_HEAD_BYTES));
    this.tag.copy(bytes, TAG_AT);
    return bytes;
  }

  /** Where the bytes of a minute's code begin within the block's. */
  static codeOffset(minute: number): number {
    return BLOCK_HEAD_BYTES + CODE_BYTES * (minute % BLOCK_MINUTES);
  }
}
