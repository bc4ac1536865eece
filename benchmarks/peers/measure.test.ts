import { describe, expect, it } from 'vitest';
import { DAY_SECONDS } from '../../core/series.ts';
import { SCORE_LEVELS } from '../score.ts';
import type { Answer, Answers } from './answers.ts';
import { measure } from './measure.ts';
import { type Job, jobsOf } from './windows.ts';

const STEP = 60;
const series = {
  startSeconds: 0,
  stepSeconds: STEP,
  values: Float64Array.from({ length: (9 * DAY_SECONDS) / STEP }, (_, i) => 100 + 50 * Math.sin(i / 200)),
};
const traces = [{ name: 'load', series }];
const jobs = jobsOf(traces, true);

/** A method that says at each level what `valueAt` says of the instant. */
function method(stepSeconds: number, valueAt: (index: number, level: number) => number, levels?: number[]): Answers {
  const every = stepSeconds / STEP;
  const answer = (job: Job, origin: number): Answer => ({
    job: job.id,
    origin,
    stepSeconds,
    seconds: 2,
    values: (levels ?? SCORE_LEVELS).map((level) =>
      Array.from({ length: job.horizonSeconds / stepSeconds }, (_, h) => valueAt(origin - 1 + every * (h + 1), level)),
    ),
    ...(levels === undefined ? {} : { levels }),
  });
  const answers = jobs.flatMap((job) => job.origins.map((origin) => answer(job, origin)));
  return { method: 'm', ours: false, answers, failures: [], peakBytes: 3 * 2 ** 20 };
}

const rowOf = (answers: Answers, horizon: string) => measure(answers, traces, jobs).find((r) => r.horizon === horizon)!;

describe('measure', () => {
  it.each(['5 min', '1 h', '24 h'])('a forecast that comes true has no loss at %s', (horizon) => {
    const row = rowOf(
      method(STEP, (i) => series.values[i]!),
      horizon,
    );
    expect(row).toMatchObject({
      WAPE: 0,
      MASE: 0,
      loss: 0,
      cover95: 1,
      pinball95: 0,
      missing: 0,
      seconds: 2,
      megabytes: 3,
    });
    expect(row.windows).toBe(horizon === '24 h' ? 1 : 27);
  });

  it('a forecast on a grid of five minutes, from the same newest value, is straight in between', () => {
    const row = rowOf(
      method(300, (i) => series.values[i]!),
      '1 h',
    );
    expect(row.WAPE).toBeGreaterThan(0);
    expect(row.WAPE).toBeLessThan(1e-3);
    // The fifth minute is a point of the grid.
    expect(
      rowOf(
        method(300, (i) => series.values[i]!),
        '5 min',
      ).WAPE,
    ).toBeLessThan(1e-12);
  });

  it('has the textbook figures: a tenth too much at every level', () => {
    const row = rowOf(
      method(STEP, (i) => 1.1 * series.values[i]!),
      '24 h',
    );
    expect(row.WAPE).toBeCloseTo(0.1, 9);
    expect(row.pinball50).toBeCloseTo(0.1, 9);
    expect(row.pinball95).toBeCloseTo(2 * 0.05 * 0.1, 9);
    const shares = SCORE_LEVELS.map((level) => 2 * (1 - level) * 0.1);
    expect(row.loss).toBeCloseTo(shares.reduce((sum, share) => sum + share, 0) / shares.length, 9);
    expect(row.cover95).toBe(1);
  });

  it('MASE is 1 for what the value of a day before is wrong by', () => {
    const origin = jobs[0]!.origins[0]!;
    const history = series.values.subarray(jobs[0]!.from, origin);
    const day = DAY_SECONDS / STEP;
    const errors = Array.from(history.subarray(day), (y, i) => Math.abs(y - history[i]!));
    const usual = errors.reduce((sum, error) => sum + error, 0) / errors.length;
    expect(
      rowOf(
        method(STEP, (i) => series.values[i]! + usual),
        '24 h',
      ).MASE,
    ).toBeCloseTo(1, 6);
  });

  it('takes a method that knows two levels of the lead time alone at the lead time, without a loss', () => {
    const rows = measure(
      method(300, (i) => series.values[i]!, [0.5, 0.95]),
      traces,
      jobs,
    );
    expect(rows.map(({ horizon }) => horizon)).toEqual(['5 min']);
    expect(rows[0]).toMatchObject({ loss: Number.NaN, cover95: 1 });
    expect(rows[0]!.pinball95).toBeLessThan(1e-12);
  });

  it('counts what did not come, and no load is forecast below nothing', () => {
    const said = method(STEP, () => -5);
    const lost = jobs.at(-1)!.origins.length;
    const some = { ...said, answers: said.answers.filter(({ job }) => job !== jobs.at(-1)!.id) };
    const row = rowOf(some, '1 h');
    expect(row).toMatchObject({ missing: lost, windows: 27 - lost, WAPE: 1 });
  });
});
