import { backfill, backfillWeeks } from '../../collector/demand/backfill.ts';
import { weeksBackoffSeconds } from '../../collector/demand/backfills.ts';
import type { DemandQuery, DemandSource } from '../../collector/demand/demand-source.ts';
import { atMost } from '../../core/concurrency/at-most.ts';
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

/** Where the weeks before the days of minutes are kept: a store of five minutes. */
export interface KeptWeeks {
  readonly store: HistoryStore;
  /** Told why the source did not give them, once more each time; they are asked for again later. */
  readonly onProblem: (id: string, error: unknown) => void;
}

/** Asks the source for what the store lacks, and records what this process observes. Without weeks, minutes alone. */
export function ownRecording(
  source: Pick<DemandSource, 'history'>,
  history: HistoryStore,
  weeks?: KeptWeeks,
): Recording {
  const before = weeks && new WeeksBefore(source, weeks);
  return {
    begin: async (query, _, nowSeconds) => {
      await backfill(source, history, query, nowSeconds);
      if (weeks) {
        const known = await history.read(query.id);
        if (known) await weeks.store.fill(query.id, ofWeeks(known));
      }
      before?.want(query, nowSeconds);
      return true;
    },
    record: async (id, timeSeconds, value) => {
      await history.append(id, timeSeconds, value);
      if (isOfWeeks(timeSeconds)) await weeks?.store.append(id, timeSeconds, value);
      before?.look(id, timeSeconds);
    },
    end: async (id) => {
      before?.drop(id);
      await history.forget(id);
      await weeks?.store.forget(id);
    },
  };
}

interface WantedWeeks {
  readonly query: DemandQuery;
  readonly fromSeconds: number;
  readonly failures: number;
}

/** The weeks before of each metric, one at a time and beside everything else: nobody waits for them. */
class WeeksBefore {
  private readonly source: Pick<DemandSource, 'history'>;
  private readonly weeks: KeptWeeks;
  private readonly wanted = new Map<string, WantedWeeks>();
  private readonly slot = atMost(1);

  constructor(source: Pick<DemandSource, 'history'>, weeks: KeptWeeks) {
    this.source = source;
    this.weeks = weeks;
  }

  want(query: DemandQuery, nowSeconds: number): void {
    this.wanted.set(query.id, { query, fromSeconds: nowSeconds, failures: 0 });
    this.look(query.id, nowSeconds);
  }

  /** Asks where they are wanted and due; to be called each minute. */
  look(id: string, nowSeconds: number): void {
    const one = this.wanted.get(id);
    if (one === undefined || one.fromSeconds > nowSeconds) return;
    // Nobody else asks meanwhile.
    const asked = { ...one, fromSeconds: Number.POSITIVE_INFINITY };
    this.wanted.set(id, asked);
    void this.slot(() => this.ask(asked, nowSeconds));
  }

  drop(id: string): void {
    this.wanted.delete(id);
  }

  private async ask(one: WantedWeeks, nowSeconds: number): Promise<void> {
    const { id } = one.query;
    const isWanted = () => this.wanted.get(id) === one;
    if (!isWanted()) return;
    const { onProblem, store } = this.weeks;
    // What comes for a metric that is gone by then would be kept for nobody.
    const fill: HistoryStore['fill'] = async (of, series) => {
      if (isWanted()) await store.fill(of, series);
    };
    try {
      await backfillWeeks(this.source, { read: (of) => store.read(of), fill }, one.query, nowSeconds);
      if (isWanted()) this.wanted.delete(id);
    } catch (error) {
      if (!isWanted()) return;
      const failures = one.failures + 1;
      this.wanted.set(id, { ...one, failures, fromSeconds: nowSeconds + weeksBackoffSeconds(failures) });
      onProblem(id, error);
    }
  }
}
