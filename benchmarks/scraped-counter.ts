import type { Random } from '../core/random.ts';

/** How a counter is scraped. */
export interface Scrapes {
  readonly everySeconds: number;
  /** Each scrape is up to so much early or late; its timestamp says when it was. */
  readonly jitterSeconds: number;
  /** The counter is read up to so long after the timestamp. */
  readonly delaySeconds: number;
  /** Share of the scrapes that fail. */
  readonly lost: number;
}

/** A counter of work done: by second, the sum of what was demanded before. */
export class Counter {
  private readonly sums: Float64Array;

  /** @param demand by second, per second */
  constructor(demand: (second: number) => number, seconds: number) {
    this.sums = new Float64Array(seconds + 1);
    for (let s = 0; s < seconds; s++) this.sums[s + 1] = this.sums[s]! + demand(s);
  }

  at(seconds: number): number {
    const s = Math.max(0, Math.min(this.sums.length - 2, Math.floor(seconds)));
    return this.sums[s]! + (seconds - s) * (this.sums[s + 1]! - this.sums[s]!);
  }

  /** Mean demand over the seconds before an instant, per second: what an exact measurement would say. */
  mean(untilSeconds: number, windowSeconds: number): number {
    return (this.at(untilSeconds) - this.at(untilSeconds - windowSeconds)) / windowSeconds;
  }

  get seconds(): number {
    return this.sums.length - 1;
  }
}

/** A counter's series in Prometheus. */
export class ScrapedCounter {
  private readonly times: number[] = [];
  private readonly values: number[] = [];

  constructor(counter: Counter, { everySeconds, jitterSeconds, delaySeconds, lost }: Scrapes, random: Random) {
    const phase = everySeconds * random();
    for (let k = 1; phase + (k + 1) * everySeconds < counter.seconds; k++) {
      const time = phase + k * everySeconds + jitterSeconds * (2 * random() - 1);
      const read = time + delaySeconds * random();
      if (random() < lost) continue;
      this.times.push(Math.round(time * 1000) / 1000);
      this.values.push(counter.at(read));
    }
  }

  /**
   * `rate(counter[window])`, extrapolated to the window's ends as Prometheus does it (promql/functions.go, extrapolatedRate); NaN with under two
   * samples in the window.
   */
  rate(atSeconds: number, windowSeconds: number): number {
    const { times, values } = this;
    let end = times.length;
    while (end > 0 && times[end - 1]! > atSeconds) end--;
    let first = end;
    while (first > 0 && times[first - 1]! > atSeconds - windowSeconds) first--;
    const last = end - 1;
    if (last - first < 1) return Number.NaN;
    const increase = values[last]! - values[first]!;
    const sampled = times[last]! - times[first]!;
    const between = sampled / (last - first);
    const half = (gap: number) => (gap >= 1.1 * between ? between / 2 : gap);
    let before = half(times[first]! - (atSeconds - windowSeconds));
    // A counter was not below 0.
    if (increase > 0) before = Math.min(before, sampled * (values[first]! / increase));
    return (increase * (sampled + before + half(atSeconds - times[last]!))) / sampled / windowSeconds;
  }
}
