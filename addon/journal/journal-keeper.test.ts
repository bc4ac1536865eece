import { describe, expect, it } from 'vitest';
import type { ReplicaStatus, WorkloadStatus } from '../../core/workload-status.ts';
import { MemoryWorkloadTexts } from '../../storage/workload-texts.ts';
import { type Log, SILENT } from '../../telemetry/log/log.ts';
import { World } from '../../test/engine-world.ts';
import { exampleStatus } from '../../test/example-status.ts';
import { JournalKeeper, type OwnChange } from './journal-keeper.ts';

const WEB = 'shop/Deployment/web';
const MINUTE = 60;
const START = 1_790_000_000;

function status(current: number, over: Partial<ReplicaStatus> = {}): WorkloadStatus {
  const one = exampleStatus();
  return { ...one, replicas: { ...one.replicas, current, ...over } };
}

/** One replica of the addon, and the store that outlives it. */
function replica(store = new MemoryWorkloadTexts(), { leads = true, shared = true } = {}) {
  const said: string[] = [];
  const log: Log = { ...SILENT, warn: (message) => said.push(message), info: (message) => said.push(message) };
  const me = { leads, now: START };
  const keeper = new JournalKeeper({
    store,
    shared,
    log,
    isLeader: () => me.leads,
    settled: () => true,
    epochSeconds: () => me.now,
  });
  const tick = (...statuses: WorkloadStatus[]) => {
    me.now += 15;
    keeper.record(statuses, me.now);
  };
  const wrote = (from: number, to: number, over: Partial<OwnChange> = {}) =>
    keeper.wrote({
      key: WEB,
      field: 'replicas',
      from,
      to,
      reason: 'forecast',
      why: '840 req/s expected',
      atSeconds: me.now,
      ...over,
    });
  const changes = async () =>
    ((await keeper.read(WEB))?.entries ?? []).map(({ from, to, by }) => `${from} → ${to} ${by}`);
  return { store, keeper, me, tick, wrote, changes, said };
}

describe('the journal of a workload', () => {
  it('has what Prescale wrote and what others did, in one chain, at once and after a restart', async () => {
    const one = replica();
    one.tick(status(6));
    one.wrote(6, 9);
    one.tick(status(9));
    one.tick(status(4));
    one.wrote(4, 9);
    const chain = ['6 → 9 prescale', '9 → 4 external', '4 → 9 prescale'];
    expect(await one.changes()).toEqual(chain);
    await one.keeper.flush();
    const next = replica(one.store);
    next.tick(status(9));
    await next.keeper.flush();
    expect(await next.changes()).toEqual(chain);
  });

  it('says of what changed while nobody watched that nobody knows who did it', async () => {
    const one = replica();
    one.tick(status(6));
    await one.keeper.flush();
    const next = replica(one.store);
    next.tick(status(8));
    expect(await next.changes()).toEqual(['6 → 8 unknown']);
  });

  it('takes a status that was made beside a write for what it is', async () => {
    const one = replica();
    one.tick(status(6));
    one.wrote(6, 9);
    one.tick(status(6));
    one.tick(status(9));
    expect(await one.changes()).toEqual(['6 → 9 prescale']);
  });

  it('knows another writer between a decision and its write', async () => {
    const one = replica();
    one.tick(status(6));
    one.wrote(7, 9);
    expect(await one.changes()).toEqual(['6 → 7 external', '7 → 9 prescale']);
  });

  it('of an HPA has its floor, and whose number is put back', async () => {
    const one = replica();
    one.tick(status(3, { ofHpa: true }));
    one.wrote(3, 7, { field: 'minReplicas' });
    one.tick(status(7, { ofHpa: true }));
    one.keeper.putsBack(WEB);
    one.tick(status(3, { ofHpa: true }));
    // Its HPA is gone: the replicas are no change of the floor.
    one.tick(status(12));
    one.tick(status(11));
    expect(await one.changes()).toEqual(['3 → 7 prescale', '7 → 3 prescale', '12 → 11 external']);
  });

  it('is written by the leader alone where replicas share a store, and goes on with the next one', async () => {
    const one = replica();
    const other = replica(one.store, { leads: false });
    one.tick(status(6));
    other.tick(status(6));
    one.wrote(6, 9);
    one.tick(status(9));
    other.tick(status(9));
    await Promise.all([one.keeper.flush(), other.keeper.flush()]);
    expect(await other.changes()).toEqual(['6 → 9 prescale']);
    one.me.leads = false;
    other.me.leads = true;
    one.tick(status(9));
    other.tick(status(9));
    other.wrote(9, 8);
    other.tick(status(8));
    one.tick(status(8));
    await Promise.all([one.keeper.flush(), other.keeper.flush()]);
    expect(await one.changes()).toEqual(['6 → 9 prescale', '9 → 8 prescale']);
  });

  it('where each replica has files of its own, a standby keeps what it saw', async () => {
    const one = replica(undefined, { leads: false, shared: false });
    one.tick(status(6));
    one.tick(status(9));
    expect(await one.changes()).toEqual(['6 → 9 unknown']);
  });

  it('loses nothing while the store is away, and says so once', async () => {
    const one = replica();
    one.tick(status(6));
    await one.keeper.flush();
    one.store.fault = 'READONLY';
    for (const to of [7, 8, 9]) {
      one.wrote(to - 1, to);
      one.tick(status(to));
      await one.keeper.flush();
    }
    one.store.fault = undefined;
    await one.keeper.flush();
    expect(await replica(one.store).changes()).toEqual(['6 → 7 prescale', '7 → 8 prescale', '8 → 9 prescale']);
    expect(one.said).toEqual([expect.stringContaining('could not be stored'), 'journals are stored again']);
  });

  it('begins anew where it is damaged or of a newer version, and says so once for all', async () => {
    const one = replica();
    const others = ['api', 'web'].map((name) => ({ ...status(6), ref: { ...status(6).ref, name } }));
    await one.store.write(
      new Map([
        [WEB, '{"v":2}'],
        ['shop/Deployment/api', 'no journal'],
      ]),
      [],
    );
    one.tick(...others);
    one.wrote(6, 9);
    await one.keeper.flush();
    expect(await one.changes()).toEqual(['6 → 9 prescale']);
    expect(one.said).toEqual([expect.stringContaining('can not be understood')]);
  });

  it('goes with its workload, also one that left while nobody watched', async () => {
    const one = replica();
    await one.store.write(new Map([['shop/Deployment/left', '{}']]), []);
    const api = { ...status(2), ref: { ...status(2).ref, name: 'api' } };
    one.tick(status(6), api);
    await one.keeper.flush();
    expect((await one.store.keys()).sort()).toEqual(['shop/Deployment/api', WEB]);
    one.tick(api);
    await one.keeper.flush();
    expect(await one.store.keys()).toEqual(['shop/Deployment/api']);
  });
});

it('an engine that scales is followed change by change, and so is whoever else scales', async () => {
  const store = new MemoryWorkloadTexts();
  const clock = { now: () => START };
  const keeper = new JournalKeeper({
    store,
    shared: true,
    log: SILENT,
    isLeader: () => true,
    settled: () => true,
    epochSeconds: () => clock.now(),
  });
  const world = new World({}, { journal: keeper });
  clock.now = () => world.now;
  const web = await world.add('web', { replicas: 12, loads: [() => 100] });
  const stood: number[] = [];
  const pass = async (minutes: number) => {
    const end = world.now + minutes * MINUTE;
    while (world.now < end) {
      await world.tick();
      keeper.record(world.engine.statuses, world.now);
      stood.push(await world.replicas(web));
    }
  };
  await pass(20);
  world.change(web, () => 180);
  await pass(10);
  await world.cluster.api.patch(`${world.cluster.path(web)}/scale`, 'merge', { spec: { replicas: 40 } });
  await world.engine.reroute(web);
  await pass(5);
  await keeper.flush();
  const journal = await keeper.read(WEB);
  const { entries } = journal!;
  expect(entries.length).toBeGreaterThan(2);
  expect(entries.filter(({ by }) => by === 'external')).toMatchObject([{ to: 40 }]);
  expect(entries.filter(({ by }) => by === 'prescale').every(({ why, reason }) => why !== '' && reason)).toBe(true);
  // It is one chain, which ends where the cluster stands.
  let before = journal!.replicas;
  for (const { from, to } of entries) {
    expect(from).toBe(before);
    before = to;
  }
  expect(before).toBe(stood.at(-1));
});
