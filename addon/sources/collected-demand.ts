import type { CollectorsAlive, NewestReadings, ReadingsBoard } from '../../collector/demand/collection.ts';
import type { DemandQuery, DemandReading, DemandSource } from '../../collector/demand/demand-source.ts';
import type { Clock } from '../../core/clock.ts';
import { messageOf, WorldError } from '../../core/errors.ts';
import type { Samples } from '../../core/series.ts';
import { TICK_SECONDS } from '../../core/tick.ts';

/** So long after a tick its readings are waited for: Prometheus is asked for thousands. */
const PATIENCE_SECONDS = 7;
const LOOK_AGAIN_SECONDS = 0.25;
/** A reading of the tick before still serves: a collector may be late by one. How old a measurement may be is its source's to say. */
const LATEST_SECONDS = TICK_SECONDS;

export interface CollectedDemandParts {
  readonly board: ReadingsBoard;
  readonly collectors: CollectorsAlive;
  /** Monotonic. */
  readonly clock: Clock;
}

/** Demand as collectors published it. Their history is in the store, so that it isn't asked for here. */
export class CollectedDemand implements DemandSource {
  readonly name = 'the collectors';
  /** Why nothing is read; undefined: collectors are there. */
  missing: string | undefined = 'no collector has published anything yet';
  private readonly parts: CollectedDemandParts;

  constructor(parts: CollectedDemandParts) {
    this.parts = parts;
  }

  async history(): Promise<Samples> {
    throw new WorldError('histories are read by the collectors');
  }

  /** Waits for the collectors that are alive, some seconds at most. */
  async latest(queries: readonly DemandQuery[], atSeconds: number): Promise<ReadonlyMap<string, DemandReading>> {
    let newest: NewestReadings;
    try {
      newest = await this.await(atSeconds);
    } catch (error) {
      this.missing = `Redis gives no readings: ${messageOf(error)}`;
      const why = this.missing;
      return new Map(queries.map(({ id }) => [id, { kind: 'missing', why }]));
    }
    const none = this.noneBecause(newest, atSeconds);
    const { readings, ticks } = newest;
    return new Map(queries.map(({ id }) => [id, fresh(readings.get(id), atSeconds - (ticks.get(id) ?? 0), none)]));
  }

  async close(): Promise<void> {}

  private async await(atSeconds: number): Promise<NewestReadings> {
    const { board, collectors, clock } = this.parts;
    const until = clock.nowSeconds() + PATIENCE_SECONDS;
    const alive = await collectors.alive();
    this.missing = alive.length === 0 ? 'no collector is alive: do their pods run?' : undefined;
    for (;;) {
      const newest = await board.read();
      const late = alive.some((name) => (newest.publishedSeconds.get(name) ?? 0) < atSeconds);
      if (!late || clock.nowSeconds() >= until) return newest;
      await clock.sleep(LOOK_AGAIN_SECONDS);
    }
  }

  private noneBecause({ publishedSeconds }: NewestReadings, atSeconds: number): string {
    if (this.missing !== undefined) return this.missing;
    const last = Math.max(...publishedSeconds.values());
    if (last >= atSeconds) return 'no collector has measured it yet';
    return Number.isFinite(last) ? `the collectors are ${atSeconds - last} s late` : 'the collectors are starting';
  }
}

function fresh(reading: DemandReading | undefined, ageSeconds: number, none: string): DemandReading {
  if (reading === undefined) return { kind: 'missing', why: none };
  if (reading.kind === 'missing' || ageSeconds <= LATEST_SECONDS) return reading;
  return { kind: 'missing', why: `its newest reading is ${Math.round(ageSeconds)} s old` };
}
