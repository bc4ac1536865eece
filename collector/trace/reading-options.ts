import type { TimeForm } from './table/time-column.ts';

/** What a person says of a file: what is not said is found out, or refused. */
export interface ReadingOptions {
  /** The name of its format. */
  readonly format?: string;
  /** The column of the times; two of them, parted by a comma, are date and time of day. */
  readonly timeColumn?: string;
  readonly valueColumn?: string;
  /** Of several series the one to read. */
  readonly series?: string;
  /** Add all series up. */
  readonly sum?: boolean;
  /** The zone of times that say none; default: UTC, as an assumption. */
  readonly timezone?: string;
  readonly dateForm?: TimeForm;
  readonly decimal?: '.' | ',';
}
