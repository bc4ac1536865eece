import type { SeriesRows } from '../series-rows.ts';

/** The beginning of a file, as text. */
export interface Head {
  readonly text: string;
  /** Its lines that are not empty; the last one may be cut, unless the whole file is here. */
  readonly lines: readonly string[];
}

/** What all formats have. */
interface Format {
  /** As it is named with --format-in. */
  readonly name: string;
  /** As people know it: `CSV of Grafana`. */
  readonly title: string;
  /** How sure it is that a file is of its kind, from 0 (it is not) to 1. */
  readonly detect: (head: Head) => number;
}

/** A format of lines: read one by one, so that a file of any size is read in bounded memory. */
export interface LineFormat extends Format {
  readonly reads: 'lines';
  readonly reader: (rows: SeriesRows) => LineReader;
}

/** A format of one JSON document: read whole. */
export interface DocumentFormat extends Format {
  readonly reads: 'document';
  readonly read: (document: unknown, rows: SeriesRows) => void;
}

export type TraceFormat = LineFormat | DocumentFormat;

/** Takes the lines of a file. Both may throw an InputError. */
export interface LineReader {
  /** A line without its end; empty lines too. The first is 1. */
  readonly line: (text: string, line: number) => void;
  readonly end: () => void;
}
