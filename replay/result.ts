import type { Calendar } from '../core/calendar/calendar.ts';
import type { Forecast } from '../core/forecast.ts';
import type { Series } from '../core/series.ts';
import type { FindingName, FindingValues } from '../core/trace-finding-values.ts';
import type { LeadTimeModel } from '../forecaster/lead-time/neural/neural-model.ts';
import type { Filling } from './filling/fill.ts';
import type { FillingFacts } from './filling/filling.ts';
import type { HpaManifest } from './hpa-manifest/hpa-manifest.ts';
import type { Observation, ObservationFacts } from './observation.ts';

export { TICK_SECONDS } from '../core/tick.ts';

export const POLICY_NAMES = ['predictive', 'hpa', 'hpa-tuned', 'cron', 'fixed-max', 'fixed', 'oracle'] as const;
export type PolicyName = (typeof POLICY_NAMES)[number];

/** What one policy did: a value a tick, pods. */
export interface PolicyRun {
  readonly name: PolicyName;
  /** What the policy asked for at the tick; `total` is what then existed, `ready` what then served. */
  readonly desired: Int32Array;
  readonly total: Int32Array;
  readonly ready: Int32Array;
  /** Pods created at the tick; those that exist before the first tick are nobody's starts. */
  readonly started: Int32Array;
  /** `hpa`, `hpa-tuned`: the utilisation target used, a fraction. */
  readonly target?: number;
  /** `hpa`, `hpa-tuned`: the scale-down stabilization window used. */
  readonly windowSeconds?: number;
}

/** All of a replay that is a value a tick: the content of timeline.csv. NaN is no data. */
export interface Timeline {
  /** The first replayed tick, epoch seconds; tick i is at `startSeconds + i * TICK_SECONDS`. */
  readonly startSeconds: number;
  /** Demand at the tick, and what the policies saw of it (`settings.observation`); in the trace's unit. */
  readonly demand: Float64Array;
  readonly observed: Float64Array;
  /** The median and the 0.95 quantile, made at the tick, of the demand at t + `leadTimeSeconds`. */
  readonly forecastP50: Float64Array;
  readonly forecastUpper: Float64Array;
  readonly runs: readonly PolicyRun[];
}

/** What a replay was asked to do, with every default filled in. */
export interface ReplaySettings {
  /** Demand that one Ready pod serves. */
  readonly podCapacity: number;
  readonly unmetTargetBp: number;
  readonly min: number;
  /** Infinity: no cap. */
  readonly max: number;
  readonly fixed?: number;
  /** Utilisation target of `hpa`, a fraction; that of `hpa` where a manifest was read. */
  readonly hpaTarget: number;
  /** What every policy sees of the demand. */
  readonly observation: Observation;
  /** How the demand between samples over a minute apart is made up; by default what came closest in the benchmark. */
  readonly filling?: Filling;
  /** The HPA that the workload has; absent: the one with the defaults of `autoscaling/v2` at `hpaTarget`. */
  readonly hpa?: HpaManifest;
  /** `predictive` keeps a higher need for so many ticks at least; absent: for as long as its backtest found best. */
  readonly leastStabilizationTicks?: number;
  /** In every comparison a pod start counts as so many seconds of a pod; the bill does not know it. */
  readonly startCostSeconds: number;
  readonly historySeconds: number;
  readonly seed: number;
  readonly policies: readonly PolicyName[];
  /** Backtested by `predictive` beside the workload's own regression; by default the one that is shipped. */
  readonly neural?: LeadTimeModel | 'none';
  /** By which days fold, in decisions and in the day-ahead forecast; absent: UTC and no holidays. */
  readonly calendar?: Calendar;
}

/** A finished replay: everything a report is made of. */
export interface ReplayResult {
  readonly settings: ReplaySettings;
  readonly timeline: Timeline;
  /** The horizon of `forecastP50` and `forecastUpper`: start-up p90 + observation delay, whole ticks. */
  readonly leadTimeSeconds: number;
  /** Day-ahead forecast made at the first replayed tick, for the forecast fan; in the trace's unit. */
  readonly dayAhead: Forecast;
  /** The whole trace (history and replayed span) at one-minute or coarser steps, for pictures. */
  readonly trace: Series;
  readonly startup: { readonly p50Seconds: number; readonly p90Seconds: number; readonly p99Seconds: number };
  /** Decisions of `predictive` by the reason that decided them: ticks. */
  readonly reasons: Readonly<Record<string, number>>;
}

/** The HPA that `hpa` is, read from its manifest. */
export interface HpaFacts {
  /** The file as its owner named it, and the HPA's name. */
  readonly source: string;
  readonly name: string;
  /** "cpu at 60 % of the request". */
  readonly metric: string;
  readonly min: number;
  readonly max: number;
  /** Whole sentences: how its metric is taken for the load of the trace. */
  readonly reading: string;
}

/** What is known of the trace and changes how the figures must be read. */
export interface FindingOf<Name extends FindingName> {
  readonly name: Name;
  readonly severity: 'note' | 'warning';
  /** Whole sentences. */
  readonly text: string;
  /** What they say, for programs and other languages. */
  readonly values?: FindingValues[Name];
}

export type Finding = { readonly [Name in FindingName]: FindingOf<Name> }[FindingName];

/** report.json; its schema is schemas/report.schema.json. */
export interface Report {
  readonly schemaVersion: 3;
  readonly tool: { readonly name: 'prescale'; readonly version: string };
  readonly trace: {
    readonly source: string;
    readonly sha256: string;
    readonly stepSeconds: number;
    /** Epoch seconds of the first and last replayed tick. */
    readonly start: number;
    readonly end: number;
    /** Share of the replayed ticks without data. */
    readonly noDataFraction: number;
  };
  readonly podCapacity: number;
  readonly startup: ReplayResult['startup'];
  /** The share of the demand that is to be served, percent. */
  readonly sloPercent: number;
  /** The rest of it, basis points. */
  readonly unmetTargetBp: number;
  readonly startCostSeconds: number;
  readonly observation: ObservationFacts;
  readonly findings: readonly Finding[];
  /** Absent: no manifest was given, and `hpa` is the default HPA. */
  readonly hpa?: HpaFacts;
  /** Where samples are over a minute apart. */
  readonly filling?: FillingFacts;
  readonly seed: number;
  /** `max` null: no cap. */
  readonly bounds: { readonly min: number; readonly max: number | null };
  /** What the price book calls itself, where its prices come from, and what it makes of one elastic pod-hour. */
  readonly prices?: {
    readonly book: string;
    readonly source: string;
    readonly date: string;
    readonly podHour: number;
    /** The provider's name for elastic pods: "ECI"; each is billed for at least so many seconds. */
    readonly elastic: string;
    readonly minimumSeconds: number;
    /** The resident nodes of the base; absent: the book has none. With `assumption` no source gives their price. */
    readonly resident?: {
      readonly name: string;
      readonly instance: string;
      readonly source?: string;
      readonly date?: string;
      readonly assumption?: string;
    };
  };
  readonly period: {
    readonly found: boolean;
    readonly seconds: readonly number[];
    readonly strength: number;
    readonly reason: string;
  };
  /** Accuracy of forecastP50 and forecastUpper against the demand at t + leadTimeSeconds, over ticks with both. */
  readonly forecast: {
    readonly model: string;
    readonly why: string;
    readonly leadTimeSeconds: number;
    readonly wape: number | null;
    /** Mean weighted quantile loss over the levels 0.5 and 0.95. */
    readonly wql: number | null;
    readonly coverage95: number | null;
  };
  readonly policies: Readonly<Partial<Record<PolicyName, PolicyFigures>>>;
  readonly breakEven: {
    /** For the rank 1…peak pod of `predictive`: the hours a day it ran. */
    readonly hoursPerDay: readonly number[];
    /** The price book's break-even: above it a rank is cheaper on the resident ECS base. */
    readonly thresholdHoursPerDay: number;
    readonly basePods: number;
    /** Fraction of `predictive`'s all-elastic cost saved by that base. */
    readonly savingVsAllElastic: number;
  };
  readonly money: Money;
  readonly verdict: Verdict;
  /** Sentences; the first is the report's headline. Says so when prediction does not help. */
  readonly recommendation: string;
  /** The next step: what to put into the workload's manifest for this result, as YAML to copy. */
  readonly annotations: string;
}

/** Bills of one workload, in one currency. A day is measured; 30 days and a year (365 days) are extrapolated from it. */
export interface Money {
  readonly currency: string;
  /** The days that were replayed. */
  readonly measuredDays: number;
  readonly policies: Readonly<Partial<Record<PolicyName, Bill>>>;
}

export interface Bill {
  readonly perDay: number;
  readonly per30Days: number;
  readonly perYear: number;
}

/** What the figures say, before it is put into words. Names are those of the table; null: there is none. */
export interface Verdict {
  /**
   * `keep`: what the reader has keeps the SLO, and nothing that does is worth a change. `change`: `best` is. `choose`:
   * `best` keeps the SLO, at over twice the price of `nearMiss`. `none-keeps`: nobody keeps it, `best` fails least.
   * `only`: there is nothing that the reader has to compare `best` with. `nothing`: no policy that could be run was replayed.
   */
  readonly kind: 'keep' | 'change' | 'choose' | 'none-keeps' | 'only' | 'nothing';
  /** What the reader has: an HPA, or fixed replicas. */
  readonly have: PolicyName | null;
  readonly best: PolicyName | null;
  /** The cheapest of those that miss the SLO, or leave more unmet than `best`, by no more than a tenth. */
  readonly nearMiss: PolicyName | null;
  /** Keeps the SLO too, with a lower bill than `best` and so many more starts that `best` is cheaper with them. */
  readonly lowerBill: PolicyName | null;
  /** Where only fixed replicas keep the SLO: the autoscaler that fails least. */
  readonly bestAutoscaler: PolicyName | null;
  /** `hpa` is what `--hpa` read; else it is an HPA with the default behaviour. */
  readonly ownHpa: boolean;
}

/** Figures of one policy. */
export interface PolicyFigures {
  readonly podHours: number;
  /** Pods that the policy started, and how many a day of the span. */
  readonly starts: number;
  readonly startsPerDay: number;
  /** What policies are compared by: pod-hours + starts × start cost, hours. */
  readonly objectiveHours: number;
  /** The bill: pod-hours by the price book, each pod for at least its minimum charge where it has one. */
  readonly cost: number;
  readonly currency: string;
  /** Demand that found no Ready pod, of all demand: percent, and the same in basis points. */
  readonly unmetPercent: number;
  readonly unmetBp: number;
  readonly underProvisionedMinutes: number;
  /** The most pods that were missing at a tick: the largest demand ÷ pod capacity − Ready pods; 0 where none ever was. */
  readonly largestShortage: number;
  /** Quantiles over the ticks with data of demand ÷ capacity of the Ready pods; null without data, or where there was none Ready. */
  readonly saturationP95: number | null;
  readonly saturationP99: number | null;
  readonly scaleUps: number;
  readonly scaleDowns: number;
  /** Median seconds by which pods were Ready before the demand that needed them; null where none was ever needed. */
  readonly leadTimeSeconds: number | null;
  /** objectiveHours ÷ the oracle's; null where the oracle did not run. */
  readonly oracleRatio: number | null;
  /** Of the bill: 1 − cost ÷ the other policy's cost. */
  readonly savingVs: Readonly<Partial<Record<PolicyName, number>>>;
  /** With starts at their price: 1 − objectiveHours ÷ the other policy's. */
  readonly objectiveSavingVs: Readonly<Partial<Record<PolicyName, number>>>;
  /** `hpa`, `hpa-tuned`: the utilisation target, a fraction. */
  readonly target?: number;
  /** `hpa`, `hpa-tuned`: the scale-down stabilization window. */
  readonly windowSeconds?: number;
}
