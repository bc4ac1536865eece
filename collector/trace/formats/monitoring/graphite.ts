import { asCell, asList, asObject, asText, isJson } from '../../json/json-value.ts';
import type { DocumentFormat } from '../format.ts';

/** Graphite's `/render?format=json`: targets with datapoints, the value before its time. */
export const graphite: DocumentFormat = {
  name: 'graphite',
  title: 'an answer of Graphite',
  reads: 'document',
  detect: ({ text }) =>
    /^\s*\[/.test(text) && isJson(text) && /"target"\s*:/.test(text) && /"datapoints"\s*:/.test(text) ? 1 : 0,
  read(document, rows) {
    for (const [i, one] of (asList(document) ?? []).entries()) {
      const series = asObject(one);
      for (const [j, point] of (asList(series?.datapoints) ?? []).entries()) {
        const [value, time] = asList(point) ?? [];
        rows.add(asText(series?.target), asCell(time) ?? '', asCell(value), () => [i, 'datapoints', j]);
      }
    }
  },
};
