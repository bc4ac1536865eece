import { describe, expect, it } from 'vitest';
import { type PrometheusHttp, TooMuchAtOnce } from '../../collector/prometheus/answer.ts';
import { QueryBudget } from '../../collector/prometheus/query-budget.ts';
import { NAME_LABEL } from '../../collector/prometheus/resource-expressions.ts';
import { WorldError } from '../../core/errors.ts';
import { memoryKubernetes } from '../../kubernetes/fake/memory-api.ts';
import { discoverResources } from '../../kubernetes/resources.ts';
import { type ClusterBoundsParts, readClusterBounds } from './cluster-bounds.ts';

const NOW = Date.UTC(2026, 2, 16, 3) / 1000;
const DAY = 86_400;

/** One core by day and three by night, of those whose name is no `idle`; those have no data at all. */
function prometheus(): PrometheusHttp & { asked: number } {
  const me = {
    name: 'http://prometheus:9090',
    asked: 0,
    close: async () => {},
    ask: async (_: string, { query, start, end, step }: Readonly<Record<string, string>>) => {
      me.asked++;
      const names = new Set(query!.match(/web-\d+/g));
      const steps = Math.floor((Number(end) - Number(start)) / Number(step)) + 1;
      const values = Array.from({ length: steps }, (__, i) => {
        const at = Number(start) + i * Number(step);
        return [at, String(2 + Math.sin((at / DAY) * 2 * Math.PI))];
      });
      const result = Array.from(names, (name) => ({ metric: { namespace: 'shop', [NAME_LABEL]: name }, values }));
      return { status: 200, body: JSON.stringify({ status: 'success', data: { resultType: 'matrix', result } }) };
    },
  };
  return me;
}

function cluster(names: readonly string[]) {
  const api = memoryKubernetes({ namespaces: ['shop'] });
  for (const name of names) {
    const containers = [{ name: 'app', resources: name === 'unsized' ? {} : { requests: { cpu: '500m' } } }];
    api.seed('/apis/apps/v1/namespaces/shop/deployments', {
      metadata: { name, namespace: 'shop', annotations: name === 'web-1' ? { 'prescale.dev/enabled': 'true' } : {} },
      spec: { replicas: 8, template: { spec: { containers } } },
    });
  }
  return api;
}

function read(names: readonly string[], over: Partial<ClusterBoundsParts> = {}) {
  const api = cluster(names);
  return readClusterBounds({
    api,
    resources: discoverResources(api, () => 0),
    prometheus: prometheus(),
    namespaces: [],
    defaultMode: 'observe',
    mostChars: 16_000,
    budget: new QueryBudget(60),
    hasTime: () => true,
    startup: { kind: 'log-normal', p50Seconds: 9, p90Seconds: 20 },
    nowSeconds: NOW,
    sleep: async () => {},
    ...over,
  });
}

describe('the bounds of a cluster', () => {
  it('are those of the report, in pod-hours of a week; nothing known is no zero', async () => {
    const bounds = await read(['web-1', 'web-2', 'idle', 'unsized']);
    expect(bounds.rows.map(({ key, optedIn }) => [key, optedIn])).toEqual([
      ['shop/Deployment/web-1', true],
      ['shop/Deployment/web-2', false],
    ]);
    const [row] = bounds.rows;
    expect(row).toMatchObject({ baseline: 'fixed', label: '8 pods', apiVersion: 'apps/v1' });
    // Eight pods for a week; two cores on average are four of them.
    expect(row!.podHours).toBeCloseTo(8 * 168, 6);
    expect(row!.leastPodHours / 168).toBeGreaterThan(4);
    expect(row!.leastPodHours / 168).toBeLessThan(6);
    expect(row!.hours).toBeCloseTo(168, 0);
    expect(bounds.unknown).toEqual([
      { key: 'shop/Deployment/idle', why: 'Prometheus has no CPU usage of its pods', fault: false },
      { key: 'shop/Deployment/unsized', why: expect.stringContaining('CPU'), fault: false },
    ]);
    expect(bounds).toMatchObject({ prometheus: 'http://prometheus:9090', toSeconds: NOW, fromSeconds: NOW - 7 * DAY });
  });

  it('take few queries, and no more than they may', async () => {
    const names = Array.from({ length: 300 }, (_, i) => `web-${i}`);
    const source = prometheus();
    const { queries, rows } = await read(names, { prometheus: source, hasTime: () => source.asked < 2 });
    expect(queries).toBe(source.asked);
    expect(queries).toBeLessThanOrEqual(3);
    expect(rows.length).toBeLessThan(300);
    const spent = await read(names, { budget: new QueryBudget(2) });
    expect(spent.queries).toBe(2);
    expect(spent.unknown.length).toBeGreaterThan(100);
    expect(spent.unknown.every(({ fault }) => fault)).toBe(true);
  });

  it('fail where Prometheus does, or nothing can be listed', async () => {
    const away = { ...prometheus(), ask: async () => Promise.reject(new WorldError('http://prometheus:9090 is away')) };
    await expect(read(['web-1'], { prometheus: away })).rejects.toThrow('http://prometheus:9090 is away');
    const api = cluster([]);
    const refused = { ...api, get: async () => Promise.reject(new Error('deployments is forbidden')) };
    await expect(read([], { api: refused as typeof api })).rejects.toThrow('deployments is forbidden');
    const full = { ...prometheus(), ask: async () => Promise.reject(new TooMuchAtOnce('too many samples')) };
    await expect(read(['web-1'], { prometheus: full })).rejects.toThrow('too many samples');
  });
});
