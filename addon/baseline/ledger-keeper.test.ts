import { expect, it } from 'vitest';
import { HOUR_SECONDS } from '../../core/series.ts';
import type { ReplicaStatus, WorkloadStatus } from '../../core/workload-status.ts';
import { MemoryWorkloadTexts } from '../../storage/workload-texts.ts';
import { type Log, SILENT } from '../../telemetry/log/log.ts';
import { exampleMetric, exampleStatus } from '../../test/example-status.ts';
import { LedgerKeeper } from './ledger-keeper.ts';
import { decodeLedger, withHour } from './ledger-text.ts';

const WEB = 'shop/Deployment/web';
const START = 1_789_999_200;
const FIRST = START / HOUR_SECONDS;

/** So many pods, all Ready, for 800 req/s at 110 a pod. */
function pods(current: number, over: Partial<ReplicaStatus> = {}): WorkloadStatus {
  const one = exampleStatus();
  return { ...one, replicas: { ...one.replicas, current, ready: current, ...over } };
}

function replica(store = new MemoryWorkloadTexts()) {
  const said: string[] = [];
  const log: Log = { ...SILENT, warn: (message) => said.push(message) };
  const me = { leads: true, now: START };
  const keeper = new LedgerKeeper({ store, log, isLeader: () => me.leads, epochSeconds: () => me.now });
  /** Ticks of 15 s. */
  const pass = async (ticks: number, status: WorkloadStatus | null = pods(8)) => {
    for (let i = 0; i < ticks; i++, me.now += 15) keeper.record(status ? [status] : [], me.now);
    await keeper.flush();
  };
  const hours = async () => (await keeper.read([WEB])).get(WEB) ?? [];
  return { store, keeper, me, pass, hours, said };
}

it('a whole hour is kept once it is over, with what ran and what of the demand found no pod', async () => {
  const one = replica();
  await one.pass(120, pods(8));
  await one.pass(120, pods(6));
  expect(await one.hours()).toEqual([]);
  await one.pass(1, pods(9));
  const need = 800 / 110;
  const [hour] = await one.hours();
  expect(hour).toMatchObject({ hour: FIRST, ticks: 240, podTicks: 120 * 8 + 120 * 6, starts: 0, podCapacity: 110 });
  expect(hour!.asked).toBeCloseTo(240 * need, 1);
  expect(hour!.unmet).toBeCloseTo(120 * (need - 6), 2);
  // A pod more from one hour to the next is a start of the next one.
  await one.pass(240, pods(9));
  expect((await one.hours())[1]).toMatchObject({ hour: FIRST + 1, starts: 3 });
});

it.each<[string, Partial<WorkloadStatus>]>([
  ['it is only observed', { mode: 'observe', target: 'dry-run' }],
  ['it is paused', { conditions: [{ type: 'Paused', status: true, reason: 'x', message: '', sinceSeconds: 0 }] }],
  ['its demand is not known', { metrics: [exampleMetric({ load: undefined })] }],
  ['its annotations are wrong', { mode: undefined, metrics: [] }],
])('an hour in which %s for more than a tenth is not kept', async (_, over) => {
  const one = replica();
  await one.pass(30, { ...pods(8), ...over });
  await one.pass(211);
  expect(await one.hours()).toEqual([]);
  await one.pass(20, { ...pods(8), ...over });
  await one.pass(220);
  expect(await one.hours()).toMatchObject([{ hour: FIRST + 1, ticks: 220 }]);
});

it('under an HPA the pods that it asks for count, not its minimum', async () => {
  const one = replica();
  await one.pass(241, pods(3, { ofHpa: true, asked: 9, ready: 9 }));
  expect(await one.hours()).toMatchObject([{ podTicks: 240 * 9 }]);
});

it('outlives the process and the leader, and a restart leaves out the hour that it cut', async () => {
  const one = replica();
  await one.pass(241);
  const next = replica(one.store);
  next.me.now = one.me.now + 600;
  await next.pass(480);
  expect((await next.hours()).map(({ hour }) => hour - FIRST)).toEqual([0, 2]);
  const standby = replica(one.store);
  standby.me.leads = false;
  await standby.pass(480);
  expect((await standby.hours()).map(({ hour }) => hour - FIRST)).toEqual([0, 2]);
});

it('has eight days at most, and goes with its workload', async () => {
  const hour = { ticks: 240, podTicks: 1_920.5, asked: 1_745.4545, unmet: 0.123456789, starts: 2, podCapacity: 110 };
  let text = '';
  for (let i = 0; i < 300; i++) {
    const before = text === '' ? [] : decodeLedger(text, START);
    text = withHour(before as never, { hour: FIRST - 300 + i, ...hour });
  }
  expect(decodeLedger(text, START)).toHaveLength(192);
  expect(text.length).toBeLessThan(12_000);
  const one = replica();
  await one.store.write(new Map([[WEB, text]]), []);
  await one.pass(1);
  expect(await one.hours()).toHaveLength(192);
  await one.pass(1, null);
  await one.keeper.flush();
  expect(await one.store.keys()).toEqual([]);
});

it.each([
  ['no JSON', 'x'],
  ['a newer version', '{"v":2,"hours":[]}'],
  ['a row of six', '{"v":1,"hours":[[1,2,3,4,5,6]]}'],
  ['a number that is none', '{"v":1,"hours":[[1,2,3,4,5,6,null]]}'],
  ['less than nothing', '{"v":1,"hours":[[1,2,3,4,-5,6,7]]}'],
  ['the future', `{"v":1,"hours":[[${FIRST + 2},2,3,4,5,6,7]]}`],
  ['null', 'null'],
])('%s is damage: it begins anew, and says so', async (_, text) => {
  const one = replica();
  await one.store.write(new Map([[WEB, text]]), []);
  expect(decodeLedger(text, START)).toHaveProperty('damage');
  await one.pass(241);
  expect(await one.hours()).toHaveLength(1);
  expect(one.said).toEqual([expect.stringContaining('ledgers can not be understood')]);
});
