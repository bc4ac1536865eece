import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isMany, listTraces } from './trace-list.ts';

const folder = mkdtempSync(join(tmpdir(), 'prescale-list-'));
const at = (name: string) => join(folder, name);
beforeAll(() => {
  for (const name of ['shop', 'pay', 'empty', 'shop/old']) mkdirSync(at(name));
  for (const name of ['shop/web.csv', 'shop/api.CSV', 'shop/README.md', 'shop/.hidden', 'shop/index.html.csv'])
    writeFileSync(at(name), '');
  for (const name of ['pay/web.csv', 'load.txt']) writeFileSync(at(name), '');
  symlinkSync(at('pay'), at('shop/linked'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const names = async (...args: string[]) => (await listTraces(args.map(at))).traces.map(({ name }) => name);

describe('what the arguments name', () => {
  it('several are a folder, or more than one file', () => {
    expect([isMany([]), isMany(['-']), isMany([at('load.txt')]), isMany([at('none.csv')])]).toEqual(
      new Array(4).fill(false),
    );
    expect([isMany([at('shop')]), isMany(['a.csv', 'b.csv'])]).toEqual([true, true]);
  });

  it('the traces of a folder, by name; what is not taken for one is said, folders in it too', async () => {
    const { traces, skipped, notEntered } = await listTraces([at('shop')]);
    expect(traces.map(({ path }) => path)).toEqual(
      ['api.CSV', 'index.html.csv', 'web.csv'].map((n) => at(`shop/${n}`)),
    );
    expect(skipped).toEqual([
      {
        path: at('shop/README.md'),
        why: `${at('shop/README.md')}: not taken for a trace; expected a file that ends in .csv`,
      },
    ]);
    expect(notEntered).toEqual([at('shop/linked'), at('shop/old')]);
  });

  it('a file that is named ends as it likes; one that is not there is left to who reads it', async () => {
    expect(await names('load.txt', 'none.csv')).toEqual(['load', 'none']);
  });

  it('each file once, each name once, and none that the index needs', async () => {
    expect(await names('shop', 'pay', 'pay/web.csv')).toEqual(['api', 'index.html-2', 'shop-web', 'pay-web']);
  });

  it('a folder without traces is said', async () => {
    expect((await listTraces([at('empty')])).skipped).toEqual([
      { path: at('empty'), why: `${at('empty')}: there is no trace in this folder; expected files that end in .csv` },
    ]);
  });

  it('a pipe is one trace', async () => {
    await expect(listTraces(['-', at('shop')])).rejects.toThrow(/^"-" is one trace from a pipe; expected it alone/);
  });
});
