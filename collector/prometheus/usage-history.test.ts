import { expect, it } from 'vitest';
import type { WorkloadRef } from '../../core/workload.ts';
import { type HttpAnswer, type PrometheusHttp, TookTooLong, TooMuchAtOnce } from './answer.ts';
import { usageBatches } from './usage-batches.ts';
import { readUsage } from './usage-history.ts';

const refOf = (name: string, namespace = 'shop', kind = 'Deployment'): WorkloadRef => ({
  apiVersion: 'apps/v1',
  kind,
  namespace,
  name,
});
const RANGE = { startSeconds: 0, endSeconds: 1_200, stepSeconds: 300 };

/** A server that answers each query by a table `namespace/name` → points. */
function server(answer: (query: string) => HttpAnswer | Error): { http: PrometheusHttp; asked: string[] } {
  const asked: string[] = [];
  const ask = async (_: string, { query }: Readonly<Record<string, string>>) => {
    asked.push(query!);
    const given = answer(query!);
    if (given instanceof Error) throw given;
    return given;
  };
  return { http: { name: 'http://prometheus', ask, close: async () => {} }, asked };
}
const matrix = (series: readonly (readonly [namespace: string, name: string, values: [number, string][]])[]) => ({
  status: 200,
  body: JSON.stringify({
    status: 'success',
    data: {
      resultType: 'matrix',
      result: series.map(([namespace, name, values]) => ({ metric: { namespace, prescale_workload: name }, values })),
    },
  }),
});
const subjects = (...refs: WorkloadRef[]) => refs.map((ref) => ({ ref, pods: 1 }));
const LIMITS = { samples: 1e6, points: 1e6, chars: 6_000 };
const batchesOf = (...refs: WorkloadRef[]) =>
  usageBatches(subjects(...refs), subjects(...refs), RANGE, { seconds: 300 }, LIMITS);
const [batch] = batchesOf(refOf('web'), refOf('api'), refOf('web', 'test'));

it('one query answers for all of a batch; who is not in the answer has no samples, and no zeros', async () => {
  const { http, asked } = server(() =>
    matrix([
      [
        'shop',
        'web',
        [
          [300, '1.5'],
          [600, 'NaN'],
          [900, '2'],
        ],
      ],
      ['test', 'web', [[300, '7']]],
      // Of the same names in another of the namespaces: nobody asked.
      ['test', 'api', [[300, '9']]],
    ]),
  );
  const found = await readUsage(http, batch!, RANGE, { seconds: 300 });
  expect(asked).toHaveLength(1);
  expect(asked[0]).toContain('namespace=~"shop|test",pod=~"(web|api)-[');
  expect(Object.fromEntries(found)).toEqual({
    'shop/Deployment/web': { times: Float64Array.of(300, 900), values: Float64Array.of(1.5, 2) },
    'shop/Deployment/api': { times: new Float64Array(0), values: new Float64Array(0) },
    'test/Deployment/web': { times: Float64Array.of(300), values: Float64Array.of(7) },
  });
});

it('a batch that takes too long is asked for in parts, and only who is slow alone is an error', async () => {
  const { http } = server((query) => {
    if (query.includes('api')) return new TookTooLong('too slow');
    return matrix([['shop', 'web', [[300, '1']]]]);
  });
  const found = await readUsage(http, batch!, RANGE, { seconds: 300 });
  expect(found.get('shop/Deployment/web')).toEqual({ times: Float64Array.of(300), values: Float64Array.of(1) });
  expect(found.get('shop/Deployment/api')).toEqual(new TookTooLong('too slow'));
});

it('a batch that is too much is asked for in parts, or given back whole to who plans anew', async () => {
  const { http, asked } = server((query) => {
    if (query.includes('web') && query.includes('api')) return new TooMuchAtOnce('too many samples');
    return matrix([['shop', query.includes('web') ? 'web' : 'api', [[300, '1']]]]);
  });
  const found = await readUsage(http, batch!, RANGE, { seconds: 300 });
  expect([...found.values()].some((usage) => usage instanceof Error)).toBe(false);
  expect(asked).toHaveLength(4);
  await expect(readUsage(http, batch!, RANGE, { seconds: 300 }, 'whole')).rejects.toThrow('too many samples');
  expect(asked).toHaveLength(5);
});

it('a single workload that is too much is read in shorter pages', async () => {
  const [alone] = batchesOf(refOf('web'));
  const long = { startSeconds: 0, endSeconds: 1_999 * 300, stepSeconds: 300 };
  const pages: number[] = [];
  const http: PrometheusHttp = {
    name: 'http://prometheus',
    close: async () => {},
    ask: async (_, { start, end }) => {
      const steps = (Number(end) - Number(start)) / 300 + 1;
      if (steps > 700) throw new TooMuchAtOnce('too many samples');
      pages.push(steps);
      return matrix([['shop', 'web', [[Number(start), '1']]]]);
    },
  };
  const found = await readUsage(http, { ...alone!, pageSteps: 2_000 }, long, { seconds: 300 });
  expect(pages).toEqual([500, 500, 500, 500]);
  expect(found.get('shop/Deployment/web')).toMatchObject({ times: Float64Array.of(0, 150_000, 300_000, 450_000) });
});

it('what only its owner tells of is found by kube-state-metrics', async () => {
  const widget = refOf('web', 'shop', 'Widget');
  const [owned] = batchesOf(widget, refOf('api', 'shop', 'Gadget'));
  const { http, asked } = server(() => ({
    status: 200,
    body: JSON.stringify({
      status: 'success',
      data: {
        resultType: 'matrix',
        result: [{ metric: { namespace: 'shop', owner_kind: 'Widget', owner_name: 'web' }, values: [[300, '2']] }],
      },
    }),
  }));
  const found = await readUsage(http, owned!, RANGE, { seconds: 300 });
  expect(asked).toHaveLength(1);
  expect(found.get('shop/Widget/web')).toMatchObject({ values: Float64Array.of(2) });
  expect(found.get('shop/Gadget/api')).toMatchObject({ values: new Float64Array(0) });
});

it('what is no usage is refused: below zero, or two series of one workload', async () => {
  const negative = server(() => matrix([['shop', 'web', [[300, '-1']]]]));
  const twice = server(() =>
    matrix([
      ['shop', 'web', [[300, '1']]],
      ['shop', 'web', [[300, '2']]],
    ]),
  );
  for (const { http } of [negative, twice]) {
    const found = await readUsage(http, batch!, RANGE, { seconds: 300 });
    expect(found.get('shop/Deployment/web')).toBeInstanceOf(Error);
  }
});
