import { DAY_SECONDS, HOUR_SECONDS, MINUTE_SECONDS, WEEK_SECONDS } from '../../../core/series.ts';
import type { RecurringWindow } from '../profile/recurrence.ts';

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** 0.0139 → "1.39 %", 0.25 → "25 %". */
export function percent(fraction: number): string {
  return `${fraction * 100 < 9.95 ? (fraction * 100).toFixed(2) : Math.round(fraction * 100)} %`;
}

/** To three digits: 3001.5 → "3,000". */
export function number(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en-US');
}

/** `counted(1, 'row')` → "1 row"; `counted(2000, 'row')` → "2,000 rows". */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
}

/** 93784 → "26 h"; the largest unit of which there are at least two. */
export function words(seconds: number): string {
  const units = [
    [DAY_SECONDS, 'days'],
    [HOUR_SECONDS, 'h'],
    [MINUTE_SECONDS, 'min'],
  ] as const;
  const [size, unit] = units.find(([least]) => seconds >= 2 * least) ?? [1, 's'];
  return `${Number((seconds / size).toFixed(1))} ${unit}`;
}

/** "each day from 22:00 to 06:00 UTC", "each week from Fri 17:00 to Mon 08:00 UTC", "every 2 h for 10 min". */
export function windowWords({ periodSeconds, offsetSeconds, lengthSeconds }: RecurringWindow): string {
  if (Number.isNaN(offsetSeconds)) return `every ${words(periodSeconds)} for ${words(lengthSeconds)}`;
  const end = (offsetSeconds + lengthSeconds) % periodSeconds;
  if (periodSeconds !== WEEK_SECONDS) return `each day from ${clock(offsetSeconds)} to ${clock(end)} UTC`;
  return `each week from ${weekday(offsetSeconds)} to ${weekday(end)} UTC`;
}

function weekday(offset: number): string {
  return `${WEEKDAYS[Math.floor(offset / DAY_SECONDS)]} ${clock(offset % DAY_SECONDS)}`;
}

function clock(offset: number): string {
  const [hours, minutes] = [offset / HOUR_SECONDS, (offset % HOUR_SECONDS) / MINUTE_SECONDS].map(Math.floor);
  return `${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`;
}
