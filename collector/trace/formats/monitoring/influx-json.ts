import { asCell, asList, asObject, asText, isJson, labelsText } from '../../json/json-value.ts';
import type { SeriesRows } from '../../series-rows.ts';
import type { DocumentFormat } from '../format.ts';

/** The answer of InfluxDB 1's `/query`: results, series, columns, values. */
export const influxJson: DocumentFormat = {
  name: 'influx-json',
  title: 'an answer of InfluxDB 1',
  reads: 'document',
  detect: ({ text }) => (isJson(text) && /"results"\s*:\s*\[/.test(text) && /"columns"\s*:\s*\[/.test(text) ? 1 : 0),
  read(document, rows) {
    for (const [i, result] of (asList(asObject(document)?.results) ?? []).entries()) {
      for (const [j, one] of (asList(asObject(result)?.series) ?? []).entries()) readSeries(one, i, j, rows);
    }
  },
};

function readSeries(one: unknown, i: number, j: number, rows: SeriesRows): void {
  const series = asObject(one);
  const path = ['results', i, 'series', j];
  const columns = (asList(series?.columns) ?? []).map(asText);
  const time = columns.indexOf('time');
  if (time < 0) throw rows.refusal(() => path, 'found no column time; expected a query that gives one');
  const value = columns.indexOf(
    rows.chooseValue(
      columns.filter((name) => name !== 'time'),
      () => path,
    ),
  );
  const name = labelsText({ name: series?.name, ...asObject(series?.tags) }, 'name');
  for (const [k, row] of (asList(series?.values) ?? []).entries()) {
    const cells = asList(row) ?? [];
    rows.add(name, asCell(cells[time]) ?? '', asCell(cells[value]), () => [...path, 'values', k]);
  }
}
