import { describe, expect, it } from 'vitest';
import { ApiError } from '../kubernetes/api.ts';
import { memoryKubernetes } from '../kubernetes/memory-api.ts';
import { STATUS_CONFIG_MAP } from '../kubernetes/needed-rights.ts';
import { exampleStatus } from '../test/example-status.ts';
import { StatusMap } from './status-map.ts';
import type { WorkloadStatus } from './workload-status.ts';

const PATH = `/api/v1/namespaces/prescale/configmaps/${STATUS_CONFIG_MAP}`;

function world() {
  const api = memoryKubernetes({ namespaces: ['prescale'] });
  api.seed(PATH, { metadata: { name: STATUS_CONFIG_MAP, namespace: 'prescale' } });
  const keys = async () => Object.keys((await api.get<{ data?: Record<string, string> }>(PATH)).data ?? {}).sort();
  return { api, keys, map: new StatusMap(api, 'prescale') };
}

function named(name: string, over: Partial<WorkloadStatus> = {}): WorkloadStatus {
  const status = exampleStatus();
  return { ...status, ref: { ...status.ref, name }, ...over };
}

describe('the status of all workloads in one ConfigMap', () => {
  it('is written where something changed, and taken out with its workload', async () => {
    const { api, keys, map } = world();
    await map.write([named('web'), named('api')]);
    expect(await keys()).toHaveLength(2);
    const { patch } = api.requests;
    await map.write([named('web', { decidedSeconds: 1_900_000_000 }), named('api')]);
    expect(api.requests.patch).toBe(patch);
    await map.write([named('web')]);
    expect(api.requests.patch).toBe(patch + 1);
    expect(await keys()).toHaveLength(1);
  });

  it('is right again after somebody else emptied it and a write failed', async () => {
    const { api, keys, map } = world();
    await map.write([named('web')]);
    api.seed(PATH, { metadata: { name: STATUS_CONFIG_MAP, namespace: 'prescale' } });
    api.intercept = ({ verb }) => (verb === 'patch' ? { error: new ApiError('busy', 503, 'Unavailable') } : undefined);
    await expect(map.write([named('web'), named('api')])).rejects.toThrow('busy');
    api.intercept = undefined;
    await map.write([named('web'), named('api')]);
    expect(await keys()).toHaveLength(2);
  });

  it('that nobody made is nobody’s loss', async () => {
    const api = memoryKubernetes({ namespaces: ['prescale'] });
    await expect(new StatusMap(api, 'prescale').write([named('web')])).resolves.toBeUndefined();
  });

  it('of more workloads than fit keeps the first by name, always the same', async () => {
    const { keys, map } = world();
    const many = Array.from({ length: 2_000 }, (_, n) => named(`w${String(n).padStart(4, '0')}`));
    await map.write(many);
    await map.write([...many].reverse());
    expect(await keys()).toHaveLength(1_800);
    expect((await keys()).at(-1)).toContain('w1799');
  });
});
