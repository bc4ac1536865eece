import { InputError } from '../../../core/errors.ts';
import { azureLogs } from './cloud/azure-logs.ts';
import { azureMetrics } from './cloud/azure-metrics.ts';
import { cloudwatch } from './cloud/cloudwatch.ts';
import { cloudwatchJson } from './cloud/cloudwatch-json.ts';
import { cloudwatchText } from './cloud/cloudwatch-text.ts';
import { datadog } from './cloud/datadog.ts';
import { datadogJson } from './cloud/datadog-json.ts';
import { google } from './cloud/google.ts';
import { googleJson } from './cloud/google-json.ts';
import { csv } from './csv.ts';
import type { Head, TraceFormat } from './format.ts';
import { json } from './json.ts';
import { jsonLines } from './json-lines.ts';
import { k6 } from './load-tests/k6.ts';
import { k6Json } from './load-tests/k6-json.ts';
import { locust } from './load-tests/locust.ts';
import { accessLog } from './logs/access-log.ts';
import { accessLogJson } from './logs/access-log-json.ts';
import { w3cLog } from './logs/w3c-log.ts';
import { elasticsearch } from './monitoring/elasticsearch.ts';
import { grafana } from './monitoring/grafana.ts';
import { grafanaJson } from './monitoring/grafana-json.ts';
import { graphite } from './monitoring/graphite.ts';
import { influx } from './monitoring/influx.ts';
import { influxJson } from './monitoring/influx-json.ts';
import { lineProtocol } from './monitoring/line-protocol.ts';
import { openmetrics } from './monitoring/openmetrics.ts';
import { prometheus } from './monitoring/prometheus.ts';
import { promtool } from './monitoring/promtool.ts';
import { victoriametrics } from './monitoring/victoriametrics.ts';

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
