import { expect, it } from 'vitest';
import type { WorkloadRef } from '../../core/workload.ts';
import { type HttpAnswer, type PrometheusHttp, TookTooLong } from './answer.ts';
import { podNameParts, podNamePattern } from './pod-names.ts';
import { pagesOf, readUsage, usageBatches } from './usage-history.ts';

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
const [batch] = usageBatches(subjects(refOf('web'), refOf('api'), refOf('web', 'test')), { workloads: 9, pods: 99 });

it('a thousand Deployments and fourteen days by five minutes are 25 queries, fifty of them by the minute 21 more', () => {
  const many = Array.from({ length: 1_000 }, (_, i) => ({ ref: refOf(`w${i}`, `n${i % 40}`), pods: 10 }));
  const days14 = { startSeconds: 0, endSeconds: 14 * 86_400 };
  const coarse = usageBatches(many, { workloads: 40, pods: 800 }).length * pagesOf({ ...days14, stepSeconds: 300 });
  const fine = usageBatches(many.slice(0, 50), { workloads: 8, pods: 160 });
  expect(coarse).toBe(25);
  expect(fine.length * pagesOf({ ...days14, stepSeconds: 60 })).toBe(21);
  // Pods cost the server, so that large ones share a query with fewer.
  const large = many.map((one) => ({ ...one, pods: 100 }));
  expect(usageBatches(large, { workloads: 40, pods: 800 })).toHaveLength(125);
});

it('a batch has pods whose names are made alike; a name that is cut is asked for by itself', () => {
  const long = refOf('a'.repeat(60));
  const all = subjects(
    refOf('web'),
    refOf('db', 'shop', 'StatefulSet'),
    refOf('api'),
    long,
    refOf('x', 'shop', 'Widget'),
  );
  const names = usageBatches(all, { workloads: 9, pods: 99 }).map(({ subjects: own }) =>
    own.map(({ ref }) => ref.name),
  );
  expect(names).toEqual([['web', 'api'], ['db'], ['a'.repeat(60)], ['x']]);
});

it('the parts of a pattern are the pattern', () => {
  for (const ref of [
    refOf('web.v1'),
    refOf('a'.repeat(46)),
    refOf('db', 'shop', 'StatefulSet'),
    refOf('r', 'x', 'Rollout'),
  ]) {
    const { base, suffix } = podNameParts(ref)!;
    expect(`${base}${suffix}`).toBe(podNamePattern(ref).pattern);
  }
  expect(podNameParts(refOf('a'.repeat(47)))).toBeUndefined();
});

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
