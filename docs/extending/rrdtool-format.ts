import type { LineFormat } from '../../collector/trace/formats/format.ts';
import { shown } from '../../collector/trace/series-rows.ts';

/** `1778457600: 3.5020000000e+01 nan`: a time, and a value of each data source. */
const ROW = /^(\d{9,11}):((?:\s+\S+)+)$/;

/** What `rrdtool fetch` prints: a line with the names of the data sources, then a row for each step. `nan` is no data. */
export const rrdtool: LineFormat = {
  name: 'rrdtool',
  title: 'output of rrdtool fetch',
  reads: 'lines',
  detect: ({ lines }) => (lines.slice(1, 3).some((line) => ROW.test(line)) && !ROW.test(lines[0]!) ? 0.9 : 0),
  reader(rows) {
    let names: readonly string[] | undefined;
    return {
      line(text, line) {
        if (text.trim() === '') return;
        if (names === undefined) {
          names = text.trim().split(/\s+/);
          return;
        }
        const [, time, fields = ''] = ROW.exec(text.trim()) ?? [];
        const values = fields.trim().split(/\s+/);
        if (time === undefined || values.length !== names.length) {
          throw rows.refusal(
            line,
            `found ${shown(text)}; expected a time and ${names.length} values, such as 1778457600: 3.5020000000e+01`,
          );
        }
        const column = names.indexOf(rows.chooseValue(names, line));
        const value = values[column]!;
        rows.add('', time, /^-?nan$/i.test(value) ? undefined : value, line);
      },
      end: () => undefined,
    };
  },
};
