import { backfill } from '../../collector/demand/backfill.ts';
import type { DemandQuery, DemandSource } from '../../collector/demand/demand-source.ts';
import type { HistoryStore } from '../../storage/history-store.ts';

/** How a metric's history comes to be and goes on: by this process, or by collectors elsewhere. */
export interface Recording {
  /**
   * From now on the metric is wanted, with its last seven days.
   * @param selector the workload's pods, as in scale.status.selector
   * @returns whether these days are in the store; if not, ask again.
   */
  begin(query: DemandQuery, selector: string, nowSeconds: number): Promise<boolean>;
  /**
   * The demand of the minute that ends at `timeSeconds`; NaN: none.
   * @param expected it is what was expected of a minute whose reading was only a lower bound: more than what was measured
   */
  record(id: string, timeSeconds: number, value: number, expected: boolean): Promise<void>;
  /** The metric is not wanted any more. */
  end(id: string): Promise<void>;
}

/** Asks the source for what the store lacks, and records what this process observes. */
export function ownRecording(source: Pick<DemandSource, 'history'>, history: HistoryStore): Recording {
  return {
    begin: async (query, _, nowSeconds) => {
      await backfill(source, history, query, nowSeconds);
      return true;
    },
    record: (id, timeSeconds, value) => history.append(id, timeSeconds, value),
    end: (id) => history.forget(id),
  };
}
