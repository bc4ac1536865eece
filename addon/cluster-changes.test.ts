import { expect, it } from 'vitest';
import { hpaPath } from '../actuator/targets/hpa.ts';
import type { OptedChange } from '../collector/workloads/opted-workloads.ts';
import { ApiError } from '../kubernetes/api.ts';
import { type MemoryKubernetesApi, memoryKubernetes } from '../kubernetes/fake/memory-api.ts';
import { VirtualClock } from '../kubernetes/fake/virtual-clock.ts';
import { discoverResources } from '../kubernetes/resources.ts';
import { SILENT } from '../telemetry/log/log.ts';
import { policyOf } from '../test/engine-world.ts';
import { ClusterWatches } from './cluster-watches.ts';
import { addonConfig } from './config/config.ts';
import type { Engine } from './engine/engine.ts';

const REF = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' };
const WEB = '/apis/apps/v1/namespaces/shop/deployments/web';
const IN = { 'prescale.dev/enabled': 'true', 'prescale.dev/target': '50%', 'prescale.dev/metric': 'cpu' };
const TARGET = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };

/** Watches on an API server in memory; what the engine is told is written down. */
async function watching(
  takeOverHpa = true,
  namespaces: readonly string[] = [],
  prepare = (_: MemoryKubernetesApi) => {},
) {
  const clock = new VirtualClock();
  const api = memoryKubernetes({ sleep: clock.sleep, namespaces: ['shop'] });
  prepare(api);
  const stop = new AbortController();
  const watches = new ClusterWatches({
    api,
    random: () => 0.5,
    signal: stop.signal,
    log: SILENT,
    takeOverHpa,
    namespaces,
    nowSeconds: clock.nowSeconds,
    sleep: clock.sleep,
    kinds: addonConfig({}, 'test').kinds,
    resources: discoverResources(api, clock.nowSeconds),
    limits: { defaultMode: 'auto', defaultUnmetTargetBp: 1, maxReplicas: 100, allowRawQueries: false, templates: {} },
  });
  const told: string[] = [];
  const engine = {
    apply: async ({ kind, ref }: OptedChange) => void told.push(`${kind} ${ref.name}`),
    seen: (key: string, generation: number) => void told.push(`seen ${key} ${generation}`),
    reroute: async ({ name }: { name: string }) => void told.push(`reroute ${name}`),
  };
  const pass = async (seconds = 5) => {
    for (let i = 0; i < seconds; i++) await clock.advance(1);
  };
  const started = watches.start(engine as unknown as Engine);
  await pass(10);
  await started;
  const heard = () => told.splice(0);
  heard();
  const end = async () => {
    stop.abort();
    await pass();
    await watches.done();
  };
  return { api, watches, heard, pass, end };
}

function web(annotations: Record<string, string>) {
  return { metadata: { name: 'web', namespace: 'shop', annotations }, spec: { replicas: 2 } };
}

it('a workload is told when it comes, changes its mind, makes mistakes, and goes; each once', async () => {
  const { api, heard, pass, end } = await watching();
  await api.post('/apis/apps/v1/namespaces/shop/deployments', web(IN));
  await pass();
  expect(heard().filter((line) => !line.startsWith('seen'))).toEqual(['in web']);
  await api.patch(WEB, 'merge', { metadata: { annotations: { 'prescale.dev/max-replicas': '9' } } });
  await api.patch(WEB, 'merge', { metadata: { annotations: { 'somebody.else/note': 'x' } } });
  await pass();
  expect(heard().filter((line) => !line.startsWith('seen'))).toEqual(['changed web']);
  await api.patch(WEB, 'merge', { metadata: { annotations: { 'prescale.dev/target': 'many' } } });
  await pass();
  expect(heard().filter((line) => !line.startsWith('seen'))).toEqual(['wrong web']);
  await api.patch(`${WEB}/scale`, 'merge', { spec: { replicas: 5 } });
  await pass();
  // Its generation: made, four changes of annotations and replicas, as a real server counts them for a Deployment.
  expect(heard()).toEqual(['seen shop/Deployment/web 5']);
  await api.delete(WEB);
  await pass();
  expect(heard()).toEqual(['out web']);
  await end();
});

it('a pod whose template carries our annotations is said on its Deployment, once, while that is out', async () => {
  const { api, watches, heard, pass, end } = await watching();
  await api.post('/apis/apps/v1/namespaces/shop/deployments', web({}));
  await pass();
  heard();
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-5c9', uid: '1', controller: true };
  for (const name of ['web-5c9-a', 'web-5c9-b']) {
    watches.pod({
      name,
      namespace: 'shop',
      uid: name,
      resourceVersion: '1',
      creationTimestamp: '',
      annotations: IN,
      labels: { 'pod-template-hash': '5c9' },
      ownerReferences: [owner],
    });
  }
  await pass();
  expect(heard()).toEqual(['hint web']);
  await end();
});

it('of the namespaces that are listed the labels are heard, read by name: a "false" there keeps its workloads out', async () => {
  const { api, heard, pass, end } = await watching(true, ['shop']);
  await api.post('/apis/apps/v1/namespaces/shop/deployments', web(IN));
  await pass();
  expect(heard().filter((line) => !line.startsWith('seen'))).toEqual(['in web']);
  await api.patch('/api/v1/namespaces/shop', 'merge', { metadata: { labels: { 'prescale.dev/enabled': 'false' } } });
  await pass();
  expect(heard()).toEqual(['out web']);
  await end();
});

it('where the labels of a listed namespace may not be read, its workloads are in all the same', async () => {
  const forbidden = new ApiError('namespaces "shop" is forbidden', 403, 'Forbidden');
  const { api, watches, heard, pass, end } = await watching(true, ['shop'], (memory) => {
    memory.intercept = ({ path }) => (path === '/api/v1/namespaces' ? { error: forbidden } : undefined);
  });
  expect(watches.synced).toBe(true);
  await api.post('/apis/apps/v1/namespaces/shop/deployments', web(IN));
  await pass();
  expect(heard().filter((line) => !line.startsWith('seen'))).toEqual(['in web']);
  await end();
});

it('how a workload may be written to follows the HPAs there are', async () => {
  const { api, watches, heard, pass, end } = await watching();
  api.seed(WEB, web(IN));
  const named = policyOf(1, { takeOverHpa: 'web' });
  expect(await watches.route(REF, policyOf(1))).toMatchObject({ target: { kind: 'scale' } });
  expect(await watches.route(REF, policyOf(1, { mode: 'observe' }))).toMatchObject({ target: { kind: 'dry-run' } });
  heard();
  const hpa = { metadata: { name: 'web', namespace: 'shop' }, spec: { maxReplicas: 9, scaleTargetRef: TARGET } };
  await api.post('/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers', hpa);
  await pass();
  expect(heard().filter((line) => line === 'reroute web')).toHaveLength(1);
  expect(await watches.route(REF, policyOf(1))).toMatchObject({ refused: expect.stringContaining('take-over-hpa') });
  expect(await watches.route(REF, named)).toMatchObject({ target: { kind: 'hpa' } });
  await api.delete(hpaPath('shop', 'web'));
  await pass();
  expect(heard()).toContain('reroute web');
  expect(await watches.route(REF, policyOf(1))).toMatchObject({ target: { kind: 'scale' } });
  await end();
});

it('an HPA is written to only where the administrator allows it, and the refusal says which value to set', async () => {
  const { api, watches, pass, end } = await watching(false);
  api.seed(WEB, web(IN));
  const hpa = { metadata: { name: 'web', namespace: 'shop' }, spec: { maxReplicas: 9, scaleTargetRef: TARGET } };
  await api.post('/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers', hpa);
  await pass();
  const routed = await watches.route(REF, policyOf(1, { takeOverHpa: 'web' }));
  expect(routed).toMatchObject({ refused: expect.stringContaining('config.takeOverHpa.enabled') });
  expect(await watches.route(REF, policyOf(1))).toMatchObject({
    refused:
      'already scaled by the HorizontalPodAutoscaler shop/web: annotate prescale.dev/take-over-hpa: web, ' +
      "and set config.takeOverHpa.enabled: true in the chart's values",
  });
  await end();
});

it('what happened while the watches were cut is heard when they are back', async () => {
  const { api, watches, heard, pass, end } = await watching();
  api.intercept = ({ verb }) =>
    verb === 'watch' || verb === 'list' ? { error: new ApiError('gone away', 503, 'Unavailable') } : undefined;
  api.breakWatches();
  await api.post('/apis/apps/v1/namespaces/shop/deployments', web(IN));
  await pass(30);
  expect(heard()).toEqual([]);
  api.intercept = undefined;
  await pass(60);
  expect(heard()).toContain('in web');
  expect(watches.synced).toBe(true);
  await end();
});
