import type { Baseline, FiguresOrigin, NoBaseline, SourceFault } from '../../addon/console/console-data.ts';
import type { Mode } from '../../core/policy/policy.ts';
import type { WorkloadRef } from '../../core/workload.ts';
import type { Condition, LeadTimeStatus, TargetKind } from '../../core/workload-status.ts';

/** Numbers of a workload that may change at each tick, in this order; NaN: not known. */
export const FIGURES = [
  'current',
  'ready',
  'wanted',
  'proactive',
  'reactive',
  'min',
  'max',
  'load',
  'podCapacity',
  'forecastError',
  'leadTimeSeconds',
  'learnedDays',
  'budgetUsed',
  'decidedSeconds',
  'nextSeconds',
  'nextReplicas',
] as const;
export type Figure = (typeof FIGURES)[number];

/** What of a workload seldom changes. */
export interface FleetTexts {
  readonly ref: WorkloadRef;
  readonly mode: Mode | undefined;
  readonly target: TargetKind;
  readonly unit: string;
  readonly leadTimeSource: LeadTimeStatus['source'];
  readonly reason: string | undefined;
  readonly why: string;
  readonly error: string | undefined;
  readonly conditions: readonly Condition[];
  readonly baseline: Baseline | NoBaseline;
}

/** Whose figures these are, and what they are made without. */
export interface Source extends FiguresOrigin {
  readonly version: string;
  readonly faults: readonly SourceFault[];
}

/**
 * What the addon posts after a tick. Numbers go over in one piece of memory that is handed on, not copied; texts only where they changed:
 * with 5,000 workloads a copy of all statuses would take most of what the tick itself takes.
 */
export interface FleetMessage {
  readonly kind: 'fleet';
  readonly source: Source;
  /** By row: FIGURES.length numbers each. */
  readonly figures: Float64Array;
  /** Rows from here on are gone. */
  readonly rows: number;
  /** Row and its texts, where they changed. */
  readonly texts: readonly (readonly [number, FleetTexts])[];
}
