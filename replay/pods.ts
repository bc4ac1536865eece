import { seededRandom } from '../core/random.ts';
import type { StartupLatency } from '../core/startup.ts';
import { TICKS_PER_HOUR } from '../core/tick.ts';
import { type PolicyName, type PolicyRun, TICK_SECONDS } from './result.ts';

/** L(k): the seconds from the creation of a policy's k-th pod to its readiness; one sequence for every policy. */
export type StartupSequence = (k: number) => number;

export function startupSequence(startup: StartupLatency, seed: number): StartupSequence {
  const random = seededRandom(seed);
  const drawn: number[] = [];
  return (k) => {
    while (drawn.length <= k) drawn.push(startup.quantile(random()));
    return drawn[k]!;
  };
}

/** What a policy sees of its pods at a tick. */
export interface PodView {
  readonly total: number;
  readonly ready: number;
  /** Pods created so far: the next pod is the `created`-th of the sequence. */
  readonly created: number;
}

/** One policy of the replay: the replicas it wants at a tick. */
export interface Autoscaler {
  decide(tick: number, pods: PodView): number;
}

/** The span and the bounds of a simulation. */
export interface Span {
  /** Ticks of the grid, first inclusive, end exclusive. */
  readonly first: number;
  readonly end: number;
  readonly initial: number;
  readonly min: number;
  readonly max: number;
}

/** Told each hour how many ticks of a run are played; whether that is enough: the run ends there. */
export type IsEnough = (run: PolicyRun, ticks: number) => boolean;

/**
 * Plays one policy over the span. At each tick: pods whose start-up is over become Ready, the policy decides, pods are
 * created or removed at once (not-Ready ones first, then the newest), and what then exists is recorded.
 */
export function simulate(
  name: PolicyName,
  policy: Autoscaler,
  span: Span,
  startup: StartupSequence,
  isEnough: IsEnough = () => false,
): PolicyRun {
  const ticks = span.end - span.first;
  const desired = new Int32Array(ticks);
  const total = new Int32Array(ticks);
  const ready = new Int32Array(ticks);
  const started = new Int32Array(ticks);
  // Ready instants (in seconds from the span's start) of the pods that are still starting, oldest first.
  const starting: number[] = [];
  const pods = { total: span.initial, ready: span.initial, created: 0 };
  const run: PolicyRun = { name, desired, total, ready, started };
  for (let i = 0; i < ticks; i++) {
    if (i % TICKS_PER_HOUR === 0 && i > 0 && isEnough(run, i)) break;
    const now = i * TICK_SECONDS;
    if (starting.length > 0) {
      let left = 0;
      for (const readyAt of starting) if (readyAt > now) starting[left++] = readyAt;
      starting.length = left;
      pods.ready = pods.total - left;
    }
    const wanted = Math.min(span.max, Math.max(span.min, policy.decide(span.first + i, pods)));
    while (pods.total < wanted) {
      starting.push(now + startup(pods.created++));
      pods.total++;
      started[i]!++;
    }
    while (pods.total > wanted) {
      if (starting.length > 0) starting.pop();
      else pods.ready--;
      pods.total--;
    }
    desired[i] = wanted;
    total[i] = pods.total;
    ready[i] = pods.ready;
  }
  return run;
}
