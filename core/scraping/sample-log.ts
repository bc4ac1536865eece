const FIRST_CAPACITY = 16;

/**
 * The samples of one series, oldest first: epoch milliseconds (Prometheus' resolution) and values. A staleness marker is a
 * sample without a value: the series ended there. What is older than the retention is dropped as new samples come.
 */
export class SampleLog {
  readonly #retentionMs: number;
  #times = new Float64Array(FIRST_CAPACITY);
  #values = new Float64Array(FIRST_CAPACITY);
  #stale = new Uint8Array(FIRST_CAPACITY);
  #from = 0;
  #end = 0;

  /** @param retentionSeconds at least the longest window and the lookback, plus the age of the oldest instant that is asked for */
  constructor(retentionSeconds: number) {
    this.#retentionMs = retentionSeconds * 1000;
  }

  /** Times of all that was kept, up to {@link end}; samples before {@link from} are gone. */
  get times(): Float64Array {
    return this.#times;
  }

  get values(): Float64Array {
    return this.#values;
  }

  /** 1 where the sample is a staleness marker. */
  get stale(): Uint8Array {
    return this.#stale;
  }

  get from(): number {
    return this.#from;
  }

  get end(): number {
    return this.#end;
  }

  get newestMs(): number {
    return this.#end > this.#from ? this.#times[this.#end - 1]! : Number.NEGATIVE_INFINITY;
  }

  /** Whether the newest sample is a staleness marker. */
  get ended(): boolean {
    return this.#end > this.#from && this.#stale[this.#end - 1] === 1;
  }

  /** As Prometheus does, drops a sample that is not newer than the newest one. */
  append(timeMs: number, value: number): void {
    this.#append(timeMs, value, 0);
  }

  /** The series ends here, until the next sample. */
  markStale(timeMs: number): void {
    this.#append(timeMs, 0, 1);
  }

  /** The index of the first sample at or after the time; {@link end} where there is none. */
  firstAt(timeMs: number): number {
    // The newest are asked for: from the end, a handful of steps.
    let low = this.#from;
    let high = this.#end;
    for (let step = 8; high - step > low; step *= 4) {
      if (this.#times[high - step]! < timeMs) {
        low = high - step;
        break;
      }
    }
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#times[middle]! < timeMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #append(timeMs: number, value: number, stale: number): void {
    if (timeMs <= this.newestMs) return;
    while (this.#from < this.#end && this.#times[this.#from]! < timeMs - this.#retentionMs) this.#from++;
    if (this.#end === this.#times.length) this.#makeRoom();
    this.#times[this.#end] = timeMs;
    this.#values[this.#end] = value;
    this.#stale[this.#end] = stale;
    this.#end++;
  }

  /** Moves the samples to the front, or doubles the room where more than half of it is in use. */
  #makeRoom(): void {
    const kept = this.#end - this.#from;
    const capacity = kept * 2 > this.#times.length ? this.#times.length * 2 : this.#times.length;
    const moved = <T extends Float64Array | Uint8Array>(old: T, room: T): T => {
      room.set(old.subarray(this.#from, this.#end));
      return room;
    };
    this.#times = moved(this.#times, new Float64Array(capacity));
    this.#values = moved(this.#values, new Float64Array(capacity));
    this.#stale = moved(this.#stale, new Uint8Array(capacity));
    this.#from = 0;
    this.#end = kept;
  }
}
