import type { RefitPool, Refitted } from '../../addon/refits/refit.ts';
import { ChosenSource } from '../../addon/sources/chosen-source.ts';
import { ownRecording } from '../../addon/sources/recording.ts';
import type { DemandSource } from '../../collector/demand/demand-source.ts';
import { ClockCheck } from '../../core/clock-check.ts';
import { NeuralModelCache } from '../../forecaster/lead-time/neural/model-cache.ts';
import { MemoryForecastStore } from '../../storage/forecast-store.ts';
import { MemoryGuardStore } from '../../storage/guard-store.ts';
import { MemoryHistoryStore } from '../../storage/history-store.ts';
import type { Measurement } from '../plain-measurement.ts';
import type { SimulatedProcess } from './process.ts';
import type { ScalingBase, ScalingStores } from './scaling-process.ts';

/** What a replica keeps in its folder: it outlives the process, as long as the pod does. */
export class Disk {
  readonly history: MemoryHistoryStore;
  readonly guards = new MemoryGuardStore();
  startups: unknown;

  constructor(retentionDays: number) {
    this.history = new MemoryHistoryStore(retentionDays);
  }
}

/** The stores of `prescale run`: history in files, all else in memory, refits in the process. */
export function ownStores(disk: Disk, measurement: Measurement, pool: RefitPool) {
  return ({ process, api }: ScalingBase): ScalingStores => {
    const { history } = disk;
    const own = measurement.sourceFor(process, api, history);
    const clock = new ClockCheck(process.clock.nowSeconds);
    const source = new ChosenSource(
      async () => ({ source: dated(own, process, clock) }),
      process.clock.nowSeconds,
      () => {},
    );
    return {
      source,
      history,
      recording: ownRecording(source, history),
      neuralModels: new NeuralModelCache(),
      guards: disk.guards,
      clockProblem: () => clock.ownProblem,
      forecasts: new MemoryForecastStore<Refitted>(),
      refits: { pool },
      startups: {
        shared: false,
        load: async () => disk.startups,
        save: async (startups) => {
          disk.startups = startups;
        },
      },
    };
  };
}

/** Its answers have a Date, which our clock is held against. */
function dated(source: DemandSource, process: SimulatedProcess, clock: ClockCheck): DemandSource {
  return {
    name: source.name,
    history: (query, range) => source.history(query, range),
    latest: (queries, atSeconds, pods) => {
      const askedSeconds = process.epochSeconds();
      const time = { serverSeconds: Math.floor(process.serverSeconds), stepSeconds: 1, askedSeconds };
      clock.compare('Prometheus', { ...time, answeredSeconds: askedSeconds });
      return source.latest(queries, atSeconds, pods);
    },
    close: () => source.close(),
  };
}
