import { expect, it } from 'vitest';
import type { WorkloadStatus } from '../../core/workload-status.ts';
import { MemoryHistoryStore } from '../../storage/history-store.ts';
import { type Log, SILENT } from '../../telemetry/log/log.ts';
import { exampleMetric, exampleStatus } from '../../test/example-status.ts';
import { ForecastRecord } from './forecast-record.ts';

const WEB = 'shop/Deployment/web';
const HTTP = { index: 0, name: 'http-requests' };
const START = 1_790_000_040;

/** A workload whose demand was forecast to be so much now. */
function forecast(median: number, name = 'http-requests'): WorkloadStatus {
  return exampleStatus({ metrics: [exampleMetric({ name, forecastForNow: { median, upper: median + 30 } })] });
}

function replica({ store = new MemoryHistoryStore(8), leads = true } = {}) {
  const said: string[] = [];
  const log: Log = { ...SILENT, warn: (message) => said.push(message), info: (message) => said.push(message) };
  const me = { leads, fault: undefined as string | undefined };
  const record = new ForecastRecord({
    store,
    append: async (points) => {
      if (me.fault !== undefined) throw new Error(me.fault);
      for (const { id, timeSeconds, value } of points) await store.append(id, timeSeconds, value);
    },
    shared: true,
    isLeader: () => me.leads,
    settled: () => true,
    log,
  });
  const medians = async () => [...((await record.read(WEB, HTTP)).median?.values ?? [])];
  return { store, record, me, said, medians };
}

it('each whole minute keeps what was forecast for it, for whoever asks later', async () => {
  const one = replica();
  for (let tick = 0; tick < 12; tick++) one.record.record([forecast(800 + tick)], START + 15 * tick);
  await one.record.flush();
  const { median, upper } = await replica({ store: one.store }).record.read(WEB, HTTP);
  expect(median).toMatchObject({ startSeconds: START, stepSeconds: 60, values: Float64Array.of(800, 804, 808) });
  expect([...upper!.values]).toEqual([830, 834, 838]);
  expect(await one.record.read('shop/Deployment/api', HTTP)).toEqual({ median: undefined, upper: undefined });
});

it('a minute for which nothing was forecast is a gap, not a zero', async () => {
  const one = replica();
  one.record.record([forecast(800)], START);
  one.record.record([exampleStatus()], START + 60);
  one.record.record([forecast(820)], START + 120);
  await one.record.flush();
  expect(await one.medians()).toEqual([800, Number.NaN, 820]);
});

it('a standby writes nothing, and one that leads later goes on', async () => {
  const one = replica();
  const other = replica({ store: one.store, leads: false });
  one.record.record([forecast(800)], START);
  other.record.record([forecast(999)], START);
  await Promise.all([one.record.flush(), other.record.flush()]);
  other.me.leads = true;
  other.record.record([forecast(820)], START + 60);
  await other.record.flush();
  expect(await one.medians()).toEqual([800, 820]);
});

it('ten minutes wait for a store that is away, and it is said once', async () => {
  const one = replica();
  one.me.fault = 'READONLY';
  for (let minute = 0; minute < 12; minute++) {
    one.record.record([forecast(minute)], START + 60 * minute);
    await one.record.flush();
  }
  one.me.fault = undefined;
  await one.record.flush();
  expect(await one.medians()).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  expect(one.said).toEqual([expect.stringContaining('could not be stored'), expect.stringContaining('stored again')]);
});

it('goes with its workload, and with its metric; wrong annotations take nothing along', async () => {
  const one = replica();
  await one.store.append('shop/Deployment/left#0:cpu median', START, 1);
  one.record.record([forecast(800)], START);
  await one.record.flush();
  expect(await one.store.ids()).toHaveLength(2);
  one.record.record([exampleStatus({ metrics: [] })], START + 60);
  await one.record.flush();
  expect(await one.store.ids()).toHaveLength(2);
  one.record.record([forecast(3, 'cpu')], START + 120);
  await one.record.flush();
  expect((await one.store.ids()).sort()).toEqual([`${WEB}#0:cpu median`, `${WEB}#0:cpu upper`]);
  one.record.record([], START + 180);
  await one.record.flush();
  expect(await one.store.ids()).toEqual([]);
});
