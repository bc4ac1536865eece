import type { WorkloadStatus } from '../core/workload-status.ts';
import type { Action, Scenario } from './scenarios/scenario.ts';
import type { Write } from './traffic.ts';

/** What truly stands in the way of a workload's pods or of whoever decides, as the plant knows it. */
export interface Obstacle {
  readonly kind: 'quota' | 'no-nodes' | 'image-pull' | 'crash-loop' | 'never-ready' | 'paused' | 'max' | 'no-data';
  /** Kubernetes' own message; empty: it gives none. */
  readonly words: string;
}

/** One workload a moment after a tick: the truth of the plant, and what the leader says of it. */
export interface WorkloadTick {
  readonly name: string;
  /** Work at the instant and its minute's mean, baselines left out; pods that each needs. */
  readonly work: number;
  readonly need: number;
  readonly meanNeed: number;
  /** Pods that the work of the minute needs that an observation of this tick can know, ending 15 s before it. */
  readonly knowableNeed: number;
  /** The same within the HPA's tolerance: pods that are at most 10 % over their target. */
  readonly toleratedNeed: number;
  /** And where its measurement is off by more than an ordinary one is: what the pods use, baselines and all, looks smaller by that. */
  readonly seenNeed: number;
  /** It is measured on its pods: what they can't serve is not seen. */
  readonly closed: boolean;
  /** The HPA's rule would keep these replicas: with a baseline it rests above the need. */
  readonly hpaStays: boolean;
  readonly replicas: number;
  readonly pods: number;
  readonly ready: number;
  readonly rolling: boolean;
  /** Since when the demand is constant and no window asks for more, epoch seconds; undefined: it is not. */
  readonly constantSince: number | undefined;
  readonly obstacles: readonly Obstacle[];
  /** Bounds that a person set. */
  readonly min: number;
  readonly max: number;
  readonly paused: boolean;
  readonly optedOut: boolean;
  /** It is opted out, observed or paused. */
  readonly handsOff: boolean;
  /** Pods that other writers have ordered until now, each rise that they wrote. */
  readonly orderedByOthers: number;
  /** minReplicas of the HPA beside it, and what its owner wrote there; undefined: there is none. */
  readonly floor: number | undefined;
  readonly ownFloor: number | undefined;
  /** Of the leader; undefined: nobody leads, or it doesn't know the workload yet. */
  readonly status: WorkloadStatus | undefined;
}

/** A fault while it acts, or at the instant at which it did. */
export interface ActiveFault {
  readonly action: Action;
  readonly workload: string | undefined;
  readonly sinceSeconds: number;
}

export interface Tick {
  readonly atSeconds: number;
  /** The process that leads; two, where two believe to. */
  readonly leaders: readonly string[];
  readonly faults: readonly ActiveFault[];
  readonly workloads: readonly WorkloadTick[];
  /** Since the tick before. */
  readonly writes: readonly Write[];
  /** What else happened: a process ended, a line of a log. */
  readonly notes: readonly string[];
}

/** What the budgets count, over all processes. */
export interface Totals {
  requests: number;
  events: number;
  warnings: number;
  podStarts: number;
}

/** A whole run. */
export interface History {
  readonly scenario: Scenario;
  readonly startSeconds: number;
  readonly ticks: readonly Tick[];
  readonly totals: Totals;
}

/** `0:12:30` since the start. */
export function timeText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (number: number) => String(number).padStart(2, '0');
  return `${Math.floor(whole / 3_600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}

const COLUMNS = ['time', 'workload', 'need', 'observed', 'decided', 'spec', 'ready', 'why'] as const;

/** The ticks of one workload, or of all, as a table. @param between seconds since the start */
export function timelineText(
  { ticks, startSeconds }: Pick<History, 'ticks' | 'startSeconds'>,
  only?: string,
  between: readonly [number, number] = [0, Number.POSITIVE_INFINITY],
): string {
  const rows: string[][] = [[...COLUMNS]];
  for (const tick of ticks) {
    const at = tick.atSeconds - startSeconds;
    if (at < between[0] || at > between[1]) continue;
    for (const workload of tick.workloads) {
      if (only === undefined || workload.name === only) rows.push(rowOf(tick, workload, at));
    }
    for (const note of tick.notes) rows.push([timeText(at), '·', '', '', '', '', '', note]);
  }
  const widths = COLUMNS.map((_, c) => Math.max(...rows.map((row) => (c === 7 ? 0 : row[c]!.length))));
  return rows
    .map((row) =>
      row
        .map((cell, c) => cell.padEnd(widths[c]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function rowOf({ leaders, writes }: Tick, workload: WorkloadTick, at: number): string[] {
  const { name, meanNeed, status, replicas, pods, ready } = workload;
  const observed = status?.metrics[0]?.load;
  const capacity = status?.metrics[0]?.podCapacity;
  const inPods = observed === undefined || capacity === undefined ? '–' : (observed / capacity).toFixed(1);
  const wrote = writes
    .filter((write) => write.workload === name)
    .map(({ from, to, process }) => `${process} wrote ${Number.isNaN(from) ? '' : from}→${to}`);
  const broken = status?.conditions.find(({ type, status: holds }) =>
    type === 'Ready' ? !holds : holds && type !== 'Forecasting',
  );
  const why = [
    leaders.length === 0 ? 'nobody leads' : '',
    status?.reasons.join(', ') ?? '',
    broken ? `${broken.reason}: ${broken.message}` : '',
    ...wrote,
  ];
  const cells = [meanNeed, inPods, status?.replicas.wanted ?? '–', replicas, `${ready}/${pods}`];
  return [timeText(at), name, ...cells.map(String), why.filter((text) => text !== '').join('; ')];
}
