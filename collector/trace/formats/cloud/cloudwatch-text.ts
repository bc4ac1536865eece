import { type SeriesRows, shown } from '../../series-rows.ts';
import { isDate } from '../../table/column-kind.ts';
import type { LineFormat, LineReader } from '../format.ts';

const KINDS = /^(?:DATAPOINTS|METRICDATARESULTS|TIMESTAMPS|VALUES)\t/;

/** The answers of `aws cloudwatch get-metric-statistics` and `get-metric-data` with `--output text`. */
export const cloudwatchText: LineFormat = {
  name: 'cloudwatch-text',
  title: 'text of the CloudWatch command line',
  reads: 'lines',
  detect: ({ lines }) => (lines.slice(0, 4).some((line) => KINDS.test(line)) ? 1 : 0),
  reader: (rows) => new CloudwatchText(rows),
};

class CloudwatchText implements LineReader {
  private readonly rows: SeriesRows;
  /** Of get-metric-data: all times of a result, then all its values. */
  private times: string[] = [];
  private values = 0;
  private series = '';
  private lineNumber = 1;

  constructor(rows: SeriesRows) {
    this.rows = rows;
  }

  line(text: string, line: number): void {
    if (text.trim() === '') return;
    this.lineNumber = line;
    const [kind, ...fields] = text.trim().split('\t') as [string, ...string[]];
    if (kind === 'DATAPOINTS') this.point(fields, text, line);
    else if (kind === 'TIMESTAMPS') this.times.push(...fields);
    else if (kind === 'VALUES') this.value(fields, line);
    else {
      this.end();
      this.times = [];
      this.values = 0;
      if (kind === 'METRICDATARESULTS') this.series = fields.slice(0, 2).join(' ');
      else if (kind !== 'MESSAGES' && fields.length === 0) this.series = kind;
      else if (kind !== 'MESSAGES')
        throw this.rows.refusal(line, `found ${shown(text)}; expected DATAPOINTS, TIMESTAMPS or VALUES`);
    }
  }

  end(): void {
    if (this.values === this.times.length) return;
    throw this.rows.refusal(
      this.lineNumber,
      `found ${this.times.length} times and ${this.values} values; expected as many of both`,
    );
  }

  /** Statistics in the order of their names, then the time and the unit: of several, nobody says which is which. */
  private point(fields: readonly string[], text: string, line: number): void {
    const time = fields.findIndex(isDate);
    if (time < 0)
      throw this.rows.refusal(
        line,
        `found ${shown(text)}, in which there is no timestamp; expected a value, a time and a unit`,
      );
    if (time !== 1) {
      throw this.rows.refusal(
        line,
        `found ${time} values before the time; expected one: ask for one of --statistics, or for --output json`,
      );
    }
    this.rows.add(this.series, fields[1]!, fields[0]!, line);
  }

  private value(values: readonly string[], line: number): void {
    for (const value of values) {
      const time = this.times[this.values++];
      if (time === undefined) throw this.rows.refusal(line, 'found more values than times; expected as many of both');
      this.rows.add(this.series, time, value, line);
    }
  }
}
