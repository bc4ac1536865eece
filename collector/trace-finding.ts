import type { TraceProfile } from './trace-profile.ts';
import type { Peak } from './trace-top.ts';

/** What a finding is about, for programs. */
export type FindingName =
  | 'counter'
  | 'too-short'
  | 'too-coarse'
  | 'all-zero'
  | 'relative-time'
  | 'coarse-step'
  | 'recurring-gaps'
  | 'gaps'
  | 'saturated'
  | 'peak-outlier'
  | 'outliers'
  | 'recurring-zeros'
  | 'many-zeros'
  | 'zero-outages'
  | 'late-start'
  | 'level-shift'
  | 'constant'
  | 'irregular-step'
  | 'under-two-weeks'
  | 'small-counts'
  | 'reading';

/** One thing to know about a trace, and what it does to a replay. */
export interface Finding {
  readonly name: FindingName;
  /** `error`: a replay refuses it; `warning`: it changes how figures must be read; `note`: good to know. */
  readonly severity: 'error' | 'warning' | 'note';
  readonly what: string;
  readonly meaning: string;
}

/** How a trace is replayed, where it is: what does not matter then is not found, and peaks are looked at apart. */
export interface ReplayContext {
  /** Undefined where every value of it is zero. */
  readonly historyPeak: Peak | undefined;
  readonly replayedPeak: Peak | undefined;
  /** The size of a pod is the history's peak ÷ n. */
  readonly isSizedByPeak: boolean;
}

export type FindingRule = (profile: TraceProfile, replay: ReplayContext | undefined) => Finding | undefined;
