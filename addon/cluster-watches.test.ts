import { describe, expect, it } from 'vitest';
import { type HpaObject, hpaPath } from '../actuator/targets/hpa.ts';
import { ApiError } from '../kubernetes/api.ts';
import { memoryKubernetes } from '../kubernetes/fake/memory-api.ts';
import { VirtualClock } from '../kubernetes/fake/virtual-clock.ts';
import { discoverResources } from '../kubernetes/resources.ts';
import { SILENT } from '../telemetry/log/log.ts';
import { ClusterWatches } from './cluster-watches.ts';
import { addonConfig } from './config/config.ts';
import type { Engine } from './engine/engine.ts';

const WEB = '/apis/apps/v1/namespaces/shop/deployments/web';
const HPA = hpaPath('shop', 'web');
const IN = { 'prescale.dev/enabled': 'true', 'prescale.dev/mode': 'auto', 'prescale.dev/take-over-hpa': 'web' };
const LIMITS = {
  defaultMode: 'observe' as const,
  defaultUnmetTargetBp: 1,
  maxReplicas: 100,
  allowRawQueries: false,
  templates: {},
};

/** An addon that starts where a floor of 7 stands in the place of the user's 2, as a former one left it. */
async function found(annotations: Record<string, string>, original = '2') {
  const clock = new VirtualClock();
  const api = memoryKubernetes({ sleep: clock.sleep, namespaces: ['shop'] });
  api.seed(WEB, { metadata: { name: 'web', namespace: 'shop', annotations }, spec: { replicas: 7 } });
  api.seed(HPA, {
    metadata: {
      name: 'web',
      namespace: 'shop',
      annotations: { 'prescale.dev/original-min-replicas': original, 'prescale.dev/written-min-replicas': '7' },
    },
    spec: {
      minReplicas: 7,
      maxReplicas: 9,
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
    },
  });
  const watches = new ClusterWatches({
    api,
    random: () => 0.5,
    signal: new AbortController().signal,
    log: SILENT,
    nowSeconds: clock.nowSeconds,
    sleep: clock.sleep,
    resources: discoverResources(api, clock.nowSeconds),
    limits: LIMITS,
    takeOverHpa: true,
    kinds: addonConfig({}, 'test').kinds,
    namespaces: [],
  });
  const engine = { apply: async () => {}, seen: () => {}, reroute: async () => {} };
  const started = watches.start(engine as unknown as Engine);
  for (let i = 0; i < 10; i++) await clock.advance(1);
  await started;
  for (let i = 0; i < 10; i++) await clock.advance(1);
  expect(watches.synced).toBe(true);
  return { api, clock, watches, floor: async () => (await api.get<HpaObject>(HPA)).spec.minReplicas };
}

describe('a floor that stands because of us', () => {
  it('stays while its workload names the HPA', async () => {
    const { watches, floor } = await found(IN);
    await watches.releaseLeft();
    expect(await floor()).toBe(7);
  });

  it.each<[string, Record<string, string>]>([
    ['opted out', { ...IN, 'prescale.dev/enabled': 'false' }],
    ['said nothing any more', {}],
    ['was paused', { ...IN, 'prescale.dev/paused': 'true' }],
    ['only observes', { ...IN, 'prescale.dev/mode': 'observe' }],
    ['names another HPA', { ...IN, 'prescale.dev/take-over-hpa': 'other' }],
    ['has mistakes', { ...IN, 'prescale.dev/target': 'ten' }],
  ])('goes where the workload %s while no addon ran', async (_, annotations) => {
    const { watches, floor } = await found(annotations);
    await watches.releaseLeft();
    expect(await floor()).toBe(2);
  });

  it('is none where its original was forged: nothing is written, nor asked for again each tick', async () => {
    const { api, watches, floor } = await found({}, '400');
    const asked = { ...api.requests };
    for (let tick = 0; tick < 3; tick++) await watches.releaseLeft();
    expect(await floor()).toBe(7);
    expect(api.requests).toEqual({ ...asked, get: asked.get + 1 });
  });

  it('of 0, where the API server takes none: it is not tried again each tick, and once more ten minutes later', async () => {
    const { api, watches, floor } = await found({}, '0');
    api.intercept = ({ verb }) =>
      verb === 'patch' ? { error: new ApiError('minReplicas: must be at least 1', 422, 'Invalid') } : undefined;
    for (let tick = 0; tick < 40; tick++) await watches.releaseLeft();
    expect(api.requests.patch).toBe(1);
    for (let tick = 0; tick < 5; tick++) await watches.releaseLeft();
    expect(api.requests.patch).toBe(2);
    expect(await floor()).toBe(7);
  });

  it('goes where its workload was deleted', async () => {
    const { api, clock, watches, floor } = await found(IN);
    await api.delete(WEB);
    await clock.advance(1);
    await watches.releaseLeft();
    expect(await floor()).toBe(2);
  });
});
