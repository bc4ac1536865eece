import { formatInstant } from '../../core/timestamp.ts';
import { wallText } from './local-times.ts';
import { type SeriesRows, shown } from './series-rows.ts';
import { TIME_FORMS, TimeColumn, type TimeReading } from './table/time-column.ts';

/** Longer without any event is no data: a log that was not written, or is missing. */
const MOST_EMPTY_MINUTES = 60;
/** Without a zone, lines this far back are the second pass of an hour that the clock showed twice. */
const MOST_BACK_SECONDS = 1800;

/** Events, counted by the minute: what a log of requests says of the load. Memory goes with the minutes, not with the events. */
export class MinuteCounts {
  private readonly rows: SeriesRows;
  private readonly time: TimeColumn;
  private readonly counts = new Map<number, number>();
  private reading: TimeReading | undefined;
  private events = 0;
  private latest = -Infinity;

  constructor(rows: SeriesRows) {
    this.rows = rows;
    this.time = new TimeColumn(rows.options.dateForm);
  }

  /** @param amount how much the event adds @throws InputError where the time is none */
  add(time: string | number, amount: number, line: number): void {
    const code = this.time.take(time);
    if (typeof code === 'string') {
      throw this.rows.refusal(line, `found timestamp ${shown(time)}, which ${code}; expected ${TIME_FORMS}`);
    }
    const reading = this.resolved(line);
    const seconds = reading.seconds(code);
    if (reading.isLocal && seconds < this.latest - MOST_BACK_SECONDS) {
      throw this.rows.refusal(
        line,
        `found ${wallText(seconds)} after ${wallText(this.latest)}, without a zone; expected lines in their order, or times with a zone`,
      );
    }
    this.latest = Math.max(this.latest, seconds);
    const minute = Math.floor(seconds / 60);
    this.counts.set(minute, (this.counts.get(minute) ?? 0) + amount);
    this.events++;
  }

  /** Gives each minute to the rows. @param what is counted */
  end(what: string, lastLine: number, skipped = 0): void {
    const minutes = Float64Array.from(this.counts.keys()).sort();
    if (minutes.length === 0) throw this.rows.refusal(lastLine, `found no ${what}; expected lines with a time`);
    const isLocal = this.reading?.isLocal === true;
    let empty = 0;
    let next = minutes[0]!;
    for (const minute of minutes) {
      if (minute - next <= MOST_EMPTY_MINUTES) {
        for (; next < minute; next++) {
          this.give(next, 0, isLocal, lastLine);
          empty++;
        }
      }
      this.give(minute, this.counts.get(minute)!, isLocal, lastLine);
      next = minute + 1;
    }
    this.rows.assume({ assumed: 'counted', what, events: this.events, skipped, emptyMinutes: empty });
  }

  private give(minute: number, count: number, isLocal: boolean, line: number): void {
    const seconds = minute * 60;
    this.rows.add('', isLocal ? wallText(seconds) : formatInstant(seconds), count, line);
  }

  /** What the times of logs mean is known from their first: none of them writes days before months. */
  private resolved(line: number): TimeReading {
    if (this.reading) return this.reading;
    const reading = this.time.resolve();
    if (typeof reading === 'string') throw this.rows.refusal(line, reading);
    this.reading = reading;
    return reading;
  }
}
