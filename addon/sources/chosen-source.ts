import type {
  DemandQuery,
  DemandReading,
  DemandSource,
  PodsOf,
  TimeRange,
} from '../../collector/demand/demand-source.ts';
import { messageOf, WorldError } from '../../core/errors.ts';
import type { Samples } from '../../core/series.ts';

/** Where demand is measured, or why nowhere yet. */
export type Choice = { readonly source: DemandSource } | { readonly none: string };

/** Looked for again so often while there is none. */
const AGAIN_SECONDS = 60;

/** A source that is looked for when it is first needed, and again while none was found: Prometheus may come later than we. */
export class ChosenSource implements DemandSource {
  private readonly choose: () => Promise<Choice>;
  private readonly nowSeconds: () => number;
  private readonly onAnswer: (source: string, outcome: 'ok' | 'empty' | 'error', seconds: number) => void;
  private chosen: Choice = { none: 'no source of demand was looked for yet' };
  private looking: Promise<void> | undefined;
  private lookedSeconds = Number.NEGATIVE_INFINITY;

  /** @param nowSeconds monotonic */
  constructor(
    choose: () => Promise<Choice>,
    nowSeconds: () => number,
    onAnswer: (source: string, outcome: 'ok' | 'empty' | 'error', seconds: number) => void,
  ) {
    this.choose = choose;
    this.nowSeconds = nowSeconds;
    this.onAnswer = onAnswer;
  }

  get name(): string {
    return 'source' in this.chosen ? this.chosen.source.name : this.chosen.none;
  }

  /** Why there is no source; undefined: there is one. */
  get missing(): string | undefined {
    return 'none' in this.chosen ? this.chosen.none : undefined;
  }

  async history(query: DemandQuery, range: TimeRange): Promise<Samples> {
    const choice = await this.found();
    if ('none' in choice) throw new WorldError(choice.none);
    return this.timed(
      choice.source.name,
      () => choice.source.history(query, range),
      ({ times }) => times.length,
    );
  }

  async latest(
    queries: readonly DemandQuery[],
    atSeconds: number,
    pods: PodsOf,
  ): Promise<ReadonlyMap<string, DemandReading>> {
    const choice = await this.found();
    if ('none' in choice) return new Map(queries.map(({ id }) => [id, { kind: 'missing', why: choice.none }]));
    const values = (readings: ReadonlyMap<string, DemandReading>) =>
      [...readings.values()].filter(({ kind }) => kind === 'value').length;
    return this.timed(choice.source.name, () => choice.source.latest(queries, atSeconds, pods), values);
  }

  async close(): Promise<void> {
    if ('source' in this.chosen) await this.chosen.source.close();
  }

  private async found(): Promise<Choice> {
    if ('none' in this.chosen && this.nowSeconds() - this.lookedSeconds >= AGAIN_SECONDS) {
      this.looking ??= this.look();
      await this.looking;
    }
    return this.chosen;
  }

  private async look(): Promise<void> {
    try {
      this.chosen = await this.choose();
    } catch (error) {
      this.chosen = { none: messageOf(error) };
    }
    this.lookedSeconds = this.nowSeconds();
    this.looking = undefined;
  }

  private async timed<T>(name: string, ask: () => Promise<T>, values: (answer: T) => number): Promise<T> {
    const started = this.nowSeconds();
    try {
      const answer = await ask();
      this.onAnswer(name, values(answer) > 0 ? 'ok' : 'empty', this.nowSeconds() - started);
      return answer;
    } catch (error) {
      this.onAnswer(name, 'error', this.nowSeconds() - started);
      throw error;
    }
  }
}
