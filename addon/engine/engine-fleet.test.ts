import { describe, expect, it } from 'vitest';
import { MOST_REVERSALS_PER_HOUR } from '../../actuator/guards/guard-memory.ts';
import type { DemandReading } from '../../collector/demand/demand-source.ts';
import { seededRandom } from '../../core/random.ts';
import { type WorkloadRef, workloadKey } from '../../core/workload.ts';
import { CAPACITY, policyOf, World } from '../../test/engine-world.ts';

const MINUTE = 60;
const HOUR = 3_600;

describe('a hundred workloads that fall by 90 % at once', () => {
  it('lose more than half of their pods a fifth at a time; the breaker says so; a true fall is through within 45 minutes', async () => {
    const world = new World();
    const refs: WorkloadRef[] = [];
    for (let n = 0; n < 100; n++) refs.push(await world.add(`web-${n}`, { replicas: 20, loads: [() => 150] }));
    await world.pass(10 * MINUTE);
    const half = (await world.replicas(refs[0]!)) / 2;
    const since = world.now;
    // To just over a tenth: less would be taken for a measurement that broke off.
    for (const ref of refs) world.change(ref, () => 16);
    const held = new Set<string>();
    const lowered = new Map<WorkloadRef, number>();
    await world.pass(45 * MINUTE, async (statuses) => {
      for (const [key, { reasons }] of statuses) if (reasons.includes('fleet-breaker')) held.add(key);
      for (const ref of refs) {
        if (!lowered.has(ref) && (await world.replicas(ref)) < half) lowered.set(ref, world.now);
      }
    });
    const times = [...lowered.values()].sort((a, b) => a - b);
    console.info(`a fall of 100 workloads: lowered after ${[...new Set(times.map((t) => (t - since) / MINUTE))]} min`);
    expect(times.length).toBe(100);
    expect(times[0]).toBeGreaterThanOrEqual(since + 5 * MINUTE);
    for (const [i, time] of times.entries())
      expect(times[i + 20] ?? Infinity).toBeGreaterThanOrEqual(time + 5 * MINUTE);
    expect(held.size).toBe(100);
  });
});

describe('a spike to a thousandfold', () => {
  it('goes up by no more than double or ten pods a tick, to the maximum of the user, and of the administrator', async () => {
    const world = new World({ maxReplicas: 300 });
    const mine = await world.add('web', { replicas: 4, loads: [() => 30], days: 2, policy: { maxReplicas: 120 } });
    const free = await world.add('free', { replicas: 4, loads: [() => 30], days: 2, policy: { maxReplicas: 100_000 } });
    await world.pass(10 * MINUTE);
    let last = await world.replicas(free);
    world.change(mine, () => 30_000);
    world.change(free, () => 30_000);
    const said = new Set<string>();
    await world.pass(20 * MINUTE, async (statuses) => {
      const now = await world.replicas(free);
      expect(now).toBeLessThanOrEqual(Math.max(2 * last, last + 10));
      last = now;
      for (const { reasons } of statuses.values()) for (const reason of reasons) said.add(reason);
    });
    expect(await world.replicas(mine)).toBe(120);
    expect(last).toBe(300);
    expect([...said]).toEqual(expect.arrayContaining(['step-limit', 'max']));
  });
});

it('four poisoned ones of 500 leave 496 decided on time, and each says what is the matter with it', async () => {
  const world = new World();
  poisonRefit(world, 'shop/Deployment/web-50#0');
  poisonReadings(world, 'shop/Deployment/web-150#0');
  poisonRecording(world, 'shop/Deployment/web-250#0');
  poisonTarget(world, 'shop/Deployment/web-350');
  for (let n = 0; n < 500; n++) await world.add(`web-${n}`, { replicas: 2, loads: [() => 80] });
  await world.pass(2 * MINUTE);
  const late = new Set<string>();
  await world.pass(2 * MINUTE, (statuses) => {
    expect(statuses.size).toBe(500);
    for (const [key, status] of statuses) {
      const decided = status.decidedSeconds === world.now && !status.reasons.includes('no-data');
      if (!decided || status.error !== undefined || status.replicas.current < 8) late.add(key);
    }
  });
  expect([...late].sort()).toEqual([50, 150, 250, 350].map((n) => `shop/Deployment/web-${n}`).sort());
  const statuses = new Map((await world.tick()).entries());
  const status = (n: number) => statuses.get(`shop/Deployment/web-${n}`)!;
  expect(status(50).error).toMatch(/refit failed 5 times.*poison/);
  expect(status(50).replicas.current).toBeGreaterThanOrEqual(8);
  expect(status(150).replicas.current).toBeGreaterThanOrEqual(2);
  expect(status(250).error).toBe('its history is not recorded: poison');
  expect(status(250).replicas.current).toBeGreaterThanOrEqual(8);
  expect(status(350).error).toBe('poison');
});

function poisonRefit(world: World, id: string): void {
  const heals = world.refit;
  world.refit = (other, request) => {
    if (other === id) throw new Error('poison');
    return heals(other, request);
  };
}

function poisonReadings(world: World, id: string): void {
  const values = [Number.NaN, -1, 1e300, Number.POSITIVE_INFINITY, 1e-300, 0, -0];
  let n = 0;
  world.answer = (query, timeSeconds): DemandReading | undefined =>
    query.id === id ? { kind: 'value', value: values[n++ % values.length]!, timeSeconds } : undefined;
}

function poisonRecording(world: World, id: string): void {
  const append = world.history.append.bind(world.history);
  world.history.append = async (other, time, value) => {
    if (other === id) throw new Error('poison');
    await append(other, time, value);
  };
}

function poisonTarget(world: World, key: string): void {
  const { register } = world.cluster;
  world.cluster.register = async (ref?: WorkloadRef) => {
    if (ref && workloadKey(ref) === key) throw new Error('poison');
    await register.call(world.cluster);
  };
}

it('a sine with noise over a day turns round at most so often in any hour, and is served', async () => {
  const world = new World();
  const random = seededRandom(7);
  let noise = 1;
  // Every twelve minutes up and down, with noise of a fifth.
  const load = (t: number) => (300 + 150 * Math.sin((2 * Math.PI * t) / 720)) * noise;
  const ref = await world.add('web', { replicas: 30, loads: [load], days: 3, policy: { unmetTargetBp: 100 } });
  let last = 30;
  let direction = 0;
  const turns: number[] = [];
  let short = 0;
  await world.pass(24 * HOUR, async () => {
    noise = 0.9 + 0.2 * random();
    const now = await world.replicas(ref);
    const going = Math.sign(now - last);
    if (going !== 0 && direction !== 0 && going !== direction) turns.push(world.now);
    if (going !== 0) direction = going;
    last = now;
    if (now * CAPACITY < 0.9 * load(world.now)) short++;
  });
  const most = Math.max(...turns.map((time) => turns.filter((t) => t >= time && t < time + HOUR).length));
  console.info(`a noisy sine: ${turns.length} reversals in 24 h, at most ${most} in an hour`);
  expect(most).toBeLessThanOrEqual(MOST_REVERSALS_PER_HOUR);
  expect(short / (24 * 240)).toBeLessThan(0.02);
});

describe('ten thousand workloads that come and go', () => {
  it('leave nothing behind: no state, no history, no job, no pods', async () => {
    const world = new World();
    const registered = new Set<string>();
    Object.assign(world.cluster, {
      register: async (ref: WorkloadRef) => void registered.add(workloadKey(ref)),
      unregister: (ref: WorkloadRef) => void registered.delete(workloadKey(ref)),
    });
    await world.add('stays', { replicas: 3, loads: [() => 25] });
    await world.pass(MINUTE);
    const stays = retained(world.engine);
    for (let round = 0; round < 100; round++) {
      const refs: WorkloadRef[] = [];
      for (let n = 0; n < 100; n++)
        refs.push({ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'w' });
      for (const [n, ref] of refs.entries()) {
        const named = { ...ref, name: `w${round}-${n}` };
        refs[n] = named;
        world.answer = () => ({ kind: 'value', value: 25, timeSeconds: world.now });
        world.cluster.api.seed(world.cluster.path(named), deployment(named.name));
        if (n % 10 === 9) {
          const errors = [{ annotation: 'prescale.dev/target', message: 'expected a number' }];
          await world.engine.apply({ kind: 'wrong', ref: named, uid: named.name, errors });
        } else await world.engine.apply({ kind: 'in', ref: named, uid: named.name, policy: policyOf(1) });
      }
      if (round % 10 === 0) await world.pass(3 * 15);
      else if (round % 10 === 5) {
        // Out in the middle of being opened.
        await world.clock.advance(15);
        const tick = world.engine.tick(world.now);
        for (const ref of refs) await world.engine.apply({ kind: 'out', ref, uid: ref.name });
        await tick;
        await world.engine.settled();
        await world.clock.advance(0);
      }
      for (const ref of refs) {
        await world.engine.apply({ kind: 'out', ref, uid: ref.name });
        await world.cluster.api.delete(world.cluster.path(ref));
      }
    }
    await world.pass(10 * MINUTE);
    expect(retained(world.engine)).toEqual(stays);
    expect(await world.history.ids()).toEqual(['shop/Deployment/stays#0']);
    expect([...registered]).toEqual(['shop/Deployment/stays']);
    expect(await world.queue.depth()).toBe(0);
    expect(await world.queue.failed()).toEqual([]);
    expect(world.forecasts.size).toBe(0);
  });
});

function deployment(name: string) {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'shop' },
    spec: { replicas: 3, selector: { matchLabels: { app: name } }, template: {} },
    status: { replicas: 3 },
  };
}

/** Entries of every map and set that an object holds, by name, nested ones too. */
function retained(object: object, seen = new Set<object>()): Record<string, number> {
  const sizes: Record<string, number> = {};
  for (const [name, value] of Object.entries(object)) {
    if (value instanceof Map || value instanceof Set) sizes[name] = value.size;
    else if (value && typeof value === 'object' && ['breaker', 'times'].includes(name) && !seen.has(value)) {
      seen.add(value);
      for (const [inner, size] of Object.entries(retained(value, seen))) sizes[`${name}.${inner}`] = size;
    }
  }
  return sizes;
}

it('a namespace that is full turns the next ones away in words, and lets them in as others leave', async () => {
  const world = new World({ workloadsPerNamespace: 2 });
  const refs = [];
  for (const name of ['a', 'b', 'c']) refs.push(await world.add(name, { replicas: 2, loads: [() => 15] }));
  await world.pass(30);
  const full = 'prescale.dev/enabled: namespace shop has 2 workloads already';
  expect(world.told.filter(({ message }) => message.startsWith(full))).toHaveLength(1);
  const before = world.engine.statuses.find(({ ref }) => ref.name === 'c')!;
  expect(before.conditions[0]).toMatchObject({ type: 'Ready', status: false, reason: 'PolicyError' });
  await world.engine.apply({ kind: 'out', ref: refs[0]!, uid: 'a' });
  await world.pass(30);
  expect(world.engine.statuses.map(({ ref }) => ref.name).sort()).toEqual(['b', 'c']);
  expect(world.engine.statuses.find(({ ref }) => ref.name === 'c')!.conditions[0]!.reason).not.toBe('PolicyError');
});
