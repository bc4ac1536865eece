import type { WorkloadPlan } from './scenarios/scenario.ts';

type Windows = WorkloadPlan['windows'];

/** Pods for a scheduled minimum are created early, by their lead time; no lead time here is longer. */
const EARLY_SECONDS = 600;

/** The largest minimum of the windows that touch a time; 0: none does. Seconds since the start. */
export function scheduledMinimum(windows: Windows, fromSeconds: number, toSeconds = fromSeconds): number {
  const within = windows.filter(({ at, for: lasts }) => at <= toSeconds && at + lasts > fromSeconds);
  return Math.max(0, ...within.map(({ min }) => min));
}

/** Since when no window asks for anything, seconds since the start; undefined: one does, or pods may be created for it. */
export function unscheduledSince(windows: Windows, seconds: number): number | undefined {
  if (scheduledMinimum(windows, seconds, seconds + EARLY_SECONDS) > 0) return undefined;
  return Math.max(
    Number.NEGATIVE_INFINITY,
    ...windows.map(({ at, for: lasts }) => at + lasts).filter((end) => end <= seconds),
  );
}

/** prescale.dev/bounds. @param startSeconds of the simulation, a whole minute */
export function boundsText(windows: Windows, startSeconds: number): string {
  const rules = windows.map(({ at, for: lasts, min }) => {
    const begin = new Date(1000 * (startSeconds + at));
    const cron = `${begin.getUTCMinutes()} ${begin.getUTCHours()} * * *`;
    return { cron, timeZone: 'UTC', duration: `${lasts / 60}m`, min };
  });
  return JSON.stringify(rules);
}
