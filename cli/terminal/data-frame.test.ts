import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataFrame, readCSV, readExcel } from 'danfojs-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canonicalCsv } from '../../collector/trace/csv/canonical-csv.ts';
import { WorldError } from '../../core/errors.ts';
import { exampleTrace } from '../../replay/example.ts';
import { prescale } from '../../test/warm-prescale.ts';
import { writeFrame } from './data-frame.ts';

const folder = mkdtempSync(join(tmpdir(), 'prescale-frame-'));
const trace = join(folder, 'load.csv');
const samples = exampleTrace();
beforeAll(() => writeFileSync(trace, [...canonicalCsv(samples)].join('')));
afterAll(() => rmSync(folder, { recursive: true }));

/** The mean of each hour of the week in a table that was read back. */
function hourlyMeans(frame: DataFrame): number[] {
  const rows = frame.values as (string | number)[][];
  return rows
    .filter(([feature, , measure]) => feature === 'hour of week' && measure === 'mean')
    .map((row) => Number(row[3]));
}

describe('inspect --frame', () => {
  it('writes the same table as CSV, JSON and Excel, beside the usual report', async () => {
    const usual = await prescale(['inspect', trace]);
    const means: number[][] = [];
    for (const ending of ['csv', 'json', 'xlsx']) {
      const file = join(folder, `features.${ending}`);
      const { code, stdout, stderr } = await prescale(['inspect', trace, '--frame', file]);
      expect({ code, stdout }).toEqual({ code: 0, stdout: usual.stdout });
      expect(stderr).toMatch(new RegExp(`^${file}: [\\d,]+ rows\\n$`));
      const read = {
        csv: async () => readCSV(file),
        json: async () => new DataFrame(JSON.parse(readFileSync(file, 'utf8')) as object[]),
        xlsx: async () => (await readExcel(file)) as DataFrame,
      }[ending]!;
      const frame = await read();
      expect(frame.columns).toEqual(['feature', 'name', 'measure', 'value']);
      means.push(hourlyMeans(frame));
    }
    expect(means[0]).toHaveLength(168);
    expect(means[1]).toEqual(means[0]);
    expect(means[2]).toEqual(means[0]);
    expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  const wrong: [string, string, RegExp][] = [
    [
      'an unknown ending',
      'features.parquet',
      /found ".*features\.parquet"; expected a file that ends in \.csv, \.json, \.xlsx$/,
    ],
    ['a folder that is not there', 'none/features.csv', /the folder .*none is not there$/],
  ];
  for (const [name, file, sentence] of wrong) {
    it(`refuses ${name}, before the trace is read`, async () => {
      const { code, stdout, stderr } = await prescale([
        'inspect',
        join(folder, 'no-such.csv'),
        '--frame',
        join(folder, file),
      ]);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr.trimEnd()).toMatch(sentence);
    });
  }

  it('says in words where the file cannot be written', async () => {
    for (const ending of ['csv', 'json', 'xlsx']) {
      const { code, stdout, stderr } = await prescale(['inspect', trace, '--frame', `/proc/self/features.${ending}`]);
      expect(stderr).toMatch(new RegExp(`^prescale: --frame: /proc/self/features.${ending} can't be written: .*\\n$`));
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    }
  });

  it('says what to install where danfojs is not', async () => {
    const missing = () => import(join(folder, 'danfojs-node.js')) as never;
    const file = join(folder, 'unwritten.csv');
    const refused = writeFrame(file, samples, missing);
    await expect(refused).rejects.toThrow(WorldError);
    await expect(refused).rejects.toThrow(/^--frame needs danfojs-node, which is not installed/);
    expect(readdirSync(folder)).not.toContain('unwritten.csv');
  });

  it('takes a single row', async () => {
    const one = join(folder, 'one.csv');
    expect(await writeFrame(one, { times: samples.times.slice(0, 1), values: samples.values.slice(0, 1) })).toBe(16);
    expect(readFileSync(one, 'utf8')).toMatch(/^feature,name,measure,value\n/);
  });
});
