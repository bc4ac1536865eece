import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { CONTRACT_USAGE, demandSourceContract } from '../collector/demand/demand-source.contract.ts';
import { FORMATS } from '../collector/trace/formats/all.ts';
import type { Head } from '../collector/trace/formats/format.ts';
import { LineSplitter } from '../collector/trace/lines.ts';
import { SeriesRows } from '../collector/trace/series-rows.ts';
import { ApiError } from '../kubernetes/api.ts';
import { memoryKubernetes } from '../kubernetes/fake/memory-api.ts';
import { loadOver, modelContract } from '../models/model.contract.ts';
import { answeringApi } from '../test/answering-api.ts';
import { dailyPeakSection, dailyPeaks } from './extending/daily-peak-chart.ts';
import { drift } from './extending/drift-model.ts';
import { FieldTarget } from './extending/field-target.ts';
import { halfAtMost } from './extending/half-at-most-guard.ts';
import { kubeletSource } from './extending/kubelet-source.ts';
import { addPeaks, peaksByDay } from './extending/peaks-command.ts';
import { rrdtool } from './extending/rrdtool-format.ts';

describe('docs/extending.md', () => {
  const page = readFileSync('docs/extending.md', 'utf8');

  it('quotes the files that are compiled and run here (node docs/quote-examples.mjs renews them)', () => {
    const printed = execFileSync(process.execPath, ['docs/quote-examples.mjs', '--print'], { encoding: 'utf8' });
    expect(page).toBe(printed);
  });

  it('quotes all of them', () => {
    const quoted = [...page.matchAll(/<!-- example (\S+): begin -->/g)].map(([, file]) => file);
    expect(quoted.sort()).toEqual(readdirSync('docs/extending').sort());
  });
});

describe('a model', () => {
  modelContract(drift());

  it('carries a rise of 1 a step on, over a gap at the end too', () => {
    const rise = loadOver(3, (i) => (i < 420 ? 100 + i : Number.NaN));
    const { levels, values } = drift().fit(rise, { seasonSeconds: [] }).predict(6, [0.5]);
    expect(levels).toEqual([0.5]);
    expect([...values[0]!].map(Math.round)).toEqual([532, 533, 534, 535, 536, 537]);
  });
});

describe('a metric source', () => {
  const AT = 1_790_000_000;
  const summary = (pods: readonly string[]) => ({
    pods: pods.map((name) => ({
      podRef: { name, namespace: 'shop' },
      cpu: {
        time: new Date((AT - 20) * 1000).toISOString(),
        usageNanoCores: CONTRACT_USAGE[name as keyof typeof CONTRACT_USAGE] * 1e9,
      },
    })),
  });
  const [first, ...others] = Object.keys(CONTRACT_USAGE);
  const minutes = [0, 1, 3, 4];
  const own = {
    read: () => ({
      times: Float64Array.from(minutes, (i) => AT - 3600 + 60 * i),
      values: Float64Array.from(minutes, () => 2),
    }),
  };

  demandSourceContract('the kubelets', async () => ({
    source: kubeletSource(
      answeringApi((path) => summary(path.includes('/node-1/') ? [first!] : others)).api,
      ['node-1', 'node-2'],
      own,
    ),
    gone: kubeletSource(
      answeringApi(() => {
        throw new ApiError('connection refused', 0, 'Refused');
      }).api,
      ['node-1'],
      own,
    ),
    atSeconds: AT,
    historyStartSeconds: AT - 3600,
  }));
});

describe('a guard', () => {
  const context = (current: number) => ({ current });

  it('takes 20 pods down in five writes of the half, and never holds an addition', () => {
    const steps = [20];
    while (steps.at(-1)! > 1) steps.push(halfAtMost(0, context(steps.at(-1)!)));
    expect(steps).toEqual([20, 10, 5, 3, 2, 1]);
    expect(halfAtMost(50, context(20))).toBe(50);
  });

  it('property: what remains is the proposal, or half and no more than there are', () => {
    const pods = fc.nat(1000);
    fc.assert(
      fc.property(pods, pods, (proposal, current) => {
        const guarded = halfAtMost(proposal, context(current));
        expect(guarded === proposal || (2 * guarded >= current && guarded <= current)).toBe(true);
        expect(guarded).toBeGreaterThanOrEqual(proposal);
      }),
    );
  });
});

describe('a target', () => {
  const path = '/apis/batch.example/v1/namespaces/shop/crunchers/nightly';
  const BOUNDS = { min: 1, max: 8 };
  function cluster(workers: unknown) {
    const api = memoryKubernetes({
      resources: [{ group: 'batch.example', version: 'v1', kind: 'Cruncher', resource: 'crunchers', namespaced: true }],
    });
    api.seed(path, {
      apiVersion: 'batch.example/v1',
      kind: 'Cruncher',
      metadata: { name: 'nightly', namespace: 'shop' },
      spec: { workers },
    });
    return { api, target: new FieldTarget(api, path, 'workers') };
  }

  it('writes within the bounds, and leaves the number of another writer', async () => {
    const { api, target } = cluster(3);
    expect(await target.read()).toMatchObject({ replicas: 3 });
    expect(await target.write(3, 20, BOUNDS)).toEqual({ kind: 'scaled', replicas: 8 });
    await api.patch(path, 'merge', { spec: { workers: 5 } });
    expect(await target.write(8, 2, BOUNDS)).toEqual({ kind: 'external', replicas: 5 });
    await api.delete(path);
    expect(await target.read()).toBeUndefined();
    expect(await target.write(5, 2, BOUNDS)).toEqual({ kind: 'gone' });
  });

  it('says where the field is no number', async () => {
    const { target } = cluster('three');
    expect(await target.read()).toMatchObject({ blocked: `${path}: spec.workers is not a number of replicas` });
  });
});

describe('a trace format', () => {
  const FETCH = '                       web               api\n\n1778457600: 3.5e+01 1.0e+00\n1778457900: nan nan\n';

  function read(text: string, valueColumn?: string) {
    const rows = new SeriesRows((line) => `fetch.txt:${line}`, valueColumn === undefined ? {} : { valueColumn }, 100);
    const reader = rrdtool.reader(rows);
    new LineSplitter((line, number) => reader.line(line, number)).take(text);
    reader.end();
    return rows;
  }

  it('is told by its content, as no other one is', () => {
    const head: Head = { text: FETCH, lines: FETCH.split('\n').filter((line) => line.trim() !== '') };
    const others = FORMATS.map(({ detect }) => detect(head));
    expect(rrdtool.detect(head)).toBeGreaterThan(Math.max(...others));
  });

  it('reads one data source; nan is no data, not zero', () => {
    const rows = read(FETCH, 'web');
    expect([...rows.series.values()].map(({ values }) => [...values.toArray()])).toEqual([[35]]);
    expect(rows.empty).toBe(1);
  });

  it('names the line, what was found, and what would be right', () => {
    expect(() => read(FETCH)).toThrow('found 2 values a row ("web", "api"); expected one: --value-column <name>');
    expect(() => read('web\n\n1778457600: one two\n')).toThrow(/^fetch\.txt:3: found "1778457600: one two"; expected/);
  });
});

describe('a report chart', () => {
  const DAY = 5760;
  const demand = Float64Array.from({ length: 3 * DAY }, (_, i) => (i < DAY ? 45 : i < 2 * DAY ? Number.NaN : 100));
  const replayed = { timeline: { startSeconds: 1_778_457_600, demand }, settings: { podCapacity: 45 } };

  it('has a bar for each day with data, in pods', () => {
    expect([...dailyPeaks(replayed).values()]).toEqual([1, 100 / 45]);
    const { text } = dailyPeakSection(replayed);
    expect(text).toContain('<title>2026-05-11: 1 pods</title>');
    expect(text).toContain('<title>2026-05-13: 3 pods</title>');
    expect(text.match(/<rect/g)).toHaveLength(2);
  });
});

describe('a command', () => {
  const folder = () => {
    const made = mkdtempSync(join(tmpdir(), 'prescale-extending-'));
    onTestFinished(() => rmSync(made, { recursive: true }));
    return made;
  };

  it('prints the peak of each day', async () => {
    const file = join(folder(), 'load.csv');
    writeFileSync(file, 'timestamp,value\n1778457600,3\n1778461200,7\n1778544000,5\n');
    const written: string[] = [];
    const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
    onTestFinished(() => write.mockRestore());
    const program = new Command('prescale').exitOverride();
    addPeaks(program, '');
    await program.parseAsync(['peaks', file], { from: 'user' });
    expect(written.join('')).toBe('2026-05-11  7\n2026-05-12  5\n');
    await expect(program.parseAsync(['peaks', file, '--output', 'xml'], { from: 'user' })).rejects.toThrow(
      '--output: found "xml"; expected text or json',
    );
  });

  it('leaves out days without rows', () => {
    const samples = { times: Float64Array.of(1_778_457_600, 1_778_716_800), values: Float64Array.of(1, 2) };
    expect(peaksByDay(samples)).toEqual([
      { day: '2026-05-11', peak: 1 },
      { day: '2026-05-14', peak: 2 },
    ]);
  });
});
