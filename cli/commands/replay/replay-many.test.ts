import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canonicalCsv } from '../../../collector/trace/csv/canonical-csv.ts';
import { exampleTrace } from '../../../replay/example.ts';
import { prescale } from '../../../test/warm-prescale.ts';

const folder = mkdtempSync(join(tmpdir(), 'prescale-many-'));
const traces = join(folder, 'traces');
const quick = ['--peak-pods', '20', '--policies', 'hpa,fixed-max', '--history', '1d', '--until', '2h'];
/** Two days are enough: how many traces are played and told of is the same for two weeks. */
const POINTS = 2 * 1_440;
beforeAll(() => {
  mkdirSync(traces);
  const write = (name: string, seed: number | undefined, factor: number) => {
    const { times, values } = exampleTrace(seed);
    const scaled = values.slice(0, POINTS).map((value) => factor * value);
    writeFileSync(join(traces, name), [...canonicalCsv({ times: times.slice(0, POINTS), values: scaled })].join(''));
  };
  write('shop.csv', undefined, 1);
  write('api.csv', 5, 3);
});
afterAll(() => rmSync(folder, { recursive: true }));

const replay = (args: readonly string[], out: string) =>
  prescale(['replay', ...args, ...quick, '--out', out], { cwd: folder });

describe('several traces', () => {
  it('all of a folder: exit 0, a report for each, the same bytes as alone, and an index', async () => {
    const { code, stdout, stderr } = await replay(['traces'], 'all');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^trace .*saving.*\n(api|shop) .*\n(api|shop) .*\nall 2 .*The reports: all\/index\.html/s);
    expect(readdirSync(join(folder, 'all')).sort()).toEqual(['api', 'index.html', 'index.json', 'shop']);
    await replay(['traces/shop.csv'], 'alone');
    for (const name of ['report.json', 'timeline.csv', 'report.html']) {
      expect(readFileSync(join(folder, 'all/shop', name), 'utf8')).toBe(
        readFileSync(join(folder, 'alone', name), 'utf8'),
      );
    }
  });

  it('JSON is index.json and nothing else; the order of the files does not matter to the rows', async () => {
    const one = await replay(['traces/shop.csv', 'traces/api.csv', '-o', 'json'], 'one');
    const two = await replay(['traces/api.csv', 'traces/shop.csv', '-o', 'json'], 'two');
    expect(one.stdout).toBe(readFileSync(join(folder, 'one/index.json'), 'utf8'));
    expect(two.stdout).toBe(one.stdout);
    expect(JSON.parse(one.stdout)).toMatchObject({ totals: { traces: 2 }, skipped: [], failed: [] });
  });

  it('some that are none: exit 3, the others done, each with its sentence', async () => {
    copyFileSync(join(traces, 'shop.csv'), join(folder, 'good.csv'));
    writeFileSync(join(folder, 'broken.csv'), 'timestamp,value\n60,1\n60,2\n');
    const { code, stdout, stderr } = await replay(['good.csv', 'broken.csv', 'none.csv'], 'some');
    expect({ code, stderr }).toEqual({ code: 3, stderr: '' });
    expect(stdout).toMatch(
      /\ngood .*skipped {2}broken\.csv:3: found timestamp 1970-01-01T00:01:00Z twice, with 1 and 2;.*skipped {2}none\.csv: there is no/s,
    );
    expect(readdirSync(join(folder, 'some')).sort()).toEqual(['good', 'index.html', 'index.json']);
  });

  it('the world fails one: exit 1, the others done', async () => {
    // Memory of a process at address 0: it opens, and can't be read.
    const { code, stdout } = await replay(['good.csv', '/proc/self/mem'], 'world');
    expect(stdout).toMatch(/good .*failed {3}\/proc\/self\/mem: reading failed/s);
    expect(code).toBe(1);
  });

  it('none that can be replayed: exit 2, a sentence each and one for all, nothing written', async () => {
    const { code, stdout, stderr } = await replay(['broken.csv', 'none.csv'], 'nothing');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^prescale: broken\.csv:3: /),
      expect.stringMatching(/^prescale: none\.csv: there is no such file/),
      'prescale: none of 2 files could be replayed',
    ]);
    expect(existsSync(join(folder, 'nothing'))).toBe(false);
  });
});
