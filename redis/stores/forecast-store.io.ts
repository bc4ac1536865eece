import { messageOf } from '../../core/errors.ts';
import { futureWords, isFuture, MOST_AHEAD_SECONDS } from '../../core/plausible-time.ts';
import type { ForecastStore, Published } from '../../storage/forecast-store.ts';
import type { RedisClient } from '../clients.io.ts';
import { RedisKeys, SHARDS, shardOf } from '../keys.ts';
import { runScript, script } from '../script.io.ts';
import type { RedisStoreParts } from '../store-parts.ts';
import { mendingTypes } from '../wrong-type.io.ts';

/** Raised whenever the header changes; the payload's version is the codec's. */
const VERSION = 2;
const MARK = 'PSF';
/** Bytes before the payload: mark (3), version (1), place (8), until (8), expires (8); numbers are little-endian doubles. */
const HEADER_BYTES = 28;
/** Where `until` stands, counted from 1 as Lua does. */
const UNTIL_AT = 13;
/** Of so many looks at a shard one is at all of it, to let go of what was forgotten: each half an hour, at a look a tick. */
const WHOLE_LOOK = 120;
/** No forecast lives that long: an index entry that old is left over. */
const MOST_LIFE_SECONDS = 7 * 86_400;
const INDEX_PLACES = MOST_LIFE_SECONDS * 1_000_000;
/** What is larger is no forecast: a lead of six hours takes 0.1 MB. */
const MOST_BYTES = 8 * 1_048_576;
/** Where `until` and `expires` stand, which a MAC is for as well. */
const TIMES_AT = 12;

/**
 * KEYS: forecast, index. ARGV: id, until, expires in ms, bytes after the place, the latest `until` that can be. Answers 1 where it was taken, 0
 * where a newer one is there; one that claims to be from the future is none.
 */
const PUBLISH = script(`
local before = redis.pcall('GETRANGE', KEYS[1], 0, ${HEADER_BYTES - 1})
if type(before) == 'string' and #before == ${HEADER_BYTES} and string.sub(before, 1, 4) == '${MARK}' .. string.char(${VERSION}) then
  local stands = struct.unpack('<d', before, ${UNTIL_AT})
  if stands > tonumber(ARGV[2]) and stands <= tonumber(ARGV[5]) then return 0 end
end
local time = redis.call('TIME')
local place = time[1] * 1000000 + time[2]
-- A place further ahead than clocks differ is none: it would be the newest one for ever.
redis.call('ZREMRANGEBYSCORE', KEYS[2], string.format('(%.0f', place + ${MOST_AHEAD_SECONDS * 1_000_000}), '+inf')
local last = redis.call('ZREVRANGE', KEYS[2], 0, 0, 'WITHSCORES')[2]
if last and tonumber(last) >= place then place = tonumber(last) + 1 end
redis.call('SET', KEYS[1], '${MARK}' .. string.char(${VERSION}) .. struct.pack('<d', place) .. ARGV[4])
redis.call('PEXPIREAT', KEYS[1], ARGV[3])
redis.call('ZADD', KEYS[2], string.format('%.0f', place), ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', string.format('%.0f', place - ${INDEX_PLACES}))
return 1
`);

/** The payload as bytes. decode throws where they are not what it knows. */
export interface PayloadCodec<T> {
  encode(payload: T): Uint8Array;
  decode(bytes: Uint8Array): T;
}

/**
 * Forecasts in Redis, where each has a place in the order of publication. This is one reader of them: it remembers which place of
 * each id it took, so that any number of others may take the same.
 */
export class RedisForecastStore<T> implements ForecastStore<T> {
  private readonly client: RedisClient;
  private readonly keys: RedisKeys;
  private readonly codec: PayloadCodec<T>;
  private readonly parts: RedisStoreParts;
  /** By id: the place of what was taken, or found to be of no use. */
  private readonly taken = new Map<string, number>();
  /** By id: until when the newest one that was taken had learned. What has an older one was there before and was put back. */
  private readonly learned = new Map<string, number>();
  /** By id: the place of what is known to wait. */
  private readonly waiting = new Map<string, number>();
  /** The newest place in each shard, microseconds of Redis' clock; 0: none was seen. */
  private readonly seen = new Array<number>(SHARDS).fill(0);
  private looks = 0;
  /** Ids whose forecast was said to be unreadable. */
  private readonly said = new Set<string>();

  constructor(client: RedisClient, keyPrefix: string, codec: PayloadCodec<T>, parts: RedisStoreParts) {
    this.client = client;
    this.keys = new RedisKeys(keyPrefix);
    this.codec = codec;
    this.parts = parts;
  }

  async publish(id: string, { untilSeconds, expiresSeconds, payload }: Published<T>): Promise<void> {
    const key = this.keys.forecast(id);
    const times = Buffer.allocUnsafe(16);
    times.writeDoubleLE(untilSeconds, 0);
    times.writeDoubleLE(expiresSeconds, 8);
    const body = Buffer.concat([times, this.parts.mac.signBytes(key, this.codec.encode(payload), times)]);
    const keys = [key, this.keys.forecasts(shardOf(id))];
    const latest = this.parts.epochSeconds() + MOST_AHEAD_SECONDS;
    const args = [id, untilSeconds, Math.ceil(expiresSeconds * 1000), body, latest];
    await this.mending(shardOf(id), () => runScript(this.client, PUBLISH, keys, args));
  }

  async take(id: string, nowSeconds: number): Promise<Published<T> | undefined> {
    const bytes = await this.bytesOf(id);
    const place = bytes && placeOf(bytes);
    // Also where nothing is there any more: its place in the index is no news.
    const waited = this.waiting.get(id);
    this.waiting.delete(id);
    if (bytes === undefined) {
      if (waited !== undefined) this.taken.set(id, waited);
      return undefined;
    }
    const now = place ?? waited;
    if (now !== undefined && now === this.taken.get(id)) return undefined;
    if (now !== undefined) this.taken.set(id, now);
    const found = this.opened(id, bytes);
    if (!found || nowSeconds >= found.expiresSeconds) return undefined;
    this.learned.set(id, found.untilSeconds);
    return found;
  }

  async peek(id: string): Promise<Published<T> | undefined> {
    const bytes = await this.bytesOf(id);
    return bytes && this.opened(id, bytes);
  }

  /** @returns undefined where it can't be used, which is said once */
  private opened(id: string, bytes: Buffer): Published<T> | undefined {
    try {
      const { untilSeconds, expiresSeconds } = headerOf(bytes);
      const signed = bytes.subarray(HEADER_BYTES);
      const times = bytes.subarray(TIMES_AT, HEADER_BYTES);
      const payload = this.codec.decode(this.parts.mac.openBytes(this.keys.forecast(id), signed, times));
      refuseTimes(untilSeconds, expiresSeconds, this.parts.epochSeconds());
      refuseOlder(untilSeconds, this.learned.get(id));
      this.said.delete(id);
      return { untilSeconds, expiresSeconds, payload };
    } catch (error) {
      if (!this.said.has(id)) this.parts.onDamage(`the forecast of ${id} can't be used: ${messageOf(error)}`, id);
      this.said.add(id);
      return undefined;
    }
  }

  async news(): Promise<ReadonlySet<string>> {
    const looks = this.looks++;
    await Promise.all(this.seen.map((_, shard) => this.look(shard, looks % WHOLE_LOOK === shard)));
    return new Set(this.waiting.keys());
  }

  async forget(id: string): Promise<void> {
    this.waiting.delete(id);
    this.taken.delete(id);
    this.said.delete(id);
    const shard = shardOf(id);
    await this.mending(shard, async () => {
      const all = this.client.multi().del(this.keys.forecast(id)).zrem(this.keys.forecasts(shard), id);
      for (const [error] of (await all.exec()) ?? []) if (error) throw error;
    });
  }

  /** Of all that is stored, whoever asked for it. */
  async ids(): Promise<string[]> {
    const shards = this.seen.map((_, shard) =>
      this.mending(shard, () => this.client.zrange(this.keys.forecasts(shard), '0', '-1')),
    );
    return (await Promise.all(shards)).flat();
  }

  /** What was forecast is found by its id all the same, and stands in the index again with its next refit. */
  private mending<R>(shard: number, task: () => Promise<R>): Promise<R> {
    const outcome = 'and filled again by the next refits';
    const index = { key: this.keys.forecasts(shard), type: 'zset', what: 'an index of forecasts', outcome } as const;
    return mendingTypes(this.client, [index], this.parts.onDamage, task);
  }

  /**
   * What was published in a shard since the last look, and the newest of before. Where that one is not there any more, Redis may have
   * lost something, and go by the clock of another machine: all of the shard is looked at, as at first.
   */
  private async look(shard: number, whole: boolean): Promise<void> {
    const seen = whole ? 0 : this.seen[shard]!;
    const index = this.keys.forecasts(shard);
    const found = await this.mending(shard, () => this.client.zrangebyscore(index, seen, '+inf', 'WITHSCORES'));
    const places = new Map<string, number>();
    const latest = 1e6 * (this.parts.epochSeconds() + MOST_AHEAD_SECONDS);
    // A place from the future is none: all that is published would come before it.
    for (let i = 0; i < found.length; i += 2)
      if (Number(found[i + 1]) <= latest) places.set(found[i]!, Number(found[i + 1]));
    const sorted = [...places.values()];
    if (seen > 0 && sorted[0] !== seen) return this.look(shard, true);
    for (const [id, place] of places) if (this.taken.get(id) !== place) this.waiting.set(id, place);
    this.seen[shard] = sorted.at(-1) ?? 0;
    if (!whole) return;
    // An older one than that has expired. Who is forgotten here, or taken off the index, is remembered: he may do both.
    for (const [id, until] of this.learned) {
      if (shardOf(id) === shard && until + MOST_LIFE_SECONDS < this.parts.epochSeconds()) this.learned.delete(id);
    }
    // What is in the index no more was forgotten, by whomever.
    for (const known of [this.taken, this.waiting, this.said]) {
      for (const id of known.keys()) if (shardOf(id) === shard && !places.has(id)) known.delete(id);
    }
  }

  /** @returns bytes of whatever stands there */
  private async bytesOf(id: string): Promise<Buffer | undefined> {
    try {
      const bytes = await this.client.getrangeBuffer(this.keys.forecast(id), 0, MOST_BYTES);
      return bytes.length === 0 ? undefined : bytes;
    } catch (error) {
      if (!messageOf(error).startsWith('WRONGTYPE')) throw error;
      return Buffer.alloc(0);
    }
  }
}

/** undefined: not known, as the header is not ours. */
function placeOf(bytes: Buffer): number | undefined {
  return bytes.length >= HEADER_BYTES && isOurs(bytes) ? bytes.readDoubleLE(4) : undefined;
}

function isOurs(bytes: Buffer): boolean {
  return bytes.toString('latin1', 0, MARK.length) === MARK && bytes[MARK.length] === VERSION;
}

/** @throws Error in words */
function headerOf(bytes: Buffer): { untilSeconds: number; expiresSeconds: number } {
  if (bytes.length < HEADER_BYTES || !isOurs(bytes)) {
    const version = bytes.toString('latin1', 0, MARK.length) === MARK ? ` of version ${bytes[MARK.length]}` : '';
    throw new Error(`found ${bytes.length} bytes${version}; expected a forecast of version ${VERSION}`);
  }
  return { untilSeconds: bytes.readDoubleLE(12), expiresSeconds: bytes.readDoubleLE(20) };
}

/** @throws Error in words where a newer one was taken */
function refuseOlder(untilSeconds: number, takenSeconds = Number.NEGATIVE_INFINITY): void {
  if (untilSeconds >= takenSeconds) return;
  throw new Error(
    `found one that is ${Math.round(takenSeconds - untilSeconds)} s older than one that was taken; expected a newer one`,
  );
}

/** @throws Error in words where no refit could have published this */
function refuseTimes(untilSeconds: number, expiresSeconds: number, nowSeconds: number): void {
  if (isFuture(untilSeconds, nowSeconds))
    throw new Error(`found ${futureWords(untilSeconds, nowSeconds)}; expected none`);
  const life = expiresSeconds - untilSeconds;
  if (life > 0 && life <= MOST_LIFE_SECONDS) return;
  throw new Error(`found a forecast for ${Math.round(life)} s; expected one for ${MOST_LIFE_SECONDS} s at most`);
}
