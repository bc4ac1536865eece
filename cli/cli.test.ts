import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canonicalCsv } from '../collector/trace/csv/canonical-csv.ts';
import { MODELS } from '../models/registry.ts';
import { exampleTrace } from '../replay/example.ts';
import { type Ended, MAIN, prescale as spawned } from '../test/spawn-prescale.ts';
import { prescale } from '../test/warm-prescale.ts';

const folder = mkdtempSync(join(tmpdir(), 'prescale-cli-'));
const out = join(folder, 'report');
const good = join(folder, 'good.csv');
const PODS = ['--pod-capacity', '45'];
/** Begun before all others: its five tries take seconds. */
let refused: Promise<Ended>;
beforeAll(() => {
  const range = ['--query', 'up', '--start', '9d', ...PODS, '--out', out];
  refused = spawned(['replay', '--prometheus', 'http://127.0.0.1:9', ...range]);
  writeFileSync(good, [...canonicalCsv(exampleTrace())].join(''));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('help', () => {
  it('says what there is, with examples and exit codes, and loads nothing else', async () => {
    const coverage = join(folder, 'coverage');
    const { code, stdout, stderr } = await spawned(['--help'], { env: { NODE_V8_COVERAGE: coverage } });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/replay .*forecast .*inspect .*Examples:.*Exit codes:/s);
    // Which scripts ran is what the time goes to: about 75 ms on a machine that does nothing else (docs/benchmarks.md).
    const texts = readdirSync(coverage).map((file) => readFileSync(join(coverage, file), 'utf8'));
    const { result } = JSON.parse(texts[0]!) as { result: { url: string }[] };
    const loaded = result.map(({ url }) => url).filter((url) => url.startsWith('file:'));
    expect(loaded.filter((url) => url.includes('node_modules') && !url.includes('/commander/'))).toEqual([]);
    // Eight of them are commander's; each command may declare itself in a file of its own.
    expect(loaded.filter((url) => !url.endsWith('-command.js')).length).toBeLessThanOrEqual(22);
  });

  for (const command of ['replay', 'forecast', 'inspect']) {
    it(`${command} --help needs no manual`, async () => {
      const { code, stdout } = await prescale([command, '--help']);
      expect(code).toBe(0);
      expect(stdout).toMatch(
        /Options:.*Trace: a recorded load, as CSV with the header timestamp,value.*Examples:.*Exit codes:/s,
      );
    });
  }

  it('--version is the package version', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
    expect((await prescale(['--version'])).stdout).toBe(`${version}\n`);
  });
});

describe('a failing world: exit code 1', () => {
  it('a folder that cannot be written, before any work', async () => {
    const { code, stdout, stderr } = await prescale(['replay', '--out', '/proc/self/report']);
    expect(stderr).toMatch(/^prescale: --out: \/proc\/self\/report can't be written: /);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  });
});

describe('pipes and signals', () => {
  it('a reader that leaves early is no error', async () => {
    const child = spawn(process.execPath, [MAIN, 'forecast', good, '-o', 'json'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (piece) => {
      stderr += piece;
    });
    child.stdout.once('data', () => child.stdout.destroy());
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it('Ctrl-C ends at once and leaves nothing (a shell shows 130)', async () => {
    const child = spawn(process.execPath, [MAIN, 'replay', '-', ...PODS, '--out', out], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    child.stdin!.write('timestamp,value\n60,1\n');
    setTimeout(() => child.kill('SIGINT'), 700);
    const [code, signal] = await new Promise<[number | null, string | null]>((resolve) =>
      child.on('close', (...end) => resolve(end)),
    );
    expect(signal === 'SIGINT' || code === 130).toBe(true);
    expect(existsSync(out)).toBe(false);
  });
});

describe('inspect and forecast', () => {
  it('inspect reads a pipe and shows a heat map without colours', async () => {
    const { code, stdout } = await spawned(['inspect', '-'], {
      stdin: readFileSync(good, 'utf8'),
      env: { FORCE_COLOR: '1', NO_COLOR: '1' },
    });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^stdin\n\n {2}rows {4}20,\d{3}\n.*the longest 52 min.*\n {2}Sun .*█/s);
    expect(stdout).not.toContain('\u001b');
  });

  it('colours where they are wanted', async () => {
    expect((await spawned(['inspect', good], { env: { FORCE_COLOR: '1', NO_COLOR: '' } })).stdout).toContain(
      '\u001b[1m',
    );
  });

  it('inspect -o json is JSON', async () => {
    const profile = JSON.parse((await prescale(['inspect', good, '-o', 'json'])).stdout);
    expect(profile).toMatchObject({
      schemaVersion: 1,
      trace: { source: 'good.csv' },
      stepSeconds: 60,
      gaps: { count: 1 },
    });
    expect(profile.hourOfWeek).toHaveLength(168);
  });

  it('forecast: periods, model, why, 24 hours and a chart', async () => {
    const { code, stdout } = await prescale(['forecast', good, '--chart']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/periods {2}.*1 day.*\n {2}model .*\n {2}why .*Left half: the last day.*usual mean/s);
    expect(stdout.match(/^ {2}2026-03-1\d \d\d:00 .*\d$/gm)).toHaveLength(24);
  });

  it('forecast -o csv and json have every minute and level', async () => {
    const rows = (await prescale(['forecast', good, '-o', 'csv'])).stdout.trimEnd().split('\n');
    expect(rows[0]).toBe('timestamp,p50,p60,p70,p80,p90,p95,p97.5,p99,p99.9');
    expect(rows).toHaveLength(1 + 1440);
    const forecast = JSON.parse((await prescale(['forecast', good, '--history', '8d', '-o', 'json'])).stdout);
    expect(forecast).toMatchObject({ stepSeconds: 60, originSeconds: exampleTrace().times.at(-1)! + 60 });
    expect(forecast.values.map((level: number[]) => level.length)).toEqual(Array(9).fill(1440));
  });

  it('forecast --compare: every model as a table, JSON and CSV', async () => {
    const names = MODELS.map(({ name }) => name).sort();
    const week = ['forecast', good, '--compare', '--history', '7d'];
    const [text, json, csv] = await Promise.all(
      ['table', 'json', 'csv'].map(async (form) => (await prescale([...week, '-o', form])).stdout),
    );
    expect(text).toMatch(
      /^good\.csv: the models for the 24 hours from 2026-.*make the\s+forecast;\s+over\s+4\s+backtested/s,
    );
    expect(text).toMatch(/^last week +– +– +– +\d+ % {3}not tested on the earlier days: needs one season of 7 d$/m);
    expect(text).not.toContain('usual mean');
    const { models, ...facts } = JSON.parse(json!);
    expect(facts).toMatchObject({ schemaVersion: 1, trace: { source: 'good.csv' }, backtestedDays: 4 });
    expect(models.map((model: { name: string }) => model.name).sort()).toEqual(names);
    expect(models.reduce((sum: number, model: { share: number }) => sum + model.share, 0)).toBeCloseTo(1, 9);
    expect(models[0]).toMatchObject({ timesBest: 1, note: null });
    expect(csv!.trimEnd().split('\n')).toHaveLength(1 + names.length);
  });
});

describe('replay', () => {
  const quick = ['--policies', 'predictive,hpa,oracle', '--until', '8h'];

  it('without a trace plays the example and writes the report', async () => {
    const target = join(folder, 'example');
    const { code, stdout, stderr } = await prescale(['replay', ...quick, '--out', target]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/predictive.*hpa.*oracle.*The report: .*example\/report\.html/s);
    expect(readdirSync(target).sort()).toEqual(['report.html', 'report.json', 'timeline.csv']);
    const report = JSON.parse(readFileSync(join(target, 'report.json'), 'utf8'));
    expect(report.trace).toMatchObject({ source: 'embedded example', stepSeconds: 60 });
    rmSync(target, { recursive: true });
  });

  it('twice gives the same bytes, and -o json prints report.json and nothing else', async () => {
    const [one, two] = [join(folder, 'one'), join(folder, 'two')];
    const first = await prescale(['replay', good, '--peak-pods', '20', ...quick, '-o', 'json', '--out', one]);
    const piped = { stdin: readFileSync(good, 'utf8') };
    const second = await prescale(['replay', '-', '--peak-pods', '20', ...quick, '--out', two], piped);
    expect([first.code, second.code, first.stderr, second.stderr]).toEqual([0, 0, '', '']);
    expect(first.stdout).toBe(readFileSync(join(one, 'report.json'), 'utf8'));
    const bytes = (path: string) => readFileSync(path, 'utf8').replace('"source": "stdin"', '"source": "good.csv"');
    for (const name of ['report.json', 'timeline.csv']) expect(bytes(join(two, name))).toBe(bytes(join(one, name)));
    rmSync(one, { recursive: true });
    rmSync(two, { recursive: true });
  });
});

describe('a failing world that is tried again: exit code 1', () => {
  it('a refused connection', async () => {
    const { code, stderr } = await refused;
    expect(stderr).toMatch(
      /^prescale: http:\/\/127\.0\.0\.1:9 refuses connections: is it running, and is the port right\? \(tried 5 times\)\n$/,
    );
    expect(code).toBe(1);
    expect(existsSync(out)).toBe(false);
  });
});
