import { asCell, asList, asObject, labelsText, parseObject } from '../../json/json-value.ts';
import type { LineFormat } from '../format.ts';

/** VictoriaMetrics' `/api/v1/export`: a JSON object a line, each a series or a part of one. */
export const victoriametrics: LineFormat = {
  name: 'victoriametrics',
  title: 'an export of VictoriaMetrics',
  reads: 'lines',
  // A line may be longer than the head: its beginning and its kind tell it.
  detect: ({ text }) =>
    /^\s*\{"metric":\{/.test(text) && /"(?:values|timestamps)":\[/.test(text) && !/"values":\[\[/.test(text) ? 0.95 : 0,
  reader: (rows) => ({
    line(text, line) {
      if (text.trim() === '') return;
      const series = parseObject(text);
      const [values, times] = [asList(series?.values), asList(series?.timestamps)];
      if (values === undefined || values.length !== times?.length) {
        throw rows.refusal(line, 'found no values with as many timestamps; expected a line of /api/v1/export');
      }
      const name = labelsText(asObject(series?.metric));
      for (const [i, time] of times.entries()) rows.add(name, asCell(time) ?? '', asCell(values[i]), line);
    },
    end: () => undefined,
  }),
};
