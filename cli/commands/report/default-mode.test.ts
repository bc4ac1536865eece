import { expect, it } from 'vitest';
import { ApiError } from '../../../kubernetes/api.ts';
import { memoryKubernetes } from '../../../kubernetes/fake/memory-api.ts';
import { defaultModeOf } from './default-mode.ts';

/** A cluster with a release in each of these namespaces, whose workloads are in mode auto by default. */
function cluster(...namespaces: string[]) {
  const api = memoryKubernetes({ namespaces });
  for (const namespace of namespaces) {
    const labels = { 'app.kubernetes.io/name': 'prescale', 'app.kubernetes.io/instance': 'prescale' };
    const data = { 'config.yaml': 'defaults: {mode: auto}' };
    api.seed(`/api/v1/namespaces/${namespace}/configmaps`, { metadata: { name: 'prescale', labels }, data });
  }
  return api;
}

it('is as the ConfigMap of the release has it', async () => {
  expect(await defaultModeOf(cluster('ops'))).toBe('auto');
});

it('is not known without a release, with several, or where ConfigMaps may not be listed', async () => {
  const forbidden = cluster('ops');
  forbidden.intercept = ({ path }) =>
    path.endsWith('/configmaps') ? { error: new ApiError('not for you', 403, 'Forbidden') } : undefined;
  for (const api of [cluster(), cluster('ops', 'shop'), forbidden]) expect(await defaultModeOf(api)).toBeUndefined();
});
