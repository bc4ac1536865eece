import { asCell, asList, asObject, asText, isJson, type JsonObject } from '../../json/json-value.ts';
import type { SeriesRows } from '../../series-rows.ts';
import type { DocumentFormat } from '../format.ts';

const STATISTICS = ['SampleCount', 'Average', 'Sum', 'Minimum', 'Maximum'];

/** The answers of `aws cloudwatch get-metric-statistics` (datapoints in no order) and `get-metric-data`. */
export const cloudwatchJson: DocumentFormat = {
  name: 'cloudwatch-json',
  title: 'an answer of the CloudWatch API',
  reads: 'document',
  detect: ({ text }) => (isJson(text) && /"(?:Datapoints|MetricDataResults)"\s*:/.test(text) ? 1 : 0),
  read(document, rows) {
    const answer = asObject(document);
    const results = asList(answer?.MetricDataResults);
    if (results) readData(results, rows);
    else readStatistics(answer, rows);
  },
};

function readStatistics(answer: JsonObject | undefined, rows: SeriesRows): void {
  const points = asList(answer?.Datapoints);
  if (points === undefined)
    throw rows.refusal(() => [], 'found no Datapoints; expected an answer of get-metric-statistics');
  const [first] = points;
  const names = Object.entries({ ...asObject(first), ...asObject(asObject(first)?.ExtendedStatistics) })
    .filter(
      ([name, value]) => STATISTICS.includes(name) || (/^(?:p|tm|wm|tc|ts)\d/.test(name) && typeof value === 'number'),
    )
    .map(([name]) => name);
  const statistic = rows.chooseValue(names, () => ['Datapoints', 0]);
  if (statistic === 'Sum' || statistic === 'SampleCount') rows.assume({ assumed: 'sum-per-period', statistic });
  for (const [i, one] of points.entries()) {
    const point = asObject(one);
    const value = point?.[statistic] ?? asObject(point?.ExtendedStatistics)?.[statistic];
    rows.add(asText(answer?.Label), asCell(point?.Timestamp) ?? '', asCell(value), () => ['Datapoints', i]);
  }
}

function readData(results: readonly unknown[], rows: SeriesRows): void {
  const labels = results.map((one) => asText(asObject(one)?.Label));
  for (const [i, one] of results.entries()) {
    const result = asObject(one);
    const [times, values] = [asList(result?.Timestamps) ?? [], asList(result?.Values) ?? []];
    if (times.length !== values.length) {
      throw rows.refusal(
        () => ['MetricDataResults', i],
        `found ${times.length} times and ${values.length} values; expected as many of both`,
      );
    }
    const label = labels[i]!;
    const isShared = labels.some((other, j) => other === label && asObject(results[j])?.Id !== result?.Id);
    const name = isShared ? `${label} (${asText(result?.Id)})` : label;
    for (const [j, time] of times.entries()) {
      rows.add(name, asCell(time) ?? '', asCell(values[j]), () => ['MetricDataResults', i, 'Timestamps', j]);
    }
  }
}
