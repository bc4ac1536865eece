import { type Action, classOf, type INVARIANTS } from '../scenarios/scenario.ts';
import type { ActiveFault, History, Tick, WorkloadTick } from '../timeline.ts';

/** Of a need that is measured, so much is known. */
export const MEASURED_SHARE = 0.95;

export type InvariantName = (typeof INVARIANTS)[number];

/** What was broken, where, and by which numbers. */
export interface Violation {
  readonly invariant: InvariantName;
  /** Undefined: all of them together. */
  readonly workload: string | undefined;
  readonly atSeconds: number;
  readonly what: string;
}

/** What an invariant may ask of the truth beside what was recorded. All instants are epoch seconds. */
export interface Truth {
  /** Pods that the work at an instant needs, past or future, by the template of now. */
  needAt(workload: string, seconds: number): number;
  /** Pods that the mean of the minute that ends there needs. @param share of the work that is reckoned with */
  meanNeedAt(workload: string, seconds: number, share?: number): number;
  /** The share of the work by which a measurement may be off, without a fault. */
  errorShare(workload: string): number;
  /** Beyond those 15 s, what is measured of this workload is so old at this instant. */
  lagSeconds(workload: string, atSeconds: number): number;
  /** created → Ready, a quantile as the plan has it. */
  startupSeconds(workload: string, level: number): number;
}

/** The run so far; `tick` is its last. */
export interface Observed {
  readonly history: History;
  readonly tick: Tick;
  readonly truth: Truth;
}

/** Asked once after each tick, in order; what it must remember of earlier ones it keeps itself. */
export interface Invariant {
  readonly name: InvariantName;
  check(observed: Observed): Violation[];
}

export const MINUTE = 60;
/** When a tick can have known of what it decides on: means end 15 s before it. */
export const KNOWN_AFTER_SECONDS = 15;

export function violation(
  invariant: InvariantName,
  { atSeconds }: { readonly atSeconds: number },
  workload: string | undefined,
  what: string,
): Violation {
  return { invariant, workload, atSeconds, what };
}

/** The newest end of a fault that touched this workload, or its beginning where it is instant; -Infinity: there was none. Commands are in order. */
export function lastFaultSeconds(history: History, workload: string, only?: (action: Action) => boolean): number {
  return only ? lastOf(history, workload, only) : newestFault(history.ticks, workload);
}

interface Looked {
  /** Ticks looked at so far, and what was found in them. */
  count: number;
  newest: number;
}
const looked = new WeakMap<readonly Tick[], Map<string, Looked>>();

/** Of any kind: asked of every workload at every tick, so that each tick is looked at once. */
function newestFault(ticks: readonly Tick[], workload: string): number {
  let own = looked.get(ticks);
  if (!own) {
    own = new Map();
    looked.set(ticks, own);
  }
  let known = own.get(workload);
  if (!known || known.count > ticks.length) {
    known = { count: 0, newest: Number.NEGATIVE_INFINITY };
    own.set(workload, known);
  }
  for (; known.count < ticks.length; known.count++) {
    const { faults, atSeconds } = ticks[known.count]!;
    if (faults.some((fault) => touches(fault, workload))) known.newest = atSeconds;
  }
  return known.newest;
}

function lastOf(
  { ticks, scenario, startSeconds }: History,
  workload: string,
  only: (action: Action) => boolean,
): number {
  const first = startSeconds + (scenario.commands[0]?.at ?? Number.POSITIVE_INFINITY);
  for (let i = ticks.length - 1; i >= 0; i--) {
    const { faults, atSeconds } = ticks[i]!;
    if (atSeconds < first) break;
    if (faults.some((fault) => touches(fault, workload) && only(fault.action))) return atSeconds;
  }
  return Number.NEGATIVE_INFINITY;
}

/** Faults of one workload's pods, writers and persons leave the others alone, all but a quota of them all. */
function touches({ workload, action }: ActiveFault, name: string): boolean {
  return workload === undefined || workload === name || action === 'quota';
}

export function isMeasurement(action: Action): boolean {
  return classOf(action) === 'measurement';
}

/** The recorded ticks of one workload within the last seconds, the newest last. */
export function recent({ ticks }: History, workload: string, sinceSeconds: number): WorkloadTick[] {
  const found: WorkloadTick[] = [];
  for (let i = ticks.length - 1; i >= 0 && ticks[i]!.atSeconds >= sinceSeconds; i--) {
    const one = ticks[i]!.workloads.find(({ name }) => name === workload);
    if (one) found.push(one);
  }
  return found.reverse();
}
