import { describe, expect, it } from 'vitest';
import type { Samples } from '../../core/series.ts';
import { ApiError } from '../../kubernetes/api.ts';
import { answeringApi } from '../../test/answering-api.ts';
import { CONTRACT_QUERY, CONTRACT_USAGE, contractPod, demandSourceContract } from '../demand/demand-source.contract.ts';
import type { DemandQuery } from '../demand/demand-source.ts';
import { collectedText, resourceMetrics } from './resource-metrics.ts';

const AT = 1_790_000_000;
const ROOT = '/apis/metrics.k8s.io/v1beta1';

const item = (name: string, cpu: string, memory = '64Mi', endSeconds = AT - 20, namespace = 'shop') => ({
  metadata: { name, namespace },
  timestamp: new Date(endSeconds * 1000).toISOString(),
  window: '30s',
  containers: [
    { name: 'app', usage: { cpu, memory } },
    { name: 'sidecar', usage: { cpu: '0', memory: '0' } },
  ],
});
const minutes = (...pairs: [number, number][]): Samples => ({
  times: Float64Array.from(pairs, ([time]) => time),
  values: Float64Array.from(pairs, ([, value]) => value),
});
const noHistory = { read: () => minutes() };

demandSourceContract('metrics.k8s.io', async () => {
  const items = Object.entries(CONTRACT_USAGE).map(([pod, cores]) => item(pod, `${cores * 1e9}n`));
  const gone = answeringApi(() => {
    throw new ApiError('https://api refuses connections', 0, 'Refused');
  });
  const own = { read: () => minutes(...[0, 1, 3, 4].map((i): [number, number] => [AT - 3600 + 60 * i, 2])) };
  return {
    source: resourceMetrics(answeringApi(() => ({ items })).api, own),
    gone: resourceMetrics(gone.api, own),
    atSeconds: AT,
    historyStartSeconds: AT - 3600,
  };
});

describe('metrics.k8s.io', () => {
  const old = (name: string) => contractPod(name, AT);
  const latest = async (items: unknown[], query: DemandQuery = CONTRACT_QUERY, names = ['a', 'b']) => {
    const source = resourceMetrics(answeringApi(() => ({ items })).api, noHistory);
    return (await source.latest([query], AT, () => names.map(old))).get(query.id)!;
  };

  it('is asked once for the cluster, or once for each watched namespace that is wanted', async () => {
    const other = { ...CONTRACT_QUERY, id: 'other', workload: { ...CONTRACT_QUERY.workload, namespace: 'blog' } };
    const far = { ...CONTRACT_QUERY, id: 'far', workload: { ...CONTRACT_QUERY.workload, namespace: 'far' } };
    const whole = answeringApi(() => ({ items: [] }));
    await resourceMetrics(whole.api, noHistory).latest([CONTRACT_QUERY, other], AT, () => []);
    expect(whole.asked).toEqual([`${ROOT}/pods`]);
    const some = answeringApi(() => ({ items: [] }));
    const source = resourceMetrics(some.api, noHistory, ['blog', 'shop', 'idle']);
    const readings = await source.latest([CONTRACT_QUERY, other, far], AT, () => []);
    expect(some.asked).toEqual([`${ROOT}/namespaces/blog/pods`, `${ROOT}/namespaces/shop/pods`]);
    expect(readings.get('far')).toEqual({ kind: 'missing', why: 'the namespace far is not among those watched' });
  });

  it('one namespace that is forbidden leaves the others', async () => {
    const { api } = answeringApi((path) => {
      if (path.includes('/blog/')) throw new ApiError('pods.metrics.k8s.io is forbidden', 403, 'Forbidden');
      return { items: [item('a', '100m')] };
    });
    const other = { ...CONTRACT_QUERY, id: 'other', workload: { ...CONTRACT_QUERY.workload, namespace: 'blog' } };
    const readings = await resourceMetrics(api, noHistory, ['blog', 'shop']).latest([CONTRACT_QUERY, other], AT, () => [
      old('a'),
    ]);
    expect(readings.get('other')).toEqual({ kind: 'missing', why: 'pods.metrics.k8s.io is forbidden' });
    expect(readings.get(CONTRACT_QUERY.id)).toMatchObject({ kind: 'value', value: 0.1 });
  });

  it('says what to do where there is none', async () => {
    const { api } = answeringApi(() => {
      throw new ApiError('the server could not find the requested resource', 404, 'NotFound');
    });
    const reading = (await resourceMetrics(api, noHistory).latest([CONTRACT_QUERY], AT, () => [old('a')])).get(
      CONTRACT_QUERY.id,
    );
    expect(reading).toMatchObject({ kind: 'missing', why: expect.stringContaining('metrics-server provides it') });
  });

  it('says over which window it was measured, as it is not a minute', async () => {
    expect(await latest([item('a', '500m'), item('b', '250m')])).toMatchObject({ value: 0.75, windowSeconds: 30 });
  });

  it('memory in bytes', async () => {
    const query: DemandQuery = { ...CONTRACT_QUERY, metric: { kind: 'resource', resource: 'memory' } };
    expect(await latest([item('a', '1', '1Gi'), item('b', '1', '512Mi')], query)).toMatchObject({
      value: 1.5 * 2 ** 30,
    });
  });

  it('a pod whose containers were not all measured, or long ago, or not at all, is unmeasured', async () => {
    const partly = { ...item('b', '1'), containers: [{ name: 'app', usage: { memory: '1Gi' } }] };
    const reading = await latest([item('a', '2'), partly, item('c', '1', '1Gi', AT - 600)], CONTRACT_QUERY, [
      'a',
      'b',
      'c',
      'd',
    ]);
    expect(reading).toMatchObject({ value: 2, pods: { counted: 1, unmeasured: 3, starting: 0 } });
  });

  it('refers what it has not to a Prometheus', async () => {
    const gpu: DemandQuery = { ...CONTRACT_QUERY, metric: { kind: 'resource', resource: 'gpu' } };
    expect(await latest([], gpu)).toMatchObject({
      kind: 'missing',
      why: expect.stringContaining('needs a Prometheus'),
    });
    const source = resourceMetrics(answeringApi(() => ({})).api, noHistory);
    await expect(source.history(gpu, { startSeconds: 0, endSeconds: 60, stepSeconds: 60 })).rejects.toThrow(
      /gpu needs a Prometheus/,
    );
  });
});

it('says how much of a week it has collected, and seven days not before they are there', () => {
  const day = 86_400;
  expect(collectedText(minutes())).toBe('collected 0 of 7 days');
  expect(collectedText(minutes([0, 1], [2.35 * day, 1]))).toBe('collected 2.3 of 7 days');
  expect(collectedText(minutes([0, 1], [7 * day - 60, 1]))).toBe('collected 6.9 of 7 days');
  expect(collectedText(minutes([0, 1], [30 * day, 1]))).toBe('collected 7 of 7 days');
});
