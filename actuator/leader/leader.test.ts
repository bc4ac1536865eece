/* Over 350 lines: one world of contenders with clocks of their own, and what may happen to them. */
import { describe, expect, it } from 'vitest';
import type { Sleep } from '../../core/clock.ts';
import { ApiError, type KubernetesApi } from '../../kubernetes/api.ts';
import { type Intercepted, type MemoryKubernetesApi, memoryKubernetes } from '../../kubernetes/fake/memory-api.ts';
import { VirtualClock } from '../../kubernetes/fake/virtual-clock.ts';
import { type LeaderOptions, type Leadership, leaderElection } from './leader.ts';

const LEASE = '/apis/coordination.k8s.io/v1/namespaces/default/leases/prescale';
const EPOCH = 1_800_000_000;
const down: Intercepted = { error: new ApiError('down', 0, 'ConnectionRefused') };

/** One process of the addon: can be frozen (nothing of it runs, time goes on) and has a wall clock of its own. */
class Contender {
  readonly told: string[] = [];
  readonly stop = new AbortController();
  readonly leadership: Leadership;
  private resume: (() => void) | undefined;
  private thawed: Promise<void> = Promise.resolve();

  constructor(world: World, identity: string, change: Partial<LeaderOptions> & { readonly skewSeconds?: number } = {}) {
    const { skewSeconds = 0, ...options } = change;
    this.leadership = leaderElection({
      api: this.api(world.api),
      namespace: 'default',
      name: 'prescale',
      identity,
      monotonicNow: world.clock.nowSeconds,
      wallNow: () => EPOCH + world.clock.nowSeconds() + skewSeconds,
      sleep: this.sleep(world.clock.sleep),
      random: () => 1,
      onStarted: () => this.told.push('started'),
      onStopped: () => void this.told.push('stopped'),
      onLost: (why) => this.told.push(`lost: ${why}`),
      onError: () => this.told.push('error'),
      signal: this.stop.signal,
      ...options,
    });
    world.contenders.push(this);
  }

  get frozen(): boolean {
    return this.resume !== undefined;
  }

  freeze(): void {
    this.thawed = new Promise((resolve) => {
      this.resume = resolve;
    });
  }

  thaw(): void {
    this.resume?.();
    this.resume = undefined;
  }

  get leads(): boolean {
    return !this.frozen && this.leadership.isLeader();
  }

  private sleep(sleep: Sleep): Sleep {
    return async (seconds, signal) => {
      await sleep(seconds, signal);
      await this.thawed;
    };
  }

  private api(api: MemoryKubernetesApi): KubernetesApi {
    const awake = async <T>(request: Promise<T>): Promise<T> => {
      const settled = await request.then(
        (value) => () => value,
        (error: unknown) => () => {
          throw error;
        },
      );
      await this.thawed;
      return settled();
    };
    return {
      server: api.server,
      close: async () => {},
      watch: async () => {},
      delete: async () => {},
      get: (path) => awake(api.get(path)),
      post: (path, body) => awake(api.post(path, body)),
      put: (path, body) => awake(api.put(path, body)),
      patch: (path, type, body) => awake(api.patch(path, type, body)),
    };
  }
}

class World {
  readonly clock = new VirtualClock();
  readonly api = memoryKubernetes({ sleep: this.clock.sleep });
  readonly contenders: Contender[] = [];

  /** Lets time pass in tenths of a second; never do two lead. @returns when `until` became true */
  async pass(seconds: number, until: () => boolean = () => false): Promise<number> {
    const end = this.clock.nowSeconds() + seconds;
    while (this.clock.nowSeconds() < end - 1e-9 && !until()) {
      await this.clock.advance(0.1);
      expect(this.contenders.filter(({ leads }) => leads).length).toBeLessThanOrEqual(1);
    }
    return this.clock.nowSeconds();
  }

  lease(): Promise<{ spec: Record<string, unknown> }> {
    return this.api.get(LEASE);
  }
}

describe('two addons of which one leads', () => {
  it('the first makes the lease and keeps it; the second waits, and knows who leads', async () => {
    const world = new World();
    const a = new Contender(world, 'a');
    await world.pass(1);
    const b = new Contender(world, 'b');
    await world.pass(300);
    expect([a.leads, a.told, b.leads, b.told, b.leadership.holder]).toEqual([true, ['started'], false, [], 'a']);
    const { spec } = await world.lease();
    expect(spec).toMatchObject({ holderIdentity: 'a', leaseDurationSeconds: 15, leaseTransitions: 0 });
    expect(spec.renewTime).toMatch(/^2027-01-15T08:0\d:\d\d\.\d{6}Z$/);
  });

  it('takes a lease that was made empty, by a chart, at once', async () => {
    const world = new World();
    world.api.seed(LEASE.slice(0, LEASE.lastIndexOf('/')), {
      metadata: { name: 'prescale', labels: { a: 'b' } },
      spec: {},
    });
    const a = new Contender(world, 'a');
    await world.pass(1);
    expect(a.leads).toBe(true);
    expect(world.api.requests.create).toBe(0);
    expect(await world.lease()).toMatchObject({ metadata: { labels: { a: 'b' } }, spec: { holderIdentity: 'a' } });
  });

  it('of two that start in the same instant one leads', async () => {
    const world = new World();
    const both = [new Contender(world, 'a'), new Contender(world, 'b')];
    await world.pass(60);
    expect(both.filter(({ leads }) => leads)).toHaveLength(1);
    expect(both.flatMap(({ told }) => told)).toEqual(['started']);
  });

  it('killed: the other leads within 20 s, whatever their clocks say', async () => {
    for (const skewSeconds of [-60, 0, 60]) {
      const world = new World();
      const a = new Contender(world, 'a');
      await world.pass(5);
      const b = new Contender(world, 'b', { skewSeconds });
      await world.pass(30);
      expect(b.leads).toBe(false);
      a.freeze();
      const killed = world.clock.nowSeconds();
      expect((await world.pass(30, () => b.leads)) - killed).toBeLessThanOrEqual(20);
      expect((await world.lease()).spec).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 });
    }
  });

  it('frozen past its lease and thawed: it knows at once, writes nothing, and is told to end', async () => {
    const world = new World();
    const [a, b] = [new Contender(world, 'a'), new Contender(world, 'b')];
    await world.pass(10);
    a.freeze();
    await world.pass(60);
    expect(b.leads).toBe(true);
    const updates = world.api.requests.update;
    a.thaw();
    // Asked before anything of it has run: no write could slip through.
    expect(a.leadership.isLeader()).toBe(false);
    await world.clock.advance(0);
    await a.leadership.done;
    expect(world.api.requests.update - updates).toBe(0);
    expect(a.told).toEqual(['started', 'lost: the lease default/prescale is lost: it was not renewed for 10 s']);
    await world.pass(60);
    expect(b.told).toEqual(['started']);
  });

  it('frozen in the middle of a renewal: the answer comes too late to lead by it', async () => {
    const world = new World();
    const [a, b] = [new Contender(world, 'a'), new Contender(world, 'b')];
    await world.pass(10);
    world.api.intercept = ({ verb }) => (verb === 'update' ? { delaySeconds: 0.5 } : undefined);
    const renewals = world.api.requests.update;
    await world.pass(10, () => world.api.requests.update > renewals);
    a.freeze();
    await world.pass(60);
    a.thaw();
    expect([a.leadership.isLeader(), b.leads]).toEqual([false, true]);
    await world.pass(5);
    expect(a.told.at(-1)).toMatch(/^lost/);
  });

  it('a suspended machine, whose monotonic clock stood still, leads no more', async () => {
    let asleep = 0;
    const world = new World();
    const wallNow = () => EPOCH + world.clock.nowSeconds() + asleep;
    const a = new Contender(world, 'a', { wallNow });
    await world.pass(10);
    expect(a.leads).toBe(true);
    asleep = 3600;
    expect(a.leads).toBe(false);
    await world.pass(3);
    expect(a.told.at(-1)).toMatch(/^lost/);
  });

  it('stopped: finishes its work, gives the lease back, and the other leads within 3 s', async () => {
    const world = new World();
    const onStopped = async () => {
      a.told.push(`stopping, leads: ${a.leads}`);
      await world.clock.sleep(1);
    };
    const a: Contender = new Contender(world, 'a', { onStopped });
    const b = new Contender(world, 'b');
    await world.pass(10);
    a.stop.abort();
    const stopped = world.clock.nowSeconds();
    expect((await world.pass(20, () => b.leads)) - stopped).toBeLessThanOrEqual(1 + 1 + 2.1);
    expect([a.told, a.leads]).toEqual([['started', 'stopping, leads: true'], false]);
    await a.leadership.done;
    b.stop.abort();
    await world.pass(1);
    expect((await world.lease()).spec).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1 });
  });

  it('a follower that is stopped leaves the lease alone', async () => {
    const world = new World();
    const [a, b] = [new Contender(world, 'a'), new Contender(world, 'b')];
    await world.pass(10);
    b.stop.abort();
    await world.pass(60);
    expect([b.told, a.leads]).toEqual([[], true]);
  });
});

describe('an API server that fails', () => {
  it('8 s of refusals cost no leadership, and no takeover follows', async () => {
    for (const since of [0.1, 0.4, 0.7, 1, 1.3, 1.5]) {
      const world = new World();
      const [a, b] = [new Contender(world, 'a'), new Contender(world, 'b')];
      const renewals = 7;
      await world.pass(20, () => world.api.requests.update === renewals);
      await world.pass(since, () => world.api.requests.update > renewals);
      world.api.intercept = () => down;
      await world.pass(8);
      world.api.intercept = undefined;
      await world.pass(60);
      expect([a.leads, b.leads, a.told.filter((told) => told !== 'error')]).toEqual([true, false, ['started']]);
    }
  });

  it('7 s of silence, each request hanging for 15 s, cost none either', async () => {
    const world = new World();
    const [a, b] = [new Contender(world, 'a'), new Contender(world, 'b')];
    await world.pass(10);
    const end = world.clock.nowSeconds() + 7;
    world.api.intercept = () => (world.clock.nowSeconds() < end ? { delaySeconds: 15, ...down } : undefined);
    await world.pass(60);
    expect([a.leads, b.leads]).toEqual([true, false]);
  });

  it('down for longer: nobody leads, the old leader ends before another can follow, and one leads when it is back', async () => {
    const world = new World();
    const [a, b] = [new Contender(world, 'a'), new Contender(world, 'b')];
    await world.pass(10);
    world.api.intercept = () => down;
    await world.pass(10);
    expect(a.leads).toBe(false);
    await world.pass(50);
    expect(a.told.at(-1)).toMatch(/^lost/);
    world.api.intercept = undefined;
    // It may not have seen the last renewal before the outage, so it waits the whole lease again.
    await world.pass(20, () => b.leads);
    expect(b.leads).toBe(true);
  });

  it('an answer that got lost is no lost lease', async () => {
    const world = new World();
    const [a] = [new Contender(world, 'a'), new Contender(world, 'b')];
    await world.pass(10);
    let lost = 0;
    world.api.intercept = ({ verb }) => (verb === 'update' && lost++ < 2 ? { ...down, afterwards: true } : undefined);
    await world.pass(60);
    expect([a.leads, a.told]).toEqual([true, ['started', 'error']]);
  });

  it('somebody else writes the lease by hand: the leader sees it at its next renewal', async () => {
    const world = new World();
    const a = new Contender(world, 'a');
    await world.pass(10);
    await world.api.patch(LEASE, 'merge', { spec: { holderIdentity: 'c' } });
    await world.pass(3);
    expect(a.told.at(-1)).toBe('lost: the lease default/prescale is lost: c holds it');
  });
});

describe('a Lease that is not there', () => {
  const forbidden = (verb: string) =>
    new ApiError(`${verb} memory: 403 Forbidden: leases.coordination.k8s.io is forbidden`, 403, 'Forbidden');

  it('is made by the first, who acts two seconds later: a chart need not ship it', async () => {
    const world = new World();
    const both = [new Contender(world, 'a'), new Contender(world, 'b')];
    expect(await world.pass(10, () => both.some(({ leads }) => leads))).toBeLessThanOrEqual(2.1);
    await world.pass(60);
    expect(both.flatMap(({ told }) => told)).toEqual(['started']);
    expect((await world.lease()).spec).toMatchObject({ leaseTransitions: 0 });
  });

  it('as it was deleted under its leader: it is made again, and the same one goes on leading', async () => {
    const world = new World();
    const [a, b] = [new Contender(world, 'a'), new Contender(world, 'b')];
    await world.pass(10);
    await world.api.delete(LEASE);
    await world.pass(3);
    const c = new Contender(world, 'c');
    await world.pass(60);
    expect([a.leads, a.told, b.told, c.told]).toEqual([true, ['started'], [], []]);
    expect((await world.lease()).spec).toMatchObject({ holderIdentity: 'a' });
  });

  it('deleted while its leader is frozen: who saw it waits until that lease is over, and no two lead', async () => {
    const world = new World();
    const [a, b] = [new Contender(world, 'a'), new Contender(world, 'b')];
    await world.pass(10);
    a.freeze();
    const frozen = world.clock.nowSeconds();
    await world.api.delete(LEASE);
    await world.pass(5);
    a.thaw();
    await world.pass(0.2);
    a.freeze();
    expect((await world.pass(40, () => b.leads)) - frozen).toBeGreaterThan(10);
    a.thaw();
    await world.pass(5);
    expect([a.told.at(-1), b.leads]).toEqual([expect.stringMatching(/^lost/), true]);
  });

  it('deleted in an upgrade just as a new pod begins, which never saw who leads: no two lead, whenever it comes', async () => {
    for (const later of [0, 0.3, 0.6, 0.9, 1.2, 1.5]) {
      const world = new World();
      const old = new Contender(world, 'old');
      await world.pass(10);
      await world.pass(later);
      await world.api.delete(LEASE);
      const fresh = new Contender(world, 'fresh');
      await world.pass(60);
      expect([old.leads, fresh.leads].filter(Boolean)).toHaveLength(1);
    }
  });

  it('and may not be made: it is said where, by whose words, and what would be right', async () => {
    const world = new World();
    const errors: string[] = [];
    const a = new Contender(world, 'a', { onError: ({ message }) => errors.push(message) });
    world.api.intercept = ({ verb }) => (verb === 'create' ? { error: forbidden('POST') } : undefined);
    await world.pass(10);
    expect(a.leads).toBe(false);
    expect(new Set(errors)).toEqual(
      new Set([
        'the Lease default/prescale does not exist and could not be created: POST memory: 403 Forbidden: ' +
          'leases.coordination.k8s.io is forbidden; expected create on leases.coordination.k8s.io in default, ' +
          'or a Lease prescale that somebody else created there',
      ]),
    );
  });

  it('nor its namespace: that is said', async () => {
    const world = new World();
    const errors: string[] = [];
    new Contender(world, 'a', { namespace: 'gone', onError: ({ message }) => errors.push(message) });
    await world.pass(1);
    expect(errors[0]).toMatch(/namespaces "gone" not found; expected a namespace gone \(leaderElection\.namespace\)$/);
  });
});

it('refuses durations that could not hold', () => {
  expect(() => new Contender(new World(), 'a', { renewDeadlineSeconds: 20 })).toThrow(RangeError);
});

describe('a leader that is cut off from its store, while the API server answers', () => {
  const CUT = 'Redis (redis:6379): the connection is closed';

  /** Contenders whose way to the store can be cut. */
  function cutWorld(names: readonly string[]) {
    const world = new World();
    const cut = new Set<string>();
    const contenders = names.map((name) => {
      const one: Contender = new Contender(world, name, {
        random: () => 0.5,
        unfit: () => (cut.has(name) ? CUT : undefined),
        onHandOver: async (why) => {
          one.told.push(`handed over: ${why}`);
          // The last write is under way.
          await world.clock.sleep(2);
          one.told.push('written');
        },
      });
      return one;
    });
    return { world, cut, contenders };
  }

  it('hands over to a standby that is not, within 16 s, and takes the lease no more until it is back', async () => {
    const { world, cut, contenders } = cutWorld(['a', 'b']);
    const [a, b] = contenders as [Contender, Contender];
    await world.pass(30);
    expect(a.leads).toBe(true);
    cut.add('a');
    const began = world.clock.nowSeconds();
    expect((await world.pass(30, () => b.leads)) - began).toBeLessThanOrEqual(16);
    // It is given back only when the last write is through.
    expect(a.told).toEqual(['started', `handed over: ${CUT}`, 'written']);
    await world.pass(600);
    expect([a.leads, b.leads, b.told]).toEqual([false, true, ['started']]);
    // Back again it leads in its turn, in the same process.
    cut.delete('a');
    b.stop.abort();
    await world.pass(10, () => a.leads);
    expect(a.told).toEqual(['started', `handed over: ${CUT}`, 'written', 'started']);
  });

  it('stays the leader where the cut lasts less than ten seconds', async () => {
    const { world, cut, contenders } = cutWorld(['a', 'b']);
    await world.pass(30);
    for (let times = 0; times < 5; times++) {
      cut.add('a');
      await world.pass(8);
      cut.delete('a');
      await world.pass(5);
    }
    expect(contenders.map(({ told }) => told)).toEqual([['started'], []]);
  });

  it('takes it again where nobody is better off, and keeps it: somebody has to hold and to say why', async () => {
    const { world, cut, contenders } = cutWorld(['a', 'b']);
    const [a, b] = contenders as [Contender, Contender];
    await world.pass(30);
    cut.add('a').add('b');
    await world.pass(15, () => !a.leads);
    const handed = world.clock.nowSeconds();
    const leads = () => a.leads || b.leads;
    expect((await world.pass(60, leads)) - handed).toBeLessThanOrEqual(20);
    // Not to and fro.
    const told = () => [...a.told, ...b.told].filter((one) => one === 'started').length;
    expect(told()).toBe(2);
    await world.pass(240);
    expect([leads(), told()]).toEqual([true, 2]);
    // As soon as one is back, it has its chance: at the latest when the other hands over again.
    cut.delete('b');
    await world.pass(330, () => b.leads);
    expect(b.leads).toBe(true);
  });

  it('one that is cut off at its start leads only where nobody else does', async () => {
    const { world, cut, contenders } = cutWorld(['a', 'b']);
    const [a, b] = contenders as [Contender, Contender];
    cut.add('a');
    await world.pass(60);
    expect([a.leads, b.leads]).toEqual([false, true]);
    const alone = cutWorld(['c']);
    alone.cut.add('c');
    expect(await alone.world.pass(60, () => alone.contenders[0]!.leads)).toBeLessThanOrEqual(20);
  });
});
