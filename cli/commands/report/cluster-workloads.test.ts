import { beforeEach, describe, expect, it } from 'vitest';
import type { Mode } from '../../../core/policy/policy.ts';
import { workloadKey } from '../../../core/workload.ts';
import { ApiError } from '../../../kubernetes/api.ts';
import { type MemoryKubernetesApi, memoryKubernetes } from '../../../kubernetes/fake/memory-api.ts';
import { discoverResources } from '../../../kubernetes/resources.ts';
import { texts } from '../../../replay/report/texts/texts.ts';
import { clusterWorkloads } from './cluster-workloads.ts';
import { type OwnBaseline, ownBaseline } from './own-baseline.ts';
import type { Sentence, Skipped } from './skipped.ts';

const EN = texts('en').savings;

const ROLLOUT = {
  group: 'argoproj.io',
  version: 'v1alpha1',
  resource: 'rollouts',
  kind: 'Rollout',
  namespaced: true,
  scale: true,
};
let api: MemoryKubernetesApi;
beforeEach(() => {
  api = memoryKubernetes({ namespaces: ['shop'], resources: [ROLLOUT] });
});

const REQUESTS = { cpu: '500m', memory: '1Gi' };
const spec = (replicas: number, requests: object = REQUESTS) => ({
  replicas,
  template: { spec: { containers: [{ name: 'app', resources: { requests } }] } },
});
function seed(resource: string, name: string, of: object, annotations = {}): void {
  const group = resource === 'rollouts' ? 'argoproj.io/v1alpha1' : 'apps/v1';
  api.seed(`/apis/${group}/namespaces/shop/${resource}`, {
    metadata: { name, namespace: 'shop', annotations },
    spec: of,
  });
}
function hpa(name: string, kind: string, metrics?: readonly object[], apiVersion = 'apps/v1', target = name): void {
  api.seed('/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers', {
    metadata: { name, namespace: 'shop' },
    spec: {
      scaleTargetRef: { apiVersion, kind, name: target },
      minReplicas: 2,
      maxReplicas: 9,
      ...(metrics && { metrics }),
    },
  });
}
const resource = (name: string, averageUtilization: number) => ({
  type: 'Resource',
  resource: { name, target: { type: 'Utilization', averageUtilization } },
});

function inWords(baseline: OwnBaseline) {
  return { ...baseline, label: baseline.label(EN), notes: baseline.notes.map((note) => note(EN)) };
}

async function found(defaultMode: Mode = 'observe') {
  const { workloads, skipped, unlisted } = await clusterWorkloads(
    api,
    discoverResources(api, () => 0),
    undefined,
    defaultMode,
  );
  const words = (all: readonly Skipped<Sentence>[]) =>
    all.map(({ workload, why, fault }) => ({ workload: workload(EN), why: why(EN), fault }));
  const names = workloads.map(({ ref }) => workloadKey(ref));
  return { names, workloads, skipped: words(skipped), unlisted: words(unlisted) };
}

describe('the workloads of a cluster', () => {
  it('Deployments, StatefulSets and what only an HPA names, with the requests of their pods', async () => {
    seed('deployments', 'web', spec(3), { 'prescale.dev/enabled': 'true' });
    seed('statefulsets', 'db', spec(2));
    seed('rollouts', 'api', spec(4));
    hpa('api', 'Rollout', undefined, 'argoproj.io/v1alpha1');
    const { names, workloads, skipped } = await found();
    expect(names).toEqual(['shop/Deployment/web', 'shop/Rollout/api', 'shop/StatefulSet/db']);
    expect(workloads[0]).toMatchObject({ optedIn: true, replicas: 3, size: { cpuCores: 0.5, memoryBytes: 2 ** 30 } });
    expect(workloads.map(({ hpa }) => hpa.kind)).toEqual(['none', 'found', 'none']);
    expect(skipped).toEqual([]);
  });

  it('each that can not be played is named with its reason, and none of these is a fault', async () => {
    seed('deployments', 'off', spec(0));
    seed('deployments', 'greedy', spec(1, { memory: '1Gi' }));
    seed('deployments', 'zero', spec(1, { cpu: '0' }));
    hpa('gone', 'Rollout', undefined, 'argoproj.io/v1alpha1');
    hpa('strange', 'Widget', undefined, 'example.com/v1');
    const { names, skipped } = await found();
    expect(names).toEqual([]);
    expect(Object.fromEntries(skipped.map(({ workload, why }) => [workload, why]))).toEqual({
      'shop/Deployment/off': 'it has no replicas',
      'shop/Deployment/greedy': 'its container app requests no CPU, so that nothing says what a pod serves',
      'shop/Deployment/zero': 'its pods request no CPU, so that nothing says what one serves',
      'shop/Rollout/gone': 'an HPA names it, and it does not exist',
      'shop/Widget/strange': 'an HPA names it, and it does not exist',
    });
    expect(skipped.every(({ fault }) => !fault)).toBe(true);
  });

  const forbidden = (resource: string) => {
    api.intercept = ({ path }) =>
      path.endsWith(resource) ? { error: new ApiError('not for you', 403, 'Forbidden') } : undefined;
  };

  it('what may not be listed is a fault, and the others are found', async () => {
    seed('deployments', 'web', spec(3));
    seed('statefulsets', 'db', spec(3));
    forbidden('statefulsets');
    const { names, skipped, unlisted } = await found();
    expect({ names, skipped }).toEqual({ names: ['shop/Deployment/web'], skipped: [] });
    expect(unlisted).toEqual([{ workload: 'all statefulsets', why: "can't be listed: not for you", fault: true }]);
  });

  it('where HPAs may not be listed no workload is taken to have none', async () => {
    seed('deployments', 'web', spec(3));
    hpa('web', 'Deployment', [resource('cpu', 60)]);
    forbidden('horizontalpodautoscalers');
    const { workloads, unlisted } = await found();
    expect(unlisted).toEqual([
      { workload: 'all horizontalpodautoscalers', why: "can't be listed: not for you", fault: true },
    ]);
    expect(workloads.map(({ hpa: own }) => own)).toEqual([{ kind: 'unknown', why: 'not for you' }]);
    expect(inWords(ownBaseline(workloads[0]!.hpa, 3))).toMatchObject({
      ...{ kind: 'assumed-hpa', label: 'cpu at 70%, at least 1 pod', min: 1, max: Infinity, fixed: undefined },
      notes: ["compared with an HPA at 70%, as HPAs can't be read: not for you"],
    });
  });

  it('the replicas that Prescale sets are not taken for a fixed number; those of one that it observes are', async () => {
    const on = { 'prescale.dev/enabled': 'true' };
    seed('deployments', 'scaled', spec(3), { ...on, 'prescale.dev/mode': 'auto' });
    seed('deployments', 'observed', spec(3), on);
    seed('deployments', 'left', spec(3), { 'prescale.dev/mode': 'auto' });
    const { workloads } = await found();
    const baselines = workloads.map((one) => [one.ref.name, inWords(ownBaseline(one.hpa, one.replicas))]);
    expect(Object.fromEntries(baselines)).toMatchObject({
      scaled: {
        ...{ kind: 'default-hpa', label: 'cpu at 70%, at least 1 pod', fixed: undefined },
        notes: ['Prescale sets its replicas: an HPA at 70% stands for what it would have without'],
      },
      observed: { kind: 'fixed', fixed: 3 },
      left: { kind: 'fixed', fixed: 3 },
    });
  });

  it('nor are they where the mode is the default of the addon, and not an annotation', async () => {
    const on = { 'prescale.dev/enabled': 'true' };
    seed('deployments', 'scaled', spec(3), on);
    seed('deployments', 'observed', spec(3), { ...on, 'prescale.dev/mode': 'observe' });
    seed('deployments', 'left', spec(3));
    const { workloads } = await found('auto');
    expect(workloads.map(({ ref, hpa }) => [ref.name, hpa.kind])).toEqual([
      ['left', 'none'],
      ['observed', 'none'],
      ['scaled', 'prescale'],
    ]);
  });

  it('where that default is not known, the row says so', async () => {
    seed('deployments', 'web', spec(3), { 'prescale.dev/enabled': 'true' });
    seed('deployments', 'left', spec(3));
    const { workloads } = await clusterWorkloads(
      api,
      discoverResources(api, () => 0),
      undefined,
      undefined,
    );
    expect(workloads.map(({ hpa }) => hpa.kind)).toEqual(['none', 'none']);
    expect(workloads.map(({ notes }) => notes.map((note) => note(EN)))).toEqual([
      [],
      [expect.stringMatching(/^it opted in without a mode, and the configuration of Prescale was not found/)],
    ]);
  });

  it('a second HPA of one workload is ignored, and it says so', async () => {
    seed('deployments', 'web', spec(3));
    hpa('web', 'Deployment', [resource('cpu', 60)]);
    hpa('web-too', 'Deployment', [resource('cpu', 80)], 'apps/v1', 'web');
    const { workloads, skipped } = await found();
    expect(workloads[0]!.hpa).toMatchObject({ kind: 'found', object: { metadata: { name: 'web' } } });
    expect(workloads[0]!.notes.map((note) => note(EN))).toEqual(['a second HPA scales it, web-too, which is ignored']);
    expect(skipped).toEqual([]);
  });
});

it('two whose pods have the same names: neither is read, as one would be taken for the other', async () => {
  seed('deployments', 'web', spec(3));
  seed('rollouts', 'web', spec(3));
  hpa('web', 'Rollout', undefined, 'argoproj.io/v1alpha1');
  const { names, skipped } = await found();
  expect(names).toEqual([]);
  expect(skipped.map(({ workload }) => workload)).toEqual(['shop/Deployment/web', 'shop/Rollout/web']);
  expect(skipped[0]!.why).toBe('the pods of shop/Deployment/web and shop/Rollout/web have the same names');
});

describe('what a workload has today', () => {
  async function baseline(metrics?: readonly object[]) {
    seed('deployments', 'web', spec(3));
    hpa('web', 'Deployment', metrics);
    return inWords(ownBaseline((await found()).workloads[0]!.hpa, 3));
  }

  it('without an HPA its replicas as they are', () => {
    expect(inWords(ownBaseline({ kind: 'none' }, 3))).toMatchObject({
      kind: 'fixed',
      label: '3 pods',
      fixed: 3,
      min: 1,
      max: Infinity,
    });
  });

  it('its HPA on CPU, by the rules of --hpa', async () => {
    expect(await baseline([resource('cpu', 60)])).toMatchObject({
      ...{ kind: 'own-hpa', label: 'cpu at 60 % of the request, 2-9 pods', notes: [], min: 2, max: 9 },
      hpa: { manifest: { metric: { target: { share: 0.6 } } } },
    });
  });

  it('of several metrics the CPU, and it says what is not played', async () => {
    expect(await baseline([resource('memory', 70), resource('cpu', 60)])).toMatchObject({
      ...{ kind: 'own-hpa', notes: ['its HPA also scales by memory, which is not played'] },
    });
  });

  it('an HPA on something else: the default one within its bounds, and it says so', async () => {
    expect(await baseline([resource('memory', 70)])).toMatchObject({
      ...{ kind: 'default-hpa', label: 'cpu at 70%, 2-9 pods', min: 2, max: 9, hpa: undefined },
      notes: ["its HPA can't be played on CPU: it scales by memory; an HPA at 70% stands for it"],
    });
  });
});
