const FIRST_CAPACITY = 16;

/**
 * The samples of one series, oldest first: epoch milliseconds (Prometheus' resolution) and values. A staleness marker is a
 * sample without a value: the series ended there. What is older than the retention is dropped as new samples come.
 */
export class SampleLog {
  private readonly retentionMs: number;
  private keptTimes = new Float64Array(FIRST_CAPACITY);
  private keptValues = new Float64Array(FIRST_CAPACITY);
  private keptStale = new Uint8Array(FIRST_CAPACITY);
  private first = 0;
  private afterLast = 0;

  /** @param retentionSeconds at least the longest window and the lookback, plus the age of the oldest instant that is asked for */
  constructor(retentionSeconds: number) {
    this.retentionMs = retentionSeconds * 1000;
  }

  /** Times of all that was kept, up to {@link end}; samples before {@link from} are gone. */
  get times(): Float64Array {
    return this.keptTimes;
  }

  get values(): Float64Array {
    return this.keptValues;
  }

  /** 1 where the sample is a staleness marker. */
  get stale(): Uint8Array {
    return this.keptStale;
  }

  get from(): number {
    return this.first;
  }

  get end(): number {
    return this.afterLast;
  }

  get newestMs(): number {
    return this.afterLast > this.first ? this.keptTimes[this.afterLast - 1]! : Number.NEGATIVE_INFINITY;
  }

  /** Whether the newest sample is a staleness marker. */
  get ended(): boolean {
    return this.afterLast > this.first && this.keptStale[this.afterLast - 1] === 1;
  }

  /** As Prometheus does, drops a sample that is not newer than the newest one. */
  append(timeMs: number, value: number): void {
    this.put(timeMs, value, 0);
  }

  /** The series ends here, until the next sample. */
  markStale(timeMs: number): void {
    this.put(timeMs, 0, 1);
  }

  /** The index of the first sample at or after the time; {@link end} where there is none. */
  firstAt(timeMs: number): number {
    // The newest are asked for: from the end, a handful of steps.
    let low = this.first;
    let high = this.afterLast;
    for (let step = 8; high - step > low; step *= 4) {
      if (this.keptTimes[high - step]! < timeMs) {
        low = high - step;
        break;
      }
    }
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.keptTimes[middle]! < timeMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private put(timeMs: number, value: number, stale: number): void {
    if (timeMs <= this.newestMs) return;
    while (this.first < this.afterLast && this.keptTimes[this.first]! < timeMs - this.retentionMs) this.first++;
    if (this.afterLast === this.keptTimes.length) this.makeRoom();
    this.keptTimes[this.afterLast] = timeMs;
    this.keptValues[this.afterLast] = value;
    this.keptStale[this.afterLast] = stale;
    this.afterLast++;
  }

  /** Moves the samples to the front, or doubles the room where more than half of it is in use. */
  private makeRoom(): void {
    const kept = this.afterLast - this.first;
    const capacity = kept * 2 > this.keptTimes.length ? this.keptTimes.length * 2 : this.keptTimes.length;
    const moved = <T extends Float64Array | Uint8Array>(old: T, room: T): T => {
      room.set(old.subarray(this.first, this.afterLast));
      return room;
    };
    this.keptTimes = moved(this.keptTimes, new Float64Array(capacity));
    this.keptValues = moved(this.keptValues, new Float64Array(capacity));
    this.keptStale = moved(this.keptStale, new Uint8Array(capacity));
    this.first = 0;
    this.afterLast = kept;
  }
}
