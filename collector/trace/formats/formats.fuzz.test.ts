/* Over 350 lines: a generator for each format, and one property for all. */
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { InputError } from '../../../core/errors.ts';
import type { Samples } from '../../../core/series.ts';
import { readTrace, type Trace } from '../read-trace.io.ts';
import type { ReadingOptions } from '../reading-options.ts';

/*
 * Files of every format are made of a load that is known, damaged, and read. Whatever was done to them: no crash, and no silent misreading.
 * Damage to a row may change that row, as nothing tells 35 from 3; it must not change how any other row is read, unless a finding says so.
 */

/** So many in `npm test`; the large count of `npm run test:formats` comes from the environment. */
const RUNS = Number(process.env.PRESCALE_FUZZ_RUNS ?? 1_500);
const SEED = Number(process.env.PRESCALE_FUZZ_SEED ?? 7);

interface Load {
  readonly times: readonly number[];
  readonly values: readonly number[];
}

/** A file that says nothing but the load, and how it is read. */
interface Written {
  readonly text: string;
  readonly options?: ReadingOptions;
}

type Writer = (load: Load, choice: number) => Written;

const iso = (seconds: number) => new Date(seconds * 1000).toISOString();
const wall = (seconds: number) => iso(seconds).slice(0, 19).replace('T', ' ');
const day = (seconds: number) => iso(seconds).slice(8, 10);
const month = (seconds: number) => iso(seconds).slice(5, 7);
const year = (seconds: number) => iso(seconds).slice(0, 4);
const clock = (seconds: number) => iso(seconds).slice(11, 19);
const one = <T>(list: readonly T[], choice: number): T => list[choice % list.length]!;
const rows = ({ times, values }: Load, row: (time: number, value: number, i: number) => string) =>
  times.map((time, i) => row(time, values[i]!, i));
const lines = (...texts: string[]) => `${texts.join('\n')}\n`;
const comma = (value: number) => String(value).replace('.', ',');

const DATES: readonly ((seconds: number) => string)[] = [
  String,
  (s) => String(s * 1000),
  (s) => String(s * 1e6),
  (s) => `${s}000000000`,
  iso,
  (s) => iso(s).replace('Z', '+00:00'),
  wall,
  (s) => `${wall(s)} UTC`,
  (s) => `${day(s)}/${month(s)}/${year(s)} ${clock(s)}`,
  (s) => `${month(s)}/${day(s)}/${year(s)} ${clock(s)}`,
  (s) => `${day(s)}.${month(s)}.${year(s)} ${clock(s)}`,
  (s) => iso(s).slice(0, 19).replace(/\D/g, ''),
  (s) => (s / 86_400 + 25_569).toFixed(6),
];

const table: Writer = (load, choice) => {
  const separator = one([',', ';', '\t', '|'], choice);
  const date = one(DATES, Math.floor(choice / 4));
  const value = separator !== ',' && choice % 5 === 0 ? comma : String;
  const header = one(['timestamp', 'Time', 'date', '@timestamp'], choice >> 3);
  const isSwapped = choice % 7 === 0;
  const row = (a: string, b: string) => (isSwapped ? `${b}${separator}${a}` : `${a}${separator}${b}`);
  return { text: lines(row(header, 'value'), ...rows(load, (t, v) => row(date(t), value(v)))) };
};

const WRITERS: Readonly<Record<string, Writer>> = {
  csv: table,
  'csv again': (load, choice) => table(load, choice * 31 + 17),
  grafana: (load, choice) =>
    choice % 2 === 0
      ? { text: lines('"Time","shop"', ...rows(load, (t, v) => `${wall(t)},${v} req/s`)) }
      : { text: lines('"Series";"Time";"Value"', ...rows(load, (t, v) => `"shop";"${iso(t)}";${v}`)) },
  prometheus: (load) => ({
    text: JSON.stringify({
      status: 'success',
      data: {
        resultType: 'matrix',
        result: [{ metric: { a: 'b' }, values: load.times.map((t, i) => [t, String(load.values[i])]) }],
      },
    }),
  }),
  promtool: (load) => ({ text: lines('{a="b"} =>', ...rows(load, (t, v) => `${v} @[${t}]`)) }),
  openmetrics: (load) => ({
    text: lines('# TYPE load gauge', ...rows(load, (t, v) => `load{a="b"} ${v} ${t}`), '# EOF'),
  }),
  victoriametrics: ({ times, values }) => ({
    text: lines(JSON.stringify({ metric: { a: 'b' }, values, timestamps: times.map((t) => t * 1000) })),
  }),
  cloudwatch: (load) => ({
    text: lines(
      'Full label,"shop load"',
      'Label,load',
      'Statistic,Average',
      'Period,300',
      '',
      ...rows(load, (t, v) => `${wall(t).replaceAll('-', '/')},${v}`),
    ),
  }),
  'cloudwatch-json': (load) => ({
    text: JSON.stringify(
      {
        Label: 'load',
        Datapoints: load.times.map((t, i) => ({ Timestamp: iso(t), Average: load.values[i], Unit: 'None' })),
      },
      null,
      1,
    ),
  }),
  'cloudwatch-text': (load) => ({ text: lines('load', ...rows(load, (t, v) => `DATAPOINTS\t${v}\t${iso(t)}\tNone`)) }),
  datadog: (load) => ({ text: lines('"time","group","value"', ...rows(load, (t, v) => `"${iso(t)}","a:b","${v}"`)) }),
  'datadog-json': (load) => ({
    text: JSON.stringify({
      series: [{ metric: 'm', scope: 'a:b', pointlist: load.times.map((t, i) => [t * 1000, load.values[i]]) }],
    }),
  }),
  'azure-metrics': (load) => ({
    text: JSON.stringify({
      interval: 'PT5M',
      value: [
        {
          name: { value: 'm' },
          timeseries: [
            { metadatavalues: [], data: load.times.map((t, i) => ({ timeStamp: iso(t), average: load.values[i] })) },
          ],
        },
      ],
    }),
  }),
  google: (load) => ({
    text: lines(
      'TimeSeries ID,web',
      'project_id,shop',
      ...rows(
        load,
        (t, v) =>
          `${new Date(t * 1000).toUTCString().replace(/^(\w+), (\d+) (\w+) (\d+) (\S+) GMT$/, '$1 $3 $2 $4 $5 GMT+0000')} (UTC),${v}`,
      ),
    ),
  }),
  'google-json': (load) => ({
    text: JSON.stringify({
      timeSeries: [
        {
          metric: { type: 'm' },
          points: load.times
            .map((t, i) => ({ interval: { endTime: iso(t) }, value: { doubleValue: load.values[i] } }))
            .reverse(),
        },
      ],
    }),
  }),
  influx: (load) => ({
    text: lines(
      '#group,false,false,true,false',
      '#datatype,string,long,dateTime:RFC3339,double',
      '#default,_result,,,',
      ',result,table,_time,_value',
      ...rows(load, (t, v) => `,,0,${iso(t)},${v}`),
    ),
  }),
  'influx-json': (load) => ({
    text: JSON.stringify({
      results: [
        {
          series: [
            { name: 'm', columns: ['time', 'mean'], values: load.times.map((t, i) => [iso(t), load.values[i]]) },
          ],
        },
      ],
    }),
  }),
  'line-protocol': (load) => ({ text: lines(...rows(load, (t, v) => `load,a=b value=${v} ${t}000000000`)) }),
  graphite: (load) => ({
    text: JSON.stringify([{ target: 'm', datapoints: load.times.map((t, i) => [load.values[i], t]) }]),
  }),
  locust: (load) => ({
    text: lines(
      'Timestamp,User Count,Type,Name,Requests/s,Failures/s,50%',
      ...rows(load, (t, v) => `${t},9,,Aggregated,${v},0.0,N/A`),
    ),
  }),
  'json-lines': (load) => ({ text: lines(...rows(load, (t, v) => JSON.stringify({ time: iso(t), load: v }))) }),
  json: (load, choice) => {
    const records = load.times.map((time, i) => ({ time: time * 1000, value: load.values[i] }));
    return {
      text:
        choice % 2 === 0
          ? JSON.stringify(records)
          : JSON.stringify({ timestamps: load.times, values: load.values }, null, 2),
    };
  },
};

const loads = fc
  .record({
    start: fc.integer({ min: 18_300, max: 20_800 }).map((days) => days * 86_400 + 7 * 3_600),
    step: fc.constantFrom(60, 300, 3_600),
    values: fc.array(fc.integer({ min: 0, max: 5_000_000 }), { minLength: 4, maxLength: 24 }),
    scale: fc.constantFrom(1, 10, 100, 1_000),
  })
  .map(({ start, step, values, scale }) => ({
    times: values.map((_, i) => start + i * step),
    values: values.map((value) => value / scale),
  }));

const SPICE = [
  '"',
  ',',
  ';',
  '\t',
  '\n',
  '\r',
  '\r\n',
  '\0',
  '\ufeff',
  '-',
  '+',
  'e',
  '.',
  ':',
  '/',
  ' ',
  'K',
  '%',
  'ms',
  'NaN',
  'null',
  '{',
  '}',
  '[',
  ']',
  '🙂',
  '\u00a0',
  'Z',
  '+02:00',
  'PM',
  '0',
  '7',
];

/** What is done to a text. */
type Damage =
  | { readonly do: 'insert'; readonly at: number; readonly spice: string }
  | { readonly do: 'cut'; readonly at: number; readonly length: number }
  | { readonly do: 'swap' | 'double' | 'drop' | 'blank' | 'junk'; readonly at: number; readonly other: number };

const damages: fc.Arbitrary<Damage> = fc.oneof(
  fc.record({ do: fc.constant('insert' as const), at: fc.nat(), spice: fc.constantFrom(...SPICE) }),
  fc.record({ do: fc.constant('cut' as const), at: fc.nat(), length: fc.integer({ min: 1, max: 6 }) }),
  fc.record({
    do: fc.constantFrom('swap' as const, 'double' as const, 'drop' as const, 'blank' as const, 'junk' as const),
    at: fc.nat(),
    other: fc.nat(),
  }),
);

function damaged(text: string, damage: Damage): string {
  if (damage.do === 'insert') {
    const at = damage.at % (text.length + 1);
    return text.slice(0, at) + damage.spice + text.slice(at);
  }
  if (damage.do === 'cut') {
    const at = damage.at % text.length;
    return text.slice(0, at) + text.slice(at + damage.length);
  }
  const all = text.split('\n');
  const [at, other] = [damage.at % all.length, damage.other % all.length];
  if (damage.do === 'swap') [all[at], all[other]] = [all[other]!, all[at]!];
  else if (damage.do === 'double') all.splice(at, 0, all[at]!);
  else if (damage.do === 'drop') all.splice(at, 1);
  else all.splice(at, 0, damage.do === 'blank' ? '' : 'hello, world');
  return all.join('\n');
}

type Encoding = (text: string) => Buffer;
const ENCODINGS: readonly Encoding[] = [
  (text) => Buffer.from(text),
  (text) => Buffer.from(`\ufeff${text}`),
  (text) => Buffer.from(text.replace(/\r?\n/g, '\r\n')),
  (text) => Buffer.from(`\ufeff${text}`, 'utf16le'),
  (text) => gzipSync(text, { level: 1 }),
];

function open(bytes: Buffer, piece: number): { name: string; open: () => Readable } {
  const pieces = function* () {
    for (let i = 0; i < bytes.length; i += piece) yield bytes.subarray(i, i + piece);
  };
  return { name: 'fuzz', open: () => Readable.from(pieces()) };
}

/** The trace, or that it was refused as it should be. */
async function readOrRefuse(bytes: Buffer, piece: number, options: ReadingOptions = {}): Promise<Trace | undefined> {
  try {
    const trace = await readTrace(open(bytes, piece), options);
    expectValid(trace.samples);
    return trace;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    expect(error.message).toMatch(/^fuzz(:\d+)?: /);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none is the point
    expect(error.message).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
    expect(error.message.length).toBeLessThan(700);
    return undefined;
  }
}

function expectValid({ times, values }: Samples): void {
  expect(values.length).toBe(times.length);
  for (let i = 0; i < times.length; i++) {
    if (!(values[i]! >= 0 && values[i]! < Infinity)) throw new Error(`value ${values[i]} at row ${i}`);
    if (!(times[i]! >= 0 && times[i]! < 1e11)) throw new Error(`time ${times[i]} at row ${i}`);
    if (i > 0 && !(times[i]! > times[i - 1]!)) throw new Error(`times do not ascend at row ${i}`);
  }
}

/** Samples that the load does not have. */
function strangers({ times, values }: Samples, load: Load): number {
  const known = new Map(load.times.map((time, i) => [time, load.values[i]!]));
  let count = 0;
  for (let i = 0; i < times.length; i++) {
    const value = known.get(times[i]!);
    if (value === undefined || Math.abs(value - values[i]!) > 1e-9 * value) count++;
  }
  return count;
}

const said = ({ findings }: Trace) =>
  [
    ...new Set(
      findings.map(({ values }) =>
        JSON.stringify(values).replace(/"(?:example|value|count|firstSeconds)":[^,}]*,?/g, ''),
      ),
    ),
  ]
    .sort()
    .join();

const files = fc.record({
  load: loads,
  writer: fc.constantFrom(...Object.keys(WRITERS)),
  choice: fc.nat(9_999),
  encoding: fc.constantFrom(...ENCODINGS),
  piece: fc.integer({ min: 1, max: 4_000 }),
});

it('a file that is whole is read right, in every format and encoding; or it is asked what it means', async () => {
  const outcomes = new Map<string, { read: number; refused: number }>();
  await fc.assert(
    fc.asyncProperty(files, async ({ load, writer, choice, encoding, piece }) => {
      const { text, options } = WRITERS[writer]!(load, choice);
      const trace = await readOrRefuse(encoding(text), piece, options);
      const outcome = outcomes.get(writer) ?? { read: 0, refused: 0 };
      outcomes.set(writer, outcome);
      if (trace === undefined) {
        outcome.refused++;
        return;
      }
      outcome.read++;
      expect({ rows: trace.samples.times.length, wrong: strangers(trace.samples, load) }).toEqual({
        rows: load.times.length,
        wrong: 0,
      });
    }),
    { numRuns: Math.ceil(RUNS / 4), seed: SEED },
  );
  // Only tables have what can't be told: the order of dates, the mark of thousands.
  for (const [writer, { read, refused }] of outcomes) {
    expect(`${writer}: ${refused} refused of ${read + refused}`).toSatisfy(() =>
      writer.startsWith('csv') ? refused <= read : refused === 0,
    );
  }
});

it('a file that is damaged is refused, or misread no further than the damage goes, or it is said', async () => {
  let read = 0;
  await fc.assert(
    fc.asyncProperty(
      files,
      fc.array(damages, { minLength: 1, maxLength: 3 }),
      async ({ load, writer, choice, encoding, piece }, all) => {
        const { text, options } = WRITERS[writer]!(load, choice);
        const bytes = encoding(all.reduce(damaged, text));
        const trace = await readOrRefuse(bytes, piece, options);
        if (trace === undefined) return;
        read++;
        const wrong = strangers(trace.samples, load);
        // Each damage reaches two rows at most: those around a line's end, or two that were exchanged.
        if (wrong <= 2 * all.length) return;
        const clean = await readOrRefuse(encoding(text), piece, options);
        if (clean !== undefined && said(clean) !== said(trace)) return;
        throw new Error(`${wrong} of ${trace.samples.times.length} samples are wrong, and nothing says so`);
      },
    ),
    { numRuns: RUNS, seed: SEED },
  );
  expect(read).toBeGreaterThan(RUNS / 10);
});

it('any bytes end as valid samples or as an InputError that names the file', async () => {
  const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
  const headed = bytes.map((tail) => Buffer.concat([Buffer.from('timestamp,value\n'), tail]));
  const field = fc.oneof(
    fc.nat().map(String),
    fc.double().map(String),
    fc.constantFrom(...SPICE),
    fc.string({ maxLength: 12 }),
  );
  const table = fc
    .array(
      fc.array(field, { maxLength: 3 }).map((fields) => fields.join(',')),
      { maxLength: 8 },
    )
    .map((texts) => Buffer.from(`timestamp,value\n${texts.join('\n')}`));
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        bytes,
        headed,
        table,
        fc.json().map((text) => Buffer.from(text)),
      ),
      fc.integer({ min: 1, max: 400 }),
      async (file, piece) => {
        await readOrRefuse(file, piece);
      },
    ),
    { numRuns: RUNS, seed: SEED },
  );
});
