import type { NodeClass } from '../../core/pod-record.ts';

/** Upper bounds of the exported buckets, seconds. */
export const HISTOGRAM_SECONDS = [0.5, 1, 2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600] as const;

/** A Prometheus histogram's counters: never decaying, starting at 0 with the process. */
export interface HistogramCounts {
  /** Cumulative, one for each bound of HISTOGRAM_SECONDS; `count` is that of +Inf. */
  readonly buckets: readonly number[];
  readonly sumSeconds: number;
  readonly count: number;
}

/** Of one workload's pods on one class of nodes. */
export interface ExportedHistogram<Span> {
  readonly workload: string;
  readonly nodeClass: NodeClass;
  readonly span: Span;
  readonly counts: HistogramCounts;
}

export class StartupHistogram {
  private readonly ownCounts = new Uint32Array(HISTOGRAM_SECONDS.length + 1);
  private sumSeconds = 0;

  observe(seconds: number): void {
    const found = HISTOGRAM_SECONDS.findIndex((bound) => seconds <= bound);
    this.ownCounts[found < 0 ? HISTOGRAM_SECONDS.length : found]!++;
    this.sumSeconds += seconds;
  }

  counts(): HistogramCounts {
    let count = 0;
    const cumulative = Array.from(this.ownCounts, (own) => {
      count += own;
      return count;
    });
    return { buckets: cumulative.slice(0, -1), sumSeconds: this.sumSeconds, count };
  }
}
