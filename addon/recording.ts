import { type DemandQuery, type DemandSource, OBSERVATION_DELAY_SECONDS } from '../collector/demand-source.ts';
import { DAY_SECONDS, MINUTE_SECONDS } from '../core/series.ts';
import type { HistoryStore } from '../forecaster/history-store.ts';

/** A week and an hour: what reaches back across the edge of the seventh day. */
const BACKFILL_SECONDS = 7 * DAY_SECONDS + 3_600;
/** A history whose newest point is not older than this only lacks its end. */
const FRESH_SECONDS = DAY_SECONDS;

/** How a metric's history comes to be and goes on: by this process, or by collectors elsewhere. */
export interface Recording {
  /**
   * From now on the metric is wanted, with its last seven days.
   * @param selector the workload's pods, as in scale.status.selector
   * @returns whether these days are in the store; if not, ask again.
   */
  begin(query: DemandQuery, selector: string, nowSeconds: number): Promise<boolean>;
  /** The demand of the minute that ends at `timeSeconds`; NaN: none. */
  record(id: string, timeSeconds: number, value: number): Promise<void>;
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

/** Fills what the store lacks of the last seven days. @throws what the source throws */
export async function backfill(
  source: Pick<DemandSource, 'history'>,
  history: HistoryStore,
  query: DemandQuery,
  nowSeconds: number,
): Promise<void> {
  const endSeconds = Math.floor((nowSeconds - OBSERVATION_DELAY_SECONDS) / MINUTE_SECONDS) * MINUTE_SECONDS;
  const known = await history.read(query.id);
  const newest = known ? known.startSeconds + (known.values.length - 1) * known.stepSeconds : 0;
  // One that only begins lately may be young, or its source was away until now: the past that is lacking is asked for too.
  const reachesBack = known !== undefined && known.startSeconds < endSeconds - BACKFILL_SECONDS + FRESH_SECONDS;
  const fresh = reachesBack && newest > endSeconds - FRESH_SECONDS;
  const startSeconds = fresh ? newest + MINUTE_SECONDS : endSeconds - BACKFILL_SECONDS;
  if (startSeconds > endSeconds) return;
  const samples = await source.history(query, { startSeconds, endSeconds, stepSeconds: MINUTE_SECONDS });
  if (samples.times.length === 0) return;
  const values = new Float64Array((endSeconds - startSeconds) / MINUTE_SECONDS + 1).fill(Number.NaN);
  samples.times.forEach((time, i) => {
    values[Math.round((time - startSeconds) / MINUTE_SECONDS)] = samples.values[i]!;
  });
  await history.fill(query.id, { startSeconds, stepSeconds: MINUTE_SECONDS, values });
}
