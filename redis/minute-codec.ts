import { MINUTE_SECONDS, type Series } from '../core/series.ts';

/*
 * A history as bytes: a header, then a ring of 16-bit codes, addressed by the minute since the epoch. The code is the logarithm, so
 * that a tenth of a core and a million requests are kept equally well.
 */

/** Bytes before the ring: mark (3), version (1), points (4), newest minute (4); little-endian. */
export const HEADER_BYTES = 12;
export const RING_MARK = 'PSR';
/** Raised whenever the layout or the codes change. */
export const RING_VERSION = 1;
const CODE_BYTES = 2;

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

/** Bytes that are not a ring, or not one that this version knows. The message says of what, and what was found. */
export class RingError extends Error {
  override readonly name = 'RingError';
  /** Of a newer version: not damaged, so nobody may write over it. */
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

  constructor(points: number) {
    this.codes = new Uint16Array(points);
  }

  /** @throws RingError where it is cut short, foreign or of a newer version */
  static decode(bytes: Uint8Array, id: string): PackedRing {
    const fail = (found: string, newer = false) => {
      throw new RingError(`the history of ${id}: found ${found}`, newer);
    };
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const mark = String.fromCharCode(...bytes.subarray(0, RING_MARK.length));
    if (bytes.length < HEADER_BYTES || mark !== RING_MARK) {
      fail(`${bytes.length} bytes that are none of ours; expected a ring of version ${RING_VERSION}`);
    }
    const version = bytes[RING_MARK.length]!;
    if (version !== RING_VERSION) {
      fail(`a ring of version ${version}; expected ${RING_VERSION}`, version > RING_VERSION);
    }
    const points = view.getUint32(4, true);
    const whole = HEADER_BYTES + CODE_BYTES * points;
    if (bytes.length !== whole) fail(`${bytes.length} bytes; expected ${whole} for a ring of ${points} minutes`);
    const ring = new PackedRing(points);
    for (let i = 0; i < points; i++) ring.codes[i] = view.getUint16(HEADER_BYTES + CODE_BYTES * i, true);
    ring.newest = view.getUint32(8, true);
    return ring;
  }

  encode(): Uint8Array {
    const { codes } = this;
    const bytes = new Uint8Array(HEADER_BYTES + CODE_BYTES * codes.length);
    const view = new DataView(bytes.buffer);
    bytes.set([...RING_MARK].map((letter) => letter.charCodeAt(0)));
    bytes[RING_MARK.length] = RING_VERSION;
    view.setUint32(4, codes.length, true);
    view.setUint32(8, this.newest ?? 0, true);
    for (let i = 0; i < codes.length; i++) view.setUint16(HEADER_BYTES + CODE_BYTES * i, codes[i]!, true);
    return bytes;
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
      const minute = Math.floor((startSeconds + i * stepSeconds) / MINUTE_SECONDS);
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
    return { startSeconds: first * MINUTE_SECONDS, stepSeconds: MINUTE_SECONDS, values: found };
  }

  private code(minute: number): number {
    const { codes, newest } = this;
    if (newest === undefined || minute > newest || minute <= newest - codes.length) return NO_DATA;
    return codes[minute % codes.length]!;
  }
}
