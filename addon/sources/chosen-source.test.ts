import { describe, expect, it } from 'vitest';
import type { DemandQuery, DemandSource } from '../../collector/demand/demand-source.ts';
import { type Choice, ChosenSource } from './chosen-source.ts';

const QUERY: DemandQuery = {
  id: 'shop/Deployment/web#0',
  workload: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' },
  metric: { kind: 'resource', resource: 'cpu' },
};
const RANGE = { startSeconds: 0, endSeconds: 60, stepSeconds: 60 };

function source(over: Partial<DemandSource> = {}): DemandSource {
  return {
    name: 'http://prometheus',
    history: async () => ({ times: new Float64Array([60]), values: new Float64Array([1]) }),
    latest: async () => new Map([[QUERY.id, { kind: 'value', value: 1, timeSeconds: 60 }]]),
    close: async () => {},
    ...over,
  };
}

function world(choices: (Choice | Error)[]) {
  let now = 0;
  let looked = 0;
  const answers: string[] = [];
  const chosen = new ChosenSource(
    async () => {
      const choice = choices[Math.min(looked++, choices.length - 1)]!;
      if (choice instanceof Error) throw choice;
      return choice;
    },
    () => now,
    (name, outcome) => answers.push(`${name} ${outcome}`),
  );
  return { chosen, answers, looked: () => looked, wait: (seconds: number) => (now += seconds) };
}

describe('where demand is measured', () => {
  it('is looked for when it is first needed, once a minute while there is none, never again once found', async () => {
    const { chosen, looked, wait, answers } = world([
      { none: 'no Prometheus: set prometheus.url' },
      new Error('connection refused'),
      { source: source() },
    ]);
    expect(looked()).toBe(0);
    const ask = async () => (await chosen.latest([QUERY], 0, () => [])).get(QUERY.id);
    expect(await ask()).toEqual({ kind: 'missing', why: 'no Prometheus: set prometheus.url' });
    await ask();
    expect(looked()).toBe(1);
    wait(60);
    expect(await ask()).toEqual({ kind: 'missing', why: 'connection refused' });
    expect(chosen.missing).toBe('connection refused');
    await expect(chosen.history(QUERY, RANGE)).rejects.toThrow('connection refused');
    wait(60);
    expect(await ask()).toMatchObject({ kind: 'value', value: 1 });
    expect(chosen.missing).toBeUndefined();
    wait(3_600);
    await ask();
    expect(looked()).toBe(3);
    expect(chosen.name).toBe('http://prometheus');
    expect(answers).toEqual(['http://prometheus ok', 'http://prometheus ok']);
  });

  it('is looked for once, however many ask at the same time', async () => {
    const { chosen, looked } = world([{ source: source() }]);
    await Promise.all(Array.from({ length: 8 }, () => chosen.history(QUERY, RANGE)));
    expect(looked()).toBe(1);
  });

  it('counts what is empty and what fails, and hands the failure on', async () => {
    const { chosen, answers } = world([
      {
        source: source({
          latest: async () => new Map([[QUERY.id, { kind: 'missing', why: 'no series' }]]),
          history: async () => {
            throw new Error('503');
          },
        }),
      },
    ]);
    await chosen.latest([QUERY], 0, () => []);
    await expect(chosen.history(QUERY, RANGE)).rejects.toThrow('503');
    expect(answers).toEqual(['http://prometheus empty', 'http://prometheus error']);
  });
});
