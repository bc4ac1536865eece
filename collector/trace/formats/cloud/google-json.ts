import type { JsonPath } from '../../json/json-path.ts';
import { asCell, asList, asObject, asText, isJson, type JsonObject } from '../../json/json-value.ts';
import type { SeriesRows } from '../../series-rows.ts';
import type { DocumentFormat } from '../format.ts';

/** Google Cloud Monitoring's API: `timeSeries.list` (newest point first) and `timeSeries.query`. */
export const googleJson: DocumentFormat = {
  name: 'google-json',
  title: 'an answer of the Google Cloud Monitoring API',
  reads: 'document',
  detect: ({ text }) =>
    isJson(text) &&
    (/"(?:timeSeries|timeSeriesData)"\s*:/.test(text) || (/"points"\s*:/.test(text) && /"interval"\s*:/.test(text)))
      ? 1
      : 0,
  read(document, rows) {
    const answer = asObject(document);
    const queried = asList(answer?.timeSeriesData);
    if (queried) {
      for (const [i, one] of queried.entries()) readQueried(asObject(one), ['timeSeriesData', i], rows);
      return;
    }
    const series = asList(answer?.timeSeries) ?? asList(document) ?? [answer];
    const root: JsonPath = asList(answer?.timeSeries) ? ['timeSeries'] : [];
    for (const [i, one] of series.entries()) readListed(asObject(one), [...root, i], rows);
  },
};

function readListed(series: JsonObject | undefined, path: JsonPath, rows: SeriesRows): void {
  const metric = asObject(series?.metric);
  const labels = { ...asObject(asObject(series?.resource)?.labels), ...asObject(metric?.labels) };
  const name = [asText(metric?.type), ...Object.entries(labels).map(([key, value]) => `${key}=${asText(value)}`)].join(
    ', ',
  );
  if (series?.metricKind === 'DELTA') rows.assume({ assumed: 'sum-per-period', statistic: 'count' });
  for (const [i, one] of (asList(series?.points) ?? []).entries()) {
    const point = asObject(one);
    const place = () => [...path, 'points', i];
    const interval = asObject(point?.interval);
    rows.add(name, asCell(interval?.endTime) ?? '', pointValue(asObject(point?.value), place, rows), place);
  }
}

function readQueried(series: JsonObject | undefined, path: JsonPath, rows: SeriesRows): void {
  const labels = (asList(series?.labelValues) ?? []).map((label) =>
    Object.values(asObject(label) ?? {})
      .map(asText)
      .join(),
  );
  for (const [i, one] of (asList(series?.pointData) ?? []).entries()) {
    const point = asObject(one);
    const place = () => [...path, 'pointData', i];
    const values = asList(point?.values) ?? [];
    if (values.length !== 1) throw rows.refusal(place, `found ${values.length} values at a time; expected one`);
    const interval = asObject(point?.timeInterval);
    rows.add(labels.join(', '), asCell(interval?.endTime) ?? '', pointValue(asObject(values[0]), place, rows), place);
  }
}

function pointValue(value: JsonObject | undefined, place: () => JsonPath, rows: SeriesRows): string | number | null {
  if (value?.distributionValue !== undefined) {
    throw rows.refusal(place, 'found a distribution; expected a number: align the series by its count or a percentile');
  }
  return asCell(value?.doubleValue ?? value?.int64Value);
}
