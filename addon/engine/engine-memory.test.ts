/* Over 350 lines: one process hands on to another in each of its stories. */
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { WorkloadRef } from '../../core/workload.ts';
import { ApiError } from '../../kubernetes/api.ts';
import { MemoryGuardStore } from '../../storage/guard-store.ts';
import type { Log } from '../../telemetry/log/log.ts';
import { SILENT } from '../../telemetry/log/log.ts';
import { type Added, type Load, World } from '../../test/engine-world.ts';
import type { EngineParts } from './engine-parts.ts';

const MINUTE = 60;
const HOUR = 3_600;
const WEB = 'shop/Deployment/web';

/** Twelve pods that serve the load of ten. */
const STEADY: Added = { replicas: 12, loads: [() => 100] };

/** A leader over a store that outlives it, which has watched its workload for long enough to know all of it. */
async function leader(added: Added = STEADY, parts: Partial<EngineParts> = {}) {
  const guards = new MemoryGuardStore();
  const world = new World({}, { guards, ...parts });
  const web = await world.add('web', added);
  await world.pass(20 * MINUTE);
  return { world, guards, web, settled: await world.replicas(web) };
}

/** Somebody else sets the replicas. */
async function setReplicas(world: World, ref: WorkloadRef, replicas: number): Promise<void> {
  await world.cluster.api.patch(`${world.cluster.path(ref)}/scale`, 'merge', { spec: { replicas } });
  for (const one of world.replicasOfAddon) await one.engine.reroute(ref);
}

/** The leader is gone; a quarter of a minute later the other one leads. */
async function follow(before: World, after: World): Promise<void> {
  before.kill();
  await after.tick();
  await after.lead();
}

class KeptWords {
  readonly said: string[] = [];
  readonly log: Log = { ...SILENT, warn: (message) => this.said.push(message) };
}

describe('a false zero is held for all of its quarter of an hour', () => {
  type Next = (world: World, guards: MemoryGuardStore) => Promise<World>;
  const unread = { recording: { begin: async () => true, record: async () => {}, end: async () => {} } };

  it.each<[string, number, Next]>([
    ['by a standby that saw it begin', -2, (world, guards) => world.join({ guards })],
    [
      'by a standby that was started in it, from what is stored',
      4,
      (world, guards) => world.join({ guards, ...unread }),
    ],
    [
      'by the process itself, killed and started again a minute later, from what is stored',
      5,
      async (world, guards) => {
        world.kill();
        await world.clock.advance(MINUTE);
        return world.join({ guards, ...unread });
      },
    ],
    [
      'by one that finds the store lost, from the history',
      5,
      async (world, guards) => {
        guards.lose();
        world.kill();
        return world.join({ guards });
      },
    ],
    [
      'by one that finds neither',
      5,
      async (world, guards) => {
        guards.lose();
        world.kill();
        return world.join({ guards, ...unread });
      },
    ],
  ])('%s; then it is believed', async (_, startedMinute, next) => {
    const { world, guards, web, settled } = await leader();
    const before = startedMinute < 0 ? await next(world, guards) : undefined;
    if (before) await world.pass(-startedMinute * MINUTE);
    world.change(web, () => 0);
    const began = world.now;
    await world.pass(Math.abs(startedMinute) * MINUTE);
    const after = before ?? (await next(world, guards));
    if (world.lives) await world.pass(MINUTE);
    world.kill();
    await after.tick();
    await after.lead();
    expect(await after.replicas(web)).toBe(settled);
    while (after.now < began + 15 * MINUTE) {
      await after.tick();
      expect(await after.replicas(web), `${(after.now - began) / 60} min after it began`).toBe(settled);
    }
    await after.pass(25 * MINUTE);
    expect(await after.replicas(web)).toBe(1);
  });
});

describe('Prometheus away for three minutes in a ramp', () => {
  /** 100 req/s, from the 20th minute on 20 more each minute, and level after five. */
  const ramp =
    (start: number): Load =>
    (t) =>
      100 + 20 * Math.min(5, Math.max(0, (t - start) / MINUTE - 20));

  it('then back, then a leader change: held until five minutes are whole, then what is needed', async () => {
    const guards = new MemoryGuardStore();
    const world = new World({}, { guards });
    const web = await world.add('web', { replicas: 20, loads: [ramp(world.now)] });
    await world.pass(22 * MINUTE);
    const away = (one: World) => {
      one.answer = () => ({ kind: 'missing', why: 'connection refused' });
    };
    away(world);
    await world.pass(3 * MINUTE);
    // Half of each minute is there: a valid number that is far too low.
    world.answer = (_, at) => ({ kind: 'value', value: 60, timeSeconds: at - 15 });
    await world.pass(MINUTE);
    const held = await world.replicas(web);
    const standby = await world.join({ guards });
    standby.answer = world.answer;
    await follow(world, standby);
    await standby.pass(2 * MINUTE, async () => expect(await standby.replicas(web)).toBeGreaterThanOrEqual(held));
    standby.answer = () => undefined;
    await standby.pass(HOUR, async () => expect(await standby.replicas(web)).toBeGreaterThanOrEqual(20));
    expect(await standby.replicas(web)).toBeLessThanOrEqual(20 * 1.3 + 1);
  });
});

describe('GitOps that puts 4 back each time', () => {
  /** It heals within a second of what anybody writes. */
  async function fight() {
    const { world, guards, web } = await leader({ replicas: 4, loads: [() => 200] });
    let writes = 0;
    world.cluster.api.intercept = ({ verb, path, body }) => {
      if (verb === 'patch' && path.endsWith('/scale') && Array.isArray(body)) writes++;
      return undefined;
    };
    const heal = async (one: World, seconds: number) => {
      const most: number[] = [];
      await one.pass(seconds, async () => {
        most.push(await one.replicas(web));
        if ((await one.replicas(web)) !== 4) await setReplicas(one, web, 4);
      });
      return Math.max(...most);
    };
    await heal(world, 2 * MINUTE);
    expect(world.engine.get(WEB)!.memory.external.conflict).toBeDefined();
    return { world, guards, web, heal, writes: () => writes };
  }

  it.each(['standby', 'the same process again'])(
    'is left to it by the %s for the rest of the pause, and tried once after it',
    async (who) => {
      const { world, guards, web, heal, writes } = await fight();
      const pause = world.engine.get(WEB)!.memory.external.conflict!.ticksLeft;
      const standby = who === 'standby' ? await world.join({ guards }) : undefined;
      if (standby) await heal(world, MINUTE);
      world.kill();
      const next = standby ?? (await world.join({ guards }));
      const before = writes();
      await next.tick();
      await next.lead();
      const left = (pause - (standby ? 4 : 0)) * 15;
      expect(await heal(next, left - 45)).toBe(4);
      expect(writes()).toBe(before);
      expect(await heal(next, 10 * MINUTE)).toBeGreaterThan(4);
      expect(writes()).toBe(before + 1);
      expect(next.engine.get(WEB)!.memory.external.conflict?.replicas).toBe(4);
      expect(await next.replicas(web)).toBe(4);
    },
  );
});

describe('a leader that dies', () => {
  it('after a write that its standby has not heard of: that is no change by somebody else', async () => {
    const { world, guards, web, settled } = await leader();
    const standby = await world.join({ guards });
    await world.pass(MINUTE);
    world.change(web, () => 60);
    await world.pass(8 * MINUTE);
    expect(await world.replicas(web)).toBeLessThan(settled);
    expect(standby.engine.get(WEB)!.state!.replicas).toBe(settled);
    await follow(world, standby);
    await standby.pass(5 * MINUTE);
    expect(standby.told).toEqual([]);
    expect(standby.engine.get(WEB)!.memory.external.respected).toBeUndefined();
    expect(standby.engine.get(WEB)!.state!.replicas).toBe(await standby.replicas(web));
  });

  it.each([
    ['a removal', 60],
    ['an addition', 140],
  ])(
    'in its very tick, with %s carried out and nothing heard of it: the next one takes it for ours',
    async (_, load) => {
      const { world, guards, web, settled } = await leader();
      const standby = await world.join({ guards });
      world.change(web, () => load);
      let died = false;
      world.cluster.api.intercept = ({ verb, path }) => {
        if (died || verb !== 'patch' || !path.endsWith('/scale')) return undefined;
        died = true;
        world.kill();
        return { error: new ApiError('the process is gone', 0, 'NoAnswer'), afterwards: true };
      };
      while (!died) await standby.tick();
      expect(await standby.replicas(web)).not.toBe(settled);
      await standby.engine.reroute(web);
      await standby.tick();
      await standby.lead();
      const reasons = new Set<string>();
      await standby.pass(5 * MINUTE, (statuses) => {
        for (const reason of statuses.get(WEB)!.reasons) reasons.add(reason);
      });
      expect(standby.told).toEqual([]);
      expect([...reasons]).not.toContain('external-change');
      expect(await standby.replicas(web)).toBeGreaterThanOrEqual(load / 10);
    },
  );

  it('what a person raised meanwhile, while nobody led, is seen and respected', async () => {
    const { world, guards, web, settled } = await leader();
    const standby = await world.join({ guards });
    world.kill();
    await setReplicas(standby, web, 30);
    await standby.tick();
    await standby.lead();
    await standby.pass(9 * MINUTE, async () => expect(await standby.replicas(web)).toBe(30));
    expect(standby.told.map(({ message }) => message)).toEqual([
      expect.stringContaining(`${settled} → 30 by another writer`),
    ]);
    await standby.pass(15 * MINUTE);
    expect(await standby.replicas(web)).toBe(settled);
  });
});

describe('a fleet of forty, of which eight may lose more than half within five minutes', () => {
  /** Slow enough to be no break. */
  const fall =
    (since: number): Load =>
    (t) =>
      Math.max(18, 180 - (t - since));

  async function fleet() {
    const guards = new MemoryGuardStore();
    const world = new World({}, { guards });
    const refs: WorkloadRef[] = [];
    for (let i = 0; i < 40; i++) refs.push(await world.add(`web-${i}`, { replicas: 20, loads: [() => 180] }));
    await world.pass(20 * MINUTE);
    const standby = await world.join({ guards });
    await world.pass(10 * MINUTE);
    const lowered = async (below = 10) => {
      let count = 0;
      for (const ref of refs) if ((await world.replicas(ref)) < below) count++;
      return count;
    };
    return { world, standby, refs, lowered };
  }

  it('when eight have, and their leader died, the next one holds the others', async () => {
    const { world, standby, refs, lowered } = await fleet();
    for (const ref of refs.slice(0, 8)) world.change(ref, fall(world.now));
    // Eight others are two minutes behind them.
    for (const ref of refs.slice(8, 16)) world.change(ref, fall(world.now + 2 * MINUTE));
    while ((await lowered(4)) < 8) await world.tick();
    await follow(world, standby);
    const end = standby.now + 4 * MINUTE;
    while (standby.now < end) {
      await standby.tick();
      expect(await lowered()).toBe(8);
    }
    await standby.pass(15 * MINUTE);
    expect(await lowered()).toBe(16);
  });

  it('when all want to, the next leader’s breaker is open as that of the one before was', async () => {
    const { world, standby, refs, lowered } = await fleet();
    for (const ref of refs) world.change(ref, fall(world.now));
    const held = async (one: World) =>
      (await one.tick()).get('shop/Deployment/web-39')!.reasons.at(-1) === 'fleet-breaker';
    while (!(await held(world)));
    const opened = world.now;
    const before = await lowered();
    await follow(world, standby);
    while (standby.now < opened + 5 * MINUTE - 15) {
      expect(await held(standby)).toBe(true);
      expect(await lowered()).toBe(before);
    }
  });
});

describe('a store that can not be used', () => {
  it('holds removals for ten minutes and no addition; it is said once', async () => {
    const words = new KeptWords();
    const { world, guards, web, settled } = await leader();
    const standby = await world.join({ guards, log: words.log });
    await world.pass(20 * MINUTE);
    guards.fault = 'READONLY';
    await follow(world, standby);
    standby.change(web, () => 50);
    await standby.pass(8 * MINUTE, async () => expect(await standby.replicas(web)).toBe(settled));
    expect(standby.engine.statuses[0]!.reasons).toContain('warming-up');
    standby.change(web, () => 200);
    await standby.pass(2 * MINUTE);
    expect(await standby.replicas(web)).toBeGreaterThanOrEqual(20);
    standby.change(web, () => 50);
    await standby.pass(10 * MINUTE);
    expect(await standby.replicas(web)).toBeLessThan(settled);
    expect(words.said.filter((message) => message.includes('guards'))).toHaveLength(1);
  });

  it('for a minute only delays what is known of it', async () => {
    const { world, guards, web, settled } = await leader();
    const standby = await world.join({ guards });
    await world.pass(10 * MINUTE);
    guards.fault = 'LOADING';
    await follow(world, standby);
    standby.change(web, () => 50);
    await standby.pass(3 * MINUTE);
    expect(await standby.replicas(web)).toBe(settled);
    guards.fault = undefined;
    await standby.pass(6 * MINUTE);
    expect(await standby.replicas(web)).toBeLessThan(settled);
  });

  it('that hangs while its leader lives holds removals, and keeps no addition waiting', async () => {
    const guards = new MemoryGuardStore();
    const world = new World({}, { guards, patience: () => pause(10) });
    const web = await world.add('web', STEADY);
    const other = await world.add('other', STEADY);
    await world.pass(20 * MINUTE);
    const before = await world.replicas(web);
    guards.write = () => new Promise(() => {});
    world.change(web, () => 50);
    world.change(other, () => 300);
    await world.pass(10 * MINUTE);
    expect(await world.replicas(web)).toBe(before);
    expect(await world.replicas(other)).toBeGreaterThanOrEqual(30);
  });

  it('that hangs when it is to be read keeps no addition waiting', async () => {
    const { world, web } = await leader();
    const guards = new MemoryGuardStore();
    const standby = await world.join({ guards, patience: (signal) => world.clock.sleep(2, signal) });
    await world.pass(10 * MINUTE);
    guards.read = () => new Promise(() => {});
    world.kill();
    standby.change(web, () => 300);
    await standby.pass(MINUTE);
    standby.leads = true;
    const leading = standby.engine.takeOver();
    await standby.clock.advance(3);
    await leading;
    expect(await standby.replicas(web)).toBeGreaterThanOrEqual(20);
  });

  it('that hangs as a process begins beside a leader has its first tick wait for two seconds, and none after it', async () => {
    const { world } = await leader();
    const guards = new MemoryGuardStore();
    guards.read = () => new Promise(() => {});
    const standby = await world.join({ guards, patience: (signal) => world.clock.sleep(2, signal) });
    const first = standby.engine.tick(world.now);
    await world.clock.advance(3);
    await first;
    await standby.pass(MINUTE);
    expect(standby.engine.statuses).toHaveLength(1);
  });

  it.each<[string, (guards: MemoryGuardStore) => Promise<void>]>([
    ['is damaged', (guards) => guards.write(new Map([[WEB, '{"uid":"web","expected":-5}']]), [])],
    [
      'has another time than the clock',
      async (guards) => {
        const text = (await guards.get('fleet'))!;
        await guards.write(
          new Map([['fleet', text.replace(/\d{6,}/, (seconds) => String(Number(seconds) + 3_600))]]),
          [],
        );
      },
    ],
    [
      'was rolled back to an hour ago',
      async (guards) => guards.rollBack(new Map([['fleet', '{"version":1,"seconds":1814400}']])),
    ],
  ])('where it %s, removals wait, and it is written anew', async (_, damage) => {
    const words = new KeptWords();
    const { world, guards, web, settled } = await leader();
    const standby = await world.join({ guards, log: words.log });
    await world.pass(60 * MINUTE);
    world.kill();
    await damage(guards);
    await standby.tick();
    await standby.lead();
    standby.change(web, () => 50);
    await standby.pass(9 * MINUTE, async () => expect(await standby.replicas(web)).toBe(settled));
    expect(words.said).toHaveLength(1);
    await standby.pass(5 * MINUTE);
    expect(await standby.replicas(web)).toBeLessThan(settled);
    const again = await standby.join({ guards });
    await standby.pass(2 * MINUTE);
    await follow(standby, again);
    expect(again.engine.get(WEB)!.memory.predecessor).toBe('known');
  });

  it('of a newer version is left as it is', async () => {
    const words = new KeptWords();
    const { world, guards, web, settled } = await leader();
    const standby = await world.join({ guards, log: words.log });
    await world.pass(10 * MINUTE);
    world.kill();
    guards.rollBack(
      new Map([
        ['fleet', '{"version":99}'],
        [WEB, 'of tomorrow'],
      ]),
    );
    await standby.tick();
    await standby.lead();
    standby.change(web, () => 50);
    await standby.pass(8 * MINUTE);
    expect(await standby.replicas(web)).toBe(settled);
    expect(Object.fromEntries(guards.snapshot())).toEqual({ fleet: '{"version":99}', [WEB]: 'of tomorrow' });
    expect(words.said).toEqual([expect.stringContaining('newer Prescale')]);
  });

  it('that is lost while its leader lives is filled again within a minute', async () => {
    const { world, guards } = await leader();
    const before = [...guards.snapshot().keys()];
    guards.lose();
    await world.pass(MINUTE + 15);
    expect([...guards.snapshot().keys()].sort()).toEqual(before.sort());
  });
});

describe('what is stored', () => {
  it('is written once a minute while nothing happens, and says under a kilobyte of each workload', async () => {
    const { world, guards } = await leader();
    for (let i = 0; i < 20; i++) await world.add(`other-${i}`, STEADY);
    await world.pass(30 * MINUTE);
    const before = guards.writes;
    await world.pass(HOUR);
    expect(guards.writes - before).toBeLessThanOrEqual(61);
    expect(guards.snapshot().size).toBe(22);
    for (const text of guards.snapshot().values()) expect(text.length).toBeLessThan(1_000);
  });

  it('is written by the leader alone', async () => {
    const { world, guards } = await leader();
    world.leads = false;
    const before = guards.snapshot();
    await world.pass(10 * MINUTE);
    expect(guards.snapshot()).toEqual(before);
  });

  it('goes with the workload that opts out, also where nobody led then, or the store could not be written', async () => {
    const { world, guards } = await leader();
    const refs = [];
    for (const name of ['a', 'b', 'c']) refs.push(await world.add(name, STEADY));
    await world.pass(5 * MINUTE);
    const [a, b, c] = refs as [WorkloadRef, WorkloadRef, WorkloadRef];
    const out = (one: World, ref: WorkloadRef) => one.engine.apply({ kind: 'out', ref, uid: ref.name });
    await out(world, a);
    await world.tick();
    const names = () => [...guards.snapshot().keys()].sort();
    expect(names()).toEqual(['fleet', 'shop/Deployment/b', 'shop/Deployment/c', WEB]);
    guards.fault = 'OOM';
    await out(world, b);
    await world.pass(2 * MINUTE);
    guards.fault = undefined;
    await world.pass(MINUTE);
    expect(names()).toEqual(['fleet', 'shop/Deployment/c', WEB]);
    const standby = await world.join({ guards });
    await out(standby, a);
    await out(standby, b);
    await out(standby, c);
    await world.pass(MINUTE);
    await follow(world, standby);
    await standby.pass(2 * MINUTE);
    expect(names()).toEqual(['fleet', WEB]);
  });

  it('of an object is not that of another one under the same name', async () => {
    const { world, guards, web } = await leader();
    await setReplicas(world, web, 30);
    await world.pass(MINUTE);
    expect(world.engine.get(WEB)!.memory.external.respected).toBeDefined();
    const standby = await world.join({ guards });
    await standby.engine.apply({ kind: 'out', ref: web, uid: 'web' });
    await standby.engine.apply({ kind: 'in', ref: web, uid: 'another', policy: world.policyOf(web) });
    await follow(world, standby);
    await standby.pass(MINUTE);
    const { memory } = standby.engine.get(WEB)!;
    expect(memory.external.respected).toBeUndefined();
    expect(memory.predecessor).toBe('none');
  });
});

it('a workload that is opted in under our eyes waits for nothing that only a new process must', async () => {
  const { world } = await leader();
  const ref = await world.add('new', { replicas: 30, loads: [() => 50], days: 1 });
  await world.pass(6 * MINUTE);
  expect(await world.replicas(ref)).toBeLessThan(15);
});
