import type { History, Tick, Totals, WorkloadTick } from '../timeline.ts';
import type { Write } from '../traffic.ts';
import { type Invariant, violation } from './invariant.ts';

/** What one replica of the addon may cost an hour, its watches and its lease included (a renewal each 1.2 s is 3,000 alone). */
export const REQUESTS_PER_HOUR = 6_000;
/** Requests to begin with: lists, onboarding. */
export const REQUESTS_AT_START = 500;
/** Events of one workload an hour, beyond a first burst. */
export const EVENTS_PER_HOUR = 12;
export const EVENTS_AT_START = 30;
/** Lines of the log at warning or above, an hour. */
export const WARNINGS_PER_HOUR = 600;
/** Pod starts, as a multiple of what a scaler that knows each minute would start, and so many more an hour; what another writer orders is no start of ours. */
export const STARTS_FACTOR = 3;
export const STARTS_PER_HOUR = 20;
/** Direction reversals of our writes on one workload an hour. */
export const REVERSALS_PER_HOUR = 20;
/** The same change of one workload within ten minutes: more is a fight with another writer. */
export const SAME_CHANGES = 6;
const FIGHT_SECONDS = 600;
/** What was ordered is not taken back before it can have been of use. */
const OF_USE_SECONDS = 60;
/** So many workloads may lose more than half of their pods within five minutes, or this share of all. */
const LARGE_REMOVALS = 3;
const LARGE_SHARE = 0.2;
const REMOVALS_SECONDS = 300;
/** Processes that ask the API server. */
const PROCESSES = 5;
const LOOK_SECONDS = 900;
const DOUBTED_SECONDS = 840;
const HOUR_SECONDS = 3_600;

/** Budgets: requests, Events, log lines, pod starts and reversals stay within stated limits. Looked at once a quarter of an hour. */
export function budgets(): Invariant {
  const reversals = new Reversals();
  const fights = new Fights();
  const removals = new Removals();
  const takenBack = new TakenBack();
  const starts = new NeededStarts();
  return {
    name: 'budgets',
    check({ history, tick }) {
      const found = tick.writes.flatMap((write) => {
        const count = reversals.count(write);
        const same = fights.count(write);
        const what = [
          ...(count > REVERSALS_PER_HOUR ? [`${count} reversals within an hour, over ${REVERSALS_PER_HOUR}`] : []),
          ...takenBack.of(write, tick),
          ...(same > SAME_CHANGES ? [`${same} times ${write.from} → ${write.to} within ten minutes`] : []),
        ];
        return what.map((text) => violation('budgets', tick, write.workload, text));
      });
      const large = removals.count(tick);
      const mostLarge = Math.max(LARGE_REMOVALS, Math.floor(LARGE_SHARE * tick.workloads.length));
      if (large > mostLarge) {
        const text = `${large} workloads lost more than half of their pods within five minutes, over ${mostLarge}`;
        found.push(violation('budgets', tick, undefined, text));
      }
      for (const workload of tick.workloads) starts.see(workload);
      const seconds = tick.atSeconds - history.startSeconds;
      if (seconds % LOOK_SECONDS !== 0) return found;
      // A thousand-fold demand that is believed at last starts as many pods as there may be.
      const lies = isLying(history);
      const over = exceeded(history.totals, seconds / HOUR_SECONDS, tick.workloads, starts.pods);
      return [
        ...found,
        ...over
          .filter((what) => !(lies && what.includes('pod starts')))
          .map((what) => violation('budgets', tick, undefined, what)),
      ];
    },
  };
}

/** Whether a metric had another unit for a quarter of an hour or more, which is doubted for so long. */
function isLying({ scenario }: History): boolean {
  return scenario.commands.some(
    ({ do: action, for: lasts = 0 }) => action === 'metric-unit' && lasts >= DOUBTED_SECONDS,
  );
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

/** The same change again and again: somebody takes it back each time. */
class Fights {
  private readonly past = new Map<string, readonly number[]>();

  /** @returns how often within ten minutes, this time included */
  count({ workload, from, to, atSeconds, target }: Write): number {
    if (target === 'hpa') return 0;
    const key = `${workload} ${from} ${to}`;
    const within = [...(this.past.get(key) ?? []).filter((at) => atSeconds - at < FIGHT_SECONDS), atSeconds];
    this.past.set(key, within);
    return within.length;
  }
}

/** What was ordered, and goes before it can have been of use. */
class TakenBack {
  private readonly ordered = new Map<string, Write & { readonly asked: boolean }>();

  /** @returns what is wrong, if anything */
  of(write: Write, { workloads, faults }: Tick): string[] {
    const { workload, from, to, atSeconds, target } = write;
    const before = this.ordered.get(workload);
    const now = workloads.find(({ name }) => name === workload);
    if (to > from) this.ordered.set(workload, { ...write, asked: to <= (now?.min ?? 0) });
    if (target === 'hpa' || to >= from || !before || !now || faults.length > 0) return [];
    const age = Math.round(atSeconds - before.atSeconds);
    // A person's maximum comes first, and a number that another writer put there.
    if (age > OF_USE_SECONDS || from > now.max || before.to !== from) return [];
    // What a person's minimum asked for goes with it.
    if (before.asked) return [];
    return [`${from} → ${to}, ${age} s after ${before.from} → ${before.to}`];
  }
}

/** Workloads that our writes lowered to less than half of the most that they had within five minutes; a person's maximum is none. */
class Removals {
  private lowered: readonly Write[] = [];

  /** @returns how many of them */
  count({ writes, workloads, atSeconds }: Tick): number {
    const own = writes.filter(({ from, to, target, workload }) => {
      const max = workloads.find(({ name }) => name === workload)?.max ?? 0;
      return target === 'scale' && to < from && from <= max;
    });
    this.lowered = [...this.lowered, ...own].filter((write) => atSeconds - write.atSeconds < REMOVALS_SECONDS);
    const most = new Map<string, number>();
    const least = new Map<string, number>();
    for (const { workload, from, to } of this.lowered) {
      most.set(workload, Math.max(from, most.get(workload) ?? 0));
      least.set(workload, to);
    }
    return [...least].filter(([workload, to]) => 2 * to < most.get(workload)!).length;
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

function exceeded(totals: Totals, hours: number, all: readonly WorkloadTick[], neededStarts: number): string[] {
  const workloads = all.length;
  const ofOthers = all.reduce((sum, { orderedByOthers }) => sum + orderedByOthers, 0);
  const mostStarts = STARTS_FACTOR * neededStarts + ofOthers + workloads * STARTS_PER_HOUR * (1 + hours);
  const limits: readonly [string, number, number][] = [
    ['requests to the API server', totals.requests, PROCESSES * (REQUESTS_AT_START + REQUESTS_PER_HOUR * hours)],
    ['Events', totals.events, workloads * (EVENTS_AT_START + EVENTS_PER_HOUR * hours)],
    ['warnings in the log', totals.warnings, WARNINGS_PER_HOUR * (1 + hours)],
    ['pod starts', totals.podStarts, mostStarts],
  ];
  return limits.flatMap(([what, found, most]) => (found > most ? [`${found} ${what}, over ${Math.floor(most)}`] : []));
}
