import { DAY_SECONDS } from '../../core/series.ts';
import { readZone } from './date-text.ts';

/** What a clock of a zone shows, and which instants that may be. All in seconds; a wall time is counted as if it were UTC. */
export interface ZoneClock {
  readonly name: string;
  /** The instants at which the clock shows this: none where it is set forward, two where it is set back. Ascending. */
  readonly instantsOf: (wallSeconds: number) => readonly number[];
}

/** @returns undefined where there is no such zone */
export function zoneClock(zone: string): ZoneClock | undefined {
  const fixed = readZone(zone);
  if (typeof fixed === 'number') return { name: zone, instantsOf: (wall) => [wall - fixed] };
  const offsets = zoneOffsets(zone);
  return offsets && { name: zone, instantsOf: (wall) => instantsOf(wall, offsets) };
}

type Offsets = (instant: number) => number;

/** A zone's offsets lie within a day of UTC, so the instant does within a day of the wall time; a set of offsets is tried. */
function instantsOf(wall: number, offsetAt: Offsets): number[] {
  const found: number[] = [];
  for (const offset of new Set([offsetAt(wall - DAY_SECONDS), offsetAt(wall + DAY_SECONDS)])) {
    const instant = wall - offset;
    if (offsetAt(instant) === offset) found.push(instant);
  }
  return found.sort((a, b) => a - b);
}

/** Seconds east of UTC at an instant. Asked of Intl for each day once: two equal ends have no change between them. */
function zoneOffsets(zone: string): Offsets | undefined {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US-u-ca-iso8601', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    return undefined;
  }
  const ask = (instant: number): number => {
    const parts: Record<string, number> = {};
    for (const { type, value } of format.formatToParts(instant * 1000)) parts[type] = Number(value);
    const { year, month, day, hour, minute, second } = parts as Record<string, number>;
    return Date.UTC(year!, month! - 1, day!, hour, minute, second) / 1000 - instant;
  };
  const byDay = new Map<number, number>();
  const atMidnight = (day: number): number => {
    const known = byDay.get(day) ?? ask(day * DAY_SECONDS);
    byDay.set(day, known);
    return known;
  };
  const byMinute = new Map<number, number>();
  return (instant) => {
    const day = Math.floor(instant / DAY_SECONDS);
    const offset = atMidnight(day);
    if (offset === atMidnight(day + 1)) return offset;
    // Every zone changes at a whole minute.
    const minute = Math.floor(instant / 60);
    const known = byMinute.get(minute) ?? ask(minute * 60);
    byMinute.set(minute, known);
    return known;
  };
}
