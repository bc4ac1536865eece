import { hashOf } from '../core/hash.ts';

/**
 * Histories and forecasts lie in so many shards, each with its index. In a Cluster what stands in braces decides on the slot, so
 * that a script may touch all of a shard, and shards spread over the nodes.
 */
export const SHARDS = 64;

/** What is kept as texts: one a workload, and bounds of many in each. */
export type TextKind = 'journal' | 'ledger' | 'baselines' | 'bounds';

/** Names of all that is stored; each begins with the prefix. BullMQ names its own. */
export class RedisKeys {
  private readonly prefix: string;

  constructor(prefix: string) {
    this.prefix = prefix;
  }

  /** A text: the version of all this. */
  get schema(): string {
    return `${this.prefix}:schema`;
  }

  /** A ring of minutes (minute-codec.ts). */
  ring(id: string): string {
    return `${this.prefix}:{h${shardOf(id)}}:history:${id}`;
  }

  /** A set: which ids have a ring. */
  rings(shard: number): string {
    return `${this.prefix}:{h${shard}}:histories`;
  }

  /** The newest forecast, a header and what the codec made of it. */
  forecast(id: string): string {
    return `${this.prefix}:{f${shardOf(id)}}:forecast:${id}`;
  }

  /** A sorted set: ids by when they were published. */
  forecasts(shard: number): string {
    return `${this.prefix}:{f${shard}}:forecasts`;
  }

  /** A hash: what is to be collected, JSON by id. */
  get collected(): string {
    return `${this.prefix}:{collected}:metrics`;
  }

  get collectedVersion(): string {
    return `${this.prefix}:{collected}:version`;
  }

  /** A set: ids whose past was read. */
  get filled(): string {
    return `${this.prefix}:{collected}:filled`;
  }

  /** A hash: what each collector published last. */
  get readingsStore(): string {
    return `${this.prefix}:{readings}:readingsStore`;
  }

  /** JSON of a collector's readings; expires. */
  readings(collector: string): string {
    return `${this.prefix}:{readings}:of:${collector}`;
  }

  /** A sorted set: collectors by their last sign of life. */
  get collectors(): string {
    return `${this.prefix}:collectors`;
  }

  /** A list: neural models that were trained, newest first. */
  get neuralModels(): string {
    return `${this.prefix}:neural-models`;
  }

  /** A hash: what the guards remember, JSON by workload. */
  get guards(): string {
    return `${this.prefix}:guards`;
  }

  /** A hash: texts of this kind by workload. */
  texts(kind: TextKind): string {
    return `${this.prefix}:${kind}`;
  }

  /** JSON of the start-up latencies. */
  get startups(): string {
    return `${this.prefix}:startups`;
  }
}

/** The hash, folded: the same id is always in the same shard. */
export function shardOf(id: string): number {
  const hash = hashOf(id);
  return ((hash ^ (hash >>> 16)) >>> 0) % SHARDS;
}

/** By shard, in the order given. */
export function byShard<T>(items: Iterable<T>, idOf: (item: T) => string): Map<number, T[]> {
  const shards = new Map<number, T[]>();
  for (const item of items) {
    const shard = shardOf(idOf(item));
    const found = shards.get(shard);
    if (found) found.push(item);
    else shards.set(shard, [item]);
  }
  return shards;
}
