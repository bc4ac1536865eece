import { expect, it } from 'vitest';
import { World, wave } from '../../test/engine-world.ts';

const MINUTE = 60;
const WEB = 'shop/Deployment/web';

it('a workload that comes between two ticks is opened and learned at once, and decided at the next one', async () => {
  const world: World = new World({}, { epochSeconds: () => world.now });
  await world.pass(MINUTE);
  await world.add('web', { replicas: 60, loads: [wave], days: 7 });
  await world.engine.settled();
  await world.clock.advance(5);
  const status = (await world.tick()).get(WEB)!;
  expect(status.model.kind).not.toBe('learning');
  // What its error budget begins with is nothing that was measured.
  expect(status.model.unmetShare).toBeUndefined();
  expect(status.conditions.find(({ type }) => type === 'Ready')).toMatchObject({ status: true });
});

it('nothing is decided before the pods of its namespace were listed: none Ready would look like failing demand', async () => {
  let listed = false;
  const world: World = new World();
  Object.assign(world.cluster, { knows: () => listed });
  const ref = await world.add('web', { replicas: 60, loads: [wave], days: 7 });
  const before = (await world.pass(2 * MINUTE)).get(WEB)!;
  expect(before.error).toContain('not listed yet');
  expect(await world.replicas(ref)).toBe(60);
  listed = true;
  const after = (await world.pass(MINUTE)).get(WEB)!;
  expect(after.error).toBeUndefined();
  expect(after.reasons.length).toBeGreaterThan(0);
});

it('who takes over adds what is missing at once; removals, and what stands at 0, wait for the next tick', async () => {
  const world = new World();
  world.leads = false;
  const short = await world.add('web', { replicas: 20, loads: [wave], days: 7 });
  const large = await world.add('large', { replicas: 200, loads: [wave], days: 7 });
  const off = await world.add('off', { replicas: 0, loads: [wave], days: 7 });
  await world.pass(10 * MINUTE);
  expect(await world.replicas(short)).toBe(20);
  world.leads = true;
  await world.engine.takeOver();
  const need = world.engine.statuses.find(({ ref }) => ref.name === 'web')!.replicas.wanted;
  expect(await world.replicas(short)).toBe(need);
  expect(need).toBeGreaterThan(20);
  expect(await world.replicas(large)).toBe(200);
  expect(await world.replicas(off)).toBe(0);
});

it('one for which its namespace has no room is shown in the mode that it asks for, and with no pods that were never counted', async () => {
  const world = new World({ workloadsPerNamespace: 1 });
  await world.add('first', { replicas: 60, loads: [wave], days: 1 });
  await world.add('web', { replicas: 60, loads: [wave], days: 1, policy: { mode: 'auto' } });
  const status = (await world.pass(MINUTE)).get(WEB)!;
  expect(status).toMatchObject({ mode: 'auto', decidedSeconds: 0 });
  expect(status.replicas).toMatchObject({ current: Number.NaN, ready: Number.NaN, wanted: Number.NaN });
  expect(status.conditions[0]).toMatchObject({
    reason: 'PolicyError',
    message: expect.stringContaining('has 1 workloads'),
  });
});

it('what was probably meant is said on a workload that is out; it is shown nowhere else', async () => {
  const world = new World();
  const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' };
  const message = 'found nothing, so prescale.dev/mode has no effect';
  await world.engine.apply({ kind: 'hint', ref, uid: '1', errors: [{ annotation: 'prescale.dev/enabled', message }] });
  expect((await world.tick()).size).toBe(0);
  expect(world.told).toEqual([{ workload: WEB, reason: 'NotOptedIn', message: `prescale.dev/enabled: ${message}` }]);
});

it('a change by another writer is told once, whether or not anything is to be written', async () => {
  const world = new World();
  const ref = await world.add('web', { replicas: 60, loads: [wave], days: 7 });
  await world.pass(10 * MINUTE);
  const from = await world.replicas(ref);
  await world.cluster.api.patch(`${world.cluster.path(ref)}/scale`, 'merge', { spec: { replicas: from + 30 } });
  await world.engine.reroute(ref);
  await world.pass(5 * MINUTE);
  const told = world.told.filter(({ reason }) => reason === 'ExternalChange');
  expect(told).toEqual([
    {
      workload: WEB,
      reason: 'ExternalChange',
      message: `${from} → ${from + 30} by another writer: nothing is taken away from that for 10 min`,
    },
  ]);
  expect(await world.replicas(ref)).toBe(from + 30);
});
