import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TICK_SECONDS } from '../../core/tick.ts';
import { type WorkloadRef, workloadKey } from '../../core/workload.ts';
import { ApiError } from '../../kubernetes/api.ts';
import type { Intercepted, MemoryRequest } from '../../kubernetes/fake/memory-api.ts';
import { CAPACITY, policyOf, World } from '../../test/engine-world.ts';
import { runs } from '../../test/property.ts';

const MINUTE = 60;

/** Writes to one workload's scale, each answered as `answer` says; gives the seconds at which they came. */
function watchWrites(
  world: World,
  ref: WorkloadRef,
  answer: (request: MemoryRequest) => Intercepted | undefined = () => undefined,
): number[] {
  const times: number[] = [];
  const path = `${world.cluster.path(ref)}/scale`;
  world.cluster.api.intercept = (request) => {
    if (request.verb !== 'patch' || request.path !== path) return undefined;
    times.push(world.now);
    return answer(request);
  };
  return times;
}

/** A steady workload beside another; then both need more. */
async function two(world: World) {
  const web = await world.add('web', { replicas: 5, loads: [() => 40], days: 1 });
  const other = await world.add('other', { replicas: 5, loads: [() => 40], days: 1 });
  await world.pass(6 * MINUTE);
  const rise = () => {
    world.change(web, () => 100);
    world.change(other, () => 100);
  };
  return { web, other, rise };
}

describe('a write that fails', () => {
  it.each([
    [403, 'Forbidden'],
    [422, 'Invalid'],
  ])(
    'by refusal (%i) is said with its words, comes ever more rarely, goes on once it is allowed, and holds up nobody',
    async (status, reason) => {
      const world = new World();
      const { web, other, rise } = await two(world);
      let refuses = true;
      const times = watchWrites(world, web, () =>
        refuses ? { error: new ApiError('no more than four', status, reason) } : undefined,
      );
      rise();
      const statuses = await world.pass(20 * MINUTE);
      expect(await world.replicas(other)).toBeGreaterThanOrEqual(10);
      expect(await world.replicas(web)).toBeLessThan(10);
      expect(statuses.get(workloadKey(web))!.error).toContain('no more than four');
      const rounds = [...new Set(times)];
      expect(rounds.length).toBeLessThan(16);
      const pauses = rounds.slice(1).map((time, i) => (time - rounds[i]!) / TICK_SECONDS);
      expect(pauses.slice(0, 3)).toEqual([1, 2, 4]);
      expect(Math.max(...pauses)).toBe(8);
      refuses = false;
      const healed = await world.pass(2 * MINUTE + 30);
      expect(await world.replicas(web)).toBeGreaterThanOrEqual(10);
      expect(healed.get(workloadKey(web))!.error).toBeUndefined();
    },
  );

  it.each([429, 500, 0])(
    'by what passes by itself (%i) is tried again after 1, 2, 4 ticks, from what stands there then',
    async (status) => {
      const world = new World();
      const { web, other, rise } = await two(world);
      const until = world.now + 5 * MINUTE;
      const times = watchWrites(world, web, () =>
        world.now < until ? { error: new ApiError('try again later', status, 'Unavailable') } : undefined,
      );
      rise();
      await world.pass(4 * MINUTE);
      expect(await world.replicas(other)).toBeGreaterThanOrEqual(10);
      const pauses = times.slice(1).map((time, i) => (time - times[i]!) / TICK_SECONDS);
      expect(pauses.slice(0, 3)).toEqual([1, 2, 4]);
      await world.pass(3 * MINUTE);
      expect(await world.replicas(web)).toBeGreaterThanOrEqual(10);
    },
  );

  it('by a conflict (409) reads again and writes on what it read', async () => {
    const world = new World();
    const { web, rise } = await two(world);
    let conflicts = 3;
    const times = watchWrites(world, web, () =>
      conflicts-- > 0 ? { error: new ApiError('the object has been modified', 409, 'Conflict') } : undefined,
    );
    rise();
    await world.pass(2 * MINUTE);
    expect(await world.replicas(web)).toBeGreaterThanOrEqual(10);
    expect(times.slice(0, 4)).toEqual(Array(4).fill(times[0]));
  });

  it('with its answer lost is its own all the same: no external change, and it goes on scaling in', async () => {
    const world = new World();
    const { web, rise } = await two(world);
    let lost = 1;
    watchWrites(world, web, () =>
      lost-- > 0 ? { error: new ApiError('socket hang up', 0, 'NoAnswer'), afterwards: true } : undefined,
    );
    rise();
    const reasons = new Set<string>();
    await world.pass(3 * MINUTE, (statuses) => {
      for (const reason of statuses.get(workloadKey(web))!.reasons) reasons.add(reason);
    });
    expect(await world.replicas(web)).toBeGreaterThanOrEqual(10);
    expect([...reasons]).not.toContain('external-change');
    expect(world.told.filter(({ reason }) => reason === 'ExternalChange')).toEqual([]);
  });
});

describe('a process that stood still for 40 s', () => {
  it('decides each slot once, takes nothing away on what it did not see, and adopts the refits that waited', async () => {
    const world = new World();
    const { web } = await two(world);
    const before = await world.replicas(web);
    const times = watchWrites(world, web);
    await world.clock.advance(45);
    world.change(web, () => 100);
    const statuses = await world.pass(2 * MINUTE);
    expect(await world.replicas(web)).toBeGreaterThanOrEqual(10);
    expect(new Set(times).size).toBe(times.length);
    expect(statuses.get(workloadKey(web))!.decidedSeconds).toBe(world.now);
    expect(before).toBeLessThan(10);
  });

  it('for an hour and a half comes back holding, not shrinking, and learns anew', async () => {
    const world = new World();
    const { web } = await two(world);
    const before = await world.replicas(web);
    world.change(web, () => 20);
    await world.clock.advance(90 * MINUTE);
    await world.pass(4 * MINUTE, async () => {
      expect(await world.replicas(web)).toBe(before);
    });
    const statuses = await world.pass(20 * MINUTE);
    expect(statuses.get(workloadKey(web))!.error).toBeUndefined();
    expect(statuses.get(workloadKey(web))!.reasons).not.toContain('data-gap');
  });
});

it('who does not lead decides and shows, and writes nothing', async () => {
  const world = new World();
  const { web, rise } = await two(world);
  const before = await world.replicas(web);
  world.leads = false;
  const times = watchWrites(world, web);
  rise();
  const statuses = await world.pass(3 * MINUTE);
  expect(statuses.get(workloadKey(web))!.replicas.wanted).toBeGreaterThan(before);
  expect(times).toEqual([]);
  expect(await world.replicas(web)).toBe(before);
});

it('property: whatever is observed, what is written is within the bounds of the user and the cap of the administrator', async () => {
  const load = fc.oneof(fc.constantFrom(Number.NaN, 0, 1e12, 1e-9), fc.double({ min: 0, max: 5_000, noNaN: true }));
  const bounds = fc
    .tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 400 }))
    .map(([a, b]) => ({ minReplicas: Math.min(a, b), maxReplicas: Math.max(a, b) }));
  await fc.assert(
    fc.asyncProperty(
      fc.array(load, { minLength: 5, maxLength: 40 }),
      bounds,
      fc.integer({ min: 1, max: 200 }),
      fc.integer({ min: 1, max: 300 }),
      async (loads, { minReplicas, maxReplicas }, cap, replicas) => {
        const world = new World({ maxReplicas: cap });
        const at = (t: number) => loads[Math.floor(t / 30) % loads.length]!;
        const policy = { minReplicas, maxReplicas };
        const ref = await world.add('web', { replicas, loads: [at], days: 0.1, policy });
        const written: number[] = [];
        watchWrites(world, ref, ({ body }) => {
          for (const step of body as { op: string; value: number }[]) if (step.op !== 'test') written.push(step.value);
          return undefined;
        });
        await world.pass(5 * MINUTE);
        for (const value of written) {
          expect(value).toBeLessThanOrEqual(Math.min(maxReplicas, cap));
          expect(value).toBeGreaterThanOrEqual(Math.min(minReplicas, cap));
        }
      },
    ),
    { numRuns: runs(20) },
  );
});

it('a workload whose annotations are changed while it runs keeps its pods and what it learned', async () => {
  const world = new World();
  const { web, rise } = await two(world);
  const learned = world.engine.get(workloadKey(web))!.metrics[0];
  await world.engine.apply({ kind: 'changed', ref: web, uid: 'web', policy: policyOf(1, { maxReplicas: 8 }) });
  rise();
  await world.pass(3 * MINUTE);
  expect(await world.replicas(web)).toBe(8);
  expect(world.engine.get(workloadKey(web))!.metrics[0]).toBe(learned);
  expect(CAPACITY * 8).toBeLessThan(100);
});

it.each([1, 2, 3])('what opts out while a tick lets others in (its pause %i) is not written to', async (which) => {
  let inTick = 0;
  let rises = false;
  const leave = () => world.engine.apply({ kind: 'out', ref: web, uid: 'web' });
  const world: World = new World(
    {},
    {
      pause: async () => {
        if (rises && ++inTick === which) await leave();
      },
    },
  );
  const { web, other, rise } = await two(world);
  const before = await world.replicas(web);
  rise();
  rises = true;
  const times = watchWrites(world, web);
  const statuses = await world.pass(5 * MINUTE);
  expect(inTick).toBeGreaterThan(3);
  expect(times).toEqual([]);
  expect(await world.replicas(web)).toBe(before);
  expect([...statuses.keys()]).toEqual([workloadKey(other)]);
  expect(await world.replicas(other)).toBeGreaterThanOrEqual(10);
});

it('what opts out once it was planned, while others are, is not written to', async () => {
  let rises = false;
  let isPlanned = false;
  const world: World = new World(
    {},
    {
      pause: async () => {
        if (!rises || world.engine.get(workloadKey(web))?.decidedSeconds !== world.now) return;
        isPlanned = true;
        await world.engine.apply({ kind: 'out', ref: web, uid: 'web' });
      },
    },
  );
  const { web, other, rise } = await two(world);
  // So many that planning lets others in.
  for (let i = 0; i < 250; i++) await world.add(`idle-${i}`, { replicas: 1, loads: [() => 0] });
  await world.pass(MINUTE);
  const before = await world.replicas(web);
  const times = watchWrites(world, web);
  rise();
  rises = true;
  await world.pass(2 * MINUTE);
  expect(isPlanned).toBe(true);
  expect(times).toEqual([]);
  expect(await world.replicas(web)).toBe(before);
  expect(await world.replicas(other)).toBeGreaterThan(before);
});

it('what a standby planned is not written where it begins to lead amid planning', async () => {
  let leads = false;
  let begins = false;
  const world: World = new World(
    {},
    {
      isLeader: () => leads,
      pause: async () => {
        if (begins && world.engine.get(workloadKey(web))?.decidedSeconds === world.now) leads = true;
      },
    },
  );
  const { web } = await two(world);
  for (let i = 0; i < 250; i++) await world.add(`idle-${i}`, { replicas: 1, loads: [() => 0] });
  world.change(web, () => 100);
  await world.pass(3 * MINUTE);
  const planned = () => world.engine.get(workloadKey(web))!.proposal!.decision;
  expect(planned()).toMatchObject({ kind: 'scale' });
  const times = watchWrites(world, web);
  begins = true;
  await world.pass(15);
  expect(leads).toBe(true);
  expect(times).toEqual([]);
});
