import { expect, it } from 'vitest';
import { SimulationClock } from '../clock.ts';
import { type ScenarioInput, scenarioOf } from '../scenarios/scenario.ts';
import { Cluster } from './cluster.ts';
import { HpaController } from './hpa-controller.ts';
import { isReady } from './pod.ts';

const START = 1_767_614_400;

type Plan = ScenarioInput['workloads'][number];

/** A cluster with one Deployment, without anybody who scales it. */
function plant(plan: Partial<Plan> = {}) {
  const scenario = scenarioOf({ workloads: [{ name: 'web', replicas: 4, demand: { level: 3.5 }, ...plan }] });
  const clock = new SimulationClock(START);
  const cluster = new Cluster(scenario, clock);
  const workload = cluster.workloads.get('web')!;
  const { deployment } = workload;
  const pass = (seconds: number) => clock.advance(clock.nowSeconds() + seconds);
  const counts = () => [deployment.ready.length, deployment.active.length];
  const pods = async () => (await cluster.api.get<{ items: Pod[] }>('/api/v1/namespaces/shop/pods')).items;
  return { cluster, clock, workload, deployment, pass, counts, pods };
}

interface Pod {
  readonly metadata: { readonly name: string; readonly ownerReferences: readonly { readonly kind: string }[] };
  readonly spec: { readonly nodeName?: string };
  readonly status: {
    readonly conditions: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
      readonly message?: string;
    }[];
  };
}

it('a pod is created, scheduled, started and Ready after a start-up of its class; removed ones go, the youngest first', async () => {
  const { cluster, deployment, pass, counts, pods } = plant();
  await pass(1);
  expect(counts()).toEqual([4, 4]);
  await cluster.scale('web', 6);
  await pass(1);
  expect(counts()).toEqual([4, 6]);
  expect((await pods()).every(({ metadata }) => metadata.ownerReferences[0]!.kind === 'ReplicaSet')).toBe(true);
  await pass(deployment.lives.startupQuantile(0.999));
  expect(counts()).toEqual([6, 6]);
  const before = new Set((await pods()).map(({ metadata }) => metadata.name));
  await cluster.scale('web', 4);
  await pass(10);
  expect(counts()).toEqual([4, 4]);
  const left = (await pods()).map(({ metadata }) => metadata.name);
  expect(left).toHaveLength(4);
  expect(left.every((name) => before.has(name))).toBe(true);
});

it("a quota refuses pods in Kubernetes' words, on the Deployment's own condition, until it is lifted", async () => {
  const { cluster, deployment, pass, counts } = plant();
  cluster.quotaPods = 5;
  await cluster.scale('web', 8);
  await pass(60);
  expect(counts()).toEqual([5, 5]);
  const found = await cluster.api.get<{ status: { conditions: readonly { type: string; message: string }[] } }>(
    deployment.path,
  );
  expect(found.status.conditions).toMatchObject([{ type: 'ReplicaFailure', reason: 'FailedCreate' }]);
  expect(found.status.conditions[0]!.message).toContain(
    'exceeded quota: pods, requested: pods=1, used: pods=5, limited: pods=5',
  );
  cluster.quotaPods = undefined;
  await pass(90);
  expect(counts()).toEqual([8, 8]);
});

it('a pod without a node says so in the words of the scheduler, and starts when there is one', async () => {
  const { cluster, pass, counts, pods } = plant();
  cluster.climate('web').noNode = true;
  await cluster.scale('web', 5);
  await pass(60);
  expect(counts()).toEqual([4, 5]);
  const waiting = (await pods()).find(({ spec }) => spec.nodeName === undefined)!;
  expect(waiting.status.conditions).toMatchObject([{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' }]);
  expect(waiting.status.conditions[0]!.message).toContain('0/3 nodes are available');
  cluster.climate('web').noNode = false;
  await pass(60);
  expect(counts()).toEqual([5, 5]);
});

it('a rollout replaces all pods by others of the new request, and never has fewer Ready than its strategy allows', async () => {
  const { deployment, pass } = plant({ replicas: 8 });
  deployment.rollOut(2);
  let least = 8;
  for (let second = 0; second < 300; second++) {
    await pass(1);
    least = Math.min(least, deployment.ready.length);
  }
  expect(least).toBeGreaterThanOrEqual(6);
  expect(deployment.rolling).toBe(false);
  expect(deployment.ready.map(({ requestCores }) => requestCores)).toEqual(new Array(8).fill(2));
});

it('a rollout whose pods find no node is stuck beside the old pods, and rolled back', async () => {
  const { deployment, pass } = plant({ replicas: 8 });
  deployment.rollOut(4, 'unschedulable');
  await pass(300);
  expect(deployment.rolling).toBe(true);
  expect(deployment.ready.length).toBeGreaterThanOrEqual(6);
  expect(deployment.active.some((pod) => !isReady(pod))).toBe(true);
  deployment.rollBack();
  await pass(120);
  expect(deployment.rolling).toBe(false);
  expect(deployment.ready).toHaveLength(8);
});

it('a pod in a crash loop waits with its reason, and is Ready when the fault is over', async () => {
  const { cluster, deployment, pass, counts } = plant();
  cluster.climate('web').illness = 'crash-loop';
  await cluster.scale('web', 5);
  await pass(120);
  expect(counts()).toEqual([4, 5]);
  expect(deployment.active.find((pod) => !isReady(pod))).toMatchObject({ illness: 'crash-loop' });
  cluster.climate('web').illness = undefined;
  await pass(90);
  expect(counts()).toEqual([5, 5]);
});

it('failed pods stay listed and are replaced; strangers carry the label and belong to a Job', async () => {
  const { deployment, pass, counts, pods } = plant();
  deployment.lives.finish(deployment.ready[0]!, 'Failed');
  deployment.soon();
  deployment.lives.stranger(0, 1);
  await pass(90);
  expect(counts()).toEqual([4, 4]);
  const kinds = (await pods()).map(({ metadata }) => metadata.ownerReferences[0]!.kind);
  expect(kinds.filter((kind) => kind === 'ReplicaSet')).toHaveLength(5);
  expect(kinds.filter((kind) => kind === 'Job')).toHaveLength(1);
});

it('an HPA beside it follows the need between its bounds, and comes down after five minutes', async () => {
  const changes = [
    { kind: 'step' as const, at: '2m', to: 9.5 },
    { kind: 'step' as const, at: '10m', to: 2.5 },
  ];
  const { cluster, clock, workload, deployment, pass } = plant({
    demand: { level: 3.5, changes },
    hpa: { min: 2, max: 8 },
  });
  new HpaController(cluster, workload, clock);
  await pass(110);
  expect(deployment.replicas).toBe(4);
  await pass(180);
  expect(deployment.replicas).toBe(8);
  await pass(480);
  expect(deployment.replicas).toBe(8);
  await pass(300);
  expect(deployment.replicas).toBe(3);
});

it('in closed loop the need counts every pod’s baseline: n · baseline + work ≤ n · target', () => {
  const { workload, clock } = plant({ metric: 'cpu', target: 0.5, baseline: 0.3, demand: { level: 3.5 } });
  const work = workload.workAt(clock.nowSeconds());
  expect(work).toBeCloseTo(3.5 * 0.2);
  expect(workload.needOf(work)).toBe(4);
  expect(4 * 0.3 + work).toBeLessThanOrEqual(4 * 0.5);
  expect(3 * 0.3 + work).toBeGreaterThan(3 * 0.5);
});

it('usage that is measured too low, baselines and all, keeps pods within the tolerance for longer than work that is too low', () => {
  const { workload } = plant({ metric: 'cpu', target: 0.4, baseline: 0.24, demand: { level: 18 } });
  const work = 18 * 0.16;
  expect([workload.needOf(work), workload.toleratedNeedOf(work), workload.seenNeedOf(work)]).toEqual([18, 15, 15]);
  // A twentieth more than usual: 13 pods use 6 cores, of which 5.7 are seen, a tenth over their target of 5.2.
  workload.errorShare = 0.1;
  expect(workload.seenNeedOf(work)).toBe(13);
  expect((0.95 * (13 * 0.24 + work)) / (13 * 0.4)).toBeLessThanOrEqual(1.1);
  expect((0.95 * (12 * 0.24 + work)) / (12 * 0.4)).toBeGreaterThan(1.1);
});
