import { formatInstant } from '../../core/timestamp.ts';
import type { ZoneClock } from './zone-clock.ts';

/** The instants of a series of wall times, or the row that has none. */
export type Located =
  | {
      readonly instants: Float64Array;
      /** First instants of hours that the clock showed twice, and how often each stands in the rows. */
      readonly doubled: readonly { readonly firstSeconds: number; readonly passes: 1 | 2 }[];
    }
  | { readonly row: number; readonly problem: string };

/** @param walls seconds of a clock on the wall, in the order of the file: that tells a doubled hour's passes apart */
export function locate(walls: Float64Array, clock: ZoneClock): Located {
  const step = isDescending(walls) ? -1 : 1;
  const instants = new Float64Array(walls.length);
  const doubled = new Map<number, { firstSeconds: number; first: boolean; second: boolean }>();
  let isOrdered = true;
  let before = step > 0 ? -Infinity : Infinity;
  for (let row = 0; row < walls.length; row++) {
    const found = clock.instantsOf(walls[row]!);
    if (found.length === 0) {
      const wall = wallText(walls[row]!);
      return {
        row,
        problem: `found ${wall}, which the clock of ${clock.name} never showed (it was set forward); expected times of that zone (--timezone)`,
      };
    }
    const ordered = step > 0 ? found : found.toReversed();
    const instant = ordered.find((one) => step * (one - before) > 0) ?? ordered.at(-1)!;
    isOrdered &&= step * (instant - before) >= 0;
    if (found.length > 1) {
      // Half a day holds one change of the clock at most.
      const key = Math.round(walls[row]! / 43_200);
      const hour = doubled.get(key) ?? { firstSeconds: found[0]!, first: false, second: false };
      if (instant === found[0]) hour.first = true;
      else hour.second = true;
      doubled.set(key, { ...hour, firstSeconds: Math.min(hour.firstSeconds, instant) });
      if (!isOrdered) {
        return {
          row,
          problem: `found ${wallText(walls[row]!)}, which the clock of ${clock.name} showed twice, in rows without an order; expected ascending rows, or an export in UTC`,
        };
      }
    }
    instants[row] = instant;
    before = instant;
  }
  return {
    instants,
    doubled: [...doubled.values()].map(({ firstSeconds, first, second }) => ({
      firstSeconds,
      passes: first && second ? 2 : 1,
    })),
  };
}

/** `2026-10-25 02:00:00`. */
export function wallText(seconds: number): string {
  return formatInstant(seconds).replace('T', ' ').replace('Z', '');
}

/** Whether the rows go back in time, but for hours that were set back. */
function isDescending(walls: Float64Array): boolean {
  let [up, down] = [0, 0];
  for (let i = 1; i < walls.length; i++) {
    const distance = walls[i]! - walls[i - 1]!;
    if (distance > 0) up++;
    else if (distance < 0) down++;
  }
  return down > up;
}
