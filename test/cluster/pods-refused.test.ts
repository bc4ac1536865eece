import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { creationFailure } from '../../collector/pods/creation-failure.ts';
import { ownership } from '../../collector/pods/pod-owner.ts';
import { podRecord } from '../../collector/pods/pod-projection.ts';
import type { RawPod } from '../../collector/pods/raw-pod.ts';
import type { WorkloadRef } from '../../core/workload.ts';
import { connectKubernetes, type HttpKubernetesApi } from '../../kubernetes/client/http-api.io.ts';
import { type DemandExporter, EXPORTER, startDemandExporter } from './demand-exporter.ts';
import { type ReplicaWatch, trajectory, watchReplicas } from './fault-watch.ts';
import { type Cluster, startCluster } from './harness.ts';
import { installPrescale, type RunningAddon } from './prescale.ts';
import { pause } from './server-process.ts';
import { type Workloads, workloadsOf } from './workloads.ts';

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
const quota = (pods: number, namespace = 'small') => `
apiVersion: v1
kind: ResourceQuota
metadata: {name: compute, namespace: ${namespace}}
spec: {hard: {pods: "${pods}"}}
`;

let cluster: Cluster;
let api: HttpKubernetesApi;
let exporter: DemandExporter;
let watch: ReplicaWatch;
let addon: RunningAddon;
let workloads: Workloads;

beforeAll(async () => {
  exporter = await startDemandExporter();
  cluster = await startCluster({ scrape: { [EXPORTER]: exporter } });
  watch = watchReplicas(cluster);
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
  for (const key of ['limited/web', 'full/web']) console.log(`${key}: ${trajectory(watch.of(key))}`);
  if (process.env.PRESCALE_TEST_LOG) console.log(addon?.log());
  await watch?.stop();
  await exporter?.close();
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

describe('the addon, whose pods are refused', () => {
  const TARGET = 10;
  const needs = (key: string, pods: number) => exporter.set(`demand{app="${key}"}`, TARGET * (pods - 0.3));
  const most = (key: string) => Math.max(...watch.of(key).map(({ replicas }) => replicas));
  const failure = (key: string, words: RegExp) => async () => {
    const found = await workloads.condition(key, 'ReplicaFailure');
    return found?.status === true && words.test(found.message) && found;
  };
  /** Warnings of the addon alone: controllers and the scheduler say the same. */
  const ours = async (namespace: string) => {
    type Events = { items: { message: string; type: string; source?: { component?: string } }[] };
    const { items } = await cluster.api.request<Events>('GET', `/api/v1/namespaces/${namespace}/events`);
    return items.filter(({ type, source }) => type === 'Warning' && source?.component === 'prescale.dev/prescale');
  };
  const deploy = (namespace: string, replicas: number, cpu: string) => {
    const own = { enabled: 'true', mode: 'auto', metric: 'requests', target: String(TARGET), 'max-replicas': '100' };
    const annotations = Object.fromEntries(Object.entries(own).map(([name, value]) => [`prescale.dev/${name}`, value]));
    const pods = { startupSeconds: 5, requests: { cpu } };
    return cluster.createDeployment({ namespace, name: 'web', replicas, annotations, ...pods });
  };
  const observed = (key: string) =>
    cluster.waitFor(
      `an observation of ${key}`,
      async () => (await workloads.status(key))?.metrics[0]?.load !== undefined,
      120,
    );

  beforeAll(async () => {
    for (const namespace of ['limited', 'full']) await cluster.createNamespace(namespace);
    const query = `sum(avg_over_time(demand{app="$namespace/$name",job="${EXPORTER}"}[1m]))`;
    const templates = { requests: { query, unit: 'req/s' } };
    const config = { prometheus: { templates }, limits: { fleetBreakerPercent: 100 } };
    addon = await (await installPrescale(cluster, { values: { config } })).start();
    workloads = workloadsOf(cluster, () => addon);
  }, 150_000);

  it.concurrent('asks for no more than a quota lets in, says so in its words, and for the rest once it is raised', async () => {
    const key = 'limited/Deployment/web';
    needs('limited/web', 8);
    await cluster.applyYaml(quota(13, 'limited'));
    await deploy('limited', 8, '10m');
    await observed(key);
    needs('limited/web', 20);
    const words =
      /pods "\S+" is forbidden: exceeded quota: compute, requested: pods=1, used: pods=13, limited: pods=13/;
    const { message } = await cluster.waitFor('the condition', failure(key, words), 150);
    const event = await cluster.waitFor(
      'the Event',
      async () => (await ours('limited')).find((one) => words.test(one.message)),
      60,
    );
    const asked = most('limited/web');
    await pause(75_000);
    console.log(`quota of 13, need of 20: ${asked} asked for, ${most('limited/web')} a minute later; ${message}`);
    expect(most('limited/web')).toBeLessThanOrEqual(22);
    expect(most('limited/web')).toBe(asked);
    expect(event.message).toMatch(words);

    await cluster.applyYaml(quota(100, 'limited'));
    // 18 serve it within the tolerance. The ReplicaSet tries again at the next other number, each five minutes.
    const raised = Date.now();
    await cluster.waitFor('the pods', async () => (await cluster.readyPods('limited', 'web')) >= 18, 330);
    console.log(`quota raised → 18 Ready after ${((Date.now() - raised) / 1000).toFixed(0)} s`);
    const mended = async () => (await workloads.condition(key, 'ReplicaFailure'))?.status === false;
    await cluster.waitFor('the condition to go', mended, 60);
    expect(most('limited/web')).toBeLessThanOrEqual(27);
  }, 1_500_000);

  it.concurrent('asks for no more while no node has room, and says so in the words of the scheduler', async () => {
    const key = 'full/Deployment/web';
    needs('full/web', 2);
    // Two fill the node.
    await deploy('full', 2, '1500');
    await observed(key);
    needs('full/web', 11);
    const { message } = await cluster.waitFor('the condition', failure(key, /0\/2 nodes are available: /), 400);
    console.log(`room for 2, need of 11: at most ${most('full/web')} asked for; ${message}`);
    expect(message).toContain('0/2 nodes are available: ');
    const told = async () => (await ours('full')).find((one) => one.message.includes('0/2 nodes'));
    await cluster.waitFor('the Event', told, 60);
    await pause(30_000);
    expect(most('full/web')).toBeLessThanOrEqual(11 * 1.3 + 1);
    expect(await cluster.readyPods('full', 'web')).toBe(2);
  }, 1_500_000);
});
