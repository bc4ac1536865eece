/** Of a workload that nobody has seen, nine in ten are quicker than this share of those that were. */
const UPPER = 0.9;
/** The slowest of nine is slower than a tenth one in nine cases of ten; of fewer it says less, and what is assumed is the least. */
export const ENOUGH_LENDERS = 9;
/** So many workloads tell as much as all do. */
const MOST_LENDERS = 100;
/** The curve is made at whole percents. */
const LEVELS = 100;

type Quantile = (level: number) => number;

/** The latency that a workload without measurements is reckoned with, by level: an upper quantile over workloads of their own quantiles. */
export interface Borrowed {
  readonly quantile: Quantile;
  /** Workloads that it was made of. */
  readonly lenders: number;
}

/**
 * Start-ups are much alike within a workload and far apart between them: one image takes 5 s, another one 60 s. The pods of all of them together
 * would say what the workload with the most pods takes. So each workload counts once.
 * @param lenders the quantiles of workloads that were measured
 */
export function borrow(lenders: readonly Quantile[]): Borrowed {
  const step = Math.max(1, lenders.length / MOST_LENDERS);
  const asked = Array.from({ length: Math.ceil(lenders.length / step) }, (_, i) => lenders[Math.floor(i * step)]!);
  const rank = Math.min(asked.length, Math.ceil(UPPER * (asked.length + 1)));
  const curve = Float64Array.from({ length: asked.length === 0 ? 0 : LEVELS + 1 }, (_, level) => {
    const seconds = asked.map((quantile) => quantile(level / LEVELS)).sort((a, b) => a - b);
    return seconds[rank - 1]!;
  });
  return {
    quantile: (level) => curve[Math.min(LEVELS, Math.ceil(level * LEVELS - 1e-9))] ?? 0,
    lenders: lenders.length,
  };
}

/** From so many start-ups of its own on, a workload's own quantiles begin to count for less than what is borrowed … */
const HANDFUL = 4;

/**
 * A workload's own few start-ups beside what is borrowed: the longer of the two at first; from a handful on its own take over, wholly once they are
 * `enough`.
 */
export function withOwn(own: Quantile, samples: number, enough: number, borrowed: Quantile): Quantile {
  const trust = Math.min(1, Math.max(0, (samples - HANDFUL) / (enough - HANDFUL)));
  return (level) => {
    const measured = own(level);
    return measured + (1 - trust) * Math.max(0, borrowed(level) - measured);
  };
}

/** What was borrowed is good for five minutes … */
const KEPT_SECONDS = 300;
/** … or until a twentieth more start-ups were counted. */
const MORE = 1.05;

interface Kept {
  readonly borrowed: Borrowed;
  readonly madeSeconds: number;
  readonly starts: number;
}

/** Keeps what was borrowed: to ask a hundred workloads takes a millisecond, and ten thousand may borrow at a tick. */
export class BorrowedCurves {
  private readonly kept = new Map<string, Kept>();

  /**
   * @param key whose lenders they are, on which nodes, and for which batch.
   * @param starts counted so far.
   */
  of(key: string, nowSeconds: number, starts: number, lenders: () => readonly Quantile[]): Borrowed {
    const kept = this.kept.get(key);
    const isFresh = kept && Math.abs(nowSeconds - kept.madeSeconds) < KEPT_SECONDS && starts <= MORE * kept.starts;
    if (isFresh) return kept.borrowed;
    const borrowed = borrow(lenders());
    this.kept.set(key, { borrowed, madeSeconds: nowSeconds, starts });
    return borrowed;
  }

  /** Start-ups came in bulk. */
  clear(): void {
    this.kept.clear();
  }
}
