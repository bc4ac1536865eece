import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type RecordStores, Records } from '../../addon/record/records.ts';
import type { WorkloadStatus } from '../../core/workload-status.ts';
import { SILENT } from '../../telemetry/log/log.ts';
import { exampleMetric, exampleStatus } from '../../test/example-status.ts';
import { fileRecords } from './file-records.ts';

const WEB = 'shop/Deployment/web';
/** The tick that ends a minute, an hour before the one of the clock. */
const START = 1_789_999_215;

it('what happened outlives a process that was killed: changes, forecasts and what ran', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'prescale-records-'));
  let now = START;
  const handlers = { onDamage: (message: string) => expect.fail(message), epochSeconds: () => now };
  const over = (stores: RecordStores) =>
    new Records({ stores, isLeader: () => true, settled: () => true, epochSeconds: () => now, log: SILENT });
  const at = (current: number): WorkloadStatus => {
    const one = exampleStatus();
    const metrics = [exampleMetric({ forecastForNow: { median: 800, upper: 890 } })];
    return { ...one, metrics, replicas: { ...one.replicas, current } };
  };
  const stores = await fileRecords(folder, handlers);
  const before = over(stores);
  for (let tick = 0; tick <= 240; tick++, now += 15) before.record([at(tick < 120 ? 6 : 9)], now);
  await before.flush();
  // Killed: nothing is closed.
  const again = await fileRecords(folder, handlers);
  const after = over(again);
  expect((await after.journal.read(WEB))!.entries).toMatchObject([{ from: 6, to: 9, by: 'external' }]);
  const { median } = await after.forecasts.read(WEB, { index: 0, name: 'http-requests' });
  // The minutes that waited at the flush: ten at most.
  expect([...median!.values]).toEqual(new Array(10).fill(800));
  expect((await after.ledger.read([WEB])).get(WEB)).toMatchObject([{ ticks: 239, starts: 3 }]);
  await Promise.all([stores.close(), again.close()]);
  await rm(folder, { recursive: true });
});
