import { expect, it } from 'vitest';
import { defaultHpa } from '../../replay/policies/hpa.ts';
import { playOnThread } from './baseline-thread.io.ts';
import { type BaselineTask, compareWithHpa } from './compare.ts';

const SCRIPT = new URL('../../dist/addon/baseline/baseline-worker.io.js', import.meta.url);
const HOUR = 497_777;

/** Two days of seven pods' worth, of which so many hours were seen. */
function task(hours: number): BaselineTask {
  const ran = { ticks: 240, podTicks: 1_920, asked: 1_680, unmet: 0, starts: 1, podCapacity: 100 };
  return {
    demand: [{ startSeconds: HOUR * 3_600, stepSeconds: 60, values: new Float64Array(2_881).fill(700) }],
    podCapacities: [100],
    rule: defaultHpa(1, 0.7, 300, { min: 1, max: 40 }),
    metric: undefined,
    startup: { kind: 'log-normal', p50Seconds: 9, p90Seconds: 20 },
    seed: 7,
    ledger: Array.from({ length: hours }, (_, i) => ({ hour: HOUR + i, ...ran })),
  };
}

it('a thread plays what this one would, each task on its own', async () => {
  const play = playOnThread(SCRIPT, new AbortController().signal);
  const broken = { ...task(48), startup: { kind: 'log-normal', p50Seconds: -1, p90Seconds: 0 } } as const;
  const played = await play([task(48), broken, task(3)]);
  expect(played).toEqual([
    compareWithHpa(task(48)),
    expect.stringContaining('could not be played: start-up latency needs'),
    compareWithHpa(task(3)),
  ]);
});

it('a thread that is called off is an error in words', async () => {
  const over = new AbortController();
  over.abort();
  await expect(playOnThread(SCRIPT, over.signal)([task(48)])).rejects.toThrow('playing baselines was called off');
});
