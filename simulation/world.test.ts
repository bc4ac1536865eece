import { expect, it } from 'vitest';
import { type ScenarioInput, scenarioOf } from './scenarios/scenario.ts';
import { simulate } from './simulate.ts';
import { timelineText } from './timeline.ts';

const STORY: ScenarioInput = {
  duration: '40m',
  workloads: [
    {
      name: 'web',
      replicas: 5,
      demand: { level: 4.5, noise: 0.05, changes: [{ kind: 'ramp', at: '10m', for: '5m', to: 12 }] },
    },
    { name: 'api', metric: 'cpu', target: 0.5, baseline: 0.05, replicas: 4, demand: { level: 3.2 } },
  ],
  commands: [
    { at: '12m', do: 'metric-away', for: '2m' },
    { at: '15m', do: 'kill', target: 'leader', when: 'after-write' },
    { at: '20m', do: 'api-lost-answers', for: '3m' },
    { at: '25m', do: 'freeze', target: 'leader', for: '40s' },
  ],
};

it('the same seed gives the same history, byte for byte; another seed another one', async () => {
  const play = async (seed: number) => timelineText((await simulate(scenarioOf({ ...STORY, seed }))).history);
  const [first, again, other] = [await play(1), await play(1), await play(2)];
  expect(again).toBe(first);
  expect(other).not.toBe(first);
});

it('the whole addon runs: somebody leads, the ramp is followed, and a killed leader is followed by the standby', async () => {
  const { history } = await simulate(scenarioOf(STORY));
  const leaders = new Set(history.ticks.flatMap((tick) => tick.leaders));
  expect(leaders.size).toBeGreaterThan(1);
  expect(history.ticks.every((tick) => tick.leaders.length <= 1)).toBe(true);
  const web = history.ticks.at(-1)!.workloads.find(({ name }) => name === 'web')!;
  expect(web.ready).toBeGreaterThanOrEqual(12);
  expect(history.totals.podStarts).toBeGreaterThan(5);
});
