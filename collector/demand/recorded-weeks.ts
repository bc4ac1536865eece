import { isOfWeeks, ofWeeks } from '../../core/weeks.ts';
import type { RecordedMinutes } from './collecting.ts';

/** A history of minutes of which each fifth is written among the weeks as well: they go on where the days of minutes end. */
export function recordedWithWeeks(minutes: RecordedMinutes, weeks: Omit<RecordedMinutes, 'read'>): RecordedMinutes {
  return {
    read: (id) => minutes.read(id),
    fill: async (id, series) => {
      await minutes.fill(id, series);
      await weeks.fill(id, ofWeeks(series));
    },
    appendAll: async (points) => {
      await minutes.appendAll(points);
      const fifths = points.filter(({ timeSeconds }) => isOfWeeks(timeSeconds));
      if (fifths.length > 0) await weeks.appendAll(fifths);
    },
  };
}
