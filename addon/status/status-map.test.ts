import { describe, expect, it } from 'vitest';
import type { WorkloadStatus } from '../../core/workload-status.ts';
import { ApiError } from '../../kubernetes/api.ts';
import { memoryKubernetes } from '../../kubernetes/fake/memory-api.ts';
import { STATUS_CONFIG_MAP } from '../../kubernetes/needed-rights.ts';
import { exampleStatus } from '../../test/example-status.ts';
import { parseCompactKey } from './compact-status.ts';
import { HEARTBEAT_KEY, StatusMap } from './status-map.ts';

const NOW = 1_790_000_000;
const PATH = `/api/v1/namespaces/prescale/configmaps/${STATUS_CONFIG_MAP}`;

function world() {
  const api = memoryKubernetes({ namespaces: ['prescale'] });
  api.seed(PATH, { metadata: { name: STATUS_CONFIG_MAP, namespace: 'prescale' } });
  const data = async () => (await api.get<{ data?: Record<string, string> }>(PATH)).data ?? {};
  const keys = async () =>
    Object.keys(await data())
      .filter((key) => key !== HEARTBEAT_KEY)
      .sort();
  return { api, data, keys, map: new StatusMap(api, 'prescale') };
}

function named(name: string, over: Partial<WorkloadStatus> = {}): WorkloadStatus {
  const status = exampleStatus();
  return { ...status, ref: { ...status.ref, name }, ...over };
}

describe('the status of all workloads in one ConfigMap', () => {
  it('is written where something changed, and taken out with its workload', async () => {
    const { api, keys, map } = world();
    await map.write([named('web'), named('api')], NOW);
    expect(await keys()).toHaveLength(2);
    const { patch } = api.requests;
    await map.write([named('web', { decidedSeconds: 1_900_000_000 }), named('api')], NOW);
    expect(api.requests.patch).toBe(patch);
    await map.write([named('web')], NOW);
    expect(api.requests.patch).toBe(patch + 1);
    expect(await keys()).toHaveLength(1);
  });

  it('shows when the leader wrote last, once a minute, whether or not anything changed', async () => {
    const { api, data, map } = world();
    await map.write([named('web')], NOW);
    const first = await data();
    expect(first[HEARTBEAT_KEY]).toBe('2026-09-21T14:13:20Z');
    const { patch } = api.requests;
    await map.write([named('web', { decidedSeconds: NOW })], NOW + 60.4);
    expect(api.requests.patch).toBe(patch + 1);
    expect(await data()).toEqual({ ...first, [HEARTBEAT_KEY]: '2026-09-21T14:14:20Z' });
  });

  it('is right again after somebody else emptied it and a write failed', async () => {
    const { api, keys, map } = world();
    await map.write([named('web')], NOW);
    api.seed(PATH, { metadata: { name: STATUS_CONFIG_MAP, namespace: 'prescale' } });
    api.intercept = ({ verb }) => (verb === 'patch' ? { error: new ApiError('busy', 503, 'Unavailable') } : undefined);
    await expect(map.write([named('web'), named('api')], NOW)).rejects.toThrow('busy');
    api.intercept = undefined;
    await map.write([named('web'), named('api')], NOW);
    expect(await keys()).toHaveLength(2);
  });

  it('that nobody made is nobody’s loss', async () => {
    const api = memoryKubernetes({ namespaces: ['prescale'] });
    await expect(new StatusMap(api, 'prescale').write([named('web')], NOW)).resolves.toBeUndefined();
  });

  it('of 10,000 workloads keeps what fits into a ConfigMap, those in trouble first, says how many are left out, and is one request', async () => {
    const { api, keys, map } = world();
    const trouble = {
      type: 'Ready',
      status: false,
      reason: 'NoMetric',
      message: 'ü'.repeat(500),
      sinceSeconds: 0,
    } as const;
    const many = Array.from({ length: 10_000 }, (_, n) =>
      named(`w${String(n).padStart(4, '0')}`, n % 100 === 99 ? { conditions: [trouble] } : {}),
    );
    const before = api.requests.patch;
    await map.write(many, NOW);
    expect(api.requests.patch).toBe(before + 1);
    const { data } = await api.get<{ data: Record<string, string> }>(PATH);
    const bytes = Object.entries(data).reduce((sum, [key, text]) => sum + Buffer.byteLength(key + text), 0);
    expect(bytes).toBeLessThan(2 ** 20);
    const shown = (await keys()).filter((key) => key !== 'summary');
    expect(shown.length).toBeGreaterThan(2_000);
    for (let n = 99; n < 10_000; n += 100) expect(shown).toContain(`shop.Deployment.w${String(n).padStart(4, '0')}`);
    expect(JSON.parse(data.summary!)).toEqual({ workloads: 10_000, shown: shown.length, troubled: 100 });
    expect(parseCompactKey('summary')).toBeUndefined();
    await map.write([...many].reverse(), NOW);
    expect(api.requests.patch).toBe(before + 1);
  });
});
