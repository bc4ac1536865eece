import { asCell, asList, asObject, asText, isJson, type JsonObject } from '../../json/json-value.ts';
import type { SeriesRows } from '../../series-rows.ts';
import type { DocumentFormat } from '../format.ts';

const AGGREGATIONS = ['total', 'count', 'average', 'minimum', 'maximum'];
const PERIOD = /^PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?$/;

/** Azure Monitor: `az monitor metrics list`, and the API that it asks. */
export const azureMetrics: DocumentFormat = {
  name: 'azure-metrics',
  title: 'an answer of the Azure Monitor API',
  reads: 'document',
  detect: ({ text }) => (isJson(text) && /"timeseries"\s*:/.test(text) && /"timeStamp"\s*:/.test(text) ? 1 : 0),
  read(document, rows) {
    const answer = asObject(document);
    const series = seriesOf(asList(answer?.value) ?? asList(document) ?? []);
    const points = series.flatMap(({ data }) => data.map(asObject));
    const names = AGGREGATIONS.filter((name) => points.some((point) => typeof point?.[name] === 'number'));
    const aggregation = rows.chooseValue(names, () => []);
    if (aggregation === 'total' || aggregation === 'count') {
      const periodSeconds = periodOf(asText(answer?.interval));
      rows.assume({
        assumed: 'sum-per-period',
        statistic: aggregation,
        ...(periodSeconds > 0 ? { periodSeconds } : {}),
      });
    }
    for (const { name, data, path } of series) readSeries(name, data, path, aggregation, rows);
  },
};

interface Series {
  readonly name: string;
  readonly data: readonly unknown[];
  readonly path: readonly (string | number)[];
}

function seriesOf(metrics: readonly unknown[]): Series[] {
  return metrics.flatMap((one, i) => {
    const metric = asObject(one);
    const name = asText(asObject(metric?.name)?.value ?? metric?.name);
    return (asList(metric?.timeseries) ?? []).map((element, j) => {
      const { data, metadatavalues } = asObject(element) ?? {};
      const labels = (asList(metadatavalues) ?? []).map((label) => dimension(asObject(label)));
      return {
        name: [name, ...labels].join(', '),
        data: asList(data) ?? [],
        path: ['value', i, 'timeseries', j, 'data'],
      };
    });
  });
}

function dimension(label: JsonObject | undefined): string {
  return `${asText(asObject(label?.name)?.value)}=${asText(label?.value)}`;
}

function readSeries(
  name: string,
  data: readonly unknown[],
  path: Series['path'],
  aggregation: string,
  rows: SeriesRows,
): void {
  for (const [i, one] of data.entries()) {
    const point = asObject(one);
    rows.add(name, asCell(point?.timeStamp) ?? '', asCell(point?.[aggregation]), () => [...path, i]);
  }
}

/** `PT5M` in seconds; 0: it says nothing. */
function periodOf(text: string): number {
  const [, hours, minutes, seconds] = PERIOD.exec(text) ?? [];
  return Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0);
}
