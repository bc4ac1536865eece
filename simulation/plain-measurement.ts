import {
  type DemandQuery,
  type DemandReading,
  type DemandSource,
  OBSERVATION_DELAY_SECONDS,
} from '../collector/demand/demand-source.ts';
import { resourceMetrics } from '../collector/resource-metrics/resource-metrics.ts';
import { WorldError } from '../core/errors.ts';
import { samplesOf } from '../core/resample.ts';
import type { HistoryStore } from '../storage/history-store.ts';
import type { SimulationClock } from './clock.ts';
import type { MeasurementFaults } from './measurement-faults.ts';
import type { Cluster } from './plant/cluster.ts';
import type { SimulatedWorkload } from './plant/workload.ts';
import type { ProcessApi } from './processes/api.ts';
import type { SimulatedProcess } from './processes/process.ts';

/** Whoever measures the plant: one source for each process that asks. */
export interface Measurement {
  sourceFor(process: SimulatedProcess, api: ProcessApi, history: Pick<HistoryStore, 'read'>): DemandSource;
}

/**
 * Measurement without an error of its own: requests as the exact mean of the minute, a queue as the gauge of the instant, both 15 s
 * late; CPU and memory through metrics.k8s.io. What is wrong with it is what the faults make wrong.
 */
export class PlainMeasurement implements Measurement {
  private readonly cluster: Cluster;
  private readonly clock: SimulationClock;
  private readonly faults: MeasurementFaults;
  private readonly pastSeconds: number;

  /** @param pastSeconds of the past that the source knows at the start */
  constructor(cluster: Cluster, clock: SimulationClock, faults: MeasurementFaults, pastSeconds: number) {
    this.cluster = cluster;
    this.clock = clock;
    this.faults = faults;
    this.pastSeconds = clock.nowSeconds() - pastSeconds;
  }

  sourceFor(process: SimulatedProcess, api: ProcessApi, history: Pick<HistoryStore, 'read'>): DemandSource {
    const onPods = resourceMetrics(api, { read: async (id) => samplesOf(await history.read(id)) });
    return {
      name: 'the simulation',
      close: async () => {},
      history: async (query, range) => {
        if (query.metric.kind === 'resource') return onPods.history(query, range);
        await process.running();
        if (this.faults.away) throw new WorldError('http://prometheus refuses the connection');
        return this.past(query, range.startSeconds, range.endSeconds, range.stepSeconds);
      },
      latest: async (queries, atSeconds, pods) => {
        const resources = queries.filter(({ metric }) => metric.kind === 'resource');
        const found = new Map<string, DemandReading>(
          resources.length > 0 ? await onPods.latest(resources, atSeconds, pods) : [],
        );
        await process.running();
        for (const query of queries) {
          if (query.metric.kind !== 'resource') found.set(query.id, this.reading(query, atSeconds));
        }
        return found;
      },
    };
  }

  private reading(query: DemandQuery, atSeconds: number): DemandReading {
    const workload = this.workload(query);
    const truth = (seconds: number) => measured(workload, seconds);
    return this.faults.reading(query.workload.name, atSeconds - OBSERVATION_DELAY_SECONDS, truth);
  }

  private past(query: DemandQuery, startSeconds: number, endSeconds: number, stepSeconds: number) {
    const workload = this.workload(query);
    const times: number[] = [];
    const last = Math.min(endSeconds, this.clock.nowSeconds());
    for (let time = startSeconds; time <= last; time += stepSeconds) if (time >= this.pastSeconds) times.push(time);
    const values = Float64Array.from(times, (time) => workload.meanWork(time));
    return { times: Float64Array.from(times), values };
  }

  private workload({ workload }: DemandQuery): SimulatedWorkload {
    return this.cluster.workloads.get(workload.name)!;
  }
}

function measured(workload: SimulatedWorkload, seconds: number): number {
  return workload.plan.metric === 'queue' ? workload.workAt(seconds) : workload.meanWork(seconds);
}
