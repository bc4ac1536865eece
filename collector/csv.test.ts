import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, describe, expect, it } from 'vitest';
import { exampleTrace } from '../replay/example.ts';
import { canonicalCsv, samplesSha256 } from './canonical-csv.ts';
import { MAX_ROWS, readStartupCsv, readTraceCsv } from './csv.ts';

const folder = mkdtempSync(join(tmpdir(), 'prescale-csv-'));
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
const read = async (text: string | Buffer) => (await readTraceCsv(input(text))).samples;

describe('a trace CSV that is right', () => {
  const expected = { times: Float64Array.of(1714521600, 1714521660), values: Float64Array.of(1.5, 0) };
  const forms: Record<string, string | Buffer> = {
    'epoch seconds': 'timestamp,value\n1714521600,1.5\n1714521660,0\n',
    'epoch milliseconds': 'timestamp,value\n1714521600000,1.5\n1714521660000,0',
    'ISO-8601 in UTC': 'timestamp,value\n2024-05-01T00:00:00Z,1.5\n2024-05-01T00:01Z,0\n',
    'ISO-8601 with a zone and fractions':
      'timestamp,value\n2024-05-01T08:00:00.000+08:00,1.5\n2024-04-30T19:01:00-0500,0\n',
    'CRLF, a BOM and quotes': '\ufefftimestamp,value\r\n"1714521600","1.5"\r\n"1714521660",0\r\n',
    'spaces, empty lines and other number forms': 'timestamp, value\n\n 1714521600 ,+15e-1\n\r\n1.71452166e9,-0\n\n',
  };
  for (const [name, text] of Object.entries(forms)) {
    it(name, async () => expect(await read(text)).toEqual(expected));
  }

  it('keeps a missing row missing', async () => {
    const { times } = await read('timestamp,value\n60,1\n120,1\n3600,1\n');
    expect([...times]).toEqual([60, 120, 3600]);
  });

  it('names its source and the sha256 of its bytes', async () => {
    const text = [...canonicalCsv(exampleTrace())].join('');
    const trace = await readTraceCsv(input(text, 10_000, 'some/folder/load.csv'));
    expect(trace.source).toBe('load.csv');
    expect(trace.sha256).toBe(samplesSha256(exampleTrace()));
    expect(trace.samples).toEqual(exampleTrace());
  });
});

describe('a trace CSV that is wrong ends in one sentence: file, line, found, expected', () => {
  const cases: [string, string | Buffer, RegExp][] = [
    ['empty', '', /^load\.csv:1: found an empty file; expected the header timestamp,value$/],
    ['only a header', 'timestamp,value\n', /^load\.csv:2: found no row after the header; expected/],
    ['another header', 'time,load\n1,2\n', /^load\.csv:1: found "time,load"; expected the header timestamp,value$/],
    ['a header too many', 'timestamp,value,x\n', /^load\.csv:1: found "timestamp,value,x"; expected the header/],
    ['no header', '1714521600,1\n', /^load\.csv:1: found "1714521600,1"; expected the header/],
    ['three fields', 'timestamp,value\n60,1,2\n', /^load\.csv:2: found 3 fields, "60,1,2"; expected timestamp,value$/],
    ['one field', 'timestamp,value\n60\n', /^load\.csv:2: found 1 field, "60"; expected/],
    ['a word', 'timestamp,value\n60,lots\n', /^load\.csv:2: found value "lots"; expected a number ≥ 0/],
    [
      'an empty value',
      'timestamp,value\n60,1\n120,\n',
      /^load\.csv:3: found an empty value; expected .*leave the row out/,
    ],
    ['negative', 'timestamp,value\n60,-3\n', /^load\.csv:2: found value "-3"; expected a number ≥ 0/],
    ['NaN', 'timestamp,value\n60,NaN\n', /^load\.csv:2: found value "NaN"/],
    ['overflow', 'timestamp,value\n60,1e999\n', /^load\.csv:2: found value "1e999"/],
    ['hexadecimal', 'timestamp,value\n60,0x10\n', /^load\.csv:2: found value "0x10"/],
    ['a decimal comma', 'timestamp,value\n60,"1,5"\n', /^load\.csv:2: found value "1,5"/],
    [
      'a duplicate',
      'timestamp,value\n60,1\n60,2\n',
      /^load\.csv:3: found timestamp "60" twice; expected ascending rows$/,
    ],
    [
      'descending',
      'timestamp,value\n120,1\n60,2\n',
      /^load\.csv:3: found timestamp "60" after the later 1970-01-01T00:02:00Z/,
    ],
    [
      'no zone',
      'timestamp,value\n2024-05-01T00:00:00,1\n',
      /^load\.csv:2: .*which has no zone.*expected epoch seconds/,
    ],
    ['no such day', 'timestamp,value\n2024-02-30T00:00:00Z,1\n', /^load\.csv:2: .*not a day of the calendar/],
    ['no such hour', 'timestamp,value\n2024-02-28T24:00:00Z,1\n', /^load\.csv:2: .*not a time of the day/],
    ['an empty timestamp', 'timestamp,value\n,1\n', /^load\.csv:2: found timestamp "", which is not a timestamp/],
    ['a negative timestamp', 'timestamp,value\n-60,1\n', /^load\.csv:2: found timestamp "-60", which is not/],
    ['two units', 'timestamp,value\n60,1\n1714521600,2\n', /^load\.csv:3: .*over 20 years after the start/],
    ['an open quote', 'timestamp,value\n60,"1\n', /^load\.csv:2: found a quote that is not closed/],
    ['a quote inside', 'timestamp,value\n60,1"2"\n', /^load\.csv:2: found a quote/],
    ['a break in quotes', 'timestamp,value\n"60\n",1\n', /^load\.csv:2: found/],
    [
      'UTF-16',
      Buffer.from('\ufefftimestamp,value\n', 'utf16le'),
      /^load\.csv:1: found UTF-16 text \(save it as UTF-8\)/,
    ],
    ['gzip', Buffer.from([0x1f, 0x8b, 8, 0, 10]), /^load\.csv:1: found gzip data \(unpack it first/],
    ['control codes', 'timestamp,value\n60,\u001b[2J\u009b1\n', /^load\.csv:2: found value "\\u001b\[2J\\u009b1"/],
    ['an endless line', `timestamp,value\n${'9'.repeat(100_000)}`, /^load\.csv:2: the line is longer than 65536 bytes/],
  ];
  for (const [name, text, sentence] of cases) {
    it(name, async () => {
      await expect(readTraceCsv(input(text, 4096))).rejects.toMatchObject({
        name: 'InputError',
        message: expect.stringMatching(sentence),
      });
    });
  }

  it('counts lines across pieces of any size', async () => {
    const text = `timestamp,value\r\n\r\n${Array.from({ length: 50 }, (_, i) => `${60 * i},1\r\n`).join('')}x,1\r\n`;
    for (const piece of [1, 5, 64, 10_000]) {
      await expect(readTraceCsv(input(text, piece))).rejects.toThrow(/^load\.csv:53: found timestamp "x"/);
    }
  });

  it('a file that is not there, or is a folder', async () => {
    await expect(readTraceCsv(join(folder, 'none.csv'))).rejects.toThrow(
      /none\.csv: there is no such file; expected a CSV/,
    );
    await expect(readTraceCsv(folder)).rejects.toThrow(/it is a folder; expected a CSV file/);
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
    const reading = readTraceCsv({ name: 'huge.csv', open: () => Readable.from(endless()) }, 100_000);
    await expect(reading).rejects.toThrow(
      /^huge\.csv:100002: found more than 100,000 rows, the most this reads; resample/,
    );
    expect(MAX_ROWS).toBe(5_000_000);
  });

  const big = '../shared/traces/web_wc98_1m.csv';
  it.skipIf(!existsSync(big))(`reads 125,300 rows (${existsSync(big) ? big : `skipped: no ${big}`})`, async () => {
    const { samples } = await readTraceCsv(big);
    expect(samples.times.length).toBe(125_300);
  });
});

describe('a latencies file', () => {
  it('is one column of seconds', async () => {
    expect(await readStartupCsv(input('seconds\n9.5\n"20"\r\n\n8\n'))).toEqual([9.5, 20, 8]);
  });

  const cases: [string, string, RegExp][] = [
    ['empty', '', /^load\.csv:1: found no latencies; expected the header seconds and rows$/],
    ['another header', 'latency\n9\n', /^load\.csv:1: found "latency"; expected the header seconds$/],
    ['two columns', 'seconds\n9,1\n', /^load\.csv:2: found 2 fields, "9,1"; expected seconds$/],
    ['zero', 'seconds\n0\n', /^load\.csv:2: found seconds "0"; expected a number above 0, at most 86400$/],
    ['a word', 'seconds\nfast\n', /^load\.csv:2: found seconds "fast"/],
  ];
  for (const [name, text, sentence] of cases) {
    it(name, async () => {
      await expect(readStartupCsv(input(text))).rejects.toMatchObject({
        name: 'InputError',
        message: expect.stringMatching(sentence),
      });
    });
  }
});
