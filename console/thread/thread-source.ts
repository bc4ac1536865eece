import type {
  JournalPage,
  MinuteSeries,
  ObjectDetail,
  Sparkline,
  Sparklines,
  WorkloadDetail,
  WorkloadSeries,
} from '../../addon/console/console-data.ts';
import { WorldError } from '../../core/errors.ts';
import { DAY_SECONDS, MINUTE_SECONDS } from '../../core/series.ts';
import { TICK_SECONDS } from '../../core/tick.ts';
import type { ForecastAnswer } from '../api/answers.ts';
import type { ConsoleSource } from '../api/source.ts';
import type { WhatIfAnswer, WhatIfQuestion, WhatIfWait } from '../api/what-if.ts';
import type { FleetMessage } from '../fleet/fleet-message.ts';
import { FleetTable } from '../fleet/fleet-table.ts';
import { NewestReplay } from '../what-if/newest-replay.ts';
import { type MetricPlace, type WhatIfTask, whatIfTask } from '../what-if/what-if-task.ts';
import { KeptAnswers } from './kept-answers.ts';
import type { Questions } from './questions.ts';

const HISTORY_SECONDS = 8 * DAY_SECONDS;
/** The workloads that people look at now; each has some 300 kB. */
const MOST_KEPT = 24;
/** Of 48 numbers each: what a few who scroll have seen. */
const MOST_LINES = 5_000;
const LINE_SECONDS = 900;
const SERIES_SECONDS = 15;
/** The API server is asked no more often, however many look. */
const OBJECT_SECONDS = 15;
const FORECAST_SECONDS = 300;
/** They are made once a night. */
const BOUNDS_SECONDS = 60;
/** The addon's thread may be in a tick or a scrape: who looked before is answered of the tick before, which says how old it is. */
const PATIENCE_MS = 20;
/** Older than the tick before, though ticks come a little early or late. */
const OLDEST_SECONDS = 1.5 * TICK_SECONDS;

/** Replays one workload's past. */
export interface WhatIfReplays {
  /** A question comes soon: what replays gets ready. Without it, that is not this process' own. */
  begin?(): void;
  /** @param demandOf the demand that was recorded, by the minute. Each answer is more complete; it ends soon after the signal is aborted. */
  replay(
    task: WhatIfTask,
    demandOf: (place: MetricPlace) => MinuteSeries | null | undefined,
    signal: AbortSignal,
  ): AsyncIterable<WhatIfAnswer>;
}

type Questioned = Pick<
  Questions,
  'workload' | 'object' | 'sparklines' | 'series' | 'journal' | 'whatIfBase' | 'bounds'
>;

/** What the console's thread knows, and what it asks for. */
export class ThreadSource implements ConsoleSource {
  readonly fleet = new FleetTable();
  readonly nowSeconds: () => number;
  private readonly questions: Questioned;
  private readonly replays: WhatIfReplays;
  private readonly newest: NewestReplay;
  private readonly details: KeptAnswers<WorkloadDetail | undefined>;
  private readonly objects: KeptAnswers<ObjectDetail | undefined>;
  private readonly lines: KeptAnswers<Sparkline | undefined>;
  private readonly allSeries: KeptAnswers<WorkloadSeries | undefined>;
  private readonly forecasts: KeptAnswers<ForecastAnswer | undefined>;
  private readonly allBounds: KeptAnswers<Awaited<ReturnType<ConsoleSource['bounds']>>>;

  constructor(questions: Questioned, replays: WhatIfReplays, nowSeconds: () => number) {
    this.questions = questions;
    this.replays = replays;
    this.newest = new NewestReplay(nowSeconds);
    this.nowSeconds = nowSeconds;
    this.details = new KeptAnswers(MOST_KEPT, SERIES_SECONDS, nowSeconds);
    this.objects = new KeptAnswers(MOST_KEPT, OBJECT_SECONDS, nowSeconds);
    this.lines = new KeptAnswers(MOST_LINES, LINE_SECONDS, nowSeconds);
    this.allSeries = new KeptAnswers(MOST_KEPT, SERIES_SECONDS, nowSeconds);
    this.forecasts = new KeptAnswers(MOST_KEPT, FORECAST_SECONDS, nowSeconds);
    this.allBounds = new KeptAnswers(1, BOUNDS_SECONDS, nowSeconds);
  }

  take(message: FleetMessage): void {
    this.fleet.take(message);
    // Until the next tick nothing of a workload changes.
    this.details.outdate();
  }

  workload(key: string): Promise<WorkloadDetail | undefined> {
    const oldest = (this.fleet.source?.figuresSeconds ?? 0) - OLDEST_SECONDS;
    const mayBeGiven = (before: WorkloadDetail | undefined) =>
      before !== undefined && (before.figuresSeconds ?? 0) >= oldest;
    return this.details.soon(key, () => this.questions.workload(key), PATIENCE_MS, mayBeGiven);
  }

  object(key: string): Promise<ObjectDetail | undefined> {
    return this.objects.of(key, () => this.questions.object(key));
  }

  async sparklines(keys: readonly string[]): Promise<Sparklines> {
    const found = await this.lines.ofAll(keys, (missing) => this.questions.sparklines(missing));
    return new Map([...found].flatMap(([key, line]) => (line ? [[key, line] as const] : [])));
  }

  series(key: string, fromSeconds: number, toSeconds: number): Promise<WorkloadSeries | undefined> {
    const range = `${key} ${fromSeconds} ${toSeconds}`;
    return this.allSeries.of(range, () => this.questions.series(key, fromSeconds, toSeconds));
  }

  bounds(): ReturnType<ConsoleSource['bounds']> {
    return this.allBounds.of('', () => this.questions.bounds());
  }

  journal(
    key: string,
    page: { readonly beforeSeconds?: number; readonly limit: number },
  ): Promise<JournalPage | undefined> {
    return this.questions.journal(key, page);
  }

  forecast(key: string): Promise<ForecastAnswer | undefined> {
    return this.forecasts.of(key, async () => {
      const found = await this.past(key);
      if (!found) return undefined;
      // The models are large, and few look a day ahead.
      const { dayAhead } = await import('../fleet/day-ahead.ts');
      const answer = dayAhead(found.series, found.detail);
      if (typeof answer === 'string') throw new WorldError(answer);
      return answer;
    });
  }

  prepareWhatIf(): boolean {
    this.replays.begin?.();
    return this.replays.begin !== undefined;
  }

  async whatIf(key: string, question: WhatIfQuestion, wait: WhatIfWait): Promise<WhatIfAnswer | undefined> {
    if (!this.fleet.row(key)) return undefined;
    return this.newest.answer(`${key} ${JSON.stringify(question)}`, wait, (signal) =>
      this.replayed(key, question, signal),
    );
  }

  private async *replayed(key: string, question: WhatIfQuestion, signal: AbortSignal): AsyncGenerator<WhatIfAnswer> {
    this.replays.begin?.();
    const [found, base] = await Promise.all([this.past(key), this.questions.whatIfBase(key)]);
    if (!found) throw new WorldError('it opted out a moment ago');
    const { metrics } = found.series;
    const task = whatIfTask(found.detail, base, metrics[0]?.metric, question);
    yield* this.replays.replay(task, ({ name }) => metrics.find(({ metric }) => metric === name)?.demand, signal);
  }

  private async past(key: string): Promise<{ detail: WorkloadDetail; series: WorkloadSeries } | undefined> {
    const toSeconds = Math.floor(this.nowSeconds() / MINUTE_SECONDS) * MINUTE_SECONDS;
    const [detail, series] = await Promise.all([
      this.workload(key),
      this.series(key, toSeconds - HISTORY_SECONDS, toSeconds),
    ]);
    return detail && series && { detail, series };
  }
}
