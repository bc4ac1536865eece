import type { LineReader } from './formats/format.ts';
import { MinuteCounts } from './minute-counts.ts';
import type { SeriesRows } from './series-rows.ts';

/** What a format of events, a line each, knows of a line that is not empty. */
interface EventLines {
  /** What is counted, in the plural. */
  readonly what: string;
  /** Counts what a line says. @throws InputError */
  readonly count: (counts: MinuteCounts, text: string, line: number) => void;
  /** At the end, before the counts are given to the rows; @returns the lines that were skipped. @throws InputError */
  readonly check?: () => number;
}

/** Reads events, a line each, as their number by the minute; empty lines are none. */
export function countedLines(rows: SeriesRows, { what, count, check }: EventLines): LineReader {
  const counts = new MinuteCounts(rows);
  let last = 1;
  return {
    line(text, line) {
      if (text.trim() === '') return;
      last = line;
      count(counts, text, line);
    },
    end() {
      counts.end(what, last, check?.());
    },
  };
}
