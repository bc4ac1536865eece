import type { DemandQuery, DemandReading } from './demand-source.ts';

/*
 * What the roles of a distributed Prescale tell each other about collecting: the actuator that leads writes what is wanted, the
 * collectors share it among them and publish what they measured.
 */

/** One metric that is to be collected. */
export interface CollectedMetric {
  readonly query: DemandQuery;
  /** The workload's pods, as in scale.status.selector. */
  readonly selector: string;
}

/** What is to be collected. Whoever lost it (a store that was emptied) does not know; it is never "nothing". */
export interface CollectionList {
  put(metrics: readonly CollectedMetric[]): Promise<void>;
  /** Also forgets that their histories were read. */
  remove(ids: readonly string[]): Promise<void>;
  /** By the query's id; undefined: not known, as it was never written, or was lost. */
  read(): Promise<ReadonlyMap<string, CollectedMetric> | undefined>;
  /** Another one after each put and remove; undefined: not known. Cheap. */
  version(): Promise<string | undefined>;
  /** Its last seven days were read into the history, or found to be empty. */
  markFilled(ids: readonly string[]): Promise<void>;
  /** Ids whose last seven days were read. */
  filled(): Promise<ReadonlySet<string>>;
}

/** The newest of all collectors. */
export interface NewestReadings {
  /** By the query's id: of two collectors' the newer one, of the same age one with a value. */
  readonly readings: ReadonlyMap<string, DemandReading>;
  /** The tick of each of them, epoch seconds. */
  readonly ticks: ReadonlyMap<string, number>;
  /** The last tick that each collector published, epoch seconds. */
  readonly publishedSeconds: ReadonlyMap<string, number>;
}

/** Where collectors show the newest readings. What is older than a few ticks is gone. */
export interface ReadingsBoard {
  /** Replaces what this collector published before. @param atSeconds the tick. `perPod` is not carried over; `censored` is. */
  publish(collector: string, atSeconds: number, readings: ReadonlyMap<string, DemandReading>): Promise<void>;
  read(): Promise<NewestReadings>;
}

/** Which collectors are alive, by a clock that they share. */
export interface CollectorsAlive {
  /** To be called every few seconds. */
  beat(collector: string): Promise<void>;
  leave(collector: string): Promise<void>;
  /** Names, sorted. */
  alive(): Promise<readonly string[]>;
}
