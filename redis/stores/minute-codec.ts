import { futureWords, isFuture } from '../../core/plausible-time.ts';
import { MINUTE_SECONDS, type Series } from '../../core/series.ts';
import type { ValueMac } from '../value-mac.ts';
import {
  BLOCK_BYTES,
  BLOCK_MINUTES,
  blockOffset,
  blocksFor,
  DAMAGED,
  HEADER_BYTES,
  MinuteBlock,
  RING_MARK,
  RING_VERSION,
  ringBytes,
  ringHeader,
} from './minute-blocks.ts';

/*
 * A history in memory: a ring of 16-bit codes, addressed by the minute since the epoch. The code is the logarithm, so that a tenth of a
 * core and a million requests are kept equally well. How it stands in Redis is in minute-blocks.ts.
 */

const NO_DATA = 0;
const ZERO = 1;
/** The smallest number that is not 0. */
const FIRST = 2;
const LAST = 65_535;
const LEAST_LOG = -24;
const MOST_LOG = 48;
/** 910 steps to a doubling: rounded to the nearest, a number is off by 0.038 % at most. */
const STEPS = (LAST - FIRST) / (MOST_LOG - LEAST_LOG);

/**
 * What can't be told is no data: NaN, a negative number. What is under 2^-24 becomes that, what is over 2^48 that.
 * @returns 0 … 65,535
 */
export function codeOf(value: number): number {
  if (value === 0) return ZERO;
  if (!(value > 0)) return NO_DATA;
  const step = FIRST + Math.round((Math.log2(value) - LEAST_LOG) * STEPS);
  return Math.min(LAST, Math.max(FIRST, step));
}

let values: Float64Array | undefined;

/** NaN: no data. */
export function demandOf(code: number): number {
  values ??= Float64Array.from({ length: LAST + 1 }, (_, one) =>
    one === NO_DATA ? Number.NaN : one === ZERO ? 0 : 2 ** (LEAST_LOG + (one - FIRST) / STEPS),
  );
  return values[code]!;
}

/** Under which key, and how what is read there is judged. */
export interface RingPlace {
  /** For messages. */
  readonly id: string;
  /** The key's full name, which the MACs are for. */
  readonly key: string;
  readonly mac: ValueMac;
  /** What is from after it is damage, epoch seconds. */
  readonly nowSeconds: number;
  /** Of a point; default: a minute. */
  readonly stepSeconds?: number;
}

/** Bytes that are not a ring, or not one that this version knows. The message says of what, and what was found. */
export class RingError extends Error {
  override readonly name = 'RingError';
  /** Of a newer version, or with MACs of which this process has no key: not damaged, so nobody may write over it. */
  readonly newer: boolean;

  constructor(message: string, newer = false) {
    super(message);
    this.newer = newer;
  }
}

/** The minutes of one metric. */
export class PackedRing {
  private readonly codes: Uint16Array;
  /** Minutes since the epoch; the ring holds (newest - length, newest]. */
  private newest: number | undefined;
  private readonly step: number;

  /** @param stepSeconds of a point: what is called a minute here */
  constructor(points: number, stepSeconds = MINUTE_SECONDS) {
    this.codes = new Uint16Array(points);
    this.step = stepSeconds;
  }

  /** @throws RingError where it is cut short, foreign, of a newer version, from the future or not by who has the key */
  static decode(bytes: Buffer, { id, key, mac, nowSeconds, stepSeconds = MINUTE_SECONDS }: RingPlace): PackedRing {
    const fail = (found: string, newer = false) => {
      throw new RingError(`the history of ${id}: found ${found}`, newer);
    };
    if (bytes.length === DAMAGED.length && bytes.toString('latin1') === DAMAGED)
      fail('one that was damaged before; expected that it is filled again by now');
    if (bytes.length < HEADER_BYTES || bytes.toString('latin1', 0, RING_MARK.length) !== RING_MARK) {
      fail(`${bytes.length} bytes that are none of ours; expected a ring of version ${RING_VERSION}`);
    }
    const version = bytes[RING_MARK.length]!;
    if (version !== RING_VERSION) {
      fail(`a ring of version ${version}; expected ${RING_VERSION}`, version > RING_VERSION);
    }
    const points = bytes.readUInt32LE(4);
    const whole = ringBytes(points);
    if (bytes.length !== whole) fail(`${bytes.length} bytes; expected ${whole} for a ring of ${points} minutes`);
    if (bytes[8] === 1 && !mac.keyed)
      fail('a ring with MACs, and redis.macKeyFile gives no key; expected the key of the others', true);
    if (bytes[8] !== 1 && mac.keyed) fail('a ring without MACs; expected them by the key of redis.macKeyFile');
    const blocks: MinuteBlock[] = [];
    for (let at = HEADER_BYTES; at < whole; at += BLOCK_BYTES) {
      let block: MinuteBlock | undefined;
      try {
        block = MinuteBlock.decode(bytes.subarray(at, at + BLOCK_BYTES), key, mac);
      } catch (error) {
        fail((error as Error).message);
      }
      if (!block) continue;
      if (blockOffset(block.number, points) !== at) fail(`block ${block.number} in the place of another one`);
      const seconds = newestOf(block) * stepSeconds;
      if (isFuture(seconds, nowSeconds)) fail(`${futureWords(seconds, nowSeconds)}; expected none`);
      blocks.push(block);
    }
    const ring = new PackedRing(points, stepSeconds);
    for (const block of blocks) ring.newest = Math.max(ring.newest ?? 0, newestOf(block));
    for (const block of blocks) ring.put(block);
    return ring;
  }

  encode({ key, mac }: Pick<RingPlace, 'key' | 'mac'>): Buffer {
    const { codes, newest } = this;
    const points = codes.length;
    const bytes = Buffer.alloc(ringBytes(points));
    ringHeader(points, mac.keyed).copy(bytes);
    if (newest === undefined) return bytes;
    const last = Math.floor(newest / BLOCK_MINUTES);
    for (let number = Math.max(0, last - blocksFor(points) + 1); number <= last; number++) {
      const block = new MinuteBlock(number);
      const from = number * BLOCK_MINUTES;
      let holds = number === last;
      for (let minute = from; minute <= Math.min(newest, from + BLOCK_MINUTES - 1); minute++) {
        block.set(minute, this.code(minute));
        holds ||= this.code(minute) !== NO_DATA;
      }
      if (holds) block.encode(key, mac).copy(bytes, blockOffset(number, points));
    }
    return bytes;
  }

  /** What a block knows of the minutes that the ring holds. */
  private put(block: MinuteBlock): void {
    const { number } = block;
    const newest = this.newest!;
    const first = Math.max(number * BLOCK_MINUTES, newest - this.codes.length + 1);
    const end = Math.min((number + 1) * BLOCK_MINUTES, newest + 1);
    if (first < end) block.copyTo(this.codes, first, end);
  }

  get points(): number {
    return this.codes.length;
  }

  /** A minute that is newer than all clears those between; one before the ring's is ignored. */
  set(minute: number, value: number): void {
    const { codes, newest } = this;
    if (newest !== undefined && minute <= newest - codes.length) return;
    if (newest === undefined || minute >= newest + codes.length) codes.fill(NO_DATA);
    else for (let m = newest + 1; m < minute; m++) codes[m % codes.length] = NO_DATA;
    codes[minute % codes.length] = codeOf(value);
    if (newest === undefined || minute > newest) this.newest = minute;
  }

  /** The same with a lower bound: a minute that holds more stays. */
  raise(minute: number, value: number): void {
    if (codeOf(value) > this.code(minute)) this.set(minute, value);
  }

  /** Minutes that hold nothing yet take what the series knows. */
  fill({ startSeconds, stepSeconds, values }: Series): void {
    for (let i = 0; i < values.length; i++) {
      const minute = Math.floor((startSeconds + i * stepSeconds) / this.step);
      if (codeOf(values[i]!) !== NO_DATA && this.code(minute) === NO_DATA) this.set(minute, values[i]!);
    }
  }

  /** Takes over what another one knows; of another length, what has room here. */
  take(other: PackedRing): void {
    if (other.newest === undefined) return;
    for (let minute = Math.max(0, other.newest - other.points + 1); minute < other.newest; minute++) {
      if (other.code(minute) !== NO_DATA) this.set(minute, demandOf(other.code(minute)));
    }
    this.set(other.newest, demandOf(other.code(other.newest)));
  }

  /** From the first minute that holds something to the newest; undefined where nothing is. */
  series(): Series | undefined {
    const { codes, newest } = this;
    if (newest === undefined) return undefined;
    const { length } = codes;
    let first = Math.max(0, newest - length + 1);
    while (first <= newest && codes[first % length] === NO_DATA) first++;
    if (first > newest) return undefined;
    const found = new Float64Array(newest - first + 1);
    for (let i = 0, at = first % length; i < found.length; i++, at = at + 1 === length ? 0 : at + 1) {
      found[i] = demandOf(codes[at]!);
    }
    return { startSeconds: first * this.step, stepSeconds: this.step, values: found };
  }

  private code(minute: number): number {
    const { codes, newest } = this;
    if (newest === undefined || minute > newest || minute <= newest - codes.length) return NO_DATA;
    return codes[minute % codes.length]!;
  }
}

/** The newest minute of a block, since the epoch. */
function newestOf({ number, reached }: MinuteBlock): number {
  return number * BLOCK_MINUTES + Math.max(0, reached - 1);
}
