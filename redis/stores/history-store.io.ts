import { atMost } from '../../core/concurrency/at-most.ts';
import { chunks } from '../../core/concurrency/chunks.ts';
import { messageOf, WorldError } from '../../core/errors.ts';
import { isFuture } from '../../core/plausible-time.ts';
import { DAY_SECONDS, MINUTE_SECONDS, type Series } from '../../core/series.ts';
import type { HistoryStore } from '../../storage/history-store.ts';
import type { RedisClient } from '../clients.io.ts';
import { byShard, RedisKeys, SHARDS, shardOf } from '../keys.ts';
import { runScript, runScriptBuffers, sha1Of } from '../script.io.ts';
import type { RedisStoreParts } from '../store-parts.ts';
import { mendingTypes } from '../wrong-type.io.ts';
import {
  APPEND,
  APPEND_KNOWN,
  CODE_FROM,
  HEAD_FROM,
  KNOWN_BYTES,
  MARK,
  REPLACE,
  TAG_FROM,
} from './history-scripts.io.ts';
import { BLOCK_HEAD_BYTES, BLOCK_MINUTES, blockOffset, MinuteBlock, ringBytes, ringHeader } from './minute-blocks.ts';
import { codeOf, PackedRing, RingError, type RingPlace } from './minute-codec.ts';

/** Rings that one script touches: some milliseconds in which Redis does nothing else. */
const RINGS_AT_ONCE = 250;
/** Scripts that wait for Redis at once: a longer queue would make the last ones late for their time-out. */
const SCRIPTS_AT_ONCE = 8;
/** Writers of one ring are two collectors at most, or one and the leader: of 30 tries in turn one of the two gets through. */
const TRIES = 30;
/** Blocks that are known without being written to any more: a shard that was given up. */
const SPARE_TAILS = 1_000;

/** The minute is that of its time, rounded down; NaN is a gap. */
export interface HistoryPoint {
  readonly id: string;
  readonly timeSeconds: number;
  readonly value: number;
  /** A lower bound: what stands there already and is more stays, so that of two writers the larger value is kept, in whatever order. */
  readonly atLeast?: boolean;
}

/** A point in the form in which it is stored. */
interface Minute {
  readonly id: string;
  readonly minute: number;
  readonly value: number;
  readonly code: number;
  readonly atLeast: boolean;
}

/** Histories as rings of 16-bit codes in Redis: two bytes a minute and 7 % for their MACs, each number within 0.04 %. */
export class RedisHistoryStore implements HistoryStore {
  private readonly client: RedisClient;
  private readonly keys: RedisKeys;
  private readonly points: number;
  private readonly step: number;
  private readonly parts: RedisStoreParts;
  private readonly slot = atMost(SCRIPTS_AT_ONCE);
  /** In turn, as a minute rests on what this process knows of its block. */
  private readonly turns = Array.from({ length: SHARDS }, () => atMost(1));
  /** By id: the newest block, as this process wrote or read it. */
  private readonly tails = new Map<string, MinuteBlock>();

  /** @param stepSeconds of a point: what is called a minute below */
  constructor(
    client: RedisClient,
    keyPrefix: string,
    retentionDays: number,
    parts: RedisStoreParts,
    stepSeconds = MINUTE_SECONDS,
  ) {
    this.client = client;
    this.keys = new RedisKeys(keyPrefix);
    this.points = Math.ceil((retentionDays * DAY_SECONDS) / stepSeconds);
    this.step = stepSeconds;
    this.parts = parts;
  }

  append(id: string, timeSeconds: number, value: number): Promise<void> {
    return this.appendAll([{ id, timeSeconds, value }]);
  }

  /** The newest minute of many. One that can't be written spoils no other. @throws where Redis did not take some */
  async appendAll(points: readonly HistoryPoint[]): Promise<void> {
    const minutes = points.map(({ id, timeSeconds, value, atLeast = false }): Minute => {
      return { id, minute: Math.floor(timeSeconds / this.step), value, code: codeOf(value), atLeast };
    });
    if (this.tails.size > 2 * points.length + SPARE_TAILS) this.tails.clear();
    const scripts = [...byShard(minutes, ({ id }) => id)].flatMap(([shard, all]) =>
      chunks(all, RINGS_AT_ONCE).map((some) => this.turns[shard]!(() => this.slot(() => this.appendSome(shard, some)))),
    );
    const failed = (await Promise.allSettled(scripts)).find((one) => one.status === 'rejected');
    if (failed) throw failed.reason;
  }

  /** @throws RingError where the ring is of a newer version: it is left as it is */
  async fill(id: string, series: Series): Promise<void> {
    await this.change(id, (ring) => ring.fill(series));
  }

  /** What is damaged is said, and marked so that whoever appends to it begins it anew: that one sees no more of it than one block. */
  async read(id: string): Promise<Series | undefined> {
    let bytes: Buffer | undefined;
    try {
      bytes = await this.bytesOf(id);
      return bytes && PackedRing.decode(bytes, this.placeOf(id)).series();
    } catch (error) {
      if (!(error instanceof RingError)) throw error;
      if (bytes !== undefined && !error.newer) {
        await runScript(this.client, MARK, [this.keys.ring(id)], [sha1Of(bytes)]);
      }
      this.parts.onDamage(error.message, id);
      return undefined;
    }
  }

  async forget(id: string): Promise<void> {
    const shard = shardOf(id);
    this.tails.delete(id);
    await this.mending(shard, async () => {
      const all = this.client.multi().del(this.keys.ring(id)).srem(this.keys.rings(shard), id);
      for (const [error] of (await all.exec()) ?? []) if (error) throw error;
    });
  }

  async ids(): Promise<string[]> {
    const shards = Array.from({ length: SHARDS }, (_, shard) =>
      this.mending(shard, () => this.client.smembers(this.keys.rings(shard))),
    );
    return (await Promise.all(shards)).flat();
  }

  /** Nothing waits here; the connection belongs to whoever made it. */
  async close(): Promise<void> {}

  private async appendSome(shard: number, all: readonly Minute[]): Promise<void> {
    let left = all;
    for (let tries = 0; tries < TRIES && left.length > 0; tries++) left = await this.appendOnce(shard, left);
    for (const one of left) await this.appendWhole(one);
  }

  /** @returns those whose block was another one than this process knew: it does now */
  private async appendOnce(shard: number, all: readonly Minute[]): Promise<Minute[]> {
    const isKnown = ({ id, minute }: Minute) => this.tails.get(id)?.number === Math.floor(minute / BLOCK_MINUTES);
    const [known, other] = [all.filter(isKnown), all.filter((one) => !isKnown(one))];
    try {
      const again = other.length === 0 ? [] : await this.appendOther(shard, other);
      return known.length === 0 ? again : [...again, ...(await this.appendKnown(known))];
    } catch (error) {
      for (const { id } of all) this.tails.delete(id);
      throw error;
    }
  }

  private async appendKnown(all: readonly Minute[]): Promise<Minute[]> {
    const { points, keys } = this;
    const { mac } = this.parts;
    const bytes = Buffer.allocUnsafe(KNOWN_BYTES * all.length);
    const named = all.map(({ id, minute, code, atLeast }, i) => {
      const key = keys.ring(id);
      const block = this.tails.get(id)!;
      const at = KNOWN_BYTES * i;
      const from = blockOffset(block.number, points);
      bytes.writeUInt32LE(from, at);
      bytes.writeUInt32LE(from + MinuteBlock.codeOffset(minute), at + 4);
      block.copyTag(bytes, at + TAG_FROM);
      block.set(minute, code, atLeast);
      block.encode(key, mac).copy(bytes, at + HEAD_FROM, 0, BLOCK_HEAD_BYTES);
      bytes.writeUInt16LE(block.code(minute), at + CODE_FROM);
      return key;
    });
    const header = ringHeader(points, mac.keyed);
    const answer = await runScriptBuffers(this.client, APPEND_KNOWN, named, [header, bytes]);
    const [others, changed] = answer as [number[], [number, Buffer][]];
    return this.afterAppend(all, others, changed);
  }

  private async appendOther(shard: number, all: readonly Minute[]): Promise<Minute[]> {
    const { points, keys } = this;
    const { mac, onBegun } = this.parts;
    const args = all.flatMap((one) => this.blockWrite(one));
    const named = [keys.rings(shard), ...all.map(({ id }) => keys.ring(id))];
    const header = [ringHeader(points, mac.keyed), ringBytes(points)];
    const append = () => runScriptBuffers(this.client, APPEND, named, [...header, ...args]);
    const answer = await this.mending(shard, append);
    const [others, begun, changed] = answer as [number[], number[], [number, Buffer][]];
    for (const place of begun) onBegun?.(all[place]!.id);
    return this.afterAppend(all, others, changed);
  }

  /** @returns those that are to be written again */
  private async afterAppend(
    all: readonly Minute[],
    others: readonly number[],
    changed: readonly [number, Buffer][],
  ): Promise<Minute[]> {
    for (const place of [...others, ...changed.map(([at]) => at)]) this.tails.delete(all[place]!.id);
    for (const place of others) await this.appendWhole(all[place]!);
    const again: Minute[] = [];
    for (const [place, bytes] of changed) if (await this.learnTail(all[place]!, bytes)) again.push(all[place]!);
    return again;
  }

  /** What is asked of Redis for one minute of a block that is not known: the arguments of APPEND. What it comes to is known from here on. */
  private blockWrite({ id, minute, code, atLeast }: Minute): (string | number | Buffer)[] {
    const number = Math.floor(minute / BLOCK_MINUTES);
    const known = this.tails.get(id);
    const block = new MinuteBlock(number);
    block.set(minute, code, atLeast);
    // A copy: the block may be written to again before this is sent.
    const bytes = Buffer.from(block.encode(this.keys.ring(id), this.parts.mac));
    // Of two the newer one: a minute that comes late is rare.
    if (known === undefined || known.number < number) this.tails.set(id, block);
    return [id, blockOffset(number, this.points), bytes];
  }

  /** Takes over the block that stands there. @returns whether the minute is to be written again */
  private async learnTail(one: Minute, bytes: Buffer): Promise<boolean> {
    if (bytes.length === 0) return true;
    const number = Math.floor(one.minute / BLOCK_MINUTES);
    try {
      const block = MinuteBlock.decode(bytes, this.keys.ring(one.id), this.parts.mac);
      if (!block || block.number < number) return true;
      const newest = block.number * BLOCK_MINUTES * this.step;
      if (isFuture(newest, this.parts.epochSeconds())) throw new Error('a block from the future');
      // A minute from before the ring's.
      if (block.number > number) return false;
      this.tails.set(one.id, block);
      return true;
    } catch {
      await this.appendWhole(one);
      return false;
    }
  }

  private async appendWhole({ id, minute, value, atLeast }: Minute): Promise<void> {
    const set = (ring: PackedRing) => (atLeast ? ring.raise(minute, value) : ring.set(minute, value));
    await this.change(id, set).catch((error) => {
      if (!(error instanceof RingError)) throw error;
      this.parts.onDamage(`${error.message}; it is left as it is`, id);
    });
  }

  private placeOf(id: string): RingPlace {
    const { mac, epochSeconds } = this.parts;
    return { id, key: this.keys.ring(id), mac, nowSeconds: epochSeconds(), stepSeconds: this.step };
  }

  /** Reads, changes and writes it whole, again where another wrote meanwhile. One that is damaged begins anew. */
  private async change(id: string, change: (ring: PackedRing) => void): Promise<void> {
    const keys = [this.keys.rings(shardOf(id)), this.keys.ring(id)];
    this.tails.delete(id);
    for (let tries = 0; tries < TRIES; tries++) {
      const ring = new PackedRing(this.points, this.step);
      const bytes = await this.takeOver(ring, id);
      change(ring);
      const read = bytes === undefined ? '' : sha1Of(bytes);
      const replace = () => runScript(this.client, REPLACE, keys, [read, ring.encode(this.placeOf(id)), id]);
      if ((await this.mending(shardOf(id), replace)) === 1) return;
    }
    throw new WorldError(`the history of ${id}: others wrote to it ${TRIES} times while it was changed`);
  }

  private mending<T>(shard: number, task: () => Promise<T>): Promise<T> {
    const outcome = 'and filled again by the next minutes';
    const index = { key: this.keys.rings(shard), type: 'set', what: 'an index of histories', outcome } as const;
    return mendingTypes(this.client, [index], (message) => this.parts.onDamage(message, ''), task);
  }

  /** What is stored goes into the ring; of what is damaged or of another type nothing does. @returns the bytes that were read */
  private async takeOver(ring: PackedRing, id: string): Promise<Buffer | undefined> {
    let bytes: Buffer | undefined;
    try {
      bytes = await this.bytesOf(id);
      if (bytes !== undefined) ring.take(PackedRing.decode(bytes, this.placeOf(id)));
    } catch (error) {
      if (!(error instanceof RingError)) throw error;
      if (error.newer) throw error;
      this.parts.onDamage(`${error.message}; it begins anew`, id);
    }
    return bytes;
  }

  /** @throws RingError where the key is of another type */
  private async bytesOf(id: string): Promise<Buffer | undefined> {
    try {
      return (await this.client.getBuffer(this.keys.ring(id))) ?? undefined;
    } catch (error) {
      if (!messageOf(error).startsWith('WRONGTYPE')) throw error;
      throw new RingError(`the history of ${id}: found a key that is no string; expected a ring`);
    }
  }
}
