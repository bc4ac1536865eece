import { beforeAll, describe, expect, it } from 'vitest';
import type { WorkloadRef } from '../../core/workload.ts';
import type { KubernetesApi, ObjectMeta } from '../../kubernetes/api.ts';
import { DELETION_COST_ANNOTATION, markPods, VIRTUAL_NODE_COST } from './deletion-cost.ts';
import { DryRun } from './dry-run.ts';
import { ForgedOriginal, HpaMinReplicas, hpaPath, ORIGINAL_ANNOTATION, WRITTEN_ANNOTATION } from './hpa.ts';
import { restoreAll } from './restore.ts';
import { ScaleSubresource } from './scale.ts';
import type { ScaleTarget } from './target.ts';

/** An API with the rights of an administrator and a namespace that exists and is empty. */
export interface TargetsUnderTest {
  readonly api: KubernetesApi;
  readonly namespace: string;
}

interface Written {
  readonly metadata: ObjectMeta;
  readonly spec: Readonly<Record<string, unknown>>;
}

/** One target and what stands around it. */
interface Scene {
  readonly target: ScaleTarget;
  /** The object that is written to, whole. */
  object(): Promise<Written>;
  field(): Promise<number | undefined>;
  /** Another writer sets the field. */
  edit(replicas: number): Promise<void>;
  remove(): Promise<void>;
}

const CAP = 50;
const BOUNDS = { min: 0, max: CAP };
const BEHAVIOR = {
  scaleDown: { stabilizationWindowSeconds: 17, policies: [{ type: 'Pods', value: 1, periodSeconds: 15 }] },
};

/** What every ScaleTarget promises, and what an HPA's floor does; on an API in memory and on a real one. */
export function scaleTargetContract(name: string, under: () => Promise<TargetsUnderTest> | TargetsUnderTest): void {
  let api: KubernetesApi;
  let namespace: string;
  let made = 0;
  beforeAll(async () => {
    ({ api, namespace } = await under());
  });
  const path = (resource: string, name: string) => `/apis/apps/v1/namespaces/${namespace}/${resource}/${name}`;

  async function deployment(replicas: number): Promise<WorkloadRef> {
    const app = `web-${made++}`;
    await api.post(`/apis/apps/v1/namespaces/${namespace}/deployments`, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: app },
      spec: {
        replicas,
        selector: { matchLabels: { app } },
        template: { metadata: { labels: { app } }, spec: { containers: [{ name: 'c', image: 'registry.test/c' }] } },
      },
    });
    return { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: app };
  }

  async function scaleScene(replicas = 3): Promise<Scene> {
    const ref = await deployment(replicas);
    const at = path('deployments', ref.name);
    const object = () => api.get<Written>(at);
    return {
      target: new ScaleSubresource(api, ref, `${at}/scale`),
      object,
      field: async () => (await object()).spec.replicas as number,
      edit: async (n) => void (await api.patch(at, 'merge', { spec: { replicas: n } })),
      remove: () => api.delete(at),
    };
  }

  async function hpaScene(spec: object = { minReplicas: 3 }, metadata: object = {}): Promise<Scene> {
    const ref = await deployment(3);
    const at = hpaPath(namespace, ref.name);
    await api.post(`/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers`, {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: ref.name, ...metadata },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: ref.name },
        maxReplicas: 40,
        metrics: [
          { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } },
        ],
        behavior: BEHAVIOR,
        ...spec,
      },
    });
    const object = () => api.get<Written>(at);
    return {
      target: new HpaMinReplicas(api, ref, `${path('deployments', ref.name)}/scale`),
      object,
      field: async () => (await object()).spec.minReplicas as number | undefined,
      edit: async (n) => void (await api.patch(at, 'merge', { spec: { minReplicas: n } })),
      remove: () => api.delete(at),
    };
  }

  const scenes: Record<ScaleTarget['kind'], () => Promise<Scene>> = {
    scale: scaleScene,
    hpa: hpaScene,
    'dry-run': async () => {
      const real = await scaleScene();
      return { ...real, target: new DryRun(real.target) };
    },
  };

  describe.each(['scale', 'hpa', 'dry-run'] as const)(`%s on ${name} as a ScaleTarget`, (kind) => {
    const scene = scenes[kind];
    const writes = kind !== 'dry-run';

    it('says what stands there and which pods it is about', async () => {
      const { target } = await scene();
      expect(target.kind).toBe(kind);
      const state = await target.read();
      expect(state).toMatchObject({ replicas: 3, blocked: undefined });
      expect(state!.selector).toMatch(/^app=web-\d+$/);
      expect(state!.asked).toBe(3);
    });

    it(writes ? 'sets the number, up and down again' : 'writes nothing', async () => {
      const { target, field } = await scene();
      expect(await target.write(3, 9, BOUNDS)).toEqual(
        writes ? { kind: 'scaled', replicas: 9 } : { kind: 'unchanged', replicas: 3 },
      );
      expect(await field()).toBe(writes ? 9 : 3);
      expect((await target.read())!.replicas).toBe(writes ? 9 : 3);
      if (writes) expect(await target.write(9, 4, BOUNDS)).toEqual({ kind: 'scaled', replicas: 4 });
      expect(await field()).toBe(writes ? 4 : 3);
    });

    it('writes nothing where that number stands already', async () => {
      const { target, object } = await scene();
      const { generation } = (await object()).metadata;
      expect(await target.write(3, 3, BOUNDS)).toEqual({ kind: 'unchanged', replicas: 3 });
      expect((await object()).metadata.generation).toEqual(generation);
    });

    it("never overwrites another writer's number that it has not read", async () => {
      const { target, field, edit } = await scene();
      await edit(7);
      expect(await target.write(3, 5, BOUNDS)).toMatchObject(
        writes ? { kind: 'external', replicas: 7 } : { kind: 'unchanged' },
      );
      expect(await field()).toBe(7);
    });

    it('is gone where the object is, before a read, a write or a release', async () => {
      const { target, remove } = await scene();
      await remove();
      expect(await target.read()).toBeUndefined();
      if (writes) expect(await target.write(3, 5, BOUNDS)).toEqual({ kind: 'gone' });
      await target.release();
    });

    it('can be released twice', async () => {
      const { target, field } = await scene();
      await target.write(3, 6, BOUNDS);
      await target.release();
      await target.release();
      expect(await field()).toBe({ scale: 6, hpa: 3, 'dry-run': 3 }[kind]);
    });
  });

  describe(`the scale subresource on ${name}`, () => {
    it('goes to 0 and back, and sees a external number instead of its 0', async () => {
      const { target, field, edit } = await scaleScene();
      expect(await target.write(3, 0, BOUNDS)).toEqual({ kind: 'scaled', replicas: 0 });
      expect((await target.read())!.replicas).toBe(0);
      expect(await target.write(0, 2, BOUNDS)).toEqual({ kind: 'scaled', replicas: 2 });
      await edit(0);
      await edit(1);
      expect(await target.write(0, 2, BOUNDS)).toEqual({ kind: 'external', replicas: 1 });
      expect(await field()).toBe(1);
    });

    it('ends within the bounds, whatever is asked for, and what is no number of pods is refused', async () => {
      const { target, field } = await scaleScene();
      expect(await target.write(3, 400, BOUNDS)).toEqual({ kind: 'scaled', replicas: CAP });
      expect(await target.write(CAP, 1, { min: 4, max: CAP })).toEqual({ kind: 'scaled', replicas: 4 });
      for (const nonsense of [-1, 2.5, Number.NaN, Number.POSITIVE_INFINITY]) {
        const outcome = await target.write(4, nonsense, BOUNDS);
        expect(outcome.kind).toBe('refused');
        expect((outcome as { why: string }).why).toMatch(
          /^Deployment \S+ was not changed: found \S+, expected a whole/,
        );
      }
      expect(await field()).toBe(4);
    });
  });

  describe(`an HPA's floor on ${name}`, () => {
    it('is raised in one write that keeps the original and touches nothing else', async () => {
      const { target, object } = await hpaScene();
      const before = await object();
      await target.write(3, 9, BOUNDS);
      const raised = await object();
      expect(raised.spec).toEqual({ ...before.spec, minReplicas: 9 });
      expect(raised.metadata.annotations).toMatchObject({ [ORIGINAL_ANNOTATION]: '3', [WRITTEN_ANNOTATION]: '9' });
      await target.release();
      const after = await object();
      expect(after.spec).toEqual(before.spec);
      expect(after.metadata.annotations ?? {}).toEqual(before.metadata.annotations ?? {});
    });

    it("never goes over the HPA's maximum or the cap, nor under the user's own floor", async () => {
      const { target, object } = await hpaScene();
      expect(await target.read()).toMatchObject({ bounds: { min: 3, max: 40 } });
      expect(await target.write(3, 100, BOUNDS)).toEqual({ kind: 'scaled', replicas: 40 });
      expect(await target.write(40, 1, BOUNDS)).toEqual({ kind: 'scaled', replicas: 3 });
      expect((await object()).metadata.annotations ?? {}).toEqual({});
      const wide = await hpaScene({ minReplicas: 60, maxReplicas: 200 });
      expect(await wide.target.write(60, 90, BOUNDS)).toEqual({ kind: 'unchanged', replicas: 60 });
      const capped = await hpaScene({ minReplicas: 5, maxReplicas: 200 });
      expect(await capped.target.write(5, 90, BOUNDS)).toEqual({ kind: 'scaled', replicas: CAP });
    });

    it('that was not set is unset again', async () => {
      const { target, object } = await hpaScene({});
      const before = await object();
      await target.write(1, 6, BOUNDS);
      expect((await object()).spec.minReplicas).toBe(6);
      await target.release();
      expect((await object()).spec).toEqual(before.spec);
    });

    it("edited by another meanwhile: that is the user's own from now on", async () => {
      const { target, field, edit } = await hpaScene();
      await target.write(3, 9, BOUNDS);
      await edit(5);
      expect(await target.write(9, 10, BOUNDS)).toEqual({ kind: 'external', replicas: 5 });
      expect(await target.read()).toMatchObject({ replicas: 5, bounds: { min: 5 } });
      expect(await target.write(5, 10, BOUNDS)).toEqual({ kind: 'scaled', replicas: 10 });
      await target.release();
      expect(await field()).toBe(5);
    });

    it('edited by another before the release: stays as it was edited', async () => {
      const { target, object, edit } = await hpaScene();
      await target.write(3, 9, BOUNDS);
      await edit(4);
      await target.release();
      expect(await object()).toMatchObject({ spec: { minReplicas: 4 } });
      expect((await object()).metadata.annotations ?? {}).toEqual({});
    });

    it("of KEDA's HPA is left alone, and it says what to do instead", async () => {
      const { target, field } = await hpaScene(
        { minReplicas: 3 },
        { labels: { 'scaledobject.keda.sh/name': 'orders' } },
      );
      const { blocked } = (await target.read())!;
      expect(blocked).toContain('made by KEDA from ScaledObject orders');
      expect(await target.write(3, 9, BOUNDS)).toEqual({ kind: 'refused', why: blocked });
      expect(await field()).toBe(3);
    });

    it("that another controller keeps is left alone, whoever it is, and it names the owner's kind and name", async () => {
      const owner = {
        apiVersion: 'autoscaling.crane.io/v1alpha1',
        kind: 'EffectiveHorizontalPodAutoscaler',
        name: 'orders',
      };
      const ownerReferences = [{ ...owner, uid: '3b2f', controller: true }];
      const { target, field } = await hpaScene({ minReplicas: 3 }, { ownerReferences });
      const { blocked } = (await target.read())!;
      expect(blocked).toContain(
        'is controlled by EffectiveHorizontalPodAutoscaler orders (autoscaling.crane.io/v1alpha1',
      );
      expect(await target.write(3, 9, BOUNDS)).toEqual({ kind: 'refused', why: blocked });
      expect(await field()).toBe(3);
    });

    it('whose note of the original was spoilt is left alone rather than guessed', async () => {
      const spoilt = { [ORIGINAL_ANNOTATION]: 'two', [WRITTEN_ANNOTATION]: '9' };
      const { target, field } = await hpaScene({ minReplicas: 9 }, { annotations: spoilt });
      expect((await target.read())!.blocked).toContain('is "two", expected a whole number below the minReplicas 9');
      expect((await target.write(9, 12, BOUNDS)).kind).toBe('refused');
      await expect(target.release()).rejects.toThrow(ForgedOriginal);
      expect(await field()).toBe(9);
    });

    it.each(['400', '8', '0x2', '-1', '1e2', '7.5', ' 3', '999999999999', 'unset '])(
      'whose original was forged (%s) over a floor of 8 gets no pod by it, and says so',
      async (original) => {
        const forged = { [ORIGINAL_ANNOTATION]: original, [WRITTEN_ANNOTATION]: '8' };
        const { target, object } = await hpaScene({ minReplicas: 8, maxReplicas: 500 }, { annotations: forged });
        const state = (await target.read())!;
        expect(state.blocked).toContain(`is ${JSON.stringify(original)}, expected a whole number below`);
        expect(state.bounds).toEqual({ min: 1, max: 500 });
        expect(await target.write(8, 20, BOUNDS)).toEqual({ kind: 'refused', why: state.blocked });
        await expect(target.release()).rejects.toThrow(ForgedOriginal);
        expect((await object()).spec.minReplicas).toBe(8);
      },
    );
  });

  describe(`putting everything back on ${name}`, () => {
    const podPath = (pod: string) => `/api/v1/namespaces/${namespace}/pods/${pod}`;
    async function pod(pod: string, cost?: string): Promise<void> {
      await api.post(`/api/v1/namespaces/${namespace}/pods`, {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: pod, annotations: cost === undefined ? {} : { [DELETION_COST_ANNOTATION]: cost } },
        spec: { containers: [{ name: 'c', image: 'registry.test/c' }] },
      });
    }
    const annotations = async (pod: string) => (await api.get<Written>(podPath(pod))).metadata.annotations ?? {};

    it('restores every HPA and pod, tells what it could not, and finds nothing the second time', async () => {
      await restoreAll(api, [namespace]);
      const raised = [await hpaScene(), await hpaScene()];
      for (const { target } of raised) await target.write(3, 9, BOUNDS);
      const untouched = await hpaScene({ minReplicas: 8 });
      for (const name of ['ours', 'changed']) await pod(name);
      await pod('users', '7');
      const found = await Promise.all(['ours', 'changed'].map((name) => api.get<Written>(podPath(name))));
      const marked = found.map(({ metadata: { name, uid } }) => ({ name, uid, namespace }) as never);
      expect((await markPods(api, marked)).size).toBe(0);
      expect(await annotations('ours')).toMatchObject({ [DELETION_COST_ANNOTATION]: String(VIRTUAL_NODE_COST) });
      await api.patch(podPath('changed'), 'merge', { metadata: { annotations: { [DELETION_COST_ANNOTATION]: '3' } } });

      const restored = await restoreAll(api, [namespace]);
      expect(restored.hpas).toHaveLength(2);
      expect(restored.pods).toBe(2);
      // Those of the stories above whose note was spoilt or forged: left as they are, and no failure.
      expect(restored.left).toHaveLength(10);
      for (const line of restored.left) expect(line).toContain('expected a whole number below the minReplicas');
      expect(restored.failed).toEqual([]);
      expect(await Promise.all(raised.map(({ field }) => field()))).toEqual([3, 3]);
      expect(await untouched.field()).toBe(8);
      expect(await annotations('ours')).toEqual({});
      expect(await annotations('changed')).toEqual({ [DELETION_COST_ANNOTATION]: '3' });
      expect(await annotations('users')).toEqual({ [DELETION_COST_ANNOTATION]: '7' });
      expect(await restoreAll(api, [namespace])).toMatchObject({ hpas: [], pods: 0 });
    });
  });
}
