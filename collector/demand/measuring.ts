import { messageOf } from '../../core/errors.ts';
import { MINUTE_SECONDS } from '../../core/series.ts';
import { workloadKey } from '../../core/workload.ts';
import type { Log } from '../../telemetry/log/log.ts';
import type { Backfills } from './backfills.ts';
import { isCensored } from './censoring.ts';
import type { ReadingsBoard } from './collection.ts';
import {
  type DemandQuery,
  type DemandReading,
  type DemandSource,
  OBSERVATION_DELAY_SECONDS,
  type PodsOf,
} from './demand-source.ts';

/** One minute of one metric. */
export interface MinutePoint {
  readonly id: string;
  readonly timeSeconds: number;
  readonly value: number;
  /** The value is a lower bound (a censored reading): what stands there already and is more stays. */
  readonly atLeast?: boolean;
}

export interface MeasuringParts {
  /** Of this collector. */
  readonly name: string;
  readonly source: Pick<DemandSource, 'latest'>;
  readonly podsOf: PodsOf;
  readonly board: ReadingsBoard;
  readonly appendAll: (points: readonly MinutePoint[]) => Promise<void>;
  readonly backfills: Pick<Backfills, 'gaps'>;
  readonly log: Log;
}

type Readings = ReadonlyMap<string, DemandReading>;

/** A tick of a collector: asks for the newest readings of its metrics, publishes them, and records each full minute. */
export class Measuring {
  /** Metrics without a value at the last tick. */
  missing = 0;
  private readonly parts: MeasuringParts;
  /** Those without a value at the last full minute. */
  private without = new Set<string>();
  /** The last minute that was recorded. */
  private lastMinute = Number.NaN;

  constructor(parts: MeasuringParts) {
    this.parts = parts;
  }

  /** @throws what the store throws, when all that could be done is done */
  async tick(queries: readonly DemandQuery[], atSeconds: number): Promise<void> {
    const { board, name } = this.parts;
    const measured = await this.latest(queries, atSeconds);
    const readings = new Map(queries.map((query) => [query.id, this.told(query, measured.get(query.id))]));
    this.missing = [...readings.values()].filter(({ kind }) => kind === 'missing').length;
    // Published and recorded at once: an outage of the store costs its time-out once.
    const outcomes = await Promise.allSettled([
      board.publish(name, atSeconds, readings),
      this.record(atSeconds - OBSERVATION_DELAY_SECONDS, queries, readings),
    ]);
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  }

  private async latest(queries: readonly DemandQuery[], atSeconds: number): Promise<Readings> {
    if (queries.length === 0) return new Map();
    try {
      return await this.parts.source.latest(queries, atSeconds, this.parts.podsOf);
    } catch (error) {
      const why = messageOf(error);
      this.parts.log.error('no demand could be read', { error });
      return new Map(queries.map(({ id }) => [id, { kind: 'missing', why }]));
    }
  }

  /** With what others can't tell, who don't see what each pod uses. */
  private told(query: DemandQuery, reading: DemandReading | undefined): DemandReading {
    if (reading === undefined) return { kind: 'missing', why: 'it was not measured' };
    if (reading.kind === 'missing' || query.metric.kind !== 'resource') return reading;
    const pods = this.parts.podsOf(workloadKey(query.workload));
    return { ...reading, censored: isCensored(reading, query.metric, pods) };
  }

  /**
   * The minutes that end at this instant. One without a value is not recorded, as it may be known to somebody else; when values are
   * there again, the source is asked for what is lacking.
   */
  private async record(endSeconds: number, queries: readonly DemandQuery[], readings: Readings): Promise<void> {
    if (endSeconds % MINUTE_SECONDS !== 0) return;
    const points: MinutePoint[] = [];
    const without = new Set<string>();
    const back: DemandQuery[] = [];
    for (const query of queries) {
      const { id } = query;
      const reading = readings.get(id)!;
      if (reading.kind === 'missing') without.add(id);
      else {
        // What was expected of a censored minute only the actuator knows, who raises it (CollectedRecording).
        const atLeast = reading.censored === true;
        points.push({ id, timeSeconds: endSeconds, value: reading.value, ...(atLeast && { atLeast }) });
        if (this.without.has(id)) back.push(query);
      }
    }
    this.without = without;
    await this.parts.appendAll(points);
    const skipped = endSeconds > this.lastMinute + MINUTE_SECONDS;
    this.lastMinute = endSeconds;
    for (const query of skipped ? queries : back) this.parts.backfills.gaps(query);
  }
}
