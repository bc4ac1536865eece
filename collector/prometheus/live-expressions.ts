/* The newest values of many workloads' PromQL, by few requests. */
import { InputError } from '../../core/errors.ts';
import type { DemandReading } from '../demand/demand-source.ts';
import { type AnsweredSeries, TookTooLong } from './answer.ts';
import { askInParts, mayBeServer } from './ask-in-parts.ts';
import { batchExpression, isBatchable, readBatch, readSingle } from './demand-batch.ts';

/** One workload's PromQL. */
export interface LiveExpression {
  readonly id: string;
  readonly text: string;
}

/** Evaluates PromQL at an instant. @throws InputError, WorldError as readAnswer */
export type Evaluate = (query: string, atSeconds: number) => Promise<AnsweredSeries[]>;

export const BATCH_SIZE = 200;
const LEAST_BATCH = 25;
/** So long a query that failed by itself is left in peace: it costs nobody a request, and its reason stands. */
const QUARANTINE_SECONDS = 60;

interface Quarantined {
  readonly why: string;
  readonly untilSeconds: number;
}

/** What came of one call of `read`. */
interface Outcome {
  /** Requests that were answered. */
  answered: number;
  slow: boolean;
  /** Slow or with warnings by themselves: at fault only where others were answered meanwhile. */
  readonly suspects: { readonly text: string; readonly why: string }[];
}

/**
 * The newest numbers of many expressions by few requests. One that fails is found within the same call and stands apart from
 * then on; where requests are slow and no single one is the reason, fewer go into each.
 */
export class LiveExpressions {
  private readonly evaluate: Evaluate;
  private readonly fullBatch: number;
  /** By expression. */
  private readonly quarantine = new Map<string, Quarantined>();
  private batchSize: number;

  constructor(evaluate: Evaluate, batchSize: number = BATCH_SIZE) {
    this.evaluate = evaluate;
    this.fullBatch = batchSize;
    this.batchSize = batchSize;
  }

  /**
   * @param nowSeconds for how long a failed one waits
   * @param atSeconds the instant of evaluation
   */
  async read(
    expressions: readonly LiveExpression[],
    nowSeconds: number,
    atSeconds: number,
  ): Promise<Map<string, DemandReading>> {
    const readings = new Map<string, DemandReading>();
    const batched: LiveExpression[] = [];
    const alone: LiveExpression[] = [];
    this.forgetAllBut(expressions);
    for (const expression of expressions) {
      const quarantined = this.quarantine.get(expression.text);
      if (quarantined && nowSeconds < quarantined.untilSeconds) {
        readings.set(expression.id, { kind: 'missing', why: quarantined.why });
      } else (quarantined || !isBatchable(expression.text) ? alone : batched).push(expression);
    }
    const outcome: Outcome = { answered: 0, slow: false, suspects: [] };
    const untilSeconds = nowSeconds + QUARANTINE_SECONDS;
    const ask = (part: readonly LiveExpression[]) => this.askPart(part, atSeconds, readings, outcome);
    const failed = ({ id, text }: LiveExpression, error: Error, byItself: boolean) => {
      const why = error.message;
      readings.set(id, { kind: 'missing', why });
      if (byItself && error instanceof InputError) this.quarantine.set(text, { why, untilSeconds });
      if (byItself && mayBeServer(error)) outcome.suspects.push({ text, why });
    };
    await Promise.all([askInParts(batched, this.batchSize, ask, failed), askInParts(alone, 1, ask, failed)]);
    const guilty = outcome.answered > 0 ? outcome.suspects : [];
    for (const { text, why } of guilty) this.quarantine.set(text, { why, untilSeconds });
    this.adaptBatch(outcome.slow && guilty.length === 0, outcome.slow);
    return readings;
  }

  private async askPart(
    part: readonly LiveExpression[],
    atSeconds: number,
    readings: Map<string, DemandReading>,
    outcome: Outcome,
  ): Promise<void> {
    const texts = part.map(({ text }) => text);
    try {
      // By itself it needs no mark: a scalar is right too, and its error is its own.
      const answer = await this.evaluate(texts.length === 1 ? texts[0]! : batchExpression(texts), atSeconds);
      outcome.answered++;
      const found = texts.length === 1 ? [readSingle(answer, atSeconds)] : readBatch(answer, texts.length, atSeconds);
      for (const [index, { id }] of part.entries()) readings.set(id, found[index]!);
      if (texts.length === 1) this.quarantine.delete(texts[0]!);
    } catch (error) {
      outcome.slow ||= error instanceof TookTooLong;
      throw error;
    }
  }

  private adaptBatch(serverSlow: boolean, anySlow: boolean): void {
    const least = Math.min(LEAST_BATCH, this.fullBatch);
    if (serverSlow) this.batchSize = Math.max(least, Math.floor(this.batchSize / 2));
    else if (!anySlow) this.batchSize = Math.min(this.fullBatch, this.batchSize + least);
  }

  private forgetAllBut(expressions: readonly LiveExpression[]): void {
    const texts = new Set(expressions.map(({ text }) => text));
    for (const text of this.quarantine.keys()) if (!texts.has(text)) this.quarantine.delete(text);
  }
}
