import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { readStartupCsv } from './startup-csv.io.ts';

/** A file's text, delivered in small pieces. */
const input = (text: string) => ({
  name: 'load.csv',
  open: () => Readable.from(Array.from(text, (character) => Buffer.from(character))),
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
