import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { creationFailure } from '../../collector/creation-failure.ts';
import { ownership } from '../../collector/pod-owner.ts';
import { podRecord } from '../../collector/pod-projection.ts';
import type { RawPod } from '../../collector/raw-pod.ts';
import type { WorkloadRef } from '../../core/workload.ts';
import { connectKubernetes, type HttpKubernetesApi } from '../../kubernetes/http-api.ts';
import { type Cluster, startCluster } from './harness.ts';
import { pause } from './server-process.ts';

const ref = (kind: string, name: string): WorkloadRef => ({ apiVersion: 'apps/v1', kind, namespace: 'small', name });
const WEB = ref('Deployment', 'web');
const DB = ref('StatefulSet', 'db');
const pathOf = ({ kind, name }: WorkloadRef) => `/apis/apps/v1/namespaces/small/${kind.toLowerCase()}s/${name}`;

const workload = (kind: string, name: string, app: string, cpu: string, replicas: number) => `
apiVersion: apps/v1
kind: ${kind}
metadata: {name: ${name}, namespace: small}
spec:
  replicas: ${replicas}
  ${kind === 'StatefulSet' ? 'serviceName: db\n  podManagementPolicy: Parallel' : ''}
  selector: {matchLabels: {app: ${app}}}
  template:
    metadata: {labels: {app: ${app}}}
    spec:
      containers: [{name: app, image: app, resources: {requests: {cpu: "${cpu}"}}}]
`;
const quota = (pods: number) => `
apiVersion: v1
kind: ResourceQuota
metadata: {name: compute, namespace: small}
spec: {hard: {pods: "${pods}"}}
`;

let cluster: Cluster;
let api: HttpKubernetesApi;

beforeAll(async () => {
  cluster = await startCluster();
  api = await connectKubernetes({
    ...{
      kubeconfig: cluster.kubeconfig,
      userAgent: 'prescale/test',
      random: Math.random,
      sleep: (s) => pause(s * 1000),
    },
    nowSeconds: () => performance.now() / 1000,
  });
  await cluster.createNamespace('small');
});
afterAll(async () => {
  await api?.close();
  await cluster?.stop();
});

async function podsOf(app: string): Promise<RawPod[]> {
  const { items } = await cluster.kubectlJson<{ items: RawPod[] }>('get', 'pods', '-n', 'small', '-l', `app=${app}`);
  return items;
}

async function uidOf({ kind, name }: WorkloadRef): Promise<string> {
  return (await cluster.kubectlJson<RawPod>('get', kind, name, '-n', 'small')).metadata.uid;
}

describe('Kubernetes itself says', () => {
  it('that a quota refuses pods: on a Deployment in its condition, on a StatefulSet in an Event', async () => {
    await cluster.applyYaml(quota(4));
    await cluster.waitFor(
      'the quota',
      async () => {
        const found = await cluster.kubectlJson<{ status?: { hard?: object } }>(
          'get',
          'quota',
          'compute',
          '-n',
          'small',
        );
        return found.status?.hard !== undefined;
      },
      30,
    );
    await cluster.applyYaml(workload('Deployment', 'web', 'web', '10m', 5));
    await cluster.waitFor('four pods', async () => (await podsOf('web')).length === 4, 30);
    await cluster.applyYaml(workload('StatefulSet', 'db', 'db', '10m', 2));
    for (const one of [WEB, DB]) {
      const uid = await uidOf(one);
      const why = await cluster.waitFor('a reason', () => creationFailure(api, pathOf(one), one, uid), 30);
      expect(why).toMatch(
        /pods "\S+" is forbidden: exceeded quota: compute, requested: pods=1, used: pods=4, limited: pods=4/,
      );
    }
  });

  it('whose pods are whose, under the same labels', async () => {
    await cluster.applyYaml(quota(100));
    await cluster.applyYaml(workload('Deployment', 'web-canary', 'web', '10m', 3));
    await cluster.kubectl('run', 'debug', '--image=app', '--labels=app=web', '-n', 'small');
    const own = (pods: readonly RawPod[], one: WorkloadRef) =>
      pods.filter(({ metadata }) => ownership(one, metadata.ownerReferences ?? [], metadata.labels ?? {}) === 'own')
        .length;
    const counts = async () => {
      const pods = await podsOf('web');
      return [pods.length, own(pods, WEB), own(pods, ref('Deployment', 'web-canary'))];
    };
    // The quota is raised, and a change of the number lets the controller try again at once.
    await cluster.kubectl('scale', 'deployment', 'web', '--replicas=6', '-n', 'small');
    await cluster.waitFor('ten pods', async () => (await counts()).join() === '10,6,3', 30);
    expect(own(await podsOf('db'), DB)).toBe((await podsOf('db')).length);
  });

  it('that no node has room', async () => {
    await cluster.applyYaml(workload('Deployment', 'huge', 'huge', '4000', 1));
    const obstacle = await cluster.waitFor(
      'a pod that no node takes',
      async () => (await podsOf('huge')).map((pod) => podRecord(pod, undefined).obstacle)[0],
      30,
    );
    expect(obstacle.reason).toBe('Unschedulable');
    expect(obstacle.message).toMatch(/^0\/2 nodes are available: /);
  });
});
