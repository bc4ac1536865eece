import { DAY_SECONDS, MINUTE_SECONDS, type Series, timeAt } from '../../core/series.ts';
import { WEEKS_DAYS, WEEKS_STEP_SECONDS } from '../../core/weeks.ts';
import type { HistoryStore } from '../../storage/history-store.ts';
import { type DemandQuery, type DemandSource, OBSERVATION_DELAY_SECONDS } from './demand-source.ts';

/** A week and an hour: what reaches back across the edge of the seventh day. */
const BACKFILL_SECONDS = 7 * DAY_SECONDS + 3_600;
/** A history whose newest point is not older than this only lacks minutes of the last day. */
const FRESH_SECONDS = DAY_SECONDS;

/**
 * How far back something may be lacking: `week` where nobody asked for the past yet, `gaps` where somebody did and only the last
 * hours may have holes, as a collector that died or a store that was away leaves them.
 */
export type Lacking = 'week' | 'gaps';

/**
 * Fills what the store lacks of the last seven days, and asks for no more than that. Minutes that are recorded stay.
 * @throws what the source and the store throw
 */
export async function backfill(
  source: Pick<DemandSource, 'history'>,
  history: Pick<HistoryStore, 'read' | 'fill'>,
  query: DemandQuery,
  nowSeconds: number,
  lacking: Lacking = 'week',
): Promise<void> {
  const endSeconds = Math.floor((nowSeconds - OBSERVATION_DELAY_SECONDS) / MINUTE_SECONDS) * MINUTE_SECONDS;
  const startSeconds = firstLacking(await history.read(query.id), endSeconds, lacking);
  if (startSeconds > endSeconds) return;
  const samples = await source.history(query, { startSeconds, endSeconds, stepSeconds: MINUTE_SECONDS });
  if (samples.times.length === 0) return;
  const values = new Float64Array((endSeconds - startSeconds) / MINUTE_SECONDS + 1).fill(Number.NaN);
  samples.times.forEach((time, i) => {
    values[Math.round((time - startSeconds) / MINUTE_SECONDS)] = samples.values[i]!;
  });
  await history.fill(query.id, { startSeconds, stepSeconds: MINUTE_SECONDS, values });
}

/** The first minute to ask for; after the end: none. */
function firstLacking(known: Series | undefined, endSeconds: number, lacking: Lacking): number {
  const all = endSeconds - BACKFILL_SECONDS;
  if (known === undefined) return all;
  const newest = known.startSeconds + (known.values.length - 1) * known.stepSeconds;
  if (newest <= endSeconds - FRESH_SECONDS) return all;
  // One that only begins lately may be young, or its source was away until now: the past that is lacking is asked for too.
  if (lacking === 'week' && known.startSeconds >= all + FRESH_SECONDS) return all;
  for (
    let at = Math.max(known.startSeconds, endSeconds - FRESH_SECONDS + MINUTE_SECONDS);
    at < newest;
    at += MINUTE_SECONDS
  ) {
    if (Number.isNaN(known.values[(at - known.startSeconds) / known.stepSeconds]!)) return at;
  }
  return newest + MINUTE_SECONDS;
}

/** What the weeks lack in less than a day is not worth a question. */
const WORTH_ASKING_SECONDS = DAY_SECONDS;

/**
 * Fills what the weeks lack, before their first value or where nobody recorded for a day, by one question in steps of five minutes: 5,760
 * points where eight days are known. What the source does not have stays unknown.
 * @param weeks of five minutes
 * @throws what the source and the store throw
 */
export async function backfillWeeks(
  source: Pick<DemandSource, 'history'>,
  weeks: Pick<HistoryStore, 'read' | 'fill'>,
  query: DemandQuery,
  nowSeconds: number,
): Promise<void> {
  const stepSeconds = WEEKS_STEP_SECONDS;
  const newest = Math.floor((nowSeconds - OBSERVATION_DELAY_SECONDS) / stepSeconds) * stepSeconds;
  const startSeconds = newest - WEEKS_DAYS * DAY_SECONDS + stepSeconds;
  const endSeconds = lackingUntil(await weeks.read(query.id), newest);
  if (endSeconds < startSeconds + WORTH_ASKING_SECONDS) return;
  const { times, values } = await source.history(query, { startSeconds, endSeconds, stepSeconds });
  if (times.length === 0) return;
  const found = new Float64Array((endSeconds - startSeconds) / stepSeconds + 1).fill(Number.NaN);
  times.forEach((time, i) => {
    // A source that only knows minutes says more than was asked.
    const at = (time - startSeconds) / stepSeconds;
    if (Number.isInteger(at)) found[at] = values[i]!;
  });
  await weeks.fill(query.id, { startSeconds, stepSeconds, values: found });
}

/** The end of the newest day or more that is lacking; where there is none, what is before the first value. */
function lackingUntil(known: Series | undefined, newest: number): number {
  if (known === undefined) return newest;
  const { stepSeconds, values } = known;
  if (newest - timeAt(known, values.length - 1) >= WORTH_ASKING_SECONDS) return newest;
  let lackingSeconds = 0;
  for (let i = values.length - 1; i >= 0; i--) {
    lackingSeconds = Number.isNaN(values[i]!) ? lackingSeconds + stepSeconds : 0;
    if (lackingSeconds >= WORTH_ASKING_SECONDS) return timeAt(known, i) + lackingSeconds - stepSeconds;
  }
  return known.startSeconds - stepSeconds;
}
