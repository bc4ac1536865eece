import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { markPods, podsToMark } from '../../actuator/targets/deletion-cost.ts';
import { HpaMinReplicas, hpaPath } from '../../actuator/targets/hpa.ts';
import { ScaleSubresource } from '../../actuator/targets/scale.ts';
import { scaleTargetContract } from '../../actuator/targets/target.contract.ts';
import type { PodRecord } from '../../core/pod-record.ts';
import type { ObjectMeta } from '../../kubernetes/api.ts';
import { connectKubernetes, type HttpKubernetesApi } from '../../kubernetes/client/http-api.io.ts';
import { type Cluster, startCluster } from './harness.ts';
import { VIRTUAL_NODE } from './kwok.ts';

const BOUNDS = { min: 0, max: 50 };

let cluster: Cluster;
let api: HttpKubernetesApi;

const connect = (kubeconfig: string) =>
  connectKubernetes({
    kubeconfig,
    userAgent: 'prescale-test',
    nowSeconds: () => performance.now() / 1000,
    sleep: (seconds, signal) =>
      wait(1000 * seconds, undefined, signal === undefined ? {} : { signal }).catch(() => undefined),
    random: Math.random,
  });

beforeAll(async () => {
  cluster = await startCluster({ hpaSyncSeconds: 1 });
  api = await connect(cluster.kubeconfig);
  await cluster.createNamespace('shop');
  await cluster.createNamespace('contract');
});
afterAll(async () => {
  await api?.close();
  await cluster?.stop();
});

const workload = (name: string) => ({ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name });
const scalePath = (name: string) => `/apis/apps/v1/namespaces/shop/deployments/${name}/scale`;

scaleTargetContract('kube-apiserver', () => ({ api, namespace: 'contract' }));

describe('an HPA whose controller runs', () => {
  it('brings the pods of the raised floor, and keeps what it decides itself after the release', async () => {
    await cluster.createDeployment({ namespace: 'shop', name: 'floor', replicas: 2 });
    await cluster.kubectl('-n', 'shop', 'autoscale', 'deployment/floor', '--min=2', '--max=9', '--cpu-percent=70');
    const target = new HpaMinReplicas(api, { namespace: 'shop', name: 'floor' }, scalePath('floor'));
    // The controller writes the HPA's status each second: a write that meets one is repeated.
    for (const [from, to] of [
      [2, 4],
      [4, 7],
      [7, 6],
    ] as const) {
      expect(await target.write(from, to, BOUNDS)).toEqual({ kind: 'scaled', replicas: to });
    }
    await cluster.waitFor('the pods of the floor', async () => (await target.read())!.asked >= 6, 30);
    await target.release();
    const { spec, metadata } = await api.get<{ spec: object; metadata: ObjectMeta }>(hpaPath('shop', 'floor'));
    expect(spec).toMatchObject({ minReplicas: 2, maxReplicas: 9 });
    expect(metadata.annotations ?? {}).toEqual({});
  });
});

describe('a ServiceAccount without the right', () => {
  it('is told which one', async () => {
    await cluster.createDeployment({ namespace: 'shop', name: 'forbidden', replicas: 2 });
    await cluster.kubectl('-n', 'shop', 'create', 'serviceaccount', 'reader');
    const reader = await connect(await cluster.serviceAccountKubeconfig('shop', 'reader'));
    const outcome = await new ScaleSubresource(reader, workload('forbidden'), scalePath('forbidden')).write(
      2,
      3,
      BOUNDS,
    );
    await reader.close();
    expect(outcome.kind).toBe('refused');
    expect((outcome as { why: string }).why).toMatch(
      /^Deployment shop\/forbidden was not changed: .*cannot patch resource "deployments\/scale".*needs patch on its scale subresource$/s,
    );
  });
});

describe('many writers at once', () => {
  it('lose no step: each write stands on the number that it was decided on', async () => {
    await cluster.createDeployment({ namespace: 'shop', name: 'raced', replicas: 0 });
    const target = new ScaleSubresource(api, workload('raced'), scalePath('raced'));
    const kinds = new Set<string>();
    const addOne = async () => {
      for (;;) {
        const { replicas } = (await target.read())!;
        const { kind } = await target.write(replicas, replicas + 1, BOUNDS);
        kinds.add(kind);
        if (kind === 'scaled') return;
      }
    };
    await Promise.all(Array.from({ length: 12 }, addOne));
    expect((await target.read())!.replicas).toBe(12);
    expect([...kinds].sort()).toEqual(['external', 'scaled']);
  });
});

describe('an admission policy', () => {
  it("refuses in the policy's own words, also on the second look", async () => {
    await cluster.createDeployment({ namespace: 'shop', name: 'policed', replicas: 2 });
    await cluster.applyYaml(POLICY);
    const target = new ScaleSubresource(api, workload('policed'), scalePath('policed'));
    const refused = await cluster.waitFor(
      'the policy',
      async () => {
        const outcome = await target.write(2, 6, BOUNDS);
        if (outcome.kind === 'refused') return outcome.why;
        return (await target.write(6, 2, BOUNDS)) && undefined;
      },
      30,
    );
    expect(refused).toContain('at most five replicas in a test');
    expect((await target.read())!.replicas).toBe(2);
  });
});

describe("a custom resource's scale", () => {
  it('goes up, to 0 and back by its own path', async () => {
    await cluster.applyYaml(RUNNERS);
    await cluster.kubectl('wait', '--for=condition=Established', 'crd/runners.test.prescale.dev', '--timeout=20s');
    const runner =
      '{"apiVersion":"test.prescale.dev/v1","kind":"Runner","metadata":{"namespace":"shop","name":"r"},"spec":{"size":2}}';
    await cluster.waitFor('the new resource', async () => cluster.applyYaml(runner).then(() => true), 60);
    const ref = { apiVersion: 'test.prescale.dev/v1', kind: 'Runner', namespace: 'shop', name: 'r' };
    const target = new ScaleSubresource(api, ref, '/apis/test.prescale.dev/v1/namespaces/shop/runners/r/scale');
    expect(await target.write(2, 5, BOUNDS)).toEqual({ kind: 'scaled', replicas: 5 });
    expect(await target.write(5, 0, BOUNDS)).toEqual({ kind: 'scaled', replicas: 0 });
    expect(await target.write(0, 3, BOUNDS)).toEqual({ kind: 'scaled', replicas: 3 });
    expect(await target.write(2, 4, BOUNDS)).toEqual({ kind: 'external', replicas: 3 });
    expect((await target.read())!.replicas).toBe(3);
  });
});

describe('pods on both classes of nodes', () => {
  it('leave the virtual node first', async () => {
    await cluster.createDeployment({ namespace: 'shop', name: 'mixed', replicas: 12, nodes: 'both' });
    await cluster.waitFor('12 Ready pods', async () => (await cluster.readyPods('shop', 'mixed')) === 12, 60);
    const before = await podsOf('mixed');
    const virtual = before.filter(({ nodeClass }) => nodeClass === 'virtual').length;
    const ordinary = before.length - virtual;
    expect(Math.min(virtual, ordinary)).toBeGreaterThan(0);
    const removed = virtual;
    expect((await markPods(api, podsToMark(before, removed))).size).toBe(0);
    const target = new ScaleSubresource(api, workload('mixed'), scalePath('mixed'));
    expect(await target.write(12, 12 - removed, BOUNDS)).toEqual({ kind: 'scaled', replicas: 12 - removed });
    await cluster.waitFor('the others gone', async () => (await podsOf('mixed')).length === 12 - removed, 60);
    const classes = (await podsOf('mixed')).map(({ nodeClass }) => nodeClass);
    expect(classes).toEqual(new Array(ordinary).fill('ordinary'));
  });
});

interface Pod {
  readonly metadata: ObjectMeta;
  readonly spec: { readonly nodeName?: string };
}

async function podsOf(app: string): Promise<PodRecord[]> {
  const { items } = await api.get<{ items: Pod[] }>('/api/v1/namespaces/shop/pods', { labelSelector: `app=${app}` });
  return items.map(({ metadata: { name, uid, deletionTimestamp }, spec: { nodeName } }) => ({
    namespace: 'shop',
    name,
    uid,
    createdSeconds: 0,
    readySinceSeconds: 0,
    startedSeconds: 0,
    phase: 'Running',
    deleting: deletionTimestamp !== undefined,
    nodeClass: nodeName === VIRTUAL_NODE ? 'virtual' : 'ordinary',
    nodeName,
    requests: { cpuCores: 0.1, memoryBytes: 0, gpus: 0 },
    deletionCost: undefined,
  }));
}

const POLICY = `
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: { name: five }
spec:
  matchConstraints:
    resourceRules:
      - { apiGroups: [apps], apiVersions: [v1], operations: [UPDATE], resources: [deployments/scale], resourceNames: [policed] }
  validations:
    - { expression: 'object.spec.replicas <= 5', message: at most five replicas in a test }
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: { name: five }
spec: { policyName: five, validationActions: [Deny] }
`;

const RUNNERS = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: runners.test.prescale.dev }
spec:
  group: test.prescale.dev
  scope: Namespaced
  names: { kind: Runner, plural: runners }
  versions:
    - name: v1
      served: true
      storage: true
      subresources: { status: {}, scale: { specReplicasPath: .spec.size, statusReplicasPath: .status.size } }
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec: { type: object, properties: { size: { type: integer } } }
            status: { type: object, properties: { size: { type: integer } } }
`;
