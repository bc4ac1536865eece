import { describe, expect, it } from 'vitest';
import { World } from '../../test/engine-world.ts';

const WORKLOADS = 12;

/** Their load is five times what their pods serve. */
async function overloaded(world: World): Promise<void> {
  for (let i = 0; i < WORKLOADS; i++) await world.add(`w${i}`, { replicas: 2, loads: [() => 100], days: 2 });
  await world.pass(120);
}

const replicasOf = (world: World) => world.engine.statuses.map(({ replicas }) => replicas.current);

describe('the gate of all changes of replicas', () => {
  it('is passed by each of them', async () => {
    let passed = 0;
    const run = (write: () => Promise<void>) => {
      passed++;
      return write();
    };
    const world = new World({}, { writeGate: { run } });
    await overloaded(world);
    expect(replicasOf(world).every((replicas) => replicas >= 10)).toBe(true);
    expect(passed).toBeGreaterThanOrEqual(WORKLOADS);
  });

  it('lets nothing through once another replica acts, however long a write waited before it', async () => {
    const run = (write: () => Promise<void>) => {
      world.leads = false;
      return write();
    };
    const world: World = new World({}, { writeGate: { run } });
    await overloaded(world);
    expect(replicasOf(world)).toEqual(Array(WORKLOADS).fill(2));
  });
});
