import { expect, it } from 'vitest';
import { MemoryHistoryStore } from '../../storage/history-store.ts';
import { MemoryWorkloadTexts } from '../../storage/workload-texts.ts';
import { SILENT } from '../../telemetry/log/log.ts';
import { exampleStatus } from '../../test/example-status.ts';
import { Records } from './records.ts';

it('a process that ends stores also what came while it was storing', async () => {
  const journal = new MemoryWorkloadTexts();
  const stores = {
    journal,
    ledger: new MemoryWorkloadTexts(),
    baselines: new MemoryWorkloadTexts(),
    bounds: new MemoryWorkloadTexts(),
    shared: true,
  };
  const forecasts = { store: new MemoryHistoryStore(8), append: async () => {} };
  const parts = { isLeader: () => true, settled: () => true, epochSeconds: () => 1_790_000_000, log: SILENT };
  const records = new Records({ ...parts, stores: { ...stores, forecasts } });
  const key = 'shop/Deployment/web';
  const change = { key, field: 'replicas', from: 6, reason: 'forecast', why: '', atSeconds: 1_790_000_000 } as const;
  records.record([exampleStatus()], 1_790_000_000);
  void records.flush();
  await Promise.resolve();
  records.journal.wrote({ ...change, to: 9 });
  await records.close();
  expect((await journal.get([key])).get(key)).toContain('[0,6,9,0,1]');
});
