import type { Totals, WorkloadTick } from '../timeline.ts';
import type { Write } from '../traffic.ts';
import { type Invariant, violation } from './invariant.ts';

/** What one replica of the addon may cost an hour, its watches and its lease included (a renewal each 1.2 s is 3,000 alone). */
export const REQUESTS_PER_HOUR = 6_000;
/** Requests to begin with: lists, openings. */
export const REQUESTS_AT_START = 500;
/** Events of one workload an hour, beyond a first burst. */
export const EVENTS_PER_HOUR = 12;
export const EVENTS_AT_START = 30;
/** Lines of the log at warning or above, an hour. */
export const WARNINGS_PER_HOUR = 600;
/** Pod starts, as a multiple of what a scaler that knows each minute would start, and so many more an hour. */
export const STARTS_FACTOR = 3;
export const STARTS_PER_HOUR = 20;
/** Direction reversals of our writes on one workload an hour. */
export const REVERSALS_PER_HOUR = 20;
/** Processes that ask the API server. */
const PROCESSES = 5;
const LOOK_SECONDS = 900;
const HOUR_SECONDS = 3_600;

/** Budgets: requests, Events, log lines, pod starts and reversals stay within stated limits. Looked at once a quarter of an hour. */
export function budgets(): Invariant {
  const reversals = new Reversals();
  const starts = new NeededStarts();
  return {
    name: 'budgets',
    check({ history, tick }) {
      const found = tick.writes.flatMap((write) => {
        const count = reversals.count(write);
        const what = `${count} reversals within an hour, over ${REVERSALS_PER_HOUR}`;
        return count > REVERSALS_PER_HOUR ? [violation('budgets', tick, write.workload, what)] : [];
      });
      for (const workload of tick.workloads) starts.see(workload);
      const seconds = tick.atSeconds - history.startSeconds;
      if (seconds % LOOK_SECONDS !== 0) return found;
      const over = exceeded(history.totals, seconds / HOUR_SECONDS, tick.workloads.length, starts.pods);
      return [...found, ...over.map((what) => violation('budgets', tick, undefined, what))];
    },
  };
}

/** Changes of direction of our writes, by workload. */
class Reversals {
  private readonly last = new Map<string, boolean>();
  private readonly past = new Map<string, readonly number[]>();

  /** @returns how many there were within the hour, this one included */
  count({ workload, from, to, atSeconds, target }: Write): number {
    // A floor follows the HPA's pods up and down.
    if (target === 'hpa') return 0;
    const out = to > from;
    const turned = (this.last.get(workload) ?? out) !== out;
    const within = (this.past.get(workload) ?? []).filter((at) => atSeconds - at < HOUR_SECONDS);
    const now = turned ? [...within, atSeconds] : within;
    this.last.set(workload, out);
    this.past.set(workload, now);
    return now.length;
  }
}

/** Pods that a scaler would have to start that knows each minute: rises of the need, and what went by itself. */
class NeededStarts {
  pods = 0;
  private readonly before = new Map<string, WorkloadTick>();

  see(now: WorkloadTick): void {
    const { name, need, rolling, pods, ready } = now;
    const before = this.before.get(name) ?? now;
    this.pods += Math.max(0, need - before.need) + Math.max(0, before.ready - ready);
    // Each rollout makes all of them anew.
    if (rolling && !before.rolling) this.pods += pods;
    this.before.set(name, now);
  }
}

function exceeded(totals: Totals, hours: number, workloads: number, ideal: number): string[] {
  const limits: readonly [string, number, number][] = [
    ['requests to the API server', totals.requests, PROCESSES * (REQUESTS_AT_START + REQUESTS_PER_HOUR * hours)],
    ['Events', totals.events, workloads * (EVENTS_AT_START + EVENTS_PER_HOUR * hours)],
    ['warnings in the log', totals.warnings, WARNINGS_PER_HOUR * (1 + hours)],
    ['pod starts', totals.podStarts, STARTS_FACTOR * ideal + workloads * STARTS_PER_HOUR * (1 + hours)],
  ];
  return limits.flatMap(([what, found, most]) => (found > most ? [`${found} ${what}, over ${Math.floor(most)}`] : []));
}
