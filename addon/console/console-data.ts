/*
 * What the console reads of the addon. Everything is plain data that survives structured clone and JSON: null is "not known" in scalars,
 * NaN only in typed arrays.
 *
 * All texts (names, words, messages) are as they were found: whoever shows them calls core/text/plain-text.ts.
 * Times are epoch seconds. Loads are in the metric's unit, summed over the workload.
 * `fleet`, `baselines`, `faults` read memory only, and cost nothing but their copy. The others read a store: they may take
 * milliseconds, and reject with an Error in words where the store doesn't answer.
 */
import type { Reason } from '../../core/decision.ts';
import type { Baseline, ExpectedChange, NoBaseline, RanFigures, WorkloadStatus } from '../../core/workload-status.ts';
import type { NightlyBounds } from '../bounds/nightly-bounds.ts';
import type { JournalEntry } from '../journal/journal-text.ts';
import type { ChainStep } from '../status/explain-chain.ts';
import type { PastDecision, RecentMinute } from '../status/recent-decisions.ts';
import type { Setting } from './understood-settings.ts';
import type { WhatIfBase } from './what-if-base.ts';
import type { ObjectEvent } from './workload-object.ts';

/** Whose figures these are, and how old. */
export interface FiguresOrigin {
  /** This replica's name (pod name): its figures are shown. */
  readonly replica: string;
  /** Whether it acts. */
  readonly leads: boolean;
  /** The replica that holds the Lease, by pod name; null: nobody, or the Lease can't be read. Equal to `replica` where it leads. */
  readonly leader: string | null;
  /** When the shown figures were made: the end of the last tick; null: no tick ended yet. */
  readonly figuresSeconds: number | null;
  readonly nowSeconds: number;
  /** Journal, forecasts made for now and baselines are the leader's too (distributed mode: Redis) or this replica's own (files). */
  readonly stored: 'shared' | 'own';
  /** One sentence for a standby: "figures of prescale-b, which waits; prescale-a leads". null where it leads. */
  readonly note: string | null;
}

/** One change of replicas, as the console is told of it. */
export interface ConsoleChange extends Omit<JournalEntry, 'reason'> {
  /** The rule that decided; null: none of ours did. */
  readonly reason: Reason | null;
}
export type { ConsoleChange as JournalEntry };

export interface JournalPage {
  /** Newest first. */
  readonly entries: readonly ConsoleChange[];
  /** To be given as `beforeSeconds` for the next page; null: that was the last one. */
  readonly nextBeforeSeconds: number | null;
  /** Since when all changes are in the journal; null: nothing is known. */
  readonly sinceSeconds: number | null;
}

/** A value each `stepSeconds`; values[i] is of startSeconds + i × stepSeconds. NaN: not known. */
export interface MinuteSeries {
  readonly startSeconds: number;
  readonly stepSeconds: number;
  readonly values: Float32Array;
}

export interface MetricSeries {
  /** `cpu`, `memory`, `gpu`, a template's name, or `query`. */
  readonly metric: string;
  readonly unit: string;
  /** What came; null: nothing is recorded within the range. */
  readonly demand: MinuteSeries | null;
  /** What was forecast for that minute one lead time before: point and 0.95 quantile. Begins with this feature: older minutes are NaN. */
  readonly forecast: MinuteSeries | null;
  readonly upper: MinuteSeries | null;
  /** The weeks up to now in steps of five minutes, whatever the range: what a day-ahead forecast rests on besides. Absent: they are not kept here. */
  readonly weeks?: MinuteSeries;
}

export interface WorkloadSeries {
  /** In the order of the policy; the one that decides now first. */
  readonly metrics: readonly MetricSeries[];
  /** The lead time now: forecasts of the range were made with the one of their time, which is not kept. */
  readonly leadTimeSeconds: number | null;
  /** Replicas over the range as changes (from the journal): [atSeconds, replicas], oldest first; the first one is at the start of the range. */
  readonly replicas: readonly (readonly [number, number])[];
}

/** Means of the steps of one day; NaN: not known. */
export interface Sparkline {
  readonly startSeconds: number;
  readonly stepSeconds: number;
  readonly values: Float32Array;
}
/** By workload. */
export type Sparklines = ReadonlyMap<string, Sparkline>;

export type { Baseline, NoBaseline, RanFigures, WhatIfBase };

export interface FleetRow {
  readonly key: string;
  readonly status: WorkloadStatus;
  /** Words of the rule that decided. */
  readonly why: string;
  readonly baseline: Baseline | NoBaseline;
}

export interface FleetAnswer extends FiguresOrigin {
  readonly version: string;
  /** By key. */
  readonly rows: readonly FleetRow[];
  readonly faults: readonly SourceFault[];
}

/** A source that is gone: what is shown is the last known. */
export interface SourceFault {
  readonly what: 'store' | 'metrics' | 'leader' | 'api-server' | 'other';
  readonly sinceSeconds: number;
  readonly message: string;
}

export interface StartupFigures {
  readonly source: 'measured' | 'borrowed' | 'default';
  readonly samples: number;
  /** created → Ready for `batch` pods at once. */
  readonly batch: number;
  readonly p50Seconds: number;
  readonly p90Seconds: number;
  readonly p99Seconds: number;
}

export interface WorkloadDetail extends FiguresOrigin {
  readonly row: FleetRow;
  readonly chain: readonly ChainStep[];
  /** The last decisions that differ, oldest first: also those that were not carried out, as in mode observe. */
  readonly decisions: readonly PastDecision[];
  /** There were earlier ones, which are not kept. */
  readonly decisionsTruncated: boolean;
  /** The last hour by minute. */
  readonly minutes: readonly RecentMinute[];
  readonly startup: StartupFigures | null;
  /** Start-ups by stage and class of node since this process began: histogram counts as in prescale_pod_startup_stage_seconds. */
  readonly stages: readonly {
    readonly nodeClass: string;
    readonly stage: string;
    readonly boundsSeconds: readonly number[];
    readonly buckets: readonly number[];
    readonly sumSeconds: number;
    readonly count: number;
  }[];
}

/** What stands on the workload's object, as of now. What can't be read is null, and says why. */
export interface ObjectDetail {
  readonly settings: readonly Setting[];
  /** Why what was written can't be read: then each `written` is null. */
  readonly settingsProblem: string | null;
  /** Newest first. */
  readonly events: readonly ObjectEvent[] | null;
  /** There are more Events than these. */
  readonly eventsTruncated: boolean;
  readonly eventsProblem: string | null;
}

export interface ConsoleData {
  /** Whose figures all these are. */
  origin(): FiguresOrigin;
  fleet(): FleetAnswer;
  /** undefined: no such workload is known. */
  workload(key: string): WorkloadDetail | undefined;
  baselines(): ReadonlyMap<string, Baseline | NoBaseline>;
  /** To be called once a tick. @returns the next change of a workload, where one is known */
  nextChanges(): (status: WorkloadStatus) => ExpectedChange | undefined;
  faults(): readonly SourceFault[];
  /** What could be saved at most on all workloads of the cluster. */
  bounds(): NightlyBounds['bounds'];
  /** Asks the API server for its HPA. undefined: no such workload, or something that it asks for is wrong */
  whatIfBase(key: string): Promise<WhatIfBase | undefined>;
  /** Asks the API server. undefined: no such workload */
  object(key: string): Promise<ObjectDetail | undefined>;
  /** The last day of these workloads' deciding metrics. Those that are not known, or of which nothing is recorded, are left out. */
  sparklines(keys: readonly string[]): Promise<Sparklines>;
  /** undefined: no such workload. @throws Error in words where the store doesn't answer */
  series(key: string, fromSeconds: number, toSeconds: number): Promise<WorkloadSeries | undefined>;
  /** @param limit 1…1000. undefined: no such workload */
  journal(
    key: string,
    page: { readonly beforeSeconds?: number; readonly limit: number },
  ): Promise<JournalPage | undefined>;
}
