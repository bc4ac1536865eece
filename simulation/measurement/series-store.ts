import { SampleLog } from '../../core/scraping/sample-log.ts';

/** A series' labels, its name as `__name__`. */
export type Labels = Readonly<Record<string, string>>;

/** One stored series. */
export interface StoredSeries {
  readonly labels: Labels;
  /** Its labels without the name, as functions of a window give them. */
  readonly unnamed: Labels;
  readonly log: SampleLog;
  /** No longer in the store: a further sample needs a new series. */
  dropped: boolean;
}

/** What a label's value has to be; a label that is not there is the empty string. */
export interface Matcher {
  readonly label: string;
  readonly matches: (value: string) => boolean;
}

/** The labels as one text, the same for the same labels in any order. */
export function labelKey(labels: Labels): string {
  let key = '';
  for (const label of Object.keys(labels).sort()) if (labels[label] !== '') key += `${label}\xff${labels[label]}\xff`;
  return key;
}

/** The server's memory: series by name. Those whose samples are all older than the retention are dropped at a sweep. */
export class SeriesStore {
  private readonly retentionSeconds: number;
  private readonly byName = new Map<string, Map<string, StoredSeries>>();
  private changeCount = 0;
  private sweptMs = Number.NEGATIVE_INFINITY;

  constructor(retentionSeconds: number) {
    this.retentionSeconds = retentionSeconds;
  }

  /** Grows whenever a series comes or goes: what was selected before is to be selected anew. */
  get changes(): number {
    return this.changeCount;
  }

  /** The series of these labels, made where it isn't there. @param labels with `__name__` */
  series(labels: Labels): StoredSeries {
    const name = labels.__name__;
    if (name === undefined) throw new RangeError(`a series needs a __name__; found ${JSON.stringify(labels)}`);
    let own = this.byName.get(name);
    if (!own) {
      own = new Map();
      this.byName.set(name, own);
    }
    const key = labelKey(labels);
    let found = own.get(key);
    if (!found) {
      const { __name__: _, ...unnamed } = labels;
      found = { labels, unnamed, log: new SampleLog(this.retentionSeconds), dropped: false };
      own.set(key, found);
      this.changeCount++;
    }
    return found;
  }

  /** All series of a name whose labels match, in the order in which they came. */
  select(name: string, matchers: readonly Matcher[]): StoredSeries[] {
    const own = this.byName.get(name);
    if (!own) return [];
    return [...own.values()].filter(({ labels }) =>
      matchers.every(({ label, matches }) => matches(labels[label] ?? '')),
    );
  }

  /** Every series that is kept. */
  *all(): Generator<StoredSeries> {
    for (const own of this.byName.values()) yield* own.values();
  }

  /** Drops the series of which nothing is left; looks once in a retention. */
  sweep(nowMs: number): void {
    const retentionMs = this.retentionSeconds * 1000;
    if (nowMs - this.sweptMs < retentionMs) return;
    this.sweptMs = nowMs;
    for (const [name, own] of this.byName) {
      for (const [key, series] of own) {
        if (series.log.newestMs >= nowMs - retentionMs) continue;
        own.delete(key);
        series.dropped = true;
        this.changeCount++;
      }
      if (own.size === 0) this.byName.delete(name);
    }
  }
}
