/* Over 350 lines: one reader, and each thing that may be wrong with a trace. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { exampleTrace } from '../../replay/example.ts';
import { canonicalCsv, samplesSha256 } from './csv/canonical-csv.ts';
import { MAX_ROWS, readTrace } from './read-trace.io.ts';
import type { ReadingOptions } from './reading-options.ts';

const folder = mkdtempSync(join(tmpdir(), 'prescale-trace-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A file's text, delivered in pieces of `pieceBytes`. */
const input = (text: string | Buffer, pieceBytes = 7, name = 'load.csv') => ({
  name,
  open: () => {
    const bytes = Buffer.from(text);
    const pieces: Buffer[] = [];
    for (let i = 0; i < bytes.length; i += pieceBytes) pieces.push(bytes.subarray(i, i + pieceBytes));
    return Readable.from(pieces);
  },
});
const read = async (text: string | Buffer, options: ReadingOptions = {}) => {
  const { samples, findings } = await readTrace(input(text), options);
  const assumed = findings.map(({ values }) => ('assumed' in values ? values.assumed : ''));
  return { times: [...samples.times], values: [...samples.values], assumed };
};
const refusal = async (text: string | Buffer, options: ReadingOptions = {}) => {
  const error = await readTrace(input(text, 4096), options).then(
    () => new Error('it was read'),
    (reason: unknown) => reason as Error,
  );
  return error.name === 'InputError' ? error.message : `${error.name}: ${error.message}`;
};

const TIMES = [1714521600, 1714521660];
const plain = { times: TIMES, values: [1.5, 0], assumed: [] };

describe('a trace that is right', () => {
  const forms: Record<string, string | Buffer> = {
    'epoch seconds': 'timestamp,value\n1714521600,1.5\n1714521660,0\n',
    'epoch milliseconds': 'timestamp,value\n1714521600000,1.5\n1714521660000,0',
    'ISO-8601 in UTC': 'timestamp,value\n2024-05-01T00:00:00Z,1.5\n2024-05-01T00:01Z,0\n',
    'ISO-8601 with zones and fractions':
      'timestamp,value\n2024-05-01T08:00:00.000+08:00,1.5\n2024-04-30T19:01:00-0500,0\n',
    'CRLF, a BOM and quotes': '\ufefftimestamp,value\r\n"1714521600","1.5"\r\n"1714521660",0\r\n',
    'lines that end in CR': 'timestamp,value\r1714521600,1.5\r1714521660,0\r',
    'spaces, empty lines and other number forms': 'timestamp, value\n\n 1714521600 ,+15e-1\n\r\n1.71452166e9,-0\n\n',
    'another order of columns': 'value,timestamp\n1.5,1714521600\n0,1714521660\n',
    gzip: gzipSync('timestamp,value\n1714521600,1.5\n1714521660,0\n'),
    'gzip in two members': Buffer.concat([gzipSync('timestamp,value\n1714521600,1.5\n'), gzipSync('1714521660,0\n')]),
    'UTF-16 with a BOM': Buffer.from('\ufefftimestamp\tvalue\r\n1714521600\t1.5\r\n1714521660\t0\r\n', 'utf16le'),
    'UTF-16 without one': Buffer.from('timestamp\tvalue\r\n1714521600\t1.5\r\n1714521660\t0\r\n', 'utf16le'),
    'big-endian UTF-16': Buffer.from('\ufefftimestamp,value\n1714521600,1.5\n1714521660,0\n', 'utf16le').swap16(),
    'row numbers of pandas': ',timestamp,value\n0,1714521600,1.5\n1,1714521660,0\n',
    'row numbers of R, without a name': '"timestamp","value"\n"1",1714521600,1.5\n"2",1714521660,0\n',
    'the output of psql':
      ' timestamp  | value \n------------+-------\n 1714521600 |   1.5\n 1714521660 |     0\n(2 rows)\n',
    'spaces between': 'timestamp value\n1714521600   1.5\n1714521660   0\n',
    'a comment as header': '# timestamp,value\n1714521600,1.5\n1714521660,0\n',
    'a title above the header': 'Requests of the shop\ntimestamp,value\n1714521600,1.5\n1714521660,0\n',
    'empty fields at the end of rows': 'timestamp,value,\n1714521600,1.5,\n1714521660,0,\n',
  };
  for (const [name, text] of Object.entries(forms)) {
    it(name, async () => expect(await read(text)).toEqual(plain));
  }

  it('keeps a missing row missing', async () => {
    expect((await read('timestamp,value\n60,1\n120,1\n3600,1\n')).times).toEqual([60, 120, 3600]);
  });

  it('names its source and the sha256 of its bytes', async () => {
    const text = [...canonicalCsv(exampleTrace())].join('');
    const trace = await readTrace(input(text, 10_000, 'some/folder/load.csv'));
    expect(trace).toMatchObject({ source: 'load.csv', sha256: samplesSha256(exampleTrace()), findings: [] });
    expect(trace.samples).toEqual(exampleTrace());
  });
});

describe('times', () => {
  const forms: Record<string, [first: string, second: string, assumed: string[], options?: ReadingOptions]> = {
    nanoseconds: ['1714521600000000000', '1714521660000000000', ['time-unit']],
    'days of Excel': ['45413.0', '45413.000694', ['time-unit', 'zone']],
    'days of Excel with a decimal comma': ['"45413,0"', '"45413,000694"', ['time-unit', 'zone']],
    'a date as one number': ['20240501000000', '20240501000100', ['time-unit', 'zone']],
    'no zone': ['2024-05-01 00:00:00', '2024-05-01 00:01:00', ['zone']],
    'no zone, with --timezone': ['2024-05-01 02:00:00', '2024-05-01 02:01:00', [], { timezone: 'Europe/Berlin' }],
    'no zone, with an offset': ['2024-05-01 02:00:00', '2024-05-01 02:01:00', [], { timezone: '+02:00' }],
    'pandas with a zone': ['2024-05-01 00:00:00+00:00', '2024-05-01 00:01:00+00:00', []],
    Go: ['2024-05-01 00:00:00 +0000 UTC', '2024-05-01 02:01:00 +0200 CEST', []],
    Java: ['2024-05-01T02:00+02:00[Europe/Berlin]', '2024-05-01T02:01+02:00[Europe/Berlin]', []],
    Splunk: ['2024-05-01T00:00:00.000+0000', '2024-05-01T00:01:00.000+0000', []],
    Kibana: ['"May 1, 2024 @ 00:00:00.000"', '"May 1, 2024 @ 00:01:00.000"', ['zone']],
    'an RFC 2822 date': ['"Wed, 01 May 2024 00:00:00 GMT"', '"Wed, 01 May 2024 00:01:00 GMT"', []],
    ctime: ['Wed May  1 00:00:00 2024', 'Wed May  1 00:01:00 2024', ['zone']],
    'basic ISO': ['20240501T000000Z', '20240501T000100Z', []],
    'twelve hours': ['"5/1/2024, 12:00:00 AM"', '"5/1/2024, 12:01:00 AM"', ['zone'], { dateForm: 'mdy' }],
    'a pattern for the day': ['01/05/2024 00:00', '01/05/2024 00:01', ['zone'], { dateForm: 'dmy' }],
  };
  for (const [name, [first, second, assumed, options]] of Object.entries(forms)) {
    it(name, async () => {
      const trace = await read(`timestamp,value\n${first},1.5\n${second},0\n`, options);
      expect(trace).toEqual({ ...plain, assumed: expect.arrayContaining(assumed) });
      expect(trace.assumed).toHaveLength(assumed.length);
    });
  }

  it('day and month are told apart by any one row', async () => {
    const rows = (date: (day: number) => string) =>
      `timestamp,value\n${Array.from({ length: 20 }, (_, i) => `${date(i + 1)} 00:00,1\n`).join('')}`;
    const may = Array.from({ length: 20 }, (_, i) => Date.UTC(2024, 4, i + 1) / 1000);
    const us = await read(rows((day) => `5/${day}/2024`));
    const eu = await read(rows((day) => `${day}.5.2024`));
    const short = await read(rows((day) => `${day}.05.24`));
    for (const { times, assumed } of [us, eu, short]) {
      expect(times).toEqual(may);
      expect(assumed).toEqual(['date-order', 'zone']);
    }
  });

  it('date and time of day in two columns', async () => {
    const { times } = await read('Date,Time,value\n2024-05-01,00:00:00,1.5\n2024-05-01,00:01:00,0\n');
    expect(times).toEqual(TIMES);
  });

  it('rows without an order are sorted, and the same row twice is one', async () => {
    const trace = await read('timestamp,value\n1714521660,0\n1714521600,1.5\n1714521660,0\n');
    expect(trace).toEqual({ ...plain, assumed: ['sorted', 'doubled'] });
  });

  const hours = (...texts: string[]) => `timestamp,value\n${texts.map((text, i) => `${text},${i}\n`).join('')}`;
  const BERLIN = { timezone: 'Europe/Berlin' };
  const midnight = Date.UTC(2026, 9, 25) / 1000;

  it('the hour that the clock shows twice is told apart by the order of the rows, ascending or descending', async () => {
    const texts = ['01:00', '02:00', '02:00', '03:00'].map((hour) => `2026-10-25 ${hour}`);
    const up = await read(hours(...texts), BERLIN);
    expect(up).toMatchObject({ times: [-1, 0, 1, 2].map((h) => midnight + h * 3600), assumed: ['clock-set-back'] });
    const down = await read(hours(...texts.reverse()), BERLIN);
    expect(down).toMatchObject({ times: up.times, values: [3, 2, 1, 0], assumed: ['clock-set-back', 'sorted'] });
  });

  it('where that hour stands once, it is its first pass, with a warning', async () => {
    const texts = ['01:00', '02:00', '03:00'].map((hour) => `2026-10-25 ${hour}`);
    const { findings, samples } = await readTrace(input(hours(...texts)), BERLIN);
    expect([...samples.times]).toEqual([-1, 0, 2].map((h) => midnight + h * 3600));
    expect(findings).toMatchObject([{ severity: 'warning', values: { assumed: 'clock-set-back', passes: 1 } }]);
  });

  it('an hour that the clock never showed is refused', async () => {
    expect(await refusal(hours('2026-03-29 01:30', '2026-03-29 02:30'), BERLIN)).toMatch(
      /^load\.csv:3: found 2026-03-29 02:30:00, which the clock of Europe\/Berlin never showed \(it was set forward\)/,
    );
  });
});

describe('values', () => {
  const column = (...values: string[]) =>
    `timestamp;value\n${values.map((value, i) => `${60 * i};${value}\n`).join('')}`;
  const READ: Record<string, [texts: string[], values: number[], assumed: string[], options?: ReadingOptions]> = {
    'a decimal comma': [['35,5', '1,234'], [35.5, 1.234], ['decimal']],
    'a decimal comma and thousands': [['1.234,5', '987'], [1234.5, 987], ['decimal']],
    'thousands and a decimal point': [['1,234.5', '987'], [1234.5, 987], ['decimal']],
    'thousands in spaces': [['1 234,5', '1\u202f000'], [1234.5, 1000], ['decimal']],
    'thousands in apostrophes': [["1'234.5", '2'], [1234.5, 2], ['decimal']],
    millions: [['1,234,567', '1,000'], [1234567, 1000], ['decimal']],
    'what a comma is, said by a person': [['1,234', '2,345'], [1234, 2345], [], { decimal: '.' }],
    'a unit': [['350 req/s', '0 req/s'], [350, 0], ['unit']],
    shortened: [['1.2 K', '950', '3.4 Mil'], [1200, 950, 3_400_000], ['shortened']],
    'shortened beside a unit': [
      ['350 req/s', '1.2 K'],
      [350, 1200],
      ['shortened', 'unit'],
    ],
    'times in two units': [['900 ms', '1.5 s'], [0.9, 1.5], ['unit']],
    bytes: [
      ['1.5 KiB', '512 B'],
      [1536, 512],
      ['unit', 'shortened'],
    ],
    'thousandths of a core': [['250m', '1500m'], [0.25, 1.5], ['shortened']],
    percent: [['11.7%', '12 %'], [11.7, 12], ['unit']],
    'no data': [['1', 'null', 'NaN', '', '-', 'N/A', '2'], [1, 2], ['empty']],
  };
  for (const [name, [texts, values, assumed, options]] of Object.entries(READ)) {
    it(name, async () => {
      const trace = await read(column(...texts), options);
      expect(trace.values).toEqual(values);
      expect(trace.assumed.sort()).toEqual([...assumed].sort());
    });
  }

  const REFUSED: Record<string, [texts: string[], sentence: RegExp]> = {
    'a comma of which nobody can tell': [
      ['1,234', '2,345'],
      /^load\.csv:2: found values such as "1,234", of which no row tells whether thousands or decimals follow the comma; expected --decimal/,
    ],
    'a point beside a comma': [
      ['35,5', '36.25'],
      /^load\.csv:3: found value "36\.25", which has a decimal point, unlike the rows before/,
    ],
    'percent beside none': [
      ['11.7%', '0.12'],
      /^load\.csv:3: found value "0\.12", which is in another unit than the rows before \(%\)/,
    ],
    'seconds beside bytes': [['5 ms', '5 MB'], /^load\.csv:3: found value "5 MB", which is in another unit/],
    negative: [['1', '-3'], /^load\.csv:3: found value "-3", which is no load; expected a number ≥ 0/],
    'a word': [['1', 'lots'], /^load\.csv:3: found value "lots", which is no number/],
    hexadecimal: [['1', '0x10'], /^load\.csv:3: found value "0x10"/],
    overflow: [['1', '1e999'], /^load\.csv:3: found value "1e999"/],
    'groups of two': [['1', '12,34,5'], /^load\.csv:3: found value "12,34,5", which is no number/],
  };
  for (const [name, [texts, sentence]] of Object.entries(REFUSED)) {
    it(name, async () => expect(await refusal(column(...texts))).toMatch(sentence));
  }
});

describe('several series', () => {
  const wide = 'timestamp,a,b\n60,1,10\n120,2,20\n180,3,\n';
  const long = 'timestamp,pod,value\n60,a,1\n60,b,10\n120,a,2\n120,b,20\n180,a,3\n';

  it('columns are listed; one is picked by name or number, or all are added up', async () => {
    expect(await refusal(wide)).toBe(
      'load.csv:1: found 2 columns of numbers ("a", "b"); expected one: --value-column <name> picks it, --sum adds all of them up',
    );
    for (const options of [{ valueColumn: 'b' }, { valueColumn: '3' }, { series: 'b' }]) {
      expect(await read(wide, options)).toMatchObject({ values: [10, 20], assumed: ['columns', 'empty'] });
    }
    expect(await read(wide, { sum: true })).toMatchObject({ values: [11, 22, 3], assumed: ['summed', 'empty'] });
  });

  it('rows are listed by their labels; a sum says where a series has no value', async () => {
    expect(await refusal(long)).toBe(
      'load.csv:6: found 2 series ("a", "b"); expected one: --series <name> picks it, --sum adds all of them up',
    );
    expect(await read(long, { series: 'a' })).toMatchObject({ values: [1, 2, 3], assumed: [] });
    const { findings } = await readTrace(input(long), { sum: true });
    expect(findings[0]).toMatchObject({ severity: 'warning', values: { series: 2, partial: 1, times: 3 } });
    expect(await refusal(long, { series: 'c' })).toBe(
      'load.csv:6: found no series "c" (--series); expected one of a, b',
    );
  });

  it('series whose times lie between each other are not added up', async () => {
    const rows = Array.from({ length: 40 }, (_, i) => `${30 * i},${i % 2 ? 'a' : 'b'},1\n`).join('');
    expect(await refusal(`timestamp,pod,value\n${rows}`, { sum: true })).toMatch(
      /^load\.csv:41: found series whose times differ \(a row every 30 s in all, every 60 s in one\), which can't be added up/,
    );
  });

  it('a column of numbers that is not read is said', async () => {
    const { findings } = await readTrace(input('time,value,limit\n60,1,5\n120,2,5\n'));
    expect(findings.map(({ values }) => values)).toEqual([
      { assumed: 'columns', time: 'time', value: 'value', ignored: ['limit'] },
    ]);
  });
});

describe('a trace that is wrong ends in one sentence: file, line, found, expected', () => {
  const cases: [string, string | Buffer, RegExp, ReadingOptions?][] = [
    ['empty', '', /^load\.csv:1: found an empty file; expected the header timestamp,value and rows$/],
    [
      'only a header',
      'timestamp,value\n',
      /^load\.csv:1: found no row with a time and a value; expected a header and rows/,
    ],
    [
      'one column',
      'load\n1\n2\n',
      /^load\.csv:1: found "load", which is no table of times and values; expected a header such as timestamp,value/,
    ],
    [
      'no time',
      'name,load\na,1\nb,2\n',
      /^load\.csv:1: found the columns "name", "load", of which none is of times; expected one, or --time-column/,
    ],
    [
      'no numbers',
      'time,a,b\n60,x,y\n',
      /^load\.csv:1: found the columns .*, of which none is of numbers; expected one, or --value-column/,
    ],
    [
      'two times',
      'created,updated,value\n2024-05-01T00:00Z,2024-05-01T00:01Z,1\n2024-05-01T00:01Z,2024-05-01T00:02Z,1\n',
      /^load\.csv:1: found several columns of times \("created", "updated"\); expected --time-column/,
    ],
    [
      'a column that there is not',
      'timestamp,value\n60,1\n',
      /^load\.csv:1: found no column "load" \(--value-column\); expected one of "value"$/,
      { valueColumn: 'load' },
    ],
    [
      'a field too many',
      'timestamp,value\n60,1\n120,1,2\n180,1\n',
      /^load\.csv:3: found 3 fields, "120,1,2"; expected 2, as in the rows before \(a comma within a field needs quotes/,
    ],
    ['a field too few', 'timestamp,value\n60,1\n120\n180,1\n', /^load\.csv:3: found 1 field, "120"; expected 2/],
    [
      'twice, with other values',
      'timestamp,value\n60,1\n60,2\n',
      /^load\.csv:3: found timestamp 1970-01-01T00:01:00Z twice, with 1 and 2; expected one value a time: --sum adds them up$/,
    ],
    ['no such day', 'timestamp,value\n2024-02-30T00:00:00Z,1\n', /^load\.csv:2: .*not a day of the calendar/],
    ['no such hour', 'timestamp,value\n2024-02-28T24:00:00Z,1\n', /^load\.csv:2: .*not a time of the day/],
    [
      'a zone that is no offset',
      'timestamp,value\n2024-02-28 12:00:00 CEST,1\n',
      /^load\.csv:2: .*has the zone "CEST", which is no offset from UTC/,
    ],
    [
      'a zone in some rows',
      'timestamp,value\n2024-02-28 12:00:00,1\n2024-02-28 12:01:00Z,1\n',
      /^load\.csv:3: .*has a zone, unlike the rows before/,
    ],
    ['an empty timestamp', 'timestamp,value\n60,1\n,1\n', /^load\.csv:3: found timestamp "", which is not a timestamp/],
    ['a negative timestamp', 'timestamp,value\n-60,1\n', /^load\.csv:2: found timestamp "-60", which is not/],
    [
      'two units',
      'timestamp,value\n1714521600,1\n1714521660000,2\n',
      /^load\.csv:3: .*is in another unit than the rows before/,
    ],
    ['over twenty years', 'timestamp,value\n60,1\n1714521600,2\n', /^load\.csv:3: .*over 20 years after the start/],
    [
      'times that a sheet rounded',
      'timestamp,value\n1.77846E+12,1\n1.77846E+12,2\n',
      /^load\.csv:2: .*lost its last digits in a spreadsheet/,
    ],
    [
      'days of which nobody can tell',
      'timestamp,value\n5/11/2026 0:00,1\n5/12/2026 0:00,1\n',
      /^load\.csv:2: found dates of which no row tells day and month apart; expected .*--date-format dmy or mdy$/,
    ],
    [
      'numbers that may be days',
      'date,value\n46153,1\n46154,2\n',
      /^load\.csv:2: found times such as 46153, which may be seconds or days as Excel counts them; expected --date-format s or excel$/,
    ],
    [
      'a page to log in',
      '<!DOCTYPE html>\n<html lang="en"><body>a, b</body></html>\n',
      /^load\.csv:1: found XML or HTML \(a page to log in, perhaps\); expected an export as CSV or JSON$/,
    ],
    [
      'a scrape',
      '# HELP up x\n# TYPE up gauge\nup{a="b"} 1\n',
      /^load\.csv:3: found .*; expected a name, a value and a time such as/,
    ],
    [
      'days in two orders',
      'timestamp,value\n5/13/2026 0:00,1\n13/5/2026 0:05,1\n',
      /^load\.csv:3: .*no day of the calendar in the order of day and month/,
    ],
    ['an open quote', 'timestamp,value\n60,1\n60,"1\n', /^load\.csv:3: found a quote that is not closed/],
    ['a quote inside', 'timestamp,value\n60,1\n60,1"2"\n', /^load\.csv:3: found a quote/],
    ['a break in quotes', 'timestamp,value\n60,1\n"120\n",1\n', /^load\.csv:3: found/],
    [
      'a spreadsheet',
      Buffer.from('504b030414000600', 'hex'),
      /^load\.csv:1: found a zip archive or spreadsheet \(\.xlsx\); expected text: save the sheet as CSV/,
    ],
    [
      'cut gzip',
      gzipSync('timestamp,value\n60,1\n').subarray(0, 30),
      /^load\.csv: found gzip data that is damaged or cut/,
    ],
    ['control codes', 'timestamp,value\n60,\u001b[2J\u009b1\n', /^load\.csv:2: found value "\\u001b\[2J\\u009b1"/],
    [
      'an endless line',
      `timestamp,value\n${'9'.repeat(100_000)}`,
      /^load\.csv:2: the line is longer than 65536 characters/,
    ],
  ];
  for (const [name, text, sentence, options] of cases) {
    it(name, async () => expect(await refusal(text, options)).toMatch(sentence));
  }

  it('counts lines across pieces of any size', async () => {
    const text = `timestamp,value\r\n\r\n${Array.from({ length: 50 }, (_, i) => `${60 * i},1\r\n`).join('')}x,1\r\n`;
    for (const piece of [1, 5, 64, 10_000]) {
      await expect(readTrace(input(text, piece))).rejects.toThrow(/^load\.csv:53: found timestamp "x"/);
    }
  });

  it('a file that is not there, or is a folder', async () => {
    await expect(readTrace(join(folder, 'none.csv'))).rejects.toThrow(
      /none\.csv: there is no such file; expected a file with a trace/,
    );
    await expect(readTrace(folder)).rejects.toThrow(/it is a folder; expected a file with a trace/);
  });
});

describe('size', () => {
  it('refuses more rows than it can hold, with the reason, while it reads', async () => {
    const endless = async function* () {
      yield Buffer.from('timestamp,value\n');
      for (let row = 0; ; ) {
        let block = '';
        for (let i = 0; i < 20_000; i++) block += `${row++},1\n`;
        yield Buffer.from(block);
      }
    };
    const reading = readTrace({ name: 'huge.csv', open: () => Readable.from(endless()) }, {}, 100_000);
    await expect(reading).rejects.toThrow(
      /^huge\.csv:100002: found more than 100,000 rows, the most this reads; resample/,
    );
    expect(MAX_ROWS).toBe(5_000_000);
  });

  it('a log is counted as it comes: only its minutes are kept', async () => {
    const log = async function* () {
      for (let minute = 0; minute < 60; minute++) {
        yield Buffer.from(`- [11/May/2026:00:${String(minute).padStart(2, '0')}:07 +0000] "GET /"\n`.repeat(2_000));
      }
    };
    const { samples } = await readTrace({ name: 'access.log', open: () => Readable.from(log()) });
    expect([...samples.values]).toEqual(new Array(60).fill(2_000));
  });

  const big = '../shared/traces/web_wc98_1m.csv';
  it.skipIf(!existsSync(big))(`reads 125,300 rows (${existsSync(big) ? big : `skipped: no ${big}`})`, async () => {
    const { samples } = await readTrace(big);
    expect(samples.times.length).toBe(125_300);
  });
});
