import type { DemandQuery, DemandReading, DemandSource, PodsOf, TimeRange } from '../collector/demand-source.ts';
import type { Samples } from '../core/series.ts';

type Source = DemandSource & { readonly missing?: string | undefined };

/** Demand of now, as long as it is known which instant that is: where the clocks differ, what is asked for as the newest is not. */
export class TimelyDemand implements DemandSource {
  private readonly source: Source;
  private readonly clockProblem: () => string | undefined;

  /** @param clockProblem why our clock and the source's can't be held against each other; undefined: they agree */
  constructor(source: Source, clockProblem: () => string | undefined) {
    this.source = source;
    this.clockProblem = clockProblem;
  }

  get name(): string {
    return this.source.name;
  }

  /** Why there is no source, or none that tells of now; undefined: there is one. */
  get missing(): string | undefined {
    return this.source.missing ?? this.clockProblem();
  }

  history(query: DemandQuery, range: TimeRange): Promise<Samples> {
    return this.source.history(query, range);
  }

  /** It is asked all the same: its answers tell whether the clocks agree again. */
  async latest(
    queries: readonly DemandQuery[],
    atSeconds: number,
    pods: PodsOf,
  ): Promise<ReadonlyMap<string, DemandReading>> {
    const readings = await this.source.latest(queries, atSeconds, pods);
    const why = this.clockProblem();
    return why === undefined ? readings : new Map(queries.map(({ id }) => [id, { kind: 'missing', why }]));
  }

  close(): Promise<void> {
    return this.source.close();
  }
}
