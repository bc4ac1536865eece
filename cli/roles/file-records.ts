import { join } from 'node:path';
import type { RecordStores } from '../../addon/record/records.ts';
import { FileHistoryStore, type FileStoreHandlers } from '../../storage/file-history-store.io.ts';
import { FileWorkloadTexts } from '../../storage/file-workload-texts.io.ts';

/** Forecasts made for each minute are kept as long as journals. */
export const RECORDED_DAYS = 8;

/** What is kept of what happened, in folders of its own; to be closed at the end. @throws WorldError where they can't be made */
export async function fileRecords(
  folder: string,
  handlers: FileStoreHandlers,
): Promise<RecordStores & { close(): Promise<void> }> {
  const made = await FileHistoryStore.open(join(folder, 'forecasts'), RECORDED_DAYS, handlers);
  const texts = (kind: string) => new FileWorkloadTexts(join(folder, kind));
  return {
    journal: texts('journal'),
    ledger: texts('ledger'),
    baselines: texts('baselines'),
    bounds: texts('bounds'),
    forecasts: {
      store: made,
      append: async (points) => {
        for (const { id, timeSeconds, value } of points) await made.append(id, timeSeconds, value);
        await made.flush();
      },
    },
    shared: false,
    close: () => made.close(),
  };
}
