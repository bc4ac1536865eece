/** A time of the day, of the week or of a shorter period at which something happens again and again. */
export interface FindingWindow {
  /** A day, a week, or a shorter period. */
  readonly periodSeconds: number;
  /** Of a day from 00:00 UTC, of a week from Monday 00:00 UTC; NaN for shorter periods. */
  readonly offsetSeconds: number;
  readonly lengthSeconds: number;
  /** In how many of how many periods. */
  readonly times: number;
  readonly of: number;
}

/** A few rows that stand far above all else. */
export interface FindingPeak {
  readonly within: 'trace' | 'history' | 'replayed';
  readonly value: number;
  /** The largest of all others. */
  readonly next: number;
  readonly timeSeconds: number;
  readonly rows: number;
}

/** How far replays of thinned loads were off from those of the whole ones: shares, and factors of unmet demand. */
export interface FindingBias {
  readonly costMedianOff: number;
  readonly costMostOff: number;
  readonly unmetWithinTwo: number;
  readonly unmetMostOff: number;
}

type Nothing = Readonly<Record<string, never>>;

/** What a reader assumed of a file that does not say it. */
export type Assumption =
  | { readonly assumed: 'format'; readonly format: string; readonly title: string }
  | {
      readonly assumed: 'columns';
      readonly time: string;
      readonly value: string;
      readonly ignored: readonly string[];
    }
  /** Columns are numbered from 1. */
  | { readonly assumed: 'no-header'; readonly time: number; readonly value: number }
  /** Times without a zone are UTC. */
  | { readonly assumed: 'zone' }
  /** The doubled hour at the end of daylight saving: it stands twice, or once though the clock showed it twice. */
  | {
      readonly assumed: 'clock-set-back';
      readonly zone: string;
      readonly firstSeconds: number;
      readonly passes: 1 | 2;
    }
  | { readonly assumed: 'date-order'; readonly order: 'dmy' | 'mdy' | 'ymd' }
  | { readonly assumed: 'time-unit'; readonly unit: 's' | 'ms' | 'us' | 'ns' | 'excel' | 'compact' }
  /** `1.2 K`: digits are missing. */
  | { readonly assumed: 'shortened'; readonly example: string }
  | { readonly assumed: 'unit'; readonly unit: string }
  | { readonly assumed: 'decimal'; readonly mark: '.' | ','; readonly example: string; readonly value: number }
  /** Rows without a value. */
  | { readonly assumed: 'empty'; readonly count: number }
  | { readonly assumed: 'sorted' }
  | { readonly assumed: 'doubled'; readonly count: number }
  | { readonly assumed: 'sum-per-period'; readonly statistic: string; readonly periodSeconds?: number }
  /** At `partial` of `times` not all of the series have a value. */
  | { readonly assumed: 'summed'; readonly series: number; readonly partial: number; readonly times: number }
  | {
      readonly assumed: 'counted';
      readonly what: string;
      readonly events: number;
      /** Lines that are no events. */
      readonly skipped: number;
      readonly emptyMinutes: number;
    }
  | { readonly assumed: 'encoding' };

/**
 * What a finding about a trace says, by its name, before it is put into words of any language. Times are epoch seconds,
 * shares fractions, values in the unit of the trace.
 */
export interface FindingValues {
  readonly counter:
    | { readonly readAs: 'rate'; readonly resets: number; readonly unexplainedFalls: number }
    | { readonly readAs: 'gauge' | 'nothing'; readonly rises: number; readonly falls: number };
  readonly 'too-short': Nothing;
  readonly 'too-coarse': Nothing;
  readonly 'all-zero': Nothing;
  readonly 'relative-time': { readonly startSeconds: number };
  readonly 'coarse-step': { readonly stepSeconds: number };
  readonly 'filled-demand': {
    readonly stepSeconds: number;
    /** Where the usual filling was used: what was measured of it, at the nearest step. */
    readonly measured?: {
      readonly stepSeconds: number;
      readonly loads: number;
      readonly hpa: FindingBias;
      readonly predictive: FindingBias;
    };
  };
  readonly 'recurring-gaps': { readonly windows: readonly FindingWindow[]; readonly share: number };
  readonly gaps: {
    readonly count: number;
    readonly share: number;
    readonly longestSeconds: number;
    readonly longestStartSeconds: number;
  };
  readonly saturated: { readonly from: number; readonly to: number; readonly rows: number; readonly share: number };
  readonly 'peak-outlier': { readonly peaks: readonly FindingPeak[] };
  readonly outliers: {
    readonly count: number;
    readonly value: number;
    readonly around: number;
    readonly timeSeconds: number;
    /** So many that they are a habit of the load. */
    readonly isBursty: boolean;
  };
  readonly 'recurring-zeros': { readonly windows: readonly FindingWindow[]; readonly share: number };
  readonly 'many-zeros': { readonly share: number };
  readonly 'zero-outages': {
    readonly count: number;
    readonly seconds: number;
    readonly firstSeconds: number;
    readonly levelBefore: number;
  };
  readonly 'late-start': { readonly seconds: number };
  readonly 'level-shift': {
    readonly count: number;
    readonly before: number;
    readonly after: number;
    readonly timeSeconds: number;
  };
  readonly constant: { readonly value: number };
  readonly 'irregular-step': { readonly share: number; readonly stepSeconds: number };
  readonly 'under-two-weeks': { readonly days: number };
  readonly 'small-counts': { readonly median: number };
  readonly 'read-as': Assumption;
}

/** What a finding is about, for programs. */
export type FindingName = keyof FindingValues;
