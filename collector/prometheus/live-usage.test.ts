import { describe, expect, it } from 'vitest';
import { type AnsweredSeries, TooMuchAtOnce } from './answer.ts';
import { latestUsage } from './live-usage.ts';

const AT = 1_790_000_000;
const NAMESPACES = Array.from({ length: 500 }, (_, i) => `team-${i}`);

/** A server with one pod in each namespace, which refuses some questions. */
function server(refused: (namespaces: readonly string[]) => Error | undefined) {
  const asked: string[][] = [];
  const evaluate = async (query: string): Promise<AnsweredSeries[]> => {
    const namespaces = /namespace=~"([^"]*)"/.exec(query)![1]!.split('|');
    asked.push(namespaces);
    const error = refused(namespaces);
    if (error) throw error;
    return namespaces.map((namespace) => ({ metric: { namespace, pod: 'web-1' }, points: [[AT, '0.5']] }));
  };
  return { asked, evaluate };
}

describe('usage by namespaces', () => {
  it('of 500 is asked for by five requests', async () => {
    const { asked, evaluate } = server(() => undefined);
    const found = await latestUsage(evaluate, 'cpu', NAMESPACES, AT);
    expect(asked).toHaveLength(5);
    expect(found.size).toBe(500);
    expect((found.get('team-499') as ReadonlyMap<string, unknown>).get('web-1')).toMatchObject({ value: 0.5 });
  });

  it('that is too much for one answer is asked for in parts, and one that is by itself costs only itself', async () => {
    const { evaluate } = server((namespaces) =>
      namespaces.length > 20 || namespaces.includes('team-7') ? new TooMuchAtOnce('more than 64 MB') : undefined,
    );
    const found = await latestUsage(evaluate, 'cpu', NAMESPACES, AT);
    const failed = [...found].filter(([, usage]) => usage instanceof Error).map(([namespace]) => namespace);
    expect(failed).toEqual(['team-7']);
    expect(found.size).toBe(500);
  });

  it('two numbers for one pod are none, also where a third comes; its neighbour keeps its own', async () => {
    const series = (pod: string, value: string): AnsweredSeries => ({
      metric: { namespace: 'shop', pod },
      points: [[AT, value]],
    });
    const answer = [series('web-1', '0.5'), series('web-2', '0.25'), series('web-1', '0.1'), series('web-1', '0.4')];
    const found = await latestUsage(async () => answer, 'cpu', ['shop'], AT);
    expect([...(found.get('shop') as ReadonlyMap<string, unknown>).keys()]).toEqual(['web-2']);
  });
});
