import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { DAY_SECONDS, HOUR_SECONDS } from '../../core/series.ts';
import { parseAnswers, type Work, workOf } from './answers.ts';
import { runProcess } from './processes.ts';
import { pythonFolder } from './python.ts';
import { jobsOf } from './windows.ts';

const python = process.env.PRESCALE_PEERS_PYTHON;

/** Runs where PRESCALE_PEERS_PYTHON names a Python with the peers' libraries; `npm run bench -- peers` makes one. */
describe.skipIf(python === undefined)('run.py', () => {
  const folder = mkdtempSync(join(tmpdir(), 'prescale-peers-run-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  const values = Float64Array.from({ length: (9 * DAY_SECONDS) / 60 }, (_, i) => 100 + (i % 1_440) / 10);
  values.fill(Number.NaN, 10_000, 10_100);
  const traces = [{ name: 'load', series: { startSeconds: 0, stepSeconds: 60, values } }];
  const jobs = jobsOf(traces, true);

  async function answersOf(method: string, work: Work) {
    const file = join(folder, 'work.json');
    writeFileSync(file, JSON.stringify(work));
    const args = [join(pythonFolder(), 'run.py'), method, file];
    const { code, lines, complaint } = await runProcess(python!, args, { mostSeconds: 120 });
    expect(code, complaint).toBe(0);
    return parseAnswers(method, false, lines);
  }

  it('answers each origin at the load’s own step, from its newest value on', async () => {
    const said = await answersOf('persistence', workOf(traces, jobs));
    expect(said.failures).toEqual([]);
    expect(said.answers).toHaveLength(jobs.flatMap(({ origins }) => origins).length);
    expect(said.peakBytes).toBeGreaterThan(2 ** 20);
    for (const { job, origin, values: quantiles, stepSeconds } of said.answers) {
      expect(stepSeconds).toBe(60);
      expect(quantiles[0]).toHaveLength(jobs[job]!.horizonSeconds / 60);
      expect(quantiles[0]![0]).toBeCloseTo(values[origin - 1]!, 4);
      expect(quantiles.at(-1)![30]).toBeGreaterThanOrEqual(quantiles[0]![30]!);
    }
  }, 60_000);

  it('thins for the slow ones: the newest value stays; a repeating day, its gap filled, is told right', async () => {
    const hourly = jobs.filter(({ horizonSeconds }) => horizonSeconds === HOUR_SECONDS).slice(0, 1);
    const work = { ...workOf(traces, jobs), jobs: hourly };
    const { answers } = await answersOf('DynamicOptimizedTheta', work);
    expect(answers).toHaveLength(hourly[0]!.origins.length);
    for (const { origin, stepSeconds, values: quantiles } of answers) {
      expect(stepSeconds).toBe(300);
      for (const [h, said] of quantiles[0]!.entries()) {
        expect(Math.abs(said - values[origin - 1 + 5 * (h + 1)]!)).toBeLessThan(3);
      }
    }
  }, 60_000);

  it('says what a method failed at, and goes on', async () => {
    const broken = { ...jobs[0]!, from: jobs[0]!.origins[0]! };
    const said = await answersOf('persistence', { ...workOf(traces, jobs), jobs: [broken, jobs[1]!] });
    expect(said.failures).toEqual([{ job: broken.id, why: expect.stringMatching(/^\w*Error: /) }]);
    expect(said.answers).toHaveLength(jobs[1]!.origins.length);
  }, 60_000);
});
