import { backfill } from '../../collector/demand/backfill.ts';
import { Backfills, type BackfillsParts } from '../../collector/demand/backfills.ts';
import type { DemandQuery, DemandSource } from '../../collector/demand/demand-source.ts';
import { isOfWeeks, ofWeeks } from '../../core/weeks.ts';
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

/** Where the weeks before the days of minutes are kept, and how they are asked for. */
export interface OwnWeeks extends Pick<BackfillsParts, 'clock' | 'epochSeconds' | 'random' | 'log'> {
  /** Of five minutes. */
  readonly store: HistoryStore;
}

/** Asks the source for what the store lacks, and records what this process observes. Without weeks, minutes alone. */
export function ownRecording(
  source: Pick<DemandSource, 'history'>,
  history: HistoryStore,
  weeks?: OwnWeeks,
): Recording {
  const before = weeks && weeksBefore(source, history, weeks);
  return {
    begin: async (query, _, nowSeconds) => {
      await backfill(source, history, query, nowSeconds);
      if (weeks) {
        const known = await history.read(query.id);
        if (known) await weeks.store.fill(query.id, ofWeeks(known));
      }
      before?.weeks(query);
      before?.start();
      return true;
    },
    record: async (id, timeSeconds, value) => {
      await history.append(id, timeSeconds, value);
      if (!weeks || !isOfWeeks(timeSeconds)) return;
      await weeks.store.append(id, timeSeconds, value);
      before?.start();
    },
    end: async (id) => {
      before?.drop(id);
      await history.forget(id);
      await weeks?.store.forget(id);
    },
  };
}

/** The weeks before of each metric, one at a time and beside everything else: nobody waits for them. */
function weeksBefore(source: Pick<DemandSource, 'history'>, history: HistoryStore, own: OwnWeeks): Backfills {
  const { store, clock, epochSeconds, random, log } = own;
  const parts = { source, history, weeks: store, clock, epochSeconds, random, log };
  return new Backfills({ ...parts, atOnce: 1, onFilled: async () => {} });
}
