/* Each tick's demand of all workloads: asked of the source, given to their metrics, recorded in the history. */
import { isCensored, mostUsable } from '../../collector/demand/censoring.ts';
import {
  type DemandQuery,
  type DemandReading,
  OBSERVATION_DELAY_SECONDS,
} from '../../collector/demand/demand-source.ts';
import { inParts } from '../../core/concurrency/in-parts.ts';
import { messageOf } from '../../core/errors.ts';
import type { EngineParts, WorkloadRegistry } from './engine-parts.ts';
import type { ScaledWorkload } from './scaled-workload.ts';

/** The newest demand of all workloads, taken by their metrics and recorded. */
export class Observations {
  private readonly parts: EngineParts;
  private readonly registry: WorkloadRegistry;
  private readonly historyStepSeconds: number;

  /** @param historyStepSeconds step of the history store */
  constructor(parts: EngineParts, registry: WorkloadRegistry, historyStepSeconds: number) {
    this.parts = parts;
    this.registry = registry;
    this.historyStepSeconds = historyStepSeconds;
  }

  /** One tick's. @param nowSeconds of the tick */
  async take(nowSeconds: number): Promise<void> {
    const queries = [...this.registry.workloads.values()].flatMap(({ metrics }) => metrics.map(({ query }) => query));
    await this.observe(await this.latest(queries, nowSeconds), nowSeconds);
  }

  private async latest(
    queries: readonly DemandQuery[],
    nowSeconds: number,
  ): Promise<ReadonlyMap<string, DemandReading>> {
    if (queries.length === 0) return new Map();
    try {
      return await this.parts.source.latest(queries, nowSeconds, (key) => this.parts.pods.podsOf(key));
    } catch (error) {
      const why = messageOf(error);
      this.parts.log.error('no demand could be read', { error });
      return new Map(queries.map(({ id }) => [id, { kind: 'missing', why }]));
    }
  }

  private async observe(readings: ReadonlyMap<string, DemandReading>, nowSeconds: number): Promise<void> {
    const endSeconds = nowSeconds - OBSERVATION_DELAY_SECONDS;
    const recording: Promise<void>[] = [];
    const observe = (workload: ScaledWorkload) =>
      this.registry.aloneNow(workload, () => this.observeOne(workload, readings, endSeconds, recording));
    await inParts(this.registry.workloads.values(), observe, this.parts.pause);
    await Promise.all(recording);
  }

  private observeOne(
    workload: ScaledWorkload,
    readings: ReadonlyMap<string, DemandReading>,
    endSeconds: number,
    recording: Promise<void>[],
  ): void {
    const { metrics, key } = workload;
    workload.succeeded('tick');
    const recorded = endSeconds % this.historyStepSeconds === 0 && this.registry.progress.get(key)?.isReady;
    for (const metric of metrics) {
      const reading = readings.get(metric.query.id);
      const pods = this.parts.pods.podsOf(key);
      const censored = isCensored(reading, metric.query.metric, pods);
      const usable = reading && mostUsable(reading, metric.query.metric, pods);
      const value = metric.observe(this.registry.tickNumber, reading, censored, usable);
      const expected = reading?.kind === 'value' && censored && value > reading.value;
      if (recorded) recording.push(this.record(workload, metric.query.id, endSeconds, value, expected));
    }
  }

  /** What can't be recorded is decided on all the same. */
  private async record(
    workload: ScaledWorkload,
    id: string,
    endSeconds: number,
    value: number,
    expected: boolean,
  ): Promise<void> {
    try {
      await this.parts.recording.record(id, endSeconds, value, expected);
      workload.succeeded('history');
    } catch (error) {
      workload.failed('history', `its history is not recorded: ${messageOf(error)}`);
      this.parts.log.error('demand could not be recorded', { workload: workload.key, error });
    }
  }
}
