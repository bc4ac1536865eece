import type { NewestReadings, ReadingsBoard } from '../../collector/demand/collection.ts';
import type { DemandReading } from '../../collector/demand/demand-source.ts';
import { MOST_AHEAD_SECONDS } from '../../core/plausible-time.ts';
import type { RedisClient } from '../clients.io.ts';
import { RedisKeys } from '../keys.ts';
import { runScript, script } from '../script.io.ts';
import type { RedisStoreParts } from '../store-parts.ts';
import { MacError } from '../value-mac.ts';
import { mendingTypes } from '../wrong-type.io.ts';
import { decodeReadings, encodeReadings, type PublishedReadings } from './readings-codec.ts';

/** What is older than four ticks is gone. */
const LIFE_SECONDS = 60;

/**
 * KEYS: board, readings. ARGV: collector, tick, readings, life in seconds, the latest tick that can be. Each publication has a mark of its own, so that a reader
 * sees from the board alone whether there is something new; who has published nothing for long,
 * or something from the future, is taken off.
 */
const PUBLISH = script(`
local time = redis.call('TIME')
local latest = (time[1] + 3600) * 1000000
local board = redis.call('HGETALL', KEYS[1])
local marks = 0
for i = 1, #board, 2 do
  local tick, mark = string.match(board[i + 1], '^(%S+) (%d+)$')
  local at = tonumber(tick)
  if not at or not (at >= tonumber(ARGV[2]) - 10 * ARGV[4] and at <= tonumber(ARGV[5])) then
    redis.call('HDEL', KEYS[1], board[i])
  elseif #mark < 20 and tonumber(mark) > marks and tonumber(mark) < latest then marks = tonumber(mark) end
end
local mark = math.max(marks + 1, time[1] * 1000000 + time[2])
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ' ' .. string.format('%.0f', mark))
redis.call('SET', KEYS[2], ARGV[3], 'EX', ARGV[4])
return 1
`);

interface Shown {
  /** Tick and mark, as on the board. */
  readonly entry: string;
  readonly atSeconds: number;
  readonly readings: ReadonlyMap<string, DemandReading>;
}

/** Readings in Redis, one packed value a collector. A reader fetches only what changed since it last read. */
export class RedisReadingsBoard implements ReadingsBoard {
  private readonly client: RedisClient;
  private readonly keys: RedisKeys;
  private readonly parts: RedisStoreParts;
  private shown = new Map<string, Shown>();
  private merged: NewestReadings = { readings: new Map(), ticks: new Map(), publishedSeconds: new Map() };

  constructor(client: RedisClient, keyPrefix: string, parts: RedisStoreParts) {
    this.client = client;
    this.keys = new RedisKeys(keyPrefix);
    this.parts = parts;
  }

  async publish(collector: string, atSeconds: number, readings: ReadonlyMap<string, DemandReading>): Promise<void> {
    const key = this.keys.readings(collector);
    const keys = [this.keys.board, key];
    const text = this.parts.mac.signText(key, encodeReadings(atSeconds, readings));
    const latest = Math.max(atSeconds, this.parts.epochSeconds()) + MOST_AHEAD_SECONDS;
    const args = [collector, atSeconds, text, LIFE_SECONDS, latest];
    await this.mending(collector, () => runScript(this.client, PUBLISH, keys, args));
  }

  async read(): Promise<NewestReadings> {
    const found = await this.mending(undefined, () => this.client.hgetall(this.keys.board));
    const board = Object.entries(found);
    const now = new Map<string, Shown>();
    await Promise.all(
      board.map(async ([collector, entry]) => {
        const shown = await this.show(collector, entry);
        if (shown) now.set(collector, shown);
      }),
    );
    const same = now.size === this.shown.size && [...now].every(([name, one]) => this.shown.get(name) === one);
    this.shown = now;
    if (!same) this.merged = merge(now);
    return this.merged;
  }

  /** @param collector whose readings are among the keys */
  private mending<T>(collector: string | undefined, task: () => Promise<T>): Promise<T> {
    const outcome = 'and collectors publish it anew';
    const readings = collector === undefined ? [] : [{ key: this.keys.readings(collector), type: 'string' } as const];
    const keys = [{ key: this.keys.board, type: 'hash' } as const, ...readings];
    const typed = keys.map((one) => ({ ...one, what: 'the newest readings', outcome }));
    return mendingTypes(this.client, typed, this.parts.onDamage, task);
  }

  /** @returns undefined: it has expired */
  private async show(collector: string, entry: string): Promise<Shown | undefined> {
    const key = this.keys.readings(collector);
    const before = this.shown.get(collector);
    if (before?.entry === entry) return (await this.client.exists(key)) === 1 ? before : undefined;
    const text = await this.mending(collector, () => this.client.get(key));
    if (text === null) return undefined;
    const say = (message: string) => this.parts.onDamage(`readings of ${collector}: ${message}`, collector);
    const found = this.decoded(key, text, say);
    // It did publish: nobody need wait for it, and it is said once.
    return { entry, ...(found ?? { atSeconds: Number.parseFloat(entry), readings: new Map() }) };
  }

  private decoded(key: string, stored: string, say: (message: string) => void): PublishedReadings | undefined {
    try {
      return decodeReadings(this.parts.mac.openText(key, stored), this.parts.epochSeconds(), say);
    } catch (error) {
      if (!(error instanceof MacError)) throw error;
      say(error.message);
      return undefined;
    }
  }
}

/** Of each id the newer reading, and of the same tick one with a value. */
function merge(shown: ReadonlyMap<string, Shown>): NewestReadings {
  const readings = new Map<string, DemandReading>();
  const since = new Map<string, number>();
  for (const { atSeconds, readings: own } of [...shown.values()].sort((a, b) => a.atSeconds - b.atSeconds)) {
    for (const [id, reading] of own) {
      if (since.get(id) === atSeconds && !betterOfSameTick(reading, readings.get(id)!)) continue;
      readings.set(id, reading);
      since.set(id, atSeconds);
    }
  }
  return {
    readings,
    ticks: since,
    publishedSeconds: new Map([...shown].map(([name, { atSeconds }]) => [name, atSeconds])),
  };
}

function betterOfSameTick(reading: DemandReading, other: DemandReading): boolean {
  if (reading.kind === 'missing') return false;
  return other.kind === 'missing' || reading.timeSeconds > other.timeSeconds;
}
