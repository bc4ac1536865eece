import { expect, it } from 'vitest';
import { ScaleSubresource } from '../../actuator/targets/scale.ts';
import type { ScaleTarget } from '../../actuator/targets/target.ts';
import { type WorkloadRef, workloadKey } from '../../core/workload.ts';
import { ApiError } from '../../kubernetes/api.ts';
import { RequestGate } from '../../kubernetes/client/request-gate.ts';
import { World } from '../../test/engine-world.ts';

const MINUTE = 60;
const WORKLOADS = 120;

interface Write {
  readonly workload: string;
  readonly from: number;
  readonly to: number;
  readonly seconds: number;
}

/** Writes that go on beside the ticks: no tick waits for them, and only so many a second are let through. */
function slow(perSecond: number, around: (target: ScaleTarget, ref: WorkloadRef) => ScaleTarget = (target) => target) {
  const writes: Write[] = [];
  const under = new Map<string, number>();
  const seen = { mostOfOne: 0, mostAtOnce: 0 };
  const gate = { run: (write: () => Promise<void>): Promise<void> => theGate().run(write) };
  const world: World = new World(
    {},
    {
      writeGate: gate,
      patience: async () => {},
      route: async (ref) => {
        const scale = new ScaleSubresource(world.cluster.api, ref, `${world.cluster.path(ref)}/scale`);
        const target = around(scale, ref);
        const workload = workloadKey(ref);
        return {
          target: {
            kind: 'scale',
            read: () => target.read(),
            release: () => target.release(),
            write: async (from, to, bounds) => {
              writes.push({ workload, from, to, seconds: world.now });
              under.set(workload, (under.get(workload) ?? 0) + 1);
              const all = [...under.values()].reduce((sum, one) => sum + one, 0);
              seen.mostOfOne = Math.max(seen.mostOfOne, under.get(workload)!);
              seen.mostAtOnce = Math.max(seen.mostAtOnce, all);
              try {
                return await target.write(from, to, bounds);
              } finally {
                under.set(workload, under.get(workload)! - 1);
              }
            },
          },
        };
      },
    },
  );
  let made: RequestGate | undefined;
  const theGate = () => {
    made ??= new RequestGate(world.clock, { perSecond, burst: 1, concurrency: 8 });
    return made;
  };
  return { world, writes, seen };
}

/** So many with two pods and a load for two; none is written to. */
async function fleet(world: World, count = WORKLOADS): Promise<WorkloadRef[]> {
  const refs: WorkloadRef[] = [];
  for (let n = 0; n < count; n++) refs.push(await world.add(`w${n}`, { replicas: 2, loads: [() => 16] }));
  await world.pass(6 * MINUTE);
  return refs;
}

it('a hundred and twenty that want more at two a second: each tick decides on all, the shortest come first, each is written once at a time', async () => {
  const { world, writes, seen } = slow(2);
  const refs = await fleet(world);
  writes.length = 0;
  const since = world.now;
  for (const [n, ref] of refs.entries()) world.change(ref, () => 30 + 10 * (n % 9));
  const rounds: number[][] = [];
  let counted = 0;
  let ticks = 0;
  await world.pass(6 * MINUTE, (statuses) => {
    ticks++;
    for (const { decidedSeconds } of statuses.values()) expect(decidedSeconds).toBe(world.now);
    // How high the load is of those that were written since the tick before.
    rounds.push(writes.slice(counted).map(({ workload }) => Number(workload.slice(workload.lastIndexOf('w') + 1)) % 9));
    counted = writes.length;
  });
  expect(ticks).toBe(24);
  expect(seen.mostOfOne).toBe(1);
  expect(world.engine.writesWaiting).toBe(0);
  for (const [n, ref] of refs.entries()) expect(await world.replicas(ref)).toBeGreaterThanOrEqual(3 + (n % 9));
  const spread = Math.max(...writes.map(({ seconds }) => seconds)) - since;
  expect(spread).toBeGreaterThanOrEqual(WORKLOADS / 2);
  const first = rounds.find((round) => round.length > 20)!;
  // One write takes two pods to six at most, as the HPA's default would: those that want as many come first.
  expect(Math.min(...first)).toBeGreaterThanOrEqual(3);
});

it('additions go before removals', async () => {
  const { world, writes } = slow(2);
  const refs = await fleet(world, 40);
  for (const ref of refs) world.change(ref, () => 60);
  await world.pass(20 * MINUTE);
  writes.length = 0;
  for (const [n, ref] of refs.entries()) world.change(ref, () => (n < 20 ? 20 : 120));
  await world.pass(30 * MINUTE);
  const ups = writes.filter(({ from, to }) => to > from);
  const downs = writes.filter(({ from, to }) => to < from);
  expect(ups.length).toBeGreaterThanOrEqual(20);
  expect(downs.length).toBeGreaterThanOrEqual(20);
  expect(downs[0]!.seconds).toBeGreaterThanOrEqual(ups[19]!.seconds);
});

it('what waits is written as the newest tick has it, and not at all where that has changed its mind', async () => {
  const { world, writes } = slow(1 / 15);
  const refs = await fleet(world, 12);
  writes.length = 0;
  const since = world.now;
  for (const ref of refs) world.change(ref, () => 60);
  await world.pass(MINUTE);
  for (const ref of refs) world.change(ref, () => 16);
  await world.pass(20 * MINUTE);
  const late = writes.filter(({ seconds, from, to }) => to > from && seconds > since + 5 * MINUTE);
  const added = writes.filter(({ from, to }) => to > from);
  expect(added.length).toBeGreaterThan(2);
  expect(added.length).toBeLessThan(12);
  expect(late).toEqual([]);
  expect(world.engine.writesWaiting).toBe(0);
});

it('a write whose answer does not come holds up nobody, is not repeated meanwhile, and is nobody else’s change', async () => {
  let answer: (() => void) | undefined;
  let sticks = false;
  const stuck = (target: ScaleTarget, ref: WorkloadRef): ScaleTarget =>
    ref.name !== 'w3'
      ? target
      : {
          kind: 'scale',
          read: () => target.read(),
          release: () => target.release(),
          // Carried out at once; the answer is late.
          write: async (from, to, bounds) => {
            const outcome = await target.write(from, to, bounds);
            if (sticks && !answer) await new Promise<void>((resolve) => (answer = resolve));
            return outcome;
          },
        };
  const { world, writes, seen } = slow(50, stuck);
  const refs = await fleet(world, 10);
  writes.length = 0;
  sticks = true;
  for (const ref of refs) world.change(ref, () => 60);
  await world.pass(MINUTE);
  // An event says that something changed: what is read before the answer is not taken.
  await world.engine.reroute(refs[3]!);
  await world.pass(2 * MINUTE);
  for (const [n, ref] of refs.entries()) if (n !== 3) expect(await world.replicas(ref)).toBeGreaterThanOrEqual(6);
  expect(writes.filter(({ workload }) => workload === workloadKey(refs[3]!))).toHaveLength(1);
  expect(seen.mostOfOne).toBe(1);
  answer!();
  await world.pass(2 * MINUTE);
  expect(await world.replicas(refs[3]!)).toBeGreaterThanOrEqual(6);
  expect(world.told).toEqual([]);
  expect(world.engine.get(workloadKey(refs[3]!))!.error).toBeUndefined();
});

it('an API server that is asked too much (429) is asked by fewer at once, and by all again once it answers', async () => {
  let busy = true;
  const world: { at?: World } = {};
  const crowded = (target: ScaleTarget): ScaleTarget => ({
    kind: 'scale',
    read: () => target.read(),
    release: () => target.release(),
    write: async (from, to, bounds) => {
      await world.at!.clock.sleep(1);
      if (busy) throw new ApiError('too many requests', 429, 'TooManyRequests', 1);
      return target.write(from, to, bounds);
    },
  });
  const { world: made, seen } = slow(100, crowded);
  world.at = made;
  const refs = await fleet(made, 60);
  for (const ref of refs) made.change(ref, () => 60);
  await made.pass(MINUTE);
  expect(seen.mostAtOnce).toBe(8);
  seen.mostAtOnce = 0;
  await made.pass(MINUTE);
  expect(seen.mostAtOnce).toBeLessThanOrEqual(2);
  busy = false;
  seen.mostAtOnce = 0;
  await made.pass(5 * MINUTE);
  for (const ref of refs) expect(await made.replicas(ref)).toBeGreaterThanOrEqual(6);
  expect(seen.mostAtOnce).toBeGreaterThan(2);
});

it('who leads no more writes nothing of what waits; who stops ends what is under way and lets go of the rest', async () => {
  const { world, writes } = slow(1);
  const refs = await fleet(world, 60);
  writes.length = 0;
  for (const ref of refs) world.change(ref, () => 60);
  await world.pass(45);
  expect(world.engine.writesWaiting).toBeGreaterThan(10);
  world.leads = false;
  const before = writes.length;
  expect(before).toBeGreaterThan(5);
  await world.pass(MINUTE);
  expect(writes).toHaveLength(before);
  world.leads = true;
  await world.pass(15);
  expect(writes.length).toBeGreaterThan(before);
  const stopped = world.engine.stop();
  await world.clock.advance(15);
  await stopped;
  const after = writes.length;
  await world.pass(MINUTE);
  expect(writes).toHaveLength(after);
});
