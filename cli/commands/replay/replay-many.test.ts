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
import { prescale } from '../../../test/spawn-prescale.ts';

const folder = mkdtempSync(join(tmpdir(), 'prescale-many-'));
const traces = join(folder, 'traces');
const quick = ['--peak-pods', '20', '--policies', 'hpa,fixed-max', '--until', '2h'];
beforeAll(() => {
  mkdirSync(traces);
  writeFileSync(join(traces, 'shop.csv'), [...canonicalCsv(exampleTrace())].join(''));
  const { times, values } = exampleTrace(5);
  writeFileSync(
    join(traces, 'api.csv'),
    [...canonicalCsv({ times, values: values.map((value) => 3 * value) })].join(''),
  );
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
    const { code, stdout } = await replay(['traces', '/proc/self/mem'], 'world');
    expect(stdout).toMatch(/all 2 .*failed {3}\/proc\/self\/mem: reading failed/s);
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
