import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/random.ts';
import { DAY_SECONDS } from '../../core/series.ts';
import { workOf } from './answers.ts';
import { measure } from './measure.ts';
import { OURS } from './ours.ts';
import { jobsOf } from './windows.ts';

/** A daily wave with a little noise, by minute. */
function load(days: number, seed: number) {
  const random = seededRandom(seed);
  const values = Float64Array.from(
    { length: days * 1_440 },
    (_, i) => (100 - 60 * Math.cos((2 * Math.PI * i) / 1_440)) * (1 + 0.04 * (random() - 0.5)),
  );
  return { name: 'wave', series: { startSeconds: 20 * DAY_SECONDS, stepSeconds: 60, values } };
}

describe('ours', () => {
  const traces = [load(9, 1)];
  const jobs = jobsOf(traces, true);
  const work = JSON.parse(JSON.stringify(workOf(traces, jobs)));

  it.each(Object.keys(OURS))('%s forecasts a wave within its noise', (method) => {
    const answers = [...OURS[method]!(work)];
    const rows = measure({ method, ours: true, answers, failures: [], peakBytes: 1 }, traces, jobs);
    expect(rows.length).toBeGreaterThan(0);
    for (const { WAPE, missing, horizon } of rows) {
      expect(WAPE, horizon).toBeLessThan(0.03);
      expect(missing, horizon).toBe(0);
    }
  });

  it.each(Object.keys(OURS))('%s knows nothing that comes after an origin', (method) => {
    const origin = jobs[1]!.origins[0]!;
    const doubled = traces[0]!.series.values.map((value, i) => (i < origin ? value : 2 * value));
    const other = [{ ...traces[0]!, series: { ...traces[0]!.series, values: doubled } }];
    const first = (of: typeof traces) => {
      const [answer] = OURS[method]!(workOf(of, jobs.slice(1, 2)));
      return answer!.values;
    };
    expect(first(other)).toEqual(first(traces));
  });
});
