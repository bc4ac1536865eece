import { dayOfDate } from '../../core/calendar/calendar.ts';
import { DAY_SECONDS } from '../../core/series.ts';

export function dateOf(localDay: number): string {
  return new Date(localDay * DAY_SECONDS * 1_000).toISOString().slice(0, 10);
}

/** The days of 2026 on which the clocks change. */
export function changesOf(offset: (epochSeconds: number) => number): ['spring' | 'autumn', number][] {
  const first = dayOfDate('2026-01-01')!;
  return Array.from({ length: 365 }, (_, i) => first + i).flatMap((day): ['spring' | 'autumn', number][] => {
    const change = offset((day + 1) * DAY_SECONDS) - offset(day * DAY_SECONDS);
    return change === 0 ? [] : [[change > 0 ? 'spring' : 'autumn', day]];
  });
}
