import type { Reason } from '../../core/decision.ts';
import { classOf } from '../scenarios/scenario.ts';
import type { Obstacle, Tick, WorkloadTick } from '../timeline.ts';
import { explainsNumber } from './decided-by.ts';
import { type Invariant, MEASURED_SHARE, type Observed, violation } from './invariant.ts';

/** What keeps the need from being met may stay unsaid for so long. */
const MINUTE_SECONDS = 60;
/** A need is known when the minute that it shows in is over. */
const KNOWN_SECONDS = 75;
const KNOWN_CLOSED_SECONDS = 300;
/**
 * In closed loop a round of new pods shows more of the work, and their baselines: of a shortage, the share of a pod's target that its
 * baseline is stays. With a baseline of 0.6, four rounds leave an eighth: the HPA's tolerance. Each takes a start-up.
 */
const CLOSED_ROUNDS = 4;
/** A leader that has just begun has said nothing yet. */
const NEW_LEADER_SECONDS = 60;

/** Of so many seconds a leader must have seen how a metric moves before it can tell that it stands still. */
const SEEN_MOVING_SECONDS = 120;

/** In mode predictive no floor mends what a forecast is short of: a tenth is the error of a forecast that is shown. */
const FORECAST_SHARE = 0.9;

/** Reasons that say by themselves why there are fewer than the load needs. */
const SAYS_WHY: readonly Reason[] = [
  'max',
  'cap',
  'paused',
  'conflict',
  'switched-off',
  'external-change',
  'no-data',
  'step-limit',
  'never-ready',
];

/** The cluster's autoscaler may bring a node; a pod that merely isn't Ready may be slow for five minutes. */
const GRACE_SECONDS: Partial<Record<Obstacle['kind'], number>> = { 'no-nodes': 120, 'never-ready': 300 };
/** A pod is overdue after so many of the lead times that the addon knows of, five minutes at least. */
const LEAD_TIMES_OVERDUE = 3;

/** What must stand in a condition, the error or the words of a reason, for each thing that truly stands in the way. */
const WORDS: Readonly<Record<Obstacle['kind'], RegExp>> = {
  quota: /exceeded quota/,
  'no-nodes': /nodes are available/,
  'image-pull': /ImagePullBackOff|ErrImagePull|never-ready/,
  'crash-loop': /CrashLoopBackOff|never-ready/,
  'never-ready': /never-ready|not Ready/,
  paused: /paused/,
  max: /\bmax\b|\bcap\b/,
  'no-data': /no-data|frozen-metric|NoMetric|metric-missing|data-gap|Failing|false-zero|saturated/,
};

/**
 * It tells the truth. Two things are asked of the leader's status at each tick:
 * - what keeps the need from being met for over a minute (beyond the time in which it can be known, and pods can start) stands there with
 *   its cause: pods that can't be, in Kubernetes' words; no data; a write that is refused; a pause, a maximum, a conflict. A metric that
 *   stands still is known by whoever saw it move: the history is of minutes and can't tell a new leader;
 * - the reason shown, the last one, is the rule that decided: it can explain the number (see decided-by.ts).
 */
export function tellsTheTruth(): Invariant {
  const asked = new Map<string, number>();
  const ordered = new Map<string, number>();
  const led = { by: '', since: 0 };
  return {
    name: 'tells-the-truth',
    check(observed) {
      const { tick } = observed;
      const leader = tick.leaders.join(' ');
      if (leader !== led.by) Object.assign(led, { by: leader, since: tick.atSeconds });
      return tick.workloads.flatMap((now) => {
        const share = now.status?.mode === 'predictive' ? FORECAST_SHARE : MEASURED_SHARE;
        const least = Math.round(share * Math.min(now.toleratedNeed, now.need));
        const text = now.status ? shownText(now) : '';
        const short = now.replicas < least && !(now.status && isSaid(now, text));
        const since = later(asked, now.name, short, tick.atSeconds);
        const waiting = now.ready < least && now.replicas >= least && !isFought(tick, now.name);
        const waits = later(ordered, now.name, waiting, tick.atSeconds);
        if (leader === '' || tick.atSeconds - led.since < NEW_LEADER_SECONDS || !now.status) return [];
        if (now.status.mode === 'observe' || stoodStillBefore(now, observed, led.since)) return [];
        const said = unsaid(observed, now, text, tick.atSeconds - since, tick.atSeconds - waits);
        const odd = explainsNumber(now.status);
        return [said, odd].flatMap((what) =>
          what === undefined ? [] : [violation('tells-the-truth', tick, now.name, what)],
        );
      });
    },
  };
}

/** Another writer takes pods away and the HPA orders others: none is old enough to say anything of. */
function isFought({ faults }: Tick, name: string): boolean {
  return faults.some(({ action, workload }) => classOf(action) === 'writers' && workload === name);
}

/** Whether the metric stands still, and did when this leader began. */
function stoodStillBefore({ obstacles }: WorkloadTick, { tick }: Observed, ledSince: number): boolean {
  if (!obstacles.some(({ words }) => words === 'metric-frozen')) return false;
  const since = tick.faults.filter(({ action }) => action === 'metric-frozen').map(({ sinceSeconds }) => sinceSeconds);
  return since.length > 0 && ledSince + SEEN_MOVING_SECONDS > Math.max(...since);
}

/** Since when it is so; `now` where it isn't. */
function later(since: Map<string, number>, name: string, holds: boolean, now: number): number {
  if (!holds) since.delete(name);
  else if (!since.has(name)) since.set(name, now);
  return since.get(name) ?? now;
}

function unsaid(
  { truth }: Observed,
  now: WorkloadTick,
  text: string,
  shortSeconds: number,
  waitSeconds: number,
): string | undefined {
  const known = now.closed ? KNOWN_CLOSED_SECONDS + CLOSED_ROUNDS * truth.startupSeconds(now.name, 0.9) : KNOWN_SECONDS;
  if (shortSeconds > MINUTE_SECONDS + known) {
    const causes = now.obstacles.map(({ kind }) => kind).join(', ') || 'no cause that the plant knows';
    return `${now.replicas} replicas for a need of ${now.knowableNeed} for ${shortSeconds} s (${causes}), and it says: ${text}`;
  }
  const late = waitSeconds - MINUTE_SECONDS - truth.startupSeconds(now.name, 0.99);
  if (late > 0) {
    const unsaidOnes = now.obstacles.filter(
      ({ kind }) => isOfPods(kind) && late > graceOf(kind, now) && !WORDS[kind].test(text),
    );
    for (const { words } of unsaidOnes) {
      return `${now.ready} Ready for a need of ${now.need} for ${waitSeconds} s because of "${words}", and it says: ${text}`;
    }
  }
  return undefined;
}

function graceOf(kind: Obstacle['kind'], { status }: WorkloadTick): number {
  const least = GRACE_SECONDS[kind] ?? 0;
  const leadTimeSeconds = status?.leadTime.seconds ?? 0;
  return kind === 'never-ready' ? Math.max(least, LEAD_TIMES_OVERDUE * leadTimeSeconds) : least;
}

function isOfPods(kind: Obstacle['kind']): boolean {
  return ['quota', 'no-nodes', 'image-pull', 'crash-loop', 'never-ready'].includes(kind);
}

function isSaid({ status, obstacles }: WorkloadTick, text: string): boolean {
  const last = status!.reasons.at(-1);
  if (last !== undefined && SAYS_WHY.includes(last)) return true;
  if (
    status!.conditions.some(({ type, status: holds }) => (type === 'Ready' ? !holds : type === 'Saturated' && holds))
  ) {
    return true;
  }
  return status!.error !== undefined || obstacles.some(({ kind }) => WORDS[kind].test(text));
}

/** All that a person can read on it. */
function shownText({ status }: WorkloadTick): string {
  const { reasons, conditions, error } = status!;
  const told = conditions.filter(({ type, status: holds }) =>
    type === 'Ready' ? !holds : holds && type !== 'Forecasting',
  );
  return [reasons.join(', '), ...told.map(({ reason, message }) => `${reason}: ${message}`), error ?? '']
    .filter((one) => one !== '')
    .join('; ');
}
