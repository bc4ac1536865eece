import { MOST_AHEAD_SECONDS } from '../../core/plausible-time.ts';
import type { RedisClient } from '../clients.io.ts';
import { runScript, script } from '../script.io.ts';
import { mendingTypes, type TypedKey } from '../wrong-type.io.ts';

/** What is wanted of one id: `entry` is what settle() compares. */
export interface Wanted {
  /** Each submission has its own. */
  readonly sequence: string;
  readonly priority: number;
  readonly body: string;
}

/** What a submission found. */
export interface Submitted {
  /** The best of this and of what waited already. */
  readonly priority: number;
  /** A job of this id should exist already, and this would have come behind it. */
  readonly improved: boolean;
  /** It had failed: what is left of it is in the way. */
  readonly wasDead: boolean;
}

/** How a run's end was taken: nothing is left to do, it was cancelled meanwhile, or a newer one waits with this priority. */
export type Settled = 'settled' | 'cancelled' | { readonly newerPriority: number };

/*
 * An entry is "<sequence> <milliseconds> <priority> <body>". It stands in the hash from the submission until it was done or
 * cancelled; in the sorted set (by the time it is wanted since) while it is to be done, so not when it failed.
 */
/** Nothing is wanted for so long: ten years. */
const MOST_AGE_MS = 315_360_000_000;

const PARSE = `
local function now()
  local time = redis.call('TIME')
  return string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
end
-- Nothing where it is no entry of ours, or claims to be from the future.
local function parse(entry)
  local sequence, ms, priority = string.match(entry, '^(%d+) (%d+) (%d+) ')
  if not sequence or #sequence > 19 or #ms > 15 or #priority > 15 then return nil end
  if tonumber(ms) > tonumber(now()) + ${1_000 * MOST_AHEAD_SECONDS} then return nil end
  return sequence, ms, priority
end
`;

const SUBMIT = script(`${PARSE}
local id, priority = ARGV[1], tonumber(ARGV[2])
local ms = now()
-- What is no number, or the largest one, counts no more: it begins where nothing was before.
local sequence = redis.pcall('INCR', KEYS[3])
if type(sequence) ~= 'number' and not string.find(sequence.err, 'WRONGTYPE') then
  redis.call('SET', KEYS[3], ms)
  sequence = redis.call('INCR', KEYS[3])
end
if type(sequence) ~= 'number' then return sequence end
sequence = string.format('%.0f', sequence)
local before = redis.call('HGET', KEYS[1], id)
if before and not parse(before) then before = false end
local live = redis.call('ZSCORE', KEYS[2], id)
local improved, dead = 0, 0
if before and live then
  local _, _, old = parse(before)
  if tonumber(old) > priority then improved = 1 else priority = tonumber(old) end
elseif before then
  dead = 1
end
redis.call('HSET', KEYS[1], id, sequence .. ' ' .. ms .. ' ' .. priority .. ' ' .. ARGV[3])
redis.call('ZADD', KEYS[2], 'NX', ms, id)
return {priority, improved, dead}
`);

const SETTLE = script(`${PARSE}
local entry = redis.call('HGET', KEYS[1], ARGV[1])
if not entry then return -1 end
local sequence, ms, priority = parse(entry)
if not sequence then
  redis.call('HDEL', KEYS[1], ARGV[1])
  redis.call('ZREM', KEYS[2], ARGV[1])
  return -1
end
if sequence ~= ARGV[2] then
  redis.call('ZADD', KEYS[2], ms, ARGV[1])
  return tonumber(priority)
end
redis.call('ZREM', KEYS[2], ARGV[1])
if ARGV[3] == 'done' then redis.call('HDEL', KEYS[1], ARGV[1]) end
return -2
`);

const REVIVE = script(`${PARSE}
local entry = redis.call('HGET', KEYS[1], ARGV[1])
if not entry then return -1 end
local _, _, priority = parse(entry)
if not priority then return -1 end
redis.call('ZADD', KEYS[2], now(), ARGV[1])
return tonumber(priority)
`);

const OLDEST = script(`${PARSE}
local first = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
if not first[2] then return 0 end
local age = tonumber(now()) - tonumber(first[2])
return age < ${MOST_AGE_MS} and age or 0
`);

/**
 * The jobs that are wanted and not done yet, in Redis: the truth that the queue's jobs only stand for. Whoever submits writes
 * here first, and what was done is struck off only where nothing newer came meanwhile; so whatever dies in between, a job is
 * done twice rather than never.
 */
export class DesiredJobs {
  private readonly client: RedisClient;
  private readonly entries: string;
  private readonly since: string;
  private readonly sequence: string;
  private readonly onDamage: (message: string) => void;

  /**
   * @param prefix with a hash tag, so that a Redis Cluster keeps all of it in one place
   * @param onDamage told where something else stood under our keys
   */
  constructor(client: RedisClient, prefix: string, onDamage: (message: string) => void = () => {}) {
    this.client = client;
    this.onDamage = onDamage;
    this.entries = `${prefix}-wanted`;
    this.since = `${prefix}-since`;
    this.sequence = `${prefix}-sequence`;
  }

  async submit(id: string, priority: number, body: string): Promise<Submitted> {
    const keys = [this.entries, this.since, this.sequence];
    const answer = await this.mending(() => runScript(this.client, SUBMIT, keys, [id, priority, body]));
    const [best, improved, dead] = answer as [number, number, number];
    return { priority: best, improved: improved === 1, wasDead: dead === 1 };
  }

  async read(id: string): Promise<Wanted | undefined> {
    const entry = await this.mending(() => this.client.hget(this.entries, id));
    if (entry === null) return undefined;
    const found = /^(\d+) \d+ (\d+) /.exec(entry);
    if (!found) {
      this.onDamage(
        `the job ${id}: found ${JSON.stringify(entry.slice(0, 40))}; expected an entry of ours: it is removed`,
      );
      await this.forget(id);
      return undefined;
    }
    return { sequence: found[1]!, priority: Number(found[2]), body: entry.slice(found[0].length) };
  }

  /** Whether anything of it is to be done, or failed: not what was done or cancelled. */
  async has(id: string): Promise<boolean> {
    return (await this.mending(() => this.client.hexists(this.entries, id))) === 1;
  }

  /** @param how `dead` keeps what was asked, so that it can be tried again */
  async settle(id: string, sequence: string, how: 'done' | 'dead'): Promise<Settled> {
    const keys = [this.entries, this.since];
    const answer = await this.mending(() => runScript(this.client, SETTLE, keys, [id, sequence, how]));
    if (answer === -2) return 'settled';
    return answer === -1 ? 'cancelled' : { newerPriority: answer as number };
  }

  /** Wants again what failed. @returns its priority; undefined where nothing is known of it */
  async revive(id: string): Promise<number | undefined> {
    const keys = [this.entries, this.since];
    const answer = (await this.mending(() => runScript(this.client, REVIVE, keys, [id]))) as number;
    return answer < 0 ? undefined : answer;
  }

  async forget(id: string): Promise<void> {
    await this.mending(() => Promise.all([this.client.hdel(this.entries, id), this.client.zrem(this.since, id)]));
  }

  /** All of which something is to be done, or that failed. */
  all(): Promise<string[]> {
    return this.mending(() => this.client.hkeys(this.entries));
  }

  async count(): Promise<number> {
    return this.mending(() => this.client.zcard(this.since));
  }

  /** How long the oldest is wanted already; 0 where there is none. */
  async oldestSeconds(): Promise<number> {
    const ms = (await this.mending(() => runScript(this.client, OLDEST, [this.since], []))) as number;
    return Math.max(0, ms / 1000);
  }

  /** The ids that are wanted, the oldest first, so many at a time. */
  async *ids(atOnce: number): AsyncGenerator<string[]> {
    for (let from = 0; ; from += atOnce) {
      const ids = await this.mending(() => this.client.zrange(this.since, String(from), String(from + atOnce - 1)));
      if (ids.length === 0) return;
      yield ids;
    }
  }

  /** One of the two without the other is nothing that is to be done. */
  private mending<T>(task: () => Promise<T>): Promise<T> {
    const { entries, since, sequence } = this;
    const jobs = { what: 'the refits that are wanted', outcome: 'and they are asked for anew' };
    const keys: TypedKey[] = [
      { key: entries, type: 'hash', ...jobs, with: [since] },
      { key: since, type: 'zset', ...jobs, with: [entries] },
      { key: sequence, type: 'string', ...jobs, with: [entries, since] },
    ];
    return mendingTypes(this.client, keys, this.onDamage, task);
  }
}
