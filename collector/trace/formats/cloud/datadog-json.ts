import { asCell, asList, asObject, asText, isJson, type JsonObject } from '../../json/json-value.ts';
import type { SeriesRows } from '../../series-rows.ts';
import type { DocumentFormat } from '../format.ts';

/** The answers of Datadog's API: `/api/v1/query` (pointlist) and `/api/v2/query/timeseries`. */
export const datadogJson: DocumentFormat = {
  name: 'datadog-json',
  title: 'an answer of the Datadog API',
  reads: 'document',
  detect: ({ text }) => (isJson(text) && /"pointlist"|"timeseries_response"|"group_tags"/.test(text) ? 1 : 0),
  read(document, rows) {
    const answer = asObject(document);
    const attributes = asObject(asObject(answer?.data)?.attributes);
    if (attributes) readTimeseries(attributes, rows);
    else readPointlists(answer, rows);
  },
};

function readPointlists(answer: JsonObject | undefined, rows: SeriesRows): void {
  const series = asList(answer?.series);
  if (series === undefined) throw rows.refusal(() => [], 'found no series; expected an answer of /api/v1/query');
  for (const [i, one] of series.entries()) {
    const { metric, scope, pointlist } = asObject(one) ?? {};
    const name = [asText(metric), asText(scope)].filter((part) => part !== '' && part !== '*').join('{');
    const full = name.includes('{') ? `${name}}` : name;
    for (const [j, point] of (asList(pointlist) ?? []).entries()) {
      const [time, value] = asList(point) ?? [];
      rows.add(full, asCell(time) ?? '', asCell(value), () => ['series', i, 'pointlist', j]);
    }
  }
}

function readTimeseries({ series, times, values }: JsonObject, rows: SeriesRows): void {
  const lists = asList(values) ?? [];
  for (const [i, one] of lists.entries()) {
    const tags = asList(asObject(asList(series)?.[i])?.group_tags) ?? [];
    const name = tags.map(asText).join(',') || (lists.length > 1 ? `query ${i + 1}` : '');
    const list = asList(one) ?? [];
    const instants = asList(times) ?? [];
    if (list.length !== instants.length) {
      throw rows.refusal(
        () => ['data', 'attributes', 'values', i],
        `found ${list.length} values for ${instants.length} times; expected as many of both`,
      );
    }
    for (const [j, value] of list.entries()) {
      rows.add(name, asCell(instants[j]) ?? '', asCell(value), () => ['data', 'attributes', 'values', i, j]);
    }
  }
}
