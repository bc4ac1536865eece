import { describe, expect, it } from 'vitest';
import { workloadKey } from '../../core/workload.ts';
import type { WorkloadStatus } from '../../core/workload-status.ts';
import { World } from '../../test/engine-world.ts';

const MINUTE = 60;
const QUOTA =
  'pods "web-6d4cf56db6-x7k2p" is forbidden: exceeded quota: compute, requested: pods=1, used: pods=13, limited: pods=13';

const condition = (status: WorkloadStatus | undefined, type = 'ReplicaFailure') =>
  status?.conditions.find((one) => one.type === type);

describe('a quota that refuses pods', () => {
  it('of a need of 22 lets 13 be: no more is asked for, it is said in its words, and once it is raised all come', async () => {
    let asked = 0;
    const creationFailure = async () => {
      asked++;
      return QUOTA;
    };
    const world = new World({}, { creationFailure });
    const ref = await world.add('web', { replicas: 10, loads: [() => 90] });
    world.cluster.quota = 13;
    await world.pass(10 * MINUTE);
    expect(asked).toBe(0);
    world.change(ref, () => 200);
    await world.pass(2 * MINUTE);
    const stands = await world.replicas(ref);
    const counts: number[] = [];
    const statuses = await world.pass(10 * MINUTE, async () => void counts.push(await world.replicas(ref)));
    // One more for five minutes lets the controller try.
    expect(Math.max(...counts)).toBe(stands + 1);
    const tried = counts.at(-1)!;
    expect(counts.filter((count) => count !== stands).length).toBeLessThanOrEqual(21);
    const status = statuses.get(workloadKey(ref));
    expect(condition(status)).toMatchObject({
      status: true,
      reason: 'FailedCreate',
      message: `${tried - 13} of ${tried} pods are not created: ${QUOTA}`,
    });
    expect(world.told.filter(({ reason }) => reason === 'FailedCreate')).toHaveLength(1);
    expect(world.told.find(({ reason }) => reason === 'FailedCreate')!.message).toContain('exceeded quota');
    // Once a minute, whatever the ticks.
    expect(asked).toBeLessThanOrEqual(13);
    world.cluster.quota = 1_000;
    const after = await world.pass(3 * MINUTE);
    expect(await world.replicas(ref)).toBeGreaterThanOrEqual(20);
    expect(world.cluster.countsOf(workloadKey(ref)).ready).toBeGreaterThanOrEqual(20);
    expect(condition(after.get(workloadKey(ref)))).toMatchObject({ status: false, reason: 'None' });
  });

  it('is no reason to keep what is not needed any more', async () => {
    const world = new World();
    const ref = await world.add('web', { replicas: 10, loads: [() => 90] });
    world.cluster.quota = 13;
    await world.pass(10 * MINUTE);
    world.change(ref, () => 200);
    await world.pass(5 * MINUTE);
    world.change(ref, () => 90);
    await world.pass(20 * MINUTE);
    expect(await world.replicas(ref)).toBeLessThanOrEqual(13);
  });

  it('where Kubernetes may not be asked why, is said by its numbers', async () => {
    const world = new World({}, { creationFailure: async () => undefined });
    const ref = await world.add('web', { replicas: 10, loads: [() => 90] });
    world.cluster.quota = 13;
    await world.pass(10 * MINUTE);
    world.change(ref, () => 200);
    await world.pass(3 * MINUTE);
    expect(world.told.find(({ reason }) => reason === 'FailedCreate')!.message).toMatch(
      /^\d+ of \d+ pods are not created$/,
    );
  });
});

describe('a cluster that is full', () => {
  it('has room for 11: what is asked for stops growing, in the scheduler’s words, and goes on when there is room', async () => {
    const world = new World();
    const ref = await world.add('web', { replicas: 10, loads: [() => 90] });
    world.cluster.room = 11;
    await world.pass(10 * MINUTE);
    world.change(ref, () => 200);
    // A pod that no node has room for may get a new one within its start-up time and two minutes.
    await world.pass(4 * MINUTE);
    const stands = await world.replicas(ref);
    world.change(ref, () => 600);
    const statuses = await world.pass(10 * MINUTE);
    expect(await world.replicas(ref)).toBe(stands);
    expect(condition(statuses.get(workloadKey(ref)))).toMatchObject({
      status: true,
      reason: 'Unschedulable',
      message: `${stands - 11} of ${stands} pods can't start: 0/3 nodes are available: 3 Insufficient cpu.`,
    });
    expect(statuses.get(workloadKey(ref))!.reasons.at(-1)).toBe('never-ready');
    expect(world.told.filter(({ reason }) => reason === 'Unschedulable')).toHaveLength(1);
    world.cluster.room = 1_000;
    await world.pass(3 * MINUTE);
    expect(await world.replicas(ref)).toBeGreaterThanOrEqual(60);
  });
});

describe('pods that may be another workload’s too', () => {
  it('are refused in words, and nothing is written until they are told apart', async () => {
    const world = new World();
    const ref = await world.add('web', { replicas: 10, loads: [() => 90] });
    await world.pass(10 * MINUTE);
    const workloads = ['shop/Game/chess', workloadKey(ref)];
    let pod: string | undefined = 'web-1';
    Object.assign(world.cluster, { ambiguousPodOf: () => pod && { pod, workloads } });
    world.change(ref, () => 600);
    const before = await world.replicas(ref);
    const statuses = await world.pass(10 * MINUTE);
    expect(await world.replicas(ref)).toBe(before);
    const message =
      "its pods can't be told from those of shop/Game/chess: the selectors of all match pod web-1; give them different labels";
    expect(condition(statuses.get(workloadKey(ref)), 'Ready')).toMatchObject({
      status: false,
      reason: 'AmbiguousSelector',
      message,
    });
    expect(world.told.filter(({ reason }) => reason === 'AmbiguousSelector')).toEqual([
      { workload: workloadKey(ref), reason: 'AmbiguousSelector', message },
    ]);
    pod = undefined;
    await world.pass(3 * MINUTE);
    expect(await world.replicas(ref)).toBeGreaterThanOrEqual(60);
  });
});
