import { atMost } from '../collector/at-most.ts';
import { chunks } from '../core/chunks.ts';
import { messageOf, WorldError } from '../core/errors.ts';
import { MINUTE_SECONDS, type Series } from '../core/series.ts';
import type { HistoryStore } from '../forecaster/history-store.ts';
import type { RedisClient } from './clients.ts';
import { byShard, RedisKeys, SHARDS, shardOf } from './keys.ts';
import { codeOf, HEADER_BYTES, PackedRing, RING_MARK, RING_VERSION, RingError } from './minute-codec.ts';
import { runScript, script, sha1Of } from './script.ts';
import { mendingTypes } from './wrong-type.ts';

/** Rings that one script touches: some milliseconds in which Redis does nothing else. */
const RINGS_AT_ONCE = 250;
/** Scripts that wait for Redis at once: a longer queue would make the last ones late for their time-out. */
const SCRIPTS_AT_ONCE = 8;
/** Writers of one ring are two collectors at most, so that a third try is rare. */
const TRIES = 10;

/**
 * Sets minutes in place. KEYS: the shard's index, rings. ARGV: points; of each ring its id, minute, code, 1 where the code is a lower
 * bound. Answers two lists of places: rings for the caller, as they are damaged, of another length or another version; rings that began
 * with this minute.
 */
const APPEND = script(`
local points = tonumber(ARGV[1])
local head = '${RING_MARK}' .. string.char(${RING_VERSION}) .. struct.pack('<I4', points)
local whole = ${HEADER_BYTES} + 2 * points
local others, begun = {}, {}
local function clear(key, from, to)
  if to >= from then redis.call('SETRANGE', key, ${HEADER_BYTES} + 2 * from, string.rep('\\0', 2 * (to - from + 1))) end
end
for i = 2, #KEYS do
  local key, at = KEYS[i], 4 * (i - 2) + 2
  local id, minute, number, bound = ARGV[at], tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), ARGV[at + 3] == '1'
  local code = struct.pack('<I2', number)
  local place = minute % points
  local found = redis.pcall('GETRANGE', key, 0, ${HEADER_BYTES - 1})
  if found == '' then
    -- The first one makes it in its full length, zeros all of it.
    redis.call('SETRANGE', key, whole - 2, '\\0\\0')
    redis.call('SETRANGE', key, 0, head .. struct.pack('<I4', minute))
    redis.call('SETRANGE', key, ${HEADER_BYTES} + 2 * place, code)
    redis.call('SADD', KEYS[1], id)
    begun[#begun + 1] = i - 2
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
      local from = ${HEADER_BYTES} + 2 * place
      local stands = bound and minute <= newest and struct.unpack('<I2', redis.call('GETRANGE', key, from, from + 1)) or 0
      if not bound or number > stands then redis.call('SETRANGE', key, from, code) end
      if minute > newest then redis.call('SETRANGE', key, 8, struct.pack('<I4', minute)) end
    end
  end
end
return { others, begun }
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
  /** A history began with one minute: of a metric whose past was read before, that past is lost. */
  readonly onBegun?: (id: string) => void;
}

/** The minute is that of its time, rounded down; NaN is a gap. */
export interface HistoryPoint {
  readonly id: string;
  readonly timeSeconds: number;
  readonly value: number;
  /** A lower bound: what stands there already and is more stays, so that of two writers the larger value is kept, in whatever order. */
  readonly atLeast?: boolean;
}

/** Histories as rings of 16-bit codes in Redis: two bytes a minute, each number within 0.04 %. */
export class RedisHistoryStore implements HistoryStore {
  private readonly client: RedisClient;
  private readonly keys: RedisKeys;
  private readonly points: number;
  private readonly onDamage: RedisStoreHandlers['onDamage'];
  private readonly onBegun: RedisStoreHandlers['onBegun'];
  private readonly slot = atMost(SCRIPTS_AT_ONCE);

  constructor(
    client: RedisClient,
    keyPrefix: string,
    retentionDays: number,
    { onDamage, onBegun }: RedisStoreHandlers,
  ) {
    this.client = client;
    this.keys = new RedisKeys(keyPrefix);
    this.points = Math.ceil(retentionDays * 1_440);
    this.onDamage = onDamage;
    this.onBegun = onBegun;
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
    const shard = shardOf(id);
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

  private async appendSome(shard: number, points: readonly HistoryPoint[]): Promise<void> {
    const keys = [this.keys.rings(shard), ...points.map(({ id }) => this.keys.ring(id))];
    const args = points.flatMap(({ id, timeSeconds, value, atLeast }) => {
      return [id, minuteOf(timeSeconds), codeOf(value), atLeast ? 1 : 0];
    });
    const append = () => runScript(this.client, APPEND, keys, [this.points, ...args]);
    const answer = await this.mending(shard, append);
    const [others, begun] = answer as [number[], number[]];
    for (const index of begun) this.onBegun?.(points[index]!.id);
    for (const index of others) {
      const { id, timeSeconds, value, atLeast } = points[index]!;
      const minute = minuteOf(timeSeconds);
      const set = (ring: PackedRing) => (atLeast ? ring.raise(minute, value) : ring.set(minute, value));
      await this.change(id, set).catch((error) => {
        if (!(error instanceof RingError)) throw error;
        this.onDamage(`${error.message}; it is left as it is`, id);
      });
    }
  }

  /** Reads, changes and writes it whole, again where another wrote meanwhile. One that is damaged begins anew. */
  private async change(id: string, change: (ring: PackedRing) => void): Promise<void> {
    const keys = [this.keys.rings(shardOf(id)), this.keys.ring(id)];
    for (let tries = 0; tries < TRIES; tries++) {
      const ring = new PackedRing(this.points);
      const bytes = await this.takeOver(ring, id);
      change(ring);
      const read = bytes === undefined ? '' : sha1Of(bytes);
      const replace = () => runScript(this.client, REPLACE, keys, [read, Buffer.from(ring.encode()), id]);
      if ((await this.mending(shardOf(id), replace)) === 1) return;
    }
    throw new WorldError(`the history of ${id}: others wrote to it ${TRIES} times while it was changed`);
  }

  private mending<T>(shard: number, task: () => Promise<T>): Promise<T> {
    const outcome = 'and filled again by the next minutes';
    const index = { key: this.keys.rings(shard), type: 'set', what: 'an index of histories', outcome } as const;
    return mendingTypes(this.client, [index], (message) => this.onDamage(message, ''), task);
  }

  /** What is stored goes into the ring; of what is damaged or of another type nothing does. @returns the bytes that were read */
  private async takeOver(ring: PackedRing, id: string): Promise<Uint8Array | undefined> {
    let bytes: Uint8Array | undefined;
    try {
      bytes = await this.bytesOf(id);
      if (bytes !== undefined) ring.take(PackedRing.decode(bytes, id));
    } catch (error) {
      if (!(error instanceof RingError)) throw error;
      if (error.newer) throw error;
      this.onDamage(`${error.message}; it begins anew`, id);
    }
    return bytes;
  }

  /** @throws RingError where the key is of another type */
  private async bytesOf(id: string): Promise<Uint8Array | undefined> {
    try {
      return (await this.client.getBuffer(this.keys.ring(id))) ?? undefined;
    } catch (error) {
      if (!messageOf(error).startsWith('WRONGTYPE')) throw error;
      throw new RingError(`the history of ${id}: found a key that is no string; expected a ring`);
    }
  }
}

function minuteOf(timeSeconds: number): number {
  return Math.floor(timeSeconds / MINUTE_SECONDS);
}
