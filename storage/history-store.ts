import { MINUTE_SECONDS, type Series } from '../core/series.ts';

/**
 * The demand of the last days, one value a minute for each workload and metric. `id` is any string.
 * A point is the demand of the minute that ends at its time; what was not recorded reads as NaN.
 * A second store holds the weeks before, one value in five minutes (core/weeks.ts): what is a minute here is its step there.
 */
export interface HistoryStore {
  /** Records one point; the minute is that of `timeSeconds`, rounded down. Older than the retention: ignored. NaN: a gap. */
  append(id: string, timeSeconds: number, value: number): Promise<void>;
  /** Fills minutes that are not recorded yet (a backfill); those that are stay. */
  fill(id: string, series: Series): Promise<void>;
  /** From the first recorded minute within the retention to the newest one, step 60 s; undefined where nothing is. */
  read(id: string): Promise<Series | undefined>;
  forget(id: string): Promise<void>;
  ids(): Promise<string[]>;
  /** Makes sure that all is kept that the store can keep. */
  close(): Promise<void>;
}

/** Single precision, or double for whoever must have exactly what came. */
type Precision = Float32ArrayConstructor | Float64ArrayConstructor;

/** One id's minutes, in a ring addressed by the minute since the epoch. Single precision: 4 bytes a point, 46 kB for eight days. */
export class MinuteRing {
  readonly values: Float32Array | Float64Array;
  /** Minutes since the epoch; the ring holds (newest − length, newest]. -1: empty. */
  newest = -1;
  private readonly step: number;

  constructor(points: number, stepSeconds: number, Values: Precision = Float32Array) {
    this.values = new Values(points).fill(Number.NaN);
    this.step = stepSeconds;
  }

  set(minute: number, value: number): void {
    const { length } = this.values;
    if (minute <= this.newest - length) return;
    if (this.newest < 0 || minute >= this.newest + length) this.values.fill(Number.NaN);
    else for (let m = this.newest + 1; m < minute; m++) this.values[m % length] = Number.NaN;
    this.values[minute % length] = value;
    if (minute > this.newest) this.newest = minute;
  }

  get(minute: number): number {
    const { length } = this.values;
    return minute > this.newest - length && minute <= this.newest ? this.values[minute % length]! : Number.NaN;
  }

  series(): Series | undefined {
    if (this.newest < 0) return undefined;
    let first = Math.max(0, this.newest - this.values.length + 1);
    while (first <= this.newest && Number.isNaN(this.get(first))) first++;
    if (first > this.newest) return undefined;
    const values = Float64Array.from({ length: this.newest - first + 1 }, (_, i) => this.get(first + i));
    return { startSeconds: first * this.step, stepSeconds: this.step, values };
  }
}

/** Keeps everything in memory: what `prescale run` uses where no folder is given, and what the stores on disk build on. */
export class MemoryHistoryStore implements HistoryStore {
  private readonly rings = new Map<string, MinuteRing>();
  readonly stepSeconds: number;
  private readonly points: number;
  private readonly precision: Precision;

  /** @param stepSeconds 60; another one for replaying a finer trace. */
  constructor(retentionDays: number, stepSeconds = MINUTE_SECONDS, precision: Precision = Float32Array) {
    this.precision = precision;
    this.points = Math.ceil((retentionDays * 86_400) / stepSeconds);
    this.stepSeconds = stepSeconds;
  }

  async append(id: string, timeSeconds: number, value: number): Promise<void> {
    this.ring(id).set(Math.floor(timeSeconds / this.stepSeconds), value);
  }

  async fill(id: string, { startSeconds, stepSeconds, values }: Series): Promise<void> {
    const ring = this.ring(id);
    for (let i = 0; i < values.length; i++) {
      const minute = Math.floor((startSeconds + i * stepSeconds) / this.stepSeconds);
      if (Number.isNaN(ring.get(minute)) && !Number.isNaN(values[i]!)) ring.set(minute, values[i]!);
    }
  }

  async read(id: string): Promise<Series | undefined> {
    return this.rings.get(id)?.series();
  }

  async forget(id: string): Promise<void> {
    this.rings.delete(id);
  }

  async ids(): Promise<string[]> {
    return [...this.rings.keys()];
  }

  async close(): Promise<void> {}

  /** The ring itself, made where there is none: for a store that keeps rings on disk. */
  ring(id: string): MinuteRing {
    let ring = this.rings.get(id);
    if (!ring) {
      ring = new MinuteRing(this.points, this.stepSeconds, this.precision);
      this.rings.set(id, ring);
    }
    return ring;
  }
}
