/** What a refit publishes: valid until it expires. The payload is plain data. */
export interface Published<T> {
  /** Epoch seconds of the newest observation that it knows. */
  readonly untilSeconds: number;
  /** After this nobody may decide on it, epoch seconds. */
  readonly expiresSeconds: number;
  readonly payload: T;
}

/** The newest forecast of each workload and metric. A writer that comes late never replaces a newer one. */
export interface ForecastStore<T> {
  publish(id: string, published: Published<T>): Promise<void>;
  /** The newest one, where this reader has not taken it yet; undefined where there is none, or it has expired. */
  take(id: string, nowSeconds: number): Promise<Published<T> | undefined>;
  /** The newest one that is kept, expired or not, which stays to be taken; undefined: none is kept, or it can't be read. */
  peek(id: string): Promise<Published<T> | undefined>;
  /** Ids that have something to take. */
  news(): Promise<ReadonlySet<string>>;
  forget(id: string): Promise<void>;
}

/** For one reader: what is taken is let go. */
export class MemoryForecastStore<T> implements ForecastStore<T> {
  private readonly published = new Map<string, Published<T>>();

  /** How many it holds. */
  get size(): number {
    return this.published.size;
  }

  async publish(id: string, published: Published<T>): Promise<void> {
    const before = this.published.get(id);
    if (before && before.untilSeconds > published.untilSeconds) return;
    this.published.set(id, published);
  }

  async take(id: string, nowSeconds: number): Promise<Published<T> | undefined> {
    const found = this.published.get(id);
    this.published.delete(id);
    return found && nowSeconds < found.expiresSeconds ? found : undefined;
  }

  async peek(id: string): Promise<Published<T> | undefined> {
    return this.published.get(id);
  }

  async news(): Promise<ReadonlySet<string>> {
    return new Set(this.published.keys());
  }

  async forget(id: string): Promise<void> {
    this.published.delete(id);
  }
}
