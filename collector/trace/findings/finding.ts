import type { FindingName, FindingValues } from '../../../core/trace-finding-values.ts';
import type { TraceProfile } from '../profile/profile.ts';
import type { Peak } from '../profile/top.ts';

/** One thing to know about a trace, and what it does to a replay. */
export interface FindingOf<Name extends FindingName> {
  readonly name: Name;
  /** `error`: a replay refuses it; `warning`: it changes how figures must be read; `note`: good to know. */
  readonly severity: 'error' | 'warning' | 'note';
  readonly what: string;
  readonly meaning: string;
  /** What both say, for other languages. */
  readonly values: FindingValues[Name];
}

export type Finding = { readonly [Name in FindingName]: FindingOf<Name> }[FindingName];

/** How a trace is replayed, where it is: what does not matter then is not found, and peaks are looked at apart. */
export interface ReplayContext {
  /** Undefined where every value of it is zero. */
  readonly historyPeak: Peak | undefined;
  readonly replayedPeak: Peak | undefined;
  /** The size of a pod is the history's peak ÷ n. */
  readonly isSizedByPeak: boolean;
}

export type FindingRule = (profile: TraceProfile, replay: ReplayContext | undefined) => Finding | undefined;
