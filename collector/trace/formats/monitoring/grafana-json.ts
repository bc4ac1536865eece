import type { JsonPath } from '../../json/json-path.ts';
import { asList, asObject, asText, isJson } from '../../json/json-value.ts';
import type { SeriesRows } from '../../series-rows.ts';
import { CellTable } from '../../table/cell-table.ts';
import type { DocumentFormat } from '../format.ts';

/** Grafana's data frames as JSON: the answer of `/api/ds/query`, or Inspect, JSON, Data frame. */
export const grafanaJson: DocumentFormat = {
  name: 'grafana-json',
  title: 'data frames of Grafana',
  reads: 'document',
  detect: ({ text }) =>
    isJson(text) && /"schema"\s*:/.test(text) && /"fields"\s*:\s*\[/.test(text) && /"values"\s*:\s*\[/.test(text)
      ? 1
      : 0,
  read(document, rows) {
    const frames = framesOf(document, []);
    if (frames.length === 0)
      throw rows.refusal(() => [], 'found no data frame; expected schema.fields and data.values');
    const table = new CellTable(rows);
    for (const [frame, path] of frames) readFrame(frame, path, frames.length > 1, table, rows);
    table.end();
  },
};

type Frame = readonly [frame: ReturnType<typeof asObject>, path: JsonPath];

function framesOf(value: unknown, path: JsonPath): Frame[] {
  const object = asObject(value);
  if (object && asObject(object.schema) && asObject(object.data)) return [[object, path]];
  const entries: (readonly [string | number, unknown])[] = object
    ? Object.entries(object)
    : [...(asList(value) ?? []).entries()];
  return entries.flatMap(([key, inner]) => (path.length > 6 ? [] : framesOf(inner, [...path, key])));
}

/** A column for each field; of several frames, the labels of a field tell the series apart. */
function readFrame(frame: Frame[0], path: JsonPath, isOneOfMany: boolean, table: CellTable, rows: SeriesRows): void {
  const fields = (asList(asObject(frame?.schema)?.fields) ?? []).map(asObject);
  const columns = (asList(asObject(frame?.data)?.values) ?? []).map((column) => asList(column) ?? []);
  const time = fields.findIndex((field) => field?.type === 'time');
  if (time < 0) throw rows.refusal(() => path, 'found no field of times; expected a query over time');
  const length = columns[time]?.length ?? 0;
  if (fields.length !== columns.length || columns.some((column) => column.length !== length)) {
    throw rows.refusal(() => path, 'found fields of different lengths; expected as many values as times in each');
  }
  const label = fields.map((field) =>
    Object.entries(asObject(field?.labels) ?? {})
      .map(([key, value]) => `${key}=${asText(value)}`)
      .join(','),
  );
  for (let i = 0; i < length; i++) {
    const cells = new Map<string, string>();
    for (const [column, field] of fields.entries()) {
      const name = column === time ? 'time' : isOneOfMany ? 'value' : label[column] || asText(field?.name);
      cells.set(name, asText(columns[column]![i]));
      if (isOneOfMany && column !== time)
        cells.set('series', label[column] || asText(asObject(frame?.schema)?.name) || asText(field?.name));
    }
    table.row({ cells, place: () => [...path, 'data', 'values', time, i] });
  }
}
