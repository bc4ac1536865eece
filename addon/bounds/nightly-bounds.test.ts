import { describe, expect, it } from 'vitest';
import { MemoryWorkloadTexts } from '../../storage/workload-texts.ts';
import { SILENT } from '../../telemetry/log/log.ts';
import { type BoundRow, type ClusterBounds, decodeBounds, encodeBounds } from './cluster-bounds.ts';
import { NightlyBounds } from './nightly-bounds.ts';

const HOUR = 3_600;
/** 2026-03-02T12:00:00Z */
const NOON = Date.UTC(2026, 2, 2, 12) / 1000;

function row(i: number): BoundRow {
  return {
    ...{ key: `shop/Deployment/web-${i}`, apiVersion: 'apps/v1', optedIn: false, baseline: 'fixed', label: '4 pods' },
    ...{ hours: 168, podHours: 672, leastPodHours: 300, servedShare: 0.999, startsPerDay: 0, notes: [] },
  };
}

function made(madeSeconds: number, rows = 100): ClusterBounds {
  return {
    ...{ madeSeconds, prometheus: 'http://prometheus', fromSeconds: 0, toSeconds: madeSeconds, queries: 3 },
    ...{ startupSeconds: 60, unlisted: ['all statefulsets: forbidden'] },
    rows: Array.from({ length: rows }, (_, i) => row(i)),
    unknown: [{ key: 'shop/Deployment/idle', why: 'no data', fault: false }],
  };
}

function world(store = new MemoryWorkloadTexts()) {
  const me = { now: NOON, leads: true, reads: 0, fault: undefined as string | undefined, rows: 100, onRead: () => {} };
  const nightly = new NightlyBounds({
    store,
    read: async () => {
      me.reads++;
      me.onRead();
      if (me.fault !== undefined) throw new Error(me.fault);
      return made(me.now, me.rows);
    },
    isLeader: () => me.leads,
    shared: true,
    epochSeconds: () => me.now,
    log: SILENT,
  });
  const lookFor = async (hours: number) => {
    for (let i = 0; i < hours * 60; i++, me.now += 60) await nightly.look();
  };
  return { me, nightly, store, lookFor };
}

describe('what could be saved at most, night by night', () => {
  it('is read after the start and once a night, and outlives the process', async () => {
    const { me, nightly, store, lookFor } = world();
    expect(nightly.bounds).toMatchObject({ why: expect.stringContaining('each night from 3:00 UTC on') });
    await lookFor(1);
    expect(me.reads).toBe(1);
    expect(nightly.bounds).toEqual({ ...made(NOON), failed: null });
    await lookFor(14);
    expect(me.reads).toBe(1);
    await lookFor(2);
    expect(me.reads).toBe(2);

    const next = world(store);
    next.me.now = me.now;
    await next.nightly.look();
    expect(next.me.reads).toBe(0);
    expect(next.nightly.bounds).toEqual(nightly.bounds);
  });

  it('is the leader’s: the others ask nobody, and show what it stored', async () => {
    const leader = world();
    await leader.lookFor(1);
    const other = world(leader.store);
    other.me.leads = false;
    await other.lookFor(1);
    expect(other.me.reads).toBe(0);
    expect(other.nightly.bounds).toEqual(leader.nightly.bounds);
  });

  it('is not stored by one that leads no more, nor called a failure once another one made it', async () => {
    const { me, nightly, store, lookFor } = world();
    me.fault = 'Prometheus is away';
    await nightly.look();
    me.leads = false;
    me.now += HOUR;
    const next = world(store);
    next.me.now = me.now;
    await next.nightly.look();
    await lookFor(1);
    expect(nightly.bounds).toEqual({ ...made(NOON + HOUR), failed: null });
    expect(me.reads).toBe(1);

    const slow = world();
    slow.me.onRead = () => {
      slow.me.leads = false;
    };
    await slow.nightly.look();
    expect([slow.me.reads, await slow.store.keys()]).toEqual([1, []]);
  });

  it('says why it failed, is asked for again each hour, and keeps what is known', async () => {
    const { me, nightly, lookFor } = world();
    me.fault = 'no Prometheus: none was found';
    await lookFor(3);
    expect(me.reads).toBe(3);
    expect(nightly.bounds).toEqual({ why: 'no Prometheus: none was found' });
    me.fault = undefined;
    await lookFor(1);
    const known = nightly.bounds;
    expect(known).toMatchObject({ failed: null, rows: { length: 100 } });
    me.fault = 'Prometheus is away';
    await lookFor(14);
    expect(nightly.bounds).toEqual({ ...known, failed: 'Prometheus is away' });
  });

  it('is stored as soon as the store takes it, and not read anew for that', async () => {
    const { me, nightly, store, lookFor } = world();
    const write = store.write.bind(store);
    store.write = async () => {
      throw new Error('Redis is away');
    };
    await expect(nightly.look()).rejects.toThrow('Redis is away');
    await expect(nightly.look()).rejects.toThrow('Redis is away');
    expect(await store.keys()).toEqual([]);
    store.write = write;
    await lookFor(1);
    expect(me.reads).toBe(1);
    expect(decodeBounds(await store.get(await store.keys()), me.now)).toEqual(made(NOON));
  });

  it('leaves no text of a larger fleet behind', async () => {
    const { me, store, lookFor } = world();
    await lookFor(1);
    expect(await store.keys()).toHaveLength(4);
    me.rows = 1;
    await lookFor(24);
    expect(await store.keys()).toHaveLength(2);
  });
});

describe('as it is stored', () => {
  it('comes back as it was, in texts under 20 kB', () => {
    const bounds = made(NOON, 95);
    const texts = encodeBounds(bounds);
    expect(decodeBounds(texts, NOON)).toEqual(bounds);
    for (const text of texts.values()) expect(text.length).toBeLessThan(20_000);
    expect(decodeBounds(encodeBounds(made(NOON, 0)), NOON)).toEqual(made(NOON, 0));
    expect(decodeBounds(new Map(), NOON)).toBeUndefined();
    // A rejected list for each kind in each of many namespaces, and a server that says much.
    const unlisted = Array.from({ length: 200 }, (_, i) => `statefulsets of team-${i}: ${'forbidden '.repeat(300)}`);
    const refused = { ...bounds, unlisted };
    expect(decodeBounds(encodeBounds(refused), NOON)).toEqual(refused);
  });

  it.each([
    ['no JSON', (texts: Map<string, string>) => texts.set('summary', '{'), /it is no JSON/],
    ['another version', (texts: Map<string, string>) => texts.set('summary', '{"v":9}'), /not of version 1/],
    ['a part that is lost', (texts: Map<string, string>) => texts.delete('part-1'), /it is no JSON/],
    [
      'a part of another night',
      (texts: Map<string, string>) => texts.set('part-0', encodeBounds(made(NOON - 86_400)).get('part-0')!),
      /its parts are of different nights/,
    ],
    [
      'a number that can not be',
      (texts: Map<string, string>) => texts.set('part-0', texts.get('part-0')!.replace('672', '-672')),
      /not of version 1/,
    ],
  ])('%s is damage, and read again', async (_, harm, why) => {
    const texts = encodeBounds(made(NOON));
    harm(texts);
    expect(decodeBounds(texts, NOON)).toEqual({ damage: expect.stringMatching(why) });
    const store = new MemoryWorkloadTexts();
    await store.write(texts, []);
    const { me, nightly } = world(store);
    await nightly.look();
    expect(me.reads).toBe(1);
  });

  it('of the future is damage', () => {
    expect(decodeBounds(encodeBounds(made(NOON + 10 * HOUR)), NOON)).toMatchObject({ damage: expect.any(String) });
  });
});
