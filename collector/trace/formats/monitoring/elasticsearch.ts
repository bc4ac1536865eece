import type { JsonPath } from '../../json/json-path.ts';
import { asCell, asList, asObject, isJson, type JsonObject } from '../../json/json-value.ts';
import type { SeriesRows } from '../../series-rows.ts';
import type { DocumentFormat } from '../format.ts';

/** A search answer of Elasticsearch or OpenSearch with one date_histogram: its counts, or the one metric in each bucket. */
export const elasticsearch: DocumentFormat = {
  name: 'elasticsearch',
  title: 'a date_histogram of Elasticsearch',
  reads: 'document',
  detect: ({ text }) => (isJson(text) && /"aggregations"\s*:/.test(text) && /"buckets"\s*:/.test(text) ? 1 : 0),
  read(document, rows) {
    const root = asObject(asObject(document)?.aggregations) ?? {};
    const histograms = Object.entries(root).filter(([, value]) => asList(asObject(value)?.buckets) !== undefined);
    const [first] = histograms;
    if (first === undefined || histograms.length > 1) {
      throw rows.refusal(
        () => ['aggregations'],
        `found ${histograms.length} aggregations with buckets; expected one date_histogram`,
      );
    }
    readBuckets(asList(asObject(first[1])?.buckets)!, ['aggregations', first[0], 'buckets'], rows);
  },
};

function readBuckets(buckets: readonly unknown[], path: JsonPath, rows: SeriesRows): void {
  const metrics = Object.keys(asObject(buckets[0]) ?? {}).filter(
    (name) => asObject(asObject(buckets[0])![name])?.value !== undefined,
  );
  const value = rows.chooseValue(metrics.length > 0 ? metrics : ['doc_count'], () => [...path, 0]);
  if (value === 'doc_count') rows.assume({ assumed: 'sum-per-period', statistic: 'count' });
  for (const [i, one] of buckets.entries()) {
    const bucket = asObject(one);
    rows.add('', asCell(bucket?.key) ?? '', bucketValue(bucket, value), () => [...path, i]);
  }
}

function bucketValue(bucket: JsonObject | undefined, name: string): string | number | null {
  return asCell(name === 'doc_count' ? bucket?.doc_count : asObject(bucket?.[name])?.value);
}
