/* Over 350 lines: an example of every format that is read, with what is read of it. */
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { readTrace } from '../read-trace.io.ts';
import type { ReadingOptions } from '../reading-options.ts';
import { FORMATS } from './all.ts';
import { FORMAT_NAMES } from './names.ts';

/** 2026-05-11T00:00:00Z, a Monday. */
const START = 1_778_457_600;

const read = (text: string | Buffer, options: ReadingOptions = {}) =>
  readTrace({ name: 'made', open: () => Readable.from([Buffer.from(text)]) }, options);

/** A file as its tool writes it: three values, five minutes apart, and what must be said of it. */
interface Made {
  readonly format: string;
  readonly what: string;
  readonly text: string;
  readonly assumed: readonly string[];
  readonly options?: ReadingOptions;
  readonly values?: readonly number[];
  readonly times?: readonly number[];
}

const lines = (...texts: string[]) => `${texts.join('\n')}\n`;
const MINUTES = [START, START + 60, START + 120];
const LOG = (second: string, status = 200) =>
  `10.0.0.1 - - [11/May/2026:00:${second} +0000] "GET /cart HTTP/1.1" ${status} 512 "-" "curl/8"`;

const MADE: readonly Made[] = [
  {
    format: 'grafana',
    what: 'series as columns, one picked',
    text: '"Time","web-1","web-2"\r\n1778457600000,35.5,1\r\n1778457900000,36,2\r\n1778458200000,37.25,3\r\n',
    options: { valueColumn: 'web-1' },
    assumed: ['columns'],
  },
  {
    format: 'grafana',
    what: 'for Excel: sep=, above the header, formatted times and units',
    text: lines(
      'sep=,',
      '"Time","shop"',
      '2026-05-11 00:00:00,35.5 req/s',
      '2026-05-11 00:05:00,36 req/s',
      '2026-05-11 00:10:00,37.25 req/s',
    ),
    assumed: ['unit', 'zone'],
  },
  {
    format: 'grafana',
    what: 'series as rows, one picked',
    text: lines(
      '"Series";"Time";"Value"',
      ...['00', '05', '10'].flatMap((minute, i) => [
        `"a";"2026-05-11T00:${minute}:00+00:00";${[35.5, 36, 37.25][i]}`,
        `"b";"2026-05-11T00:${minute}:00+00:00";null`,
      ]),
    ),
    options: { series: 'a' },
    assumed: [],
  },
  {
    format: 'grafana-json',
    what: 'data frames of two queries, one picked',
    text: JSON.stringify({
      results: Object.fromEntries(
        ['A', 'B'].map((ref, i) => [
          ref,
          {
            frames: [
              {
                schema: {
                  fields: [
                    { name: 'Time', type: 'time' },
                    { name: 'Value', type: 'number', labels: { pod: `web-${i}` } },
                  ],
                },
                data: {
                  values: [
                    [1778457600000, 1778457900000, 1778458200000],
                    [35.5 + i, 36 + i, 37.25 + i],
                  ],
                },
              },
            ],
          },
        ]),
      ),
    }),
    options: { series: 'pod=web-0' },
    assumed: [],
  },
  {
    format: 'prometheus',
    what: 'two series added up, NaN is no data',
    text: JSON.stringify({
      status: 'success',
      data: {
        resultType: 'matrix',
        result: [
          {
            metric: { pod: 'a' },
            values: [
              [START, '30'],
              [START + 300, '30'],
              [START + 600, '30'],
            ],
          },
          {
            metric: { pod: 'b' },
            values: [
              [START, '5.5'],
              [START + 300, '6'],
              [START + 600, '7.25'],
              [START + 900, 'NaN'],
            ],
          },
        ],
      },
    }),
    options: { sum: true },
    assumed: ['empty', 'summed'],
  },
  {
    format: 'promtool',
    what: 'text of a range query',
    text: lines('{service="shop"} =>', '35.5 @[1778457600]', '36 @[1778457900]', '37.25 @[1778458200]'),
    assumed: [],
  },
  {
    format: 'openmetrics',
    what: 'tsdb dump-openmetrics',
    text: lines(
      '# TYPE load gauge',
      'load{a="x y"} 35.5 1778457600',
      'load{a="x y"} 36 1778457900',
      'load{a="x y"} 37.25 1778458200',
      '# EOF',
    ),
    assumed: [],
  },
  {
    format: 'victoriametrics',
    what: 'an export in two parts',
    text: lines(
      '{"metric":{"__name__":"load"},"values":[35.5,36],"timestamps":[1778457600000,1778457900000]}',
      '{"metric":{"__name__":"load"},"values":[37.25],"timestamps":[1778458200000]}',
    ),
    assumed: [],
  },
  {
    format: 'cloudwatch',
    what: "the console's block of header rows",
    text: lines(
      'Full label,"shop RequestCount"',
      'Label,RequestCount',
      'Statistic,Sum',
      'Period,300',
      '',
      '2026/05/11 00:00:00,35.5',
      '2026/05/11 00:05:00,36',
      '2026/05/11 00:10:00,37.25',
    ),
    assumed: ['sum-per-period', 'zone'],
  },
  {
    format: 'cloudwatch-json',
    what: 'get-metric-statistics, in no order',
    text: JSON.stringify({
      Label: 'CPU',
      Datapoints: [
        { Timestamp: '2026-05-11T00:10:00+00:00', Average: 37.25, Unit: 'Percent' },
        { Timestamp: '2026-05-11T00:00:00+00:00', Average: 35.5, Unit: 'Percent' },
        { Timestamp: '2026-05-11T00:05:00+00:00', Average: 36, Unit: 'Percent' },
      ],
    }),
    assumed: ['sorted'],
  },
  {
    format: 'cloudwatch-json',
    what: 'get-metric-data',
    text: JSON.stringify({
      MetricDataResults: [
        {
          Id: 'm1',
          Label: 'shop',
          Timestamps: ['2026-05-11T00:00:00+00:00', '2026-05-11T00:05:00+00:00', '2026-05-11T00:10:00+00:00'],
          Values: [35.5, 36, 37.25],
          StatusCode: 'Complete',
        },
      ],
      Messages: [],
    }),
    assumed: [],
  },
  {
    format: 'cloudwatch-text',
    what: 'get-metric-statistics',
    text: lines(
      'RequestCount',
      'DATAPOINTS\t36.0\t2026-05-11T00:05:00+00:00\tCount',
      'DATAPOINTS\t35.5\t2026-05-11T00:00:00+00:00\tCount',
      'DATAPOINTS\t37.25\t2026-05-11T00:10:00+00:00\tCount',
    ),
    assumed: ['sorted'],
  },
  {
    format: 'cloudwatch-text',
    what: 'get-metric-data',
    text: lines(
      'METRICDATARESULTS\tm1\tshop\tComplete',
      ...['00', '05', '10'].map((m) => `TIMESTAMPS\t2026-05-11T00:${m}:00+00:00`),
      'VALUES\t35.5',
      'VALUES\t36.0',
      'VALUES\t37.25',
    ),
    assumed: [],
  },
  {
    format: 'datadog',
    what: 'a graph as CSV',
    text: lines(
      '"time","group","value"',
      '"2026-05-11T00:00:00.000Z","service:shop","35.5"',
      '"2026-05-11T00:05:00.000Z","service:shop","36"',
      '"2026-05-11T00:10:00.000Z","service:shop","37.25"',
    ),
    assumed: [],
  },
  {
    format: 'datadog-json',
    what: 'query, version 1',
    text: JSON.stringify({
      status: 'ok',
      series: [
        {
          metric: 'load',
          scope: 'service:shop',
          pointlist: [
            [1778457600000, 35.5],
            [1778457900000, 36],
            [1778458200000, 37.25],
            [1778458500000, null],
          ],
        },
      ],
    }),
    assumed: ['empty'],
  },
  {
    format: 'datadog-json',
    what: 'timeseries, version 2',
    text: JSON.stringify({
      data: {
        type: 'timeseries_response',
        attributes: {
          series: [{ group_tags: ['a:b'] }],
          times: [1778457600000, 1778457900000, 1778458200000],
          values: [[35.5, 36, 37.25]],
        },
      },
    }),
    assumed: [],
  },
  {
    format: 'azure-metrics',
    what: 'az monitor metrics list',
    text: JSON.stringify({
      interval: 'PT5M',
      value: [
        {
          name: { value: 'Requests' },
          unit: 'Count',
          timeseries: [
            {
              metadatavalues: [],
              data: ['00', '05', '10'].map((m, i) => ({
                timeStamp: `2026-05-11T00:${m}:00Z`,
                total: [35.5, 36, 37.25][i],
                average: null,
              })),
            },
          ],
        },
      ],
    }),
    assumed: ['sum-per-period'],
  },
  {
    format: 'azure-logs',
    what: 'Log Analytics as CSV',
    text: lines(
      '"TimeGenerated [UTC]","Total"',
      '"5/13/2026, 12:00:00.000 AM","35.5"',
      '"5/13/2026, 12:05:00.000 AM","36"',
      '"5/13/2026, 12:10:00.000 AM","37.25"',
    ),
    times: [0, 300, 600].map((s) => START + 2 * 86_400 + s),
    assumed: ['date-order'],
  },
  {
    format: 'json',
    what: "Log Analytics' API: columns beside rows",
    text: JSON.stringify({
      tables: [
        {
          name: 'PrimaryResult',
          columns: [
            { name: 'TimeGenerated', type: 'datetime' },
            { name: 'Total', type: 'real' },
          ],
          rows: [
            ['2026-05-11T00:00:00Z', 35.5],
            ['2026-05-11T00:05:00Z', 36],
            ['2026-05-11T00:10:00Z', 37.25],
          ],
        },
      ],
    }),
    assumed: [],
  },
  {
    format: 'google',
    what: 'Metrics Explorer as CSV',
    text: lines(
      'TimeSeries ID,web_rif',
      'project_id,shop',
      'Mon May 11 2026 02:00:00 GMT+0200 (Central European Summer Time),35.5',
      'Mon May 11 2026 02:05:00 GMT+0200 (Central European Summer Time),36',
      'Mon May 11 2026 02:10:00 GMT+0200 (Central European Summer Time),37.25',
    ),
    assumed: [],
  },
  {
    format: 'google-json',
    what: 'timeSeries.list, the newest point first',
    text: JSON.stringify({
      timeSeries: [
        {
          metric: { type: 'run.googleapis.com/request_count', labels: {} },
          metricKind: 'DELTA',
          valueType: 'DOUBLE',
          points: ['10', '05', '00'].map((m, i) => ({
            interval: { startTime: `2026-05-11T00:${m}:00Z`, endTime: `2026-05-11T00:${m}:00Z` },
            value: { doubleValue: [37.25, 36, 35.5][i] },
          })),
        },
      ],
    }),
    assumed: ['sorted', 'sum-per-period'],
  },
  {
    format: 'google-json',
    what: 'timeSeries.query',
    text: JSON.stringify({
      timeSeriesDescriptor: {},
      timeSeriesData: [
        {
          labelValues: [],
          pointData: ['00', '05', '10'].map((m, i) => ({
            values: [{ doubleValue: [35.5, 36, 37.25][i] }],
            timeInterval: { endTime: `2026-05-11T00:${m}:00Z` },
          })),
        },
      ],
    }),
    assumed: [],
  },
  {
    format: 'influx',
    what: 'annotated CSV of two tables, one series picked',
    text: lines(
      '#group,false,false,true,true',
      '#datatype,string,long,dateTime:RFC3339,double,string',
      '#default,_result,,,,',
      ',result,table,_time,_value,pod',
      ',,0,2026-05-11T00:00:00Z,35.5,a',
      ',,0,2026-05-11T00:05:00Z,36,a',
      ',,0,2026-05-11T00:10:00Z,37.25,a',
      '',
      ',result,table,_time,_value,pod',
      ',,1,2026-05-11T00:00:00Z,1,b',
    ),
    options: { series: 'pod=a' },
    assumed: [],
  },
  {
    format: 'influx-json',
    what: 'InfluxQL over HTTP',
    text: JSON.stringify({
      results: [
        {
          series: [
            {
              name: 'load',
              columns: ['time', 'mean'],
              values: [
                ['2026-05-11T00:00:00Z', 35.5],
                ['2026-05-11T00:05:00Z', 36],
                ['2026-05-11T00:10:00Z', 37.25],
              ],
            },
          ],
        },
      ],
    }),
    assumed: [],
  },
  {
    format: 'line-protocol',
    what: 'nanoseconds, a field of text beside the load',
    text: lines(
      'load,service=my\\ shop value=35.5,note="a b" 1778457600000000000',
      'load,service=my\\ shop value=36i,note="c" 1778457900000000000',
      'load,service=my\\ shop value=37.25 1778458200000000000',
    ),
    assumed: ['time-unit'],
  },
  {
    format: 'graphite',
    what: 'render as JSON',
    text: JSON.stringify([
      {
        target: 'load',
        datapoints: [
          [35.5, START],
          [36, START + 300],
          [37.25, START + 600],
          [null, START + 900],
        ],
      },
    ]),
    assumed: ['empty'],
  },
  {
    format: 'elasticsearch',
    what: 'a date_histogram',
    text: JSON.stringify({
      took: 3,
      aggregations: {
        load: {
          buckets: [35, 36, 37].map((doc_count, i) => ({
            key_as_string: '',
            key: (START + 300 * i) * 1000,
            doc_count,
          })),
        },
      },
    }),
    values: [35, 36, 37],
    assumed: ['sum-per-period'],
  },
  {
    format: 'k6',
    what: 'requests of each minute',
    text: lines(
      'metric_name,timestamp,metric_value,check,error',
      ...[0, 1, 61, 121, 122, 123].flatMap((s) => [
        `http_reqs,${START + s},1.000000,,`,
        `http_req_duration,${START + s},221.9,,`,
      ]),
    ),
    values: [2, 1, 3],
    times: MINUTES,
    assumed: ['counted'],
  },
  {
    format: 'k6-json',
    what: 'requests of each minute',
    text: lines(
      '{"type":"Metric","data":{"name":"http_reqs","type":"counter"},"metric":"http_reqs"}',
      ...['00:01', '00:59', '01:00', '02:00'].map(
        (at) =>
          `{"metric":"http_reqs","type":"Point","data":{"time":"2026-05-11T00:${at}.123456+00:00","value":1,"tags":{}}}`,
      ),
    ),
    values: [2, 1, 1],
    times: MINUTES,
    assumed: ['counted'],
  },
  {
    format: 'locust',
    what: 'the total, not the endpoints',
    text: lines(
      'Timestamp,User Count,Type,Name,Requests/s,Failures/s,50%,Total Request Count',
      ...[35.5, 36, 37.25].flatMap((value, i) => [
        `${START + 300 * i},20,GET,/cart,1.000000,0.0,12,7`,
        `${START + 300 * i},20,,Aggregated,${value.toFixed(6)},0.0,N/A,${100 * i}`,
      ]),
    ),
    assumed: [],
  },
  {
    format: 'access-log',
    what: 'combined, a minute without requests',
    text: lines(LOG('00:01'), LOG('00:02', 404), LOG('02:00')),
    values: [2, 0, 1],
    times: MINUTES,
    assumed: ['counted'],
  },
  {
    format: 'access-log',
    what: 'a load balancer of AWS',
    text: lines(
      ...['00:00.186641', '01:07.1', '02:00.0'].map(
        (at) =>
          `https 2026-05-11T00:${at}Z app/shop/50dc 10.0.0.1:1 10.0.0.2:80 0.1 0.1 0.1 200 200 34 366 "GET https://shop/ HTTP/1.1"`,
      ),
    ),
    values: [1, 1, 1],
    times: MINUTES,
    assumed: ['counted'],
  },
  {
    format: 'access-log-json',
    what: 'nginx',
    text: lines(
      ...['00:01', '00:02', '01:00', '02:30'].map(
        (at) => `{"time_iso8601":"2026-05-11T00:${at}+00:00","request":"GET / HTTP/1.1","status":200}`,
      ),
    ),
    values: [2, 1, 1],
    times: MINUTES,
    assumed: ['counted'],
  },
  {
    format: 'w3c-log',
    what: 'IIS',
    text: lines(
      '#Software: Microsoft Internet Information Services 10.0',
      '#Fields: date time cs-method cs-uri-stem sc-status',
      '2026-05-11 00:00:10 GET / 200',
      '2026-05-11 00:01:10 GET / 200',
      '2026-05-11 00:02:10 GET / 200',
    ),
    values: [1, 1, 1],
    times: MINUTES,
    assumed: ['counted'],
  },
  {
    format: 'json-lines',
    what: 'records',
    text: lines(
      '{"@timestamp":"2026-05-11T00:00:00Z","load":{"value":35.5}}',
      '{"@timestamp":"2026-05-11T00:05:00Z","load":{"value":36}}',
      '{"@timestamp":"2026-05-11T00:10:00Z","load":{"value":37.25}}',
    ),
    assumed: [],
  },
  {
    format: 'json',
    what: 'records, indented',
    text: JSON.stringify(
      [35.5, 36, 37.25].map((value, i) => ({ timestamp: (START + 300 * i) * 1000, value })),
      null,
      2,
    ),
    assumed: [],
  },
  {
    format: 'json',
    what: 'lists beside each other, further down',
    text: JSON.stringify({ data: { timestamps: [START, START + 300, START + 600], values: [35.5, 36, 37.25] } }),
    assumed: [],
  },
  {
    format: 'json',
    what: 'a frame of pandas, as columns',
    text: JSON.stringify({
      timestamp: { 0: '2026-05-11T00:00:00.000Z', 1: '2026-05-11T00:05:00.000Z', 2: '2026-05-11T00:10:00.000Z' },
      value: { 0: 35.5, 1: 36, 2: 37.25 },
    }),
    assumed: [],
  },
  {
    format: 'json',
    what: 'a series of pandas, times as keys',
    text: JSON.stringify({ 1778457600000: 35.5, 1778457900000: 36, 1778458200000: 37.25 }),
    assumed: [],
  },
  {
    format: 'csv',
    what: 'columns in another order, and one with text',
    text: lines(
      'value;host;when',
      '35.5;a;2026-05-11T00:00:00Z',
      '36;a;2026-05-11T00:05:00Z',
      '37.25;a;2026-05-11T00:10:00Z',
    ),
    assumed: [],
  },
];

describe('each format, as its tool writes it', () => {
  it.each(MADE)('$format: $what', async ({ format, text, options, assumed, values, times }) => {
    const trace = await read(text, options);
    expect([...trace.samples.times]).toEqual(times ?? [START, START + 300, START + 600]);
    expect([...trace.samples.values]).toEqual(values ?? [35.5, 36, 37.25]);
    const said = trace.findings.map(({ values: known }) => known);
    const names = said.map((known) => ('assumed' in known ? known.assumed : ''));
    expect(names.sort()).toEqual([...(format === 'csv' ? [] : ['format']), ...assumed].sort());
    if (format !== 'csv') expect(said).toContainEqual(expect.objectContaining({ assumed: 'format', format }));
  });

  it.each(MADE)('$format by its name: $what', async ({ format, text, options, values }) => {
    const trace = await read(text, { ...options, format });
    expect([...trace.samples.values]).toEqual(values ?? [35.5, 36, 37.25]);
  });

  it('none is without a made file', () => {
    expect(FORMATS.map(({ name }) => name).filter((name) => !MADE.some(({ format }) => format === name))).toEqual([]);
  });

  it('a format that there is not', async () => {
    await expect(read('timestamp,value\n', { format: 'xlsx' })).rejects.toThrow(
      /^--format-in: found "xlsx"; expected one of csv, grafana, /,
    );
  });
});

describe('what a format refuses, in one sentence with its place', () => {
  const REFUSED: readonly [what: string, text: string, sentence: RegExp, options?: ReadingOptions][] = [
    [
      'several series of Prometheus',
      MADE[4]!.text,
      /^made:1: found 2 series \("\{pod="a"\}", "\{pod="b"\}"\); expected one: --series <name> picks it, --sum adds/,
    ],
    [
      'a series that there is not',
      MADE[4]!.text,
      /^made:1: found no series "x" \(--series\); expected one of \{pod="a"\}, \{pod="b"\}$/,
      { series: 'x' },
    ],
    [
      'an error of Prometheus',
      '{"status":"error","errorType":"bad_data","error":"parse error"}',
      /^made:1: error: found an error instead of an answer: "parse error"/,
    ],
    [
      'an instant query',
      '{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1778457600,"3"]}]}}',
      /^made:1: data\.result\[0\]: found the answer to an instant query/,
    ],
    [
      'a value that is none, on its line of a document',
      '{\n"data": {"resultType": "matrix", "result": [\n{"metric": {}, "values": [\n[1778457600, "3"],\n[1778457900, "much"]]}]}}',
      /^made:5: data\.result\[0\]\.values\[1\]: found value "much", which is no number; expected/,
    ],
    [
      'a document that is cut',
      '[{"metric": {},\n "values": [[1778457600, "3"], [17784',
      /^made:2: found JSON that is broken or cut here; expected a whole document$/,
    ],
    [
      'two statistics',
      '{"Datapoints":[{"Timestamp":"2026-05-11T00:00:00Z","Sum":1,"Average":2}]}',
      /^made:1: Datapoints\[0\]: found 2 values a row \("Sum", "Average"\); expected one: --value-column <name>$/,
    ],
    [
      'two statistics as text',
      'DATAPOINTS\t1.0\t2.0\t2026-05-11T00:00:00Z\tCount\n',
      /^made:1: found 2 values before the time; expected one/,
    ],
    [
      'a distribution',
      '{"timeSeries":[{"points":[{"interval":{"endTime":"2026-05-11T00:00:00Z"},"value":{"distributionValue":{"count":3}}}]}]}',
      /^made:1: timeSeries\[0\]\.points\[0\]: found a distribution; expected a number/,
    ],
    [
      'a duration of k6',
      MADE.find(({ format }) => format === 'k6')!.text,
      /^made:1: found --series http_req_duration, which is a duration; expected a count/,
      { series: 'http_req_duration' },
    ],
    [
      'JSON without rows',
      '{"hello": "world"}',
      /^made:1: found JSON without rows of times and values; expected records/,
    ],
    [
      'promtool with a bad line',
      '{a="b"} =>\n35 @[1778457600]\n35 at noon\n',
      /^made:3: found "35 at noon"; expected a value and its time/,
    ],
    [
      'an access log that is half something else',
      `${[LOG('00:01'), LOG('00:02'), LOG('00:03'), LOG('00:04'), 'oops'].join('\n')}\n`,
      /^made:5: found a line without a time such as/,
    ],
  ];
  it.each(REFUSED)('%s', async (_, text, sentence, options) => {
    await expect(read(text, options)).rejects.toMatchObject({
      name: 'InputError',
      message: expect.stringMatching(sentence),
    });
  });
});

it('the names that help shows are those of all formats', () => {
  expect(FORMATS.map(({ name }) => name)).toEqual([...FORMAT_NAMES]);
});
