import type { PodObstacle } from '../../core/pod-record.ts';
import { epochSeconds, type RawContainerStatus, type RawPod, trueSince } from './raw-pod.ts';

/**
 * What a starting pod passes, in order. `initialized` exists only with init containers (without them the kubelet sets that
 * condition before the sandbox); `pulled` is known only from Events.
 */
export const STAGES = ['scheduled', 'sandbox', 'initialized', 'pulled', 'started', 'ready'] as const;
export type Stage = (typeof STAGES)[number];

/** What made a time unusable or changed it. */
export type TimingOddity =
  /** The node's clock and the API server's differ: the stage is dropped, created → Ready corrected by what is known of it. */
  | 'clock-skew'
  /** Containers restarted before it was looked at: their first start and first Ready are not known. */
  | 'restarted'
  /** So late that it must have been Ready before. */
  | 'ready-again';

export interface StartupTimings {
  readonly createdSeconds: number;
  /** Each stage's length: from the last stage before it that is known. Missing where its end isn't known. */
  readonly stageSeconds: Readonly<Partial<Record<Stage, number>>>;
  /** Created → first Ready; undefined while it is not Ready, or where the first Ready isn't known. */
  readonly totalSeconds: number | undefined;
  /** When it was first Ready, by the condition; undefined as totalSeconds. */
  readonly readySeconds: number | undefined;
  readonly oddities: readonly TimingOddity[];
}

/** One Event on the pod. Times of both Event APIs: the newest of lastTimestamp, eventTime, firstTimestamp. */
export interface PodEvent {
  readonly reason: string;
  readonly timeSeconds: number | undefined;
}

export interface Sighting {
  /** It was seen before its first Ready, so the condition's time is the first Ready's, whatever restarted. */
  readonly watchedFromStart: boolean;
  /** Our own clock when it was first seen Ready. */
  readonly seenSeconds?: number;
}

/** The API's times have whole seconds: 10:00:00.9 → 10:00:01.0 reads as 1 s, and one clock's rounding may give −1. */
const RESOLUTION_SECONDS = 1;
/** A Ready that old on a pod not watched from its start is taken for a later one (a probe that failed for a while). */
const MOST_PLAUSIBLE_SECONDS = 3600;

/**
 * Timings from what the pod says of itself, and Events where there are any.
 * @returns undefined for a pod without a creation time
 */
export function startupTimings(
  pod: RawPod,
  sighting: Sighting = { watchedFromStart: false },
  events: readonly PodEvent[] = [],
): StartupTimings | undefined {
  const createdSeconds = epochSeconds(pod.metadata.creationTimestamp);
  if (createdSeconds === undefined) return undefined;
  const oddities = new Set<TimingOddity>();
  const ends = stageEnds(pod, sighting, events, createdSeconds, oddities);
  const { stageSeconds, behindSeconds } = stageLengths(createdSeconds, ends, oddities);
  const ready = ends.ready;
  const totalSeconds =
    ready === undefined ? undefined : total(createdSeconds, ready + behindSeconds, sighting, oddities);
  const readySeconds = totalSeconds === undefined ? undefined : ready;
  return { createdSeconds, stageSeconds, totalSeconds, readySeconds, oddities: [...oddities] };
}

function stageEnds(
  pod: RawPod,
  { watchedFromStart }: Sighting,
  events: readonly PodEvent[],
  createdSeconds: number,
  oddities: Set<TimingOddity>,
): Partial<Record<Stage, number>> {
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {};
  const restarted = containerStatuses.some(({ restartCount = 0 }) => restartCount > 0);
  let ready = trueSince(pod, 'Ready');
  if (restarted && !watchedFromStart) {
    oddities.add('restarted');
    ready = undefined;
  }
  if (ready !== undefined && !watchedFromStart && ready - createdSeconds > MOST_PLAUSIBLE_SECONDS) {
    oddities.add('ready-again');
    ready = undefined;
  }
  const ends: Partial<Record<Stage, number | undefined>> = {
    scheduled: trueSince(pod, 'PodScheduled'),
    sandbox: trueSince(pod, 'PodReadyToStartContainers'),
    initialized: initContainerStatuses.length > 0 ? trueSince(pod, 'Initialized') : undefined,
    // A restarted container pulls again: that one is none of the start-up's.
    pulled: restarted
      ? undefined
      : latest(events.filter(({ reason }) => reason === 'Pulled').map((e) => e.timeSeconds)),
    started: allStarted(containerStatuses),
    ready,
  };
  return Object.fromEntries(Object.entries(ends).filter(([, at]) => at !== undefined)) as Partial<
    Record<Stage, number>
  >;
}

/** When the last container started for the first time; undefined while one hasn't, or where that is forgotten. */
function allStarted(statuses: readonly RawContainerStatus[]): number | undefined {
  const starts = statuses.map(({ restartCount = 0, state, lastState }) => {
    // Only the last run is remembered beside the present one.
    if (restartCount > 1) return undefined;
    if (restartCount === 1) return epochSeconds(lastState?.terminated?.startedAt);
    return epochSeconds(state?.running?.startedAt ?? state?.terminated?.startedAt);
  });
  return starts.includes(undefined) ? undefined : latest(starts);
}

function latest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

/**
 * Scheduled is told by the control plane's clock, sandbox and later by the node's. Where time runs backwards between them, the
 * node is behind by at least that much: created 10:00:00, scheduled 10:00:00, sandbox 09:59:02, Ready 09:59:10 → at least
 * 58 s behind, so Ready came no earlier than 8 s after the creation.
 */
function stageLengths(createdSeconds: number, ends: Partial<Record<Stage, number>>, oddities: Set<TimingOddity>) {
  const stageSeconds: Partial<Record<Stage, number>> = {};
  let before = createdSeconds;
  let behindSeconds = 0;
  for (const stage of STAGES) {
    const end = ends[stage];
    if (end === undefined) continue;
    const length = end - before;
    if (length >= -RESOLUTION_SECONDS) stageSeconds[stage] = Math.max(0, length);
    else {
      oddities.add('clock-skew');
      // Once only: a second step backwards is one node's own disorder, not more skew.
      if (behindSeconds === 0) behindSeconds = -length;
    }
    // A stage that ended within the rounding before its predecessor doesn't move the next one's start back.
    before = length >= -RESOLUTION_SECONDS ? Math.max(before, end) : end;
  }
  return { stageSeconds, behindSeconds };
}

function total(createdSeconds: number, readySeconds: number, sighting: Sighting, oddities: Set<TimingOddity>) {
  const { seenSeconds } = sighting;
  const length = readySeconds - createdSeconds;
  // Ready in our future: the node's clock is ahead. (Where creation is in our future too, ours is the one that is behind.)
  if (
    seenSeconds !== undefined &&
    seenSeconds >= createdSeconds &&
    readySeconds > seenSeconds + 2 * RESOLUTION_SECONDS
  ) {
    oddities.add('clock-skew');
    return seenSeconds - createdSeconds;
  }
  if (length >= -RESOLUTION_SECONDS) return Math.max(0, length);
  oddities.add('clock-skew');
  return undefined;
}

/**
 * Whether a pod that is not Ready was so before: the kubelet sets Ready to False before the containers start, so a False that is
 * younger than the start is a later one.
 */
export function wasReadyBefore(pod: RawPod): boolean {
  const ready = pod.status?.conditions?.find(({ type }) => type === 'Ready');
  const started = allStarted(pod.status?.containerStatuses ?? []);
  const since = epochSeconds(ready?.lastTransitionTime);
  if (ready?.status === 'True' || since === undefined || started === undefined) return false;
  return since > started + RESOLUTION_SECONDS;
}

/** Why a pod that is not Ready may never be. */
export type StartupTrouble = 'image-pull' | 'crash-loop' | 'container' | 'unschedulable';

/** What a container waits for where that is trouble and not just work; the kubelet's own reasons. */
const TROUBLES: readonly (readonly [StartupTrouble, RegExp])[] = [
  [
    'image-pull',
    /^(?:ErrImagePull|ImagePullBackOff|InvalidImageName|ErrImageNeverPull|RegistryUnavailable|ImageInspectError|SignatureValidationFailed)$/,
  ],
  ['crash-loop', /^CrashLoopBackOff$/],
  ['container', /^(?:CreateContainerConfigError|CreateContainerError|RunContainerError|\w+HookError)$/],
];
/** Of PodScheduled: no node has room for it, or something holds it back from being scheduled. */
const NOT_SCHEDULED: readonly string[] = ['Unschedulable', 'SchedulingGated'];
/** A scheduler's message lists each reason of thousands of nodes; a message is kept for each pod that waits. */
const MOST_MESSAGE_CHARS = 300;

/** What keeps a pod from starting, in Kubernetes' own words; undefined: nothing that it knows of. */
export function startObstacle(pod: RawPod): PodObstacle | undefined {
  const { containerStatuses = [], initContainerStatuses = [], conditions = [] } = pod.status ?? {};
  for (const { state } of [...initContainerStatuses, ...containerStatuses]) {
    const { reason = '', message = '' } = state?.waiting ?? {};
    if (TROUBLES.some(([, reasons]) => reasons.test(reason))) return { reason, message: shortened(message) };
  }
  const scheduled = conditions.find(({ type }) => type === 'PodScheduled');
  const { status, reason = '', message = '' } = scheduled ?? {};
  return status === 'False' && NOT_SCHEDULED.includes(reason) ? { reason, message: shortened(message) } : undefined;
}

/** What its containers wait for, where that is trouble and not just work. */
export function startupTrouble(pod: RawPod): StartupTrouble | undefined {
  const obstacle = startObstacle(pod);
  if (obstacle === undefined) return undefined;
  return TROUBLES.find(([, reasons]) => reasons.test(obstacle.reason))?.[0] ?? 'unschedulable';
}

/** Cut between words. */
function shortened(message: string): string {
  if (message.length <= MOST_MESSAGE_CHARS) return message;
  const cut = message.slice(0, MOST_MESSAGE_CHARS);
  return `${cut.slice(0, Math.max(cut.lastIndexOf(' '), MOST_MESSAGE_CHARS / 2))} …`;
}
