import { describe, expect, it } from 'vitest';
import { ApiError } from '../../kubernetes/api.ts';
import { type MemoryRequest, memoryKubernetes } from '../../kubernetes/fake/memory-api.ts';
import { HpaMinReplicas, hpaPath } from './hpa.ts';
import { restoreAll } from './restore.ts';
import { ScaleSubresource } from './scale.ts';
import { scaleTargetContract } from './target.contract.ts';

scaleTargetContract('an API in memory', () => ({ api: memoryKubernetes({ namespaces: ['shop'] }), namespace: 'shop' }));

const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' };
const BOUNDS = { min: 0, max: 500 };
const path = '/apis/apps/v1/namespaces/shop/deployments/web';

function cluster() {
  const api = memoryKubernetes();
  api.seed(path, { ...ref, metadata: { name: 'web', namespace: 'shop' }, spec: { replicas: 3 } });
  const hpa = hpaPath('shop', 'web');
  api.seed(hpa, {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { minReplicas: 3, maxReplicas: 9, scaleTargetRef: ref },
  });
  const targets = {
    scale: new ScaleSubresource(api, ref, `${path}/scale`),
    hpa: new HpaMinReplicas(api, { namespace: 'shop', name: 'web' }, `${path}/scale`),
  };
  return { api, ...targets };
}

/** Answers the first so many patches by this status. */
function failing(status: number, times = Number.POSITIVE_INFINITY) {
  let left = times;
  return ({ verb }: MemoryRequest) =>
    verb === 'patch' && left-- > 0 ? { error: new ApiError(`status ${status}`, status, 'Word') } : undefined;
}

describe.each(['scale', 'hpa'] as const)('%s in trouble', (kind) => {
  it('tries again after a conflict, and leaves it to the next tick after five', async () => {
    const { api, [kind]: target } = cluster();
    api.intercept = failing(409, 4);
    expect(await target.write(3, 5, BOUNDS)).toEqual({ kind: 'scaled', replicas: 5 });
    api.intercept = failing(409);
    await expect(target.write(5, 6, BOUNDS)).rejects.toMatchObject({ status: 409 });
  });

  it('says which right is missing', async () => {
    const { api, [kind]: target } = cluster();
    api.intercept = failing(403);
    const outcome = await target.write(3, 5, BOUNDS);
    expect(outcome.kind).toBe('refused');
    expect((outcome as { why: string }).why).toMatch(
      /shop\/web was not changed: status 403; the addon's role needs patch on /,
    );
  });

  it.each([400, 422])('is refused by admission (%i), not repeated for ever', async (status) => {
    const { api, [kind]: target } = cluster();
    api.intercept = failing(status);
    expect((await target.write(3, 5, BOUNDS)).kind).toBe('refused');
    expect(api.requests.patch).toBeLessThanOrEqual(2);
  });

  it.each([0, 429, 500])('hands on what passes by itself (%i)', async (status) => {
    const { api, [kind]: target } = cluster();
    api.intercept = failing(status);
    await expect(target.write(3, 5, BOUNDS)).rejects.toMatchObject({ status });
  });

  it('sees a change that came between its read and its write', async () => {
    const { api, [kind]: target } = cluster();
    let raced = false;
    api.intercept = ({ verb }) => {
      if (verb !== 'patch' || raced) return undefined;
      raced = true;
      const at = kind === 'hpa' ? hpaPath('shop', 'web') : path;
      void api.patch(at, 'merge', { spec: kind === 'hpa' ? { minReplicas: 7 } : { replicas: 7 } });
      return undefined;
    };
    expect(await target.write(3, 5, BOUNDS)).toEqual({ kind: 'external', replicas: 7 });
  });
});

it('a scale write is one request', async () => {
  const { api, scale } = cluster();
  await scale.write(3, 500, BOUNDS);
  expect(api.requests).toMatchObject({ get: 0, patch: 1 });
});

it('restores page by page in the whole cluster, and goes on after an HPA that fails', async () => {
  const api = memoryKubernetes();
  for (let i = 0; i < 1203; i++) {
    const name = `web-${i}`;
    const annotations =
      i % 600 === 1 ? { 'prescale.dev/original-min-replicas': '2', 'prescale.dev/written-min-replicas': '7' } : {};
    api.seed(hpaPath(`ns-${i % 3}`, name), {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name, namespace: `ns-${i % 3}`, annotations },
      spec: { minReplicas: 7, maxReplicas: 9, scaleTargetRef: { ...ref, name } },
    });
  }
  const intercept = ({ verb, path }: MemoryRequest) =>
    verb === 'patch' && path.endsWith('/web-601') ? { error: new ApiError('busy', 500, 'InternalError') } : undefined;
  // Half-way the pages expire: it begins anew, and what was put back already isn't marked any more.
  let lists = 0;
  api.intercept = (request) => {
    if (request.verb === 'list' && ++lists === 3) api.expire();
    return intercept(request);
  };
  expect(await restoreAll(api)).toEqual({
    hpas: ['ns-1/web-1', 'ns-1/web-1201'],
    pods: 0,
    left: [],
    failed: ['HorizontalPodAutoscaler ns-1/web-601: busy'],
  });
});

it('has nothing to restore in a cluster without HPAs and pods', async () => {
  expect(await restoreAll(memoryKubernetes())).toEqual({ hpas: [], pods: 0, left: [], failed: [] });
});
