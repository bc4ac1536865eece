import type { Totals } from '../timeline.ts';
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
const REPLICAS = 5;
const HOUR_SECONDS = 3_600;

/** Budgets: requests, Events, log lines, pod starts and reversals stay within stated limits. Looked at once a quarter of an hour. */
export function budgets(): Invariant {
  const lastDirection = new Map<string, 1 | -1>();
  const reversals = new Map<string, number[]>();
  const needs = new Map<string, { before: number; rises: number; faulty: number }>();
  return {
    name: 'budgets',
    check({ history, tick }) {
      const found = [];
      for (const { workload, from, to, atSeconds } of tick.writes) {
        if (from === to || Number.isNaN(from)) continue;
        const direction = to > from ? 1 : -1;
        const past = (reversals.get(workload) ?? []).filter((at) => atSeconds - at < HOUR_SECONDS);
        if ((lastDirection.get(workload) ?? direction) !== direction) past.push(atSeconds);
        lastDirection.set(workload, direction);
        reversals.set(workload, past);
        if (past.length > REVERSALS_PER_HOUR) {
          found.push(
            violation('budgets', tick, workload, `${past.length} reversals within an hour, over ${REVERSALS_PER_HOUR}`),
          );
        }
      }
      for (const { name, need, pods, ready, rolling } of tick.workloads) {
        const known = needs.get(name) ?? { before: need, rises: 0, faulty: 0 };
        known.rises += Math.max(0, need - known.before);
        // Pods that went by themselves, or by a rollout, are made anew.
        if (rolling || ready < pods) known.faulty += rolling ? pods : pods - ready;
        known.before = need;
        needs.set(name, known);
      }
      const seconds = tick.atSeconds - history.startSeconds;
      if (seconds % 900 !== 0) return found;
      const ideal = [...needs.values()].reduce((sum, { rises, faulty }) => sum + rises + faulty, 0);
      for (const what of exceeded(history.totals, seconds / HOUR_SECONDS, tick.workloads.length, ideal)) {
        found.push(violation('budgets', tick, undefined, what));
      }
      return found;
    },
  };
}

function exceeded(totals: Totals, hours: number, workloads: number, ideal: number): string[] {
  const limits: readonly [string, number, number][] = [
    ['requests to the API server', totals.requests, REPLICAS * (REQUESTS_AT_START + REQUESTS_PER_HOUR * hours)],
    ['Events', totals.events, workloads * (EVENTS_AT_START + EVENTS_PER_HOUR * hours)],
    ['warnings in the log', totals.warnings, WARNINGS_PER_HOUR * (1 + hours)],
    ['pod starts', totals.podStarts, STARTS_FACTOR * ideal + workloads * STARTS_PER_HOUR * (1 + hours)],
  ];
  return limits.flatMap(([what, found, most]) => (found > most ? [`${found} ${what}, over ${Math.floor(most)}`] : []));
}
