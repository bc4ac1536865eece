import { OBSERVATION_DELAY_SECONDS } from '../../collector/demand/demand-source.ts';
import type { WorkloadStatus } from '../../core/workload-status.ts';
import type { WorkloadTexts } from '../../storage/workload-texts.ts';
import type { Log } from '../../telemetry/log/log.ts';
import { LedgerKeeper } from '../baseline/ledger-keeper.ts';
import { JournalKeeper } from '../journal/journal-keeper.ts';
import { ForecastRecord, type ForecastRecordParts } from './forecast-record.ts';

/** Where what happened outlives the process: files of this replica, or a store that all share. */
export interface RecordStores {
  readonly journal: WorkloadTexts;
  readonly ledger: WorkloadTexts;
  readonly baselines: WorkloadTexts;
  readonly bounds: WorkloadTexts;
  /** Forecasts made for each minute, of eight days. */
  readonly forecasts: Pick<ForecastRecordParts, 'store' | 'append'>;
  readonly shared: boolean;
}

export interface RecordsParts {
  readonly stores: RecordStores;
  readonly isLeader: () => boolean;
  /** Whether all that is opted in is known by now. */
  readonly settled: () => boolean;
  readonly epochSeconds: () => number;
  readonly log: Log;
}

/** What happened, kept for whoever asks later: changes of replicas, forecasts made for each minute, and what ran hour by hour. */
export class Records {
  readonly journal: JournalKeeper;
  readonly forecasts: ForecastRecord;
  readonly ledger: LedgerKeeper;

  constructor({ stores, ...rest }: RecordsParts) {
    const { shared } = stores;
    this.journal = new JournalKeeper({ ...rest, shared, store: stores.journal });
    this.forecasts = new ForecastRecord({ ...rest, ...stores.forecasts, shared });
    this.ledger = new LedgerKeeper({ ...rest, store: stores.ledger });
  }

  /** After each tick, with all workloads that there are. @param nowSeconds of the tick */
  record(statuses: readonly WorkloadStatus[], nowSeconds: number): void {
    this.journal.record(statuses, nowSeconds);
    this.forecasts.record(statuses, nowSeconds - OBSERVATION_DELAY_SECONDS);
    this.ledger.record(statuses, nowSeconds);
  }

  /** The last flush: also of what came while one was under way. */
  async close(): Promise<void> {
    await this.flush();
    await this.flush();
  }

  /** Stores what waits; never rejects. */
  async flush(): Promise<void> {
    await Promise.all([this.journal.flush(), this.forecasts.flush(), this.ledger.flush()]);
  }
}
