import type { JsonPath } from '../../json/json-path.ts';
import { asCell, asList, asObject, asText, isJson, labelsText } from '../../json/json-value.ts';
import { type SeriesRows, shown } from '../../series-rows.ts';
import type { DocumentFormat } from '../format.ts';

/** The answer of Prometheus' HTTP API to a range query (`/api/v1/query_range`), and what `promtool query range -o json` makes of it. */
export const prometheus: DocumentFormat = {
  name: 'prometheus',
  title: 'an answer of the Prometheus API',
  reads: 'document',
  detect: ({ text }) =>
    isJson(text) &&
    (/"resultType"|"errorType"/.test(text) || (/"metric"\s*:\s*\{/.test(text) && /"values?"\s*:\s*\[/.test(text)))
      ? 0.9
      : 0,
  read,
};

function read(document: unknown, rows: SeriesRows): void {
  const answer = asObject(document);
  if (answer?.status === 'error') {
    throw rows.refusal(
      () => ['error'],
      `found an error instead of an answer: ${shown(asText(answer.error))}; expected the answer to a range query`,
    );
  }
  const warnings = asList(answer?.warnings) ?? [];
  if (warnings.length > 0) {
    throw rows.refusal(
      () => ['warnings'],
      `found a partial answer (${shown(asText(warnings[0]))}); expected a whole one`,
    );
  }
  const data = asObject(answer?.data) ?? answer;
  const result = asList(data?.result) ?? asList(document);
  const path: JsonPath = asList(document) ? [] : asObject(answer?.data) ? ['data', 'result'] : ['result'];
  if (result === undefined) throw rows.refusal(() => [], 'found no result; expected the answer to a range query');
  for (const [i, one] of result.entries()) readSeries(asObject(one), [...path, i], rows);
}

function readSeries(series: ReturnType<typeof asObject>, path: JsonPath, rows: SeriesRows): void {
  const values = asList(series?.values);
  if (series?.histograms !== undefined || series?.histogram !== undefined) {
    throw rows.refusal(
      () => path,
      'found a native histogram; expected numbers: ask for histogram_count(rate(…)) or histogram_sum(rate(…))',
    );
  }
  if (values === undefined) {
    throw rows.refusal(
      () => path,
      'found the answer to an instant query, one value a series; expected a range query (/api/v1/query_range)',
    );
  }
  const name = labelsText(asObject(series?.metric));
  for (const [i, point] of values.entries()) {
    const [time, value] = asList(point) ?? [];
    rows.add(name, asCell(time) ?? '', asCell(value), () => [...path, 'values', i]);
  }
}
