import { InputError } from '../../../core/errors.ts';
import { accessLog } from './access-log.ts';
import { accessLogJson } from './access-log-json.ts';
import { azureLogs } from './azure-logs.ts';
import { azureMetrics } from './azure-metrics.ts';
import { cloudwatch } from './cloudwatch.ts';
import { cloudwatchJson } from './cloudwatch-json.ts';
import { cloudwatchText } from './cloudwatch-text.ts';
import { csv } from './csv.ts';
import { datadog } from './datadog.ts';
import { datadogJson } from './datadog-json.ts';
import { elasticsearch } from './elasticsearch.ts';
import type { Head, TraceFormat } from './format.ts';
import { google } from './google.ts';
import { googleJson } from './google-json.ts';
import { grafana } from './grafana.ts';
import { grafanaJson } from './grafana-json.ts';
import { graphite } from './graphite.ts';
import { influx } from './influx.ts';
import { influxJson } from './influx-json.ts';
import { json } from './json.ts';
import { jsonLines } from './json-lines.ts';
import { k6 } from './k6.ts';
import { k6Json } from './k6-json.ts';
import { lineProtocol } from './line-protocol.ts';
import { locust } from './locust.ts';
import { openmetrics } from './openmetrics.ts';
import { prometheus } from './prometheus.ts';
import { promtool } from './promtool.ts';
import { victoriametrics } from './victoriametrics.ts';
import { w3cLog } from './w3c-log.ts';

/** All formats that are read, by the names that --format-in takes. */
export const FORMATS: readonly TraceFormat[] = [
  csv,
  grafana,
  grafanaJson,
  prometheus,
  promtool,
  openmetrics,
  victoriametrics,
  cloudwatch,
  cloudwatchJson,
  cloudwatchText,
  datadog,
  datadogJson,
  azureMetrics,
  azureLogs,
  google,
  googleJson,
  influx,
  influxJson,
  lineProtocol,
  graphite,
  elasticsearch,
  k6,
  k6Json,
  locust,
  accessLog,
  accessLogJson,
  w3cLog,
  jsonLines,
  json,
];

/**
 * The format of a file: the one that is named, else the one that is surest.
 * @throws InputError for a name that there isn't
 */
export function chooseFormat(head: Head, named: string | undefined): TraceFormat {
  if (named !== undefined) return formatNamed(named);
  let best: TraceFormat = csv;
  let most = 0;
  for (const format of FORMATS) {
    const sureness = format.detect(head);
    if (sureness <= most) continue;
    best = format;
    most = sureness;
  }
  return best;
}

/** @throws InputError for a name that there isn't */
export function formatNamed(named: string): TraceFormat {
  const format = FORMATS.find(({ name }) => name === named);
  if (format) return format;
  throw new InputError(`--format-in: found "${named}"; expected one of ${FORMATS.map(({ name }) => name).join(', ')}`);
}
