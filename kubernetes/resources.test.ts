import { expect, it } from 'vitest';
import { InputError } from '../core/errors.ts';
import { ApiError } from './api.ts';
import { memoryKubernetes } from './fake/memory-api.ts';
import { discoverResources } from './resources.ts';

const web = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' };
const rollouts = {
  group: 'argoproj.io',
  version: 'v1alpha1',
  resource: 'rollouts',
  kind: 'Rollout',
  namespaced: true,
  scale: true,
};

it('finds paths by asking once for each group and version', async () => {
  const api = memoryKubernetes({ resources: [rollouts] });
  const resources = discoverResources(api, () => 0);
  expect(await resources.scale(web)).toBe('/apis/apps/v1/namespaces/shop/deployments/web/scale');
  expect(await resources.object({ ...web, kind: 'StatefulSet' })).toBe(
    '/apis/apps/v1/namespaces/shop/statefulsets/web',
  );
  expect(await resources.collection('v1', 'Pod')).toBe('/api/v1/pods');
  expect(await resources.scale({ ...web, apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout' })).toBe(
    '/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/web/scale',
  );
  await Promise.all(Array.from({ length: 100 }, () => resources.scale(web)));
  expect(api.requests.list).toBe(3);
});

it('says which kind is not served, or has no scale, and what would be right', async () => {
  const resources = discoverResources(memoryKubernetes(), () => 0);
  await expect(resources.object({ ...web, kind: 'Deploymint' })).rejects.toThrow(
    'found no kind Deploymint in apps/v1; expected one that is served (scalable there: Deployment, StatefulSet, ReplicaSet)',
  );
  await expect(resources.kind('argoproj.io/v1alpha1', 'Rollout')).rejects.toThrow(
    'the server has no argoproj.io/v1alpha1',
  );
  const daemons = resources.scale({ ...web, kind: 'DaemonSet' });
  await expect(daemons).rejects.toBeInstanceOf(InputError);
  await expect(daemons).rejects.toThrow('DaemonSet shop/web: found no scale subresource');
});

it('asks for an unknown kind again, once a minute, and for one that it could not ask for at once', async () => {
  let now = 0;
  const api = memoryKubernetes();
  const resources = discoverResources(api, () => now);
  const wanted = () => resources.kind('apps/v1', 'Rollout').catch(() => undefined);
  for (now = 0; now < 120; now += 10) await wanted();
  expect(api.requests.list).toBe(2);
  api.intercept = () => ({ error: new ApiError('down', 0, 'ConnectionRefused') });
  await expect(resources.kind('v1', 'Pod')).rejects.toMatchObject({ status: 0 });
  api.intercept = undefined;
  expect(await resources.kind('v1', 'Pod')).toMatchObject({ resource: 'pods', scalable: false });
});
