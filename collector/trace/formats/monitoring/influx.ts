import { splitFields } from '../../fields.ts';
import { type SeriesRows, shown } from '../../series-rows.ts';
import type { LineFormat, LineReader } from '../format.ts';

/** Columns that say how a table came about. */
const OWN = ['', 'result', 'table', '_start', '_stop', '_time'];
const NUMBERS = ['double', 'long', 'unsignedLong'];

/** InfluxDB's annotated CSV (`influx query --raw`, Data Explorer): tables one below the other, each with its header. */
export const influx: LineFormat = {
  name: 'influx',
  title: 'an annotated CSV of InfluxDB',
  reads: 'lines',
  detect: ({ lines }) =>
    /^#(?:group|datatype|default),/.test(lines[0] ?? '') || /^,result,table,/.test(lines[0] ?? '') ? 1 : 0,
  reader: (rows) => new AnnotatedCsv(rows),
};

class AnnotatedCsv implements LineReader {
  private readonly rows: SeriesRows;
  private types: readonly string[] = [];
  private names: readonly string[] | undefined;
  private value = '';

  constructor(rows: SeriesRows) {
    this.rows = rows;
    rows.origin = 'program';
  }

  line(text: string, line: number): void {
    // An empty line ends a table; annotations begin the next.
    if (text.trim() === '' || text.startsWith('#')) {
      this.names = undefined;
      if (text.startsWith('#datatype')) this.types = splitFields(text, ',') ?? [];
      return;
    }
    const fields = splitFields(text, ',');
    if (fields === undefined) throw this.rows.refusal(line, 'found a quote that is not closed; expected annotated CSV');
    if (this.names === undefined) this.header(fields, line);
    else this.row(fields, this.names, text, line);
  }

  end(): void {
    // What lacks is refused with the rest: there is no series.
  }

  private header(names: readonly string[], line: number): void {
    if (!names.includes('_time')) {
      throw this.rows.refusal(
        line,
        `found the columns ${shown(names.filter(Boolean).join(', '))}; expected _time among them`,
      );
    }
    this.names = names;
    // Without _value the fields are columns of their own (pivot).
    const numbers = names.filter((_, i) => NUMBERS.includes(this.types[i] ?? '') && !OWN.includes(names[i]!));
    this.value = names.includes('_value') ? '_value' : this.rows.chooseValue(numbers, line);
  }

  private row(fields: readonly string[], names: readonly string[], text: string, line: number): void {
    if (fields.length !== names.length) {
      throw this.rows.refusal(
        line,
        `found ${fields.length} fields, ${shown(text)}; expected ${names.length}, as in the header`,
      );
    }
    const labels: string[] = [];
    for (const [i, name] of names.entries()) {
      if (OWN.includes(name) || name === this.value || fields[i] === '') continue;
      if (this.value !== '_value' && NUMBERS.includes(this.types[i] ?? '')) continue;
      labels.push(`${name}=${fields[i]}`);
    }
    this.rows.add(labels.join(', '), fields[names.indexOf('_time')]!, fields[names.indexOf(this.value)]!, line);
  }
}
