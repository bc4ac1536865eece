import type { CollectedMetric, CollectionList } from '../../collector/demand/collection.ts';
import { chunks } from '../../core/concurrency/chunks.ts';
import { messageOf } from '../../core/errors.ts';
import type { RedisClient } from '../clients.io.ts';
import { RedisKeys } from '../keys.ts';
import { script } from '../script.io.ts';
import type { RedisStoreParts } from '../store-parts.ts';
import { MacError } from '../value-mac.ts';
import { mendingTypes, type TypedKey } from '../wrong-type.io.ts';
import { collectedMetric } from './collected-metric.ts';

/** Fields of one command: an answer to others comes between. */
const AT_ONCE = 1_000;

/**
 * Counts a change. The first part is the moment when the list began, by Redis' clock: a list that was lost and written again never has
 * a version of before. KEYS: version.
 */
const CHANGED = script(`
local began, count = string.match(redis.call('GET', KEYS[1]) or '', '^(%d+)-(%d+)$')
if count and (#began > 20 or #count > 15) then began, count = nil, nil end
local time = redis.call('TIME')
if not began then began, count = string.format('%.0f', time[1] * 1000000 + time[2]), '0' end
redis.call('SET', KEYS[1], began .. '-' .. string.format('%.0f', tonumber(count) + 1))
return 1
`);

/** The list as a hash in Redis. While its version is there, what it holds is all; without one nothing is known. */
export class RedisCollectionList implements CollectionList {
  private readonly client: RedisClient;
  private readonly keys: RedisKeys;
  private readonly parts: RedisStoreParts;

  constructor(client: RedisClient, keyPrefix: string, parts: RedisStoreParts) {
    this.client = client;
    this.keys = new RedisKeys(keyPrefix);
    this.parts = parts;
  }

  put(metrics: readonly CollectedMetric[]): Promise<void> {
    const fields = metrics.map((metric) => {
      const { id } = metric.query;
      return [id, this.parts.mac.signText(this.nameOf(id), JSON.stringify(metric))] as const;
    });
    return this.change((all) => {
      for (const some of chunks(fields, AT_ONCE)) all.hset(this.keys.collected, ...some.flat());
    });
  }

  remove(ids: readonly string[]): Promise<void> {
    return this.change((all) => {
      for (const some of chunks(ids, AT_ONCE)) {
        all.hdel(this.keys.collected, ...some);
        all.srem(this.keys.filled, ...some);
      }
    });
  }

  read(): Promise<ReadonlyMap<string, CollectedMetric> | undefined> {
    return this.mending(() => this.readAll());
  }

  private async readAll(): Promise<ReadonlyMap<string, CollectedMetric> | undefined> {
    const found = await this.client.multi().get(this.keys.collectedVersion).hgetall(this.keys.collected).exec();
    const [[versionError, version], [fieldsError, fields]] = found as [
      [Error | null, string | null],
      [Error | null, Record<string, string>],
    ];
    if (versionError ?? fieldsError) throw versionError ?? fieldsError;
    if (version === null) return undefined;
    const list = new Map<string, CollectedMetric>();
    const damaged: string[] = [];
    for (const [id, text] of Object.entries(fields)) {
      try {
        list.set(id, collectedMetric(this.parts.mac.openText(this.nameOf(id), text), id));
      } catch (error) {
        if (!(error instanceof MacError && error.keyless)) damaged.push(id);
        this.parts.onDamage(`what is to be collected for ${id}: ${messageOf(error)}`, id);
      }
    }
    if (damaged.length > 0) await this.loseDamaged(damaged);
    return list;
  }

  /** Without its version the list is lost, and the leader writes anew what is lacking in it. */
  private async loseDamaged(ids: readonly string[]): Promise<void> {
    const all = this.client.multi();
    for (const some of chunks(ids, AT_ONCE)) all.hdel(this.keys.collected, ...some);
    all.del(this.keys.collectedVersion);
    for (const [error] of (await all.exec()) ?? []) if (error) throw error;
  }

  version(): Promise<string | undefined> {
    return this.mending(async () => (await this.client.get(this.keys.collectedVersion)) ?? undefined);
  }

  async markFilled(ids: readonly string[]): Promise<void> {
    for (const some of chunks(ids, AT_ONCE)) await this.mending(() => this.client.sadd(this.keys.filled, ...some));
  }

  filled(): Promise<ReadonlySet<string>> {
    return this.mending(async () => new Set(await this.client.smembers(this.keys.filled)));
  }

  /** What the MAC of a metric is for. */
  private nameOf(id: string): string {
    return `${this.keys.collected} ${id}`;
  }

  /** All of it, or nothing. */
  private change(write: (all: ReturnType<RedisClient['multi']>) => void): Promise<void> {
    return this.mending(async () => {
      const all = this.client.multi();
      write(all);
      all.eval(CHANGED.text, 1, this.keys.collectedVersion);
      for (const [error] of (await all.exec()) ?? []) if (error) throw error;
    });
  }

  /** A list without its version is one that was lost, and is written anew; one that only looks empty would be "nothing is wanted". */
  private mending<T>(task: () => Promise<T>): Promise<T> {
    const { collected, collectedVersion, filled } = this.keys;
    const list = { what: 'the list of what is collected', outcome: 'and the leader writes it anew' };
    const keys: TypedKey[] = [
      { key: collected, type: 'hash', ...list, with: [collectedVersion] },
      { key: collectedVersion, type: 'string', ...list },
      { key: filled, type: 'set', what: 'whose past was read', outcome: 'and every past is read again' },
    ];
    return mendingTypes(this.client, keys, this.parts.onDamage, task);
  }
}
