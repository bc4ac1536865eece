import { atMost } from '../collector/at-most.ts';
import { chunks } from '../core/chunks.ts';
import { messageOf, WorldError } from '../core/errors.ts';
import { MINUTE_SECONDS, type Series } from '../core/series.ts';
import type { HistoryStore } from '../forecaster/history-store.ts';
import type { RedisClient } from './clients.ts';
import { byShard, RedisKeys, SHARDS, shardOf } from './keys.ts';
import { codeOf, HEADER_BYTES, PackedRing, RING_MARK, RING_VERSION, RingError } from './minute-codec.ts';
import { runScript, script, sha1Of } from './script.ts';

/** Rings that one script touches: some milliseconds in which Redis does nothing else. */
const RINGS_AT_ONCE = 250;
/** Scripts that wait for Redis at once: a longer queue would make the last ones late for their time-out. */
const SCRIPTS_AT_ONCE = 8;
/** Writers of one ring are two collectors at most, so that a third try is rare. */
const TRIES = 10;

/**
 * Sets minutes in place. KEYS: the shard's index, rings. ARGV: points; of each ring its id, minute, code. Answers which are for
 * the caller: those that are damaged, of another length or another version.
 */
const APPEND = script(`
local points = tonumber(ARGV[1])
local head = '${RING_MARK}' .. string.char(${RING_VERSION}) .. struct.pack('<I4', points)
local whole = ${HEADER_BYTES} + 2 * points
local others = {}
local function clear(key, from, to)
  if to >= from then redis.call('SETRANGE', key, ${HEADER_BYTES} + 2 * from, string.rep('\\0', 2 * (to - from + 1))) end
end
for i = 2, #KEYS do
  local key, at = KEYS[i], 3 * (i - 2) + 2
  local id, minute, code = ARGV[at], tonumber(ARGV[at + 1]), struct.pack('<I2', tonumber(ARGV[at + 2]))
  local place = minute % points
  local found = redis.pcall('GETRANGE', key, 0, ${HEADER_BYTES - 1})
  if found == '' then
    -- The first one makes it in its full length, zeros all of it.
    redis.call('SETRANGE', key, whole - 2, '\\0\\0')
    redis.call('SETRANGE', key, 0, head .. struct.pack('<I4', minute))
    redis.call('SETRANGE', key, ${HEADER_BYTES} + 2 * place, code)
    redis.call('SADD', KEYS[1], id)
  elseif type(found) ~= 'string' or #found < ${HEADER_BYTES} or string.sub(found, 1, 8) ~= head or redis.call('STRLEN', key) ~= whole then
    others[#others + 1] = i - 2
  else
    local newest = struct.unpack('<I4', found, 9)
    if minute > newest - points then
      if minute >= newest + points then
        clear(key, 0, points - 1)
      elseif minute > newest + 1 then
        local from, to = (newest + 1) % points, (minute - 1) % points
        if from <= to then
          clear(key, from, to)
        else
          clear(key, from, points - 1)
          clear(key, 0, to)
        end
      end
      redis.call('SETRANGE', key, ${HEADER_BYTES} + 2 * place, code)
      if minute > newest then redis.call('SETRANGE', key, 8, struct.pack('<I4', minute)) end
    end
  end
end
return others
`);

/** Writes a ring whole where it still is what was read. KEYS: index, ring. ARGV: hash of what was read ('': nothing), bytes, id. */
const REPLACE = script(`
local found = redis.pcall('GET', KEYS[2])
local hash = type(found) == 'string' and redis.sha1hex(found) or ''
if hash ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[2], ARGV[2])
redis.call('SADD', KEYS[1], ARGV[3])
return 1
`);

export interface RedisStoreHandlers {
  /** Something stored was damaged or of a newer version: whose, and what was found. Of a history, it begins anew with the next point. */
  readonly onDamage: (message: string, id: string) => void;
}

/** The minute is that of its time, rounded down; NaN is a gap. */
export interface HistoryPoint {
  readonly id: string;
  readonly timeSeconds: number;
  readonly value: number;
}

/** Histories as rings of 16-bit codes in Redis: two bytes a minute, each number within 0.04 %. */
export class RedisHistoryStore implements HistoryStore {
  private readonly client: RedisClient;
  private readonly keys: RedisKeys;
  private readonly points: number;
  private readonly onDamage: RedisStoreHandlers['onDamage'];
  private readonly slot = atMost(SCRIPTS_AT_ONCE);

  constructor(client: RedisClient, keyPrefix: string, retentionDays: number, { onDamage }: RedisStoreHandlers) {
    this.client = client;
    this.keys = new RedisKeys(keyPrefix);
    this.points = Math.ceil(retentionDays * 1_440);
    this.onDamage = onDamage;
  }

  append(id: string, timeSeconds: number, value: number): Promise<void> {
    return this.appendAll([{ id, timeSeconds, value }]);
  }

  /** The newest minute of many. One that can't be written spoils no other. @throws where Redis did not take some */
  async appendAll(points: readonly HistoryPoint[]): Promise<void> {
    const scripts = [...byShard(points, ({ id }) => id)].flatMap(([shard, all]) =>
      chunks(all, RINGS_AT_ONCE).map((some) => this.slot(() => this.appendSome(shard, some))),
    );
    const failed = (await Promise.allSettled(scripts)).find((one) => one.status === 'rejected');
    if (failed) throw failed.reason;
  }

  /** @throws RingError where the ring is of a newer version: it is left as it is */
  async fill(id: string, series: Series): Promise<void> {
    await this.change(id, (ring) => ring.fill(series));
  }

  async read(id: string): Promise<Series | undefined> {
    try {
      const bytes = await this.bytesOf(id);
      return bytes && PackedRing.decode(bytes, id).series();
    } catch (error) {
      if (!(error instanceof RingError)) throw error;
      this.onDamage(error.message, id);
      return undefined;
    }
  }

  async forget(id: string): Promise<void> {
    await this.client
      .multi()
      .del(this.keys.ring(id))
      .srem(this.keys.rings(shardOf(id)), id)
      .exec();
  }

  async ids(): Promise<string[]> {
    const shards = Array.from({ length: SHARDS }, (_, shard) => this.client.smembers(this.keys.rings(shard)));
    return (await Promise.all(shards)).flat();
  }

  /** Nothing waits here; the connection belongs to whoever made it. */
  async close(): Promise<void> {}

  private async appendSome(shard: number, points: readonly HistoryPoint[]): Promise<void> {
    const keys = [this.keys.rings(shard), ...points.map(({ id }) => this.keys.ring(id))];
    const args = points.flatMap(({ id, timeSeconds, value }) => [id, minuteOf(timeSeconds), codeOf(value)]);
    const others = (await runScript(this.client, APPEND, keys, [this.points, ...args])) as number[];
    for (const index of others) {
      const { id, timeSeconds, value } = points[index]!;
      await this.change(id, (ring) => ring.set(minuteOf(timeSeconds), value)).catch((error) => {
        if (!(error instanceof RingError)) throw error;
        this.onDamage(`${error.message}; it is left as it is`, id);
      });
    }
  }

  /** Reads, changes and writes it whole, again where another wrote meanwhile. One that is damaged begins anew. */
  private async change(id: string, change: (ring: PackedRing) => void): Promise<void> {
    const keys = [this.keys.rings(shardOf(id)), this.keys.ring(id)];
    for (let tries = 0; tries < TRIES; tries++) {
      const bytes = await this.bytesOf(id, true);
      const ring = new PackedRing(this.points);
      if (bytes !== undefined) this.takeOver(ring, bytes, id);
      change(ring);
      const read = bytes === undefined ? '' : sha1Of(bytes);
      if ((await runScript(this.client, REPLACE, keys, [read, Buffer.from(ring.encode()), id])) === 1) return;
    }
    throw new WorldError(`the history of ${id}: others wrote to it ${TRIES} times while it was changed`);
  }

  private takeOver(ring: PackedRing, bytes: Uint8Array, id: string): void {
    try {
      ring.take(PackedRing.decode(bytes, id));
    } catch (error) {
      if (!(error instanceof RingError)) throw error;
      if (error.newer) throw error;
      this.onDamage(`${error.message}; it begins anew`, id);
    }
  }

  /** @param anyType a key of another type counts as none, to be written over */
  private async bytesOf(id: string, anyType = false): Promise<Uint8Array | undefined> {
    try {
      return (await this.client.getBuffer(this.keys.ring(id))) ?? undefined;
    } catch (error) {
      if (!messageOf(error).startsWith('WRONGTYPE')) throw error;
      if (anyType) return undefined;
      throw new RingError(`the history of ${id}: found a key that is no string; expected a ring`);
    }
  }
}

function minuteOf(timeSeconds: number): number {
  return Math.floor(timeSeconds / MINUTE_SECONDS);
}
