import { isTimeZone, zoneOffset } from '../../core/calendar/time-zone.ts';
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
  if (!isTimeZone(zone)) return undefined;
  const offsetAt = zoneOffset(zone);
  return { name: zone, instantsOf: (wall) => instantsOf(wall, offsetAt) };
}

/** A zone's offsets lie within a day of UTC, so the instant does within a day of the wall time; a set of offsets is tried. */
function instantsOf(wall: number, offsetAt: ReturnType<typeof zoneOffset>): number[] {
  const found: number[] = [];
  for (const offset of new Set([offsetAt(wall - DAY_SECONDS), offsetAt(wall + DAY_SECONDS)])) {
    const instant = wall - offset;
    if (offsetAt(instant) === offset) found.push(instant);
  }
  return found.sort((a, b) => a - b);
}
