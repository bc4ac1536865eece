import { expect, it } from 'vitest';
import { HpaMinReplicas, type HpaObject, hpaPath } from '../../actuator/targets/hpa.ts';
import { World } from '../../test/engine-world.ts';

const MINUTE = 60;

/** A workload under an HPA of a tenant, whose annotations say this; its load needs 11 pods. */
async function under(annotations: Record<string, string>) {
  const world: World = new World(
    { maxReplicas: 100 },
    {
      route: async (ref) => ({
        target: new HpaMinReplicas(world.cluster.api, ref, `${world.cluster.path(ref)}/scale`),
      }),
    },
  );
  const { namespace } = await world.add('other', { replicas: 1, loads: [() => 5] });
  const at = hpaPath(namespace, 'web');
  const hpa = (name: string, of: object, minReplicas: number) =>
    world.cluster.api.seed(hpaPath(namespace, name), {
      metadata: { name, namespace, annotations: of },
      spec: {
        minReplicas,
        maxReplicas: 500,
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
      },
    });
  hpa('other', {}, 1);
  hpa('web', annotations, 8);
  let most = 0;
  world.cluster.api.intercept = ({ verb, path, body }) => {
    const { spec } = (verb === 'patch' && path === at ? body : {}) as { spec?: { minReplicas?: number } };
    most = Math.max(most, spec?.minReplicas ?? 0);
    return undefined;
  };
  const policy = { maxReplicas: 60, takeOverHpa: 'web' };
  await world.add('web', { replicas: 8, loads: [() => 110], days: 1, policy });
  const statuses = await world.pass(10 * MINUTE);
  const status = statuses.get(`${namespace}/Deployment/web`)!;
  const { spec } = await world.cluster.api.get<HpaObject>(at);
  return {
    floor: spec.minReplicas,
    most,
    status,
    told: world.told.filter(({ workload }) => workload.endsWith('/web')),
  };
}

it("an HPA's floor follows the load where nothing is forged", async () => {
  const { floor, most, told } = await under({});
  // Nobody plays the HPA here, so that no pod follows its floor.
  expect(floor).toBeGreaterThan(8);
  expect(most).toBeLessThanOrEqual(60);
  expect(told).toEqual([]);
});

it.each(['400', '8', '-5', 'all'])(
  'a forged original of %s writes nothing, and is said once in an Event and in Ready',
  async (original) => {
    const { floor, most, status, told } = await under({
      'prescale.dev/original-min-replicas': original,
      'prescale.dev/written-min-replicas': '8',
    });
    expect([floor, most]).toEqual([8, 0]);
    const words = `is ${JSON.stringify(original)}, expected a whole number below the minReplicas 8 that stands there`;
    expect(status.conditions.find(({ type }) => type === 'Ready')).toMatchObject({
      status: false,
      reason: 'Refused',
      message: expect.stringContaining(words),
    });
    expect(status.replicas.wanted).toBeLessThanOrEqual(60);
    expect(new Set(told.map(({ reason, message }) => `${reason}: ${message}`)).size).toBe(1);
    expect(told[0]).toMatchObject({ reason: 'Refused', message: expect.stringContaining(words) });
  },
);
