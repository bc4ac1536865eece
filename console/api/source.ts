import type {
  ConsoleData,
  JournalPage,
  ObjectDetail,
  Sparklines,
  WorkloadDetail,
  WorkloadSeries,
} from '../../addon/console/console-data.ts';
import type { FleetTable } from '../fleet/fleet-table.ts';
import type { ForecastAnswer } from './answers.ts';
import type { WhatIfAnswer, WhatIfQuestion, WhatIfWait } from './what-if.ts';

/** What the API answers from. The fleet is here; all else is asked for, and may take a while. */
export interface ConsoleSource {
  readonly fleet: FleetTable;
  /** undefined: no such workload. All @throw WorldError in words where what is asked for can't be had now. */
  workload(key: string): Promise<WorkloadDetail | undefined>;
  object(key: string): Promise<ObjectDetail | undefined>;
  /** Of these that have one. */
  sparklines(keys: readonly string[]): Promise<Sparklines>;
  series(key: string, fromSeconds: number, toSeconds: number): Promise<WorkloadSeries | undefined>;
  journal(key: string, page: Parameters<ConsoleData['journal']>[1]): Promise<JournalPage | undefined>;
  /** What could be saved at most on all workloads of the cluster. */
  bounds(): Promise<ReturnType<ConsoleData['bounds']>>;
  forecast(key: string): Promise<ForecastAnswer | undefined>;
  /** A question comes soon: what answers it gets ready. @returns whether that is in this process */
  prepareWhatIf(): boolean;
  whatIf(key: string, question: WhatIfQuestion, wait: WhatIfWait): Promise<WhatIfAnswer | undefined>;
  /** Epoch seconds. */
  nowSeconds(): number;
}
