import { expect, it } from 'vitest';
import { HOUR_SECONDS } from '../../core/series.ts';
import type { Baseline, NoBaseline } from '../../core/workload-status.ts';
import { MemoryHistoryStore } from '../../storage/history-store.ts';
import { MemoryWorkloadTexts } from '../../storage/workload-texts.ts';
import { type Log, SILENT } from '../../telemetry/log/log.ts';
import { compareWithHpa } from './compare.ts';
import { LedgerKeeper } from './ledger-keeper.ts';
import { withHour } from './ledger-text.ts';
import {
  type BaselineWorkload,
  NightlyBaselines,
  type NightlyBaselinesParts,
  NOT_MADE_YET,
} from './nightly-baselines.ts';

const WEB = 'shop/Deployment/web';
/** A Thursday, 01:50 UTC. */
const NIGHT = Date.UTC(2026, 2, 5, 1, 50) / 1000;
const REF = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' };
const workload: BaselineWorkload = {
  key: WEB,
  ref: REF,
  metrics: [
    {
      id: `${WEB}#0`,
      name: 'cpu',
      metric: { kind: 'resource', resource: 'cpu' },
      podCapacity: 0.35,
      request: 0.5,
    },
  ],
  bounds: { min: 1, max: 40 },
  idle: undefined,
};

/** Two days of 2.4 cores (6.9 pods' worth), on which eight ran. */
async function world(over: Partial<NightlyBaselinesParts> = {}, of: Partial<BaselineWorkload> = {}) {
  const history = new MemoryHistoryStore(8);
  const ledgers = new MemoryWorkloadTexts();
  const store = new MemoryWorkloadTexts();
  const first = Math.floor(NIGHT / HOUR_SECONDS) - 48;
  for (let minute = 0; minute < 48 * 60; minute++)
    await history.append(`${WEB}#0`, first * HOUR_SECONDS + minute * 60, 2.4);
  const hour = { ticks: 240, podTicks: 1_920, asked: 1_680, unmet: 0, starts: 1, podCapacity: 0.35 };
  let hours: Parameters<typeof withHour>[0] = [];
  for (let i = 0; i < 47; i++) hours = [...hours, { hour: first + i, ...hour }];
  await ledgers.write(new Map([[WEB, withHour(hours.slice(0, -1), hours.at(-1)!)]]), []);
  const said: string[] = [];
  const log: Log = { ...SILENT, warn: (message) => said.push(message) };
  const me = { now: NIGHT, leads: true, workloads: [{ ...workload, ...of }], played: 0 };
  const isLeader = () => me.leads;
  const epochSeconds = () => me.now;
  const open = (parts: Partial<NightlyBaselinesParts> = {}) =>
    new NightlyBaselines({
      store,
      ledger: new LedgerKeeper({ store: ledgers, log, isLeader, epochSeconds }),
      history,
      workloads: () => me.workloads,
      hpaOf: async () => undefined,
      startupOf: () => ({ kind: 'log-normal', p50Seconds: 9, p90Seconds: 20 }),
      play: async (tasks) => {
        me.played += tasks.length;
        return structuredClone(tasks).map(compareWithHpa);
      },
      isLeader,
      shared: true,
      settled: () => true,
      epochSeconds,
      log,
      ...over,
      ...parts,
    });
  return { me, store, ledgers, open, baselines: open(), said };
}

it('names baseline, period, served share and starts of both; and is made once a night', async () => {
  const { me, baselines } = await world();
  expect(baselines.of(WEB)).toBe(NOT_MADE_YET);
  await baselines.look();
  const made = baselines.of(WEB) as Baseline;
  expect(made).toMatchObject({ source: 'default', hours: 47, madeSeconds: NIGHT, note: '' });
  expect(made.own).toEqual({ podHours: 8 * 47, servedShare: 1, starts: 47 });
  expect(made.hpa).toMatchObject({ servedShare: 1, starts: 3 });
  expect(made.savedShare).toBeCloseTo(0.2, 3);
  await baselines.look();
  expect(me.played).toBe(1);
  me.now += 1_200;
  await baselines.look();
  await baselines.look();
  expect(me.played).toBe(2);
});

it('outlives the process; a standby shows what the leader made, and makes none', async () => {
  const { me, baselines, open } = await world();
  await baselines.look();
  me.leads = false;
  const standby = open();
  await standby.look();
  expect(standby.of(WEB)).toEqual(baselines.of(WEB));
  me.leads = true;
  const next = open();
  await next.look();
  expect(next.of(WEB)).toEqual(baselines.of(WEB));
  expect(me.played).toBe(1);
});

it.each<[string, Partial<NightlyBaselinesParts>, Partial<BaselineWorkload>, string]>([
  ['its capacity is not known', {}, { metrics: [{ ...workload.metrics[0]!, podCapacity: undefined }] }, 'is not known'],
  ['its annotations are wrong', {}, { metrics: [] }, 'is not known'],
  ['no history', {}, { metrics: [{ ...workload.metrics[0]!, id: 'other' }] }, 'no history'],
  [
    'only observed',
    { ledger: { read: async () => new Map(), forgetOthers: async () => {} } },
    { idle: 'Only observed' },
    'Only observed',
  ],
  [
    'an HPA that can not be read',
    { hpaOf: () => Promise.reject(new Error('HTTP 500')) },
    {},
    'could not be made: HTTP 500',
  ],
])('%s: none, and why', async (_, parts, of, words) => {
  const { baselines } = await world(parts, of);
  await baselines.look();
  expect(baselines.of(WEB)).toMatchObject({ why: expect.stringContaining(words), madeSeconds: NIGHT });
});

it('what is damaged or of a newer version is made anew, and said once', async () => {
  const { store, baselines, said } = await world();
  await store.write(new Map([[WEB, '{"v":2}']]), []);
  await baselines.look();
  expect((baselines.of(WEB) as NoBaseline).why).toBeUndefined();
  expect(said).toEqual([expect.stringContaining('baselines can not be understood')]);
});

it('goes with its workload, also with one that left while nobody watched', async () => {
  const { me, store, ledgers, baselines } = await world();
  await store.write(new Map([['shop/Deployment/left', '{}']]), []);
  await baselines.look();
  expect(await store.keys()).toEqual([WEB]);
  me.workloads = [];
  await baselines.look();
  expect([...baselines.baselines]).toEqual([]);
  await baselines.look();
  expect(await store.keys()).toEqual([]);
  expect(await ledgers.keys()).toEqual([WEB]);
});

it('a standby takes nothing away: what left for it and came back is there when it leads', async () => {
  const { me, store, baselines, open } = await world();
  await baselines.look();
  const standby = open();
  me.leads = false;
  await standby.look();
  const all = me.workloads;
  me.workloads = [];
  await standby.look();
  me.workloads = all;
  me.leads = true;
  await standby.look();
  await standby.look();
  expect(standby.of(WEB)).toMatchObject({ hours: 47 });
  expect(await store.keys()).toEqual([WEB]);
  expect(me.played).toBe(1);
});

it('a thread that dies fails that look, and the next one tries again', async () => {
  let fails = true;
  const { me, baselines, open } = await world();
  const failing = open({
    play: async (tasks) => {
      if (fails) throw new Error('a thread died');
      return tasks.map(compareWithHpa);
    },
  });
  await expect(failing.look()).rejects.toThrow('a thread died');
  fails = false;
  me.now += 60;
  await failing.look();
  expect(failing.of(WEB)).toMatchObject({ hours: 47 });
  expect(baselines.of(WEB)).toBe(NOT_MADE_YET);
});
