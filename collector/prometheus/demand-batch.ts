import type { DemandReading } from '../demand/demand-source.ts';
import { type AnsweredSeries, labelText, promNumber } from './answer.ts';
import { isSelfContained, stringLiteral } from './promql/text.ts';
import { severalSeries } from './range.ts';

/** Marks each series of a batch with the index of its expression, whatever labels the expression gives it. */
const MARK = 'prescale_query';

/** Whether an expression may stand in a batch: one that is not may only be asked alone, where it can't speak for others. */
export const isBatchable = isSelfContained;

/** One expression of many; its answer is read by {@link readBatch}. @param expressions batchable, at least one */
export function batchExpression(expressions: readonly string[]): string {
  // The line break ends a comment at the expression's end.
  const marked = expressions.map(
    (expression, index) =>
      `label_replace((${expression}\n), ${stringLiteral(MARK)}, ${stringLiteral(String(index))}, "__name__", ".*")`,
  );
  return either(marked);
}

/**
 * As a balanced tree: `a or b or c …` is worked off from the left, and each `or` looks at all that was found before it, so that
 * 200 of them in a row cost a server several times the queries themselves.
 */
function either(expressions: readonly string[]): string {
  if (expressions.length === 1) return expressions[0]!;
  const middle = expressions.length >> 1;
  return `(${either(expressions.slice(0, middle))} or ${either(expressions.slice(middle))})`;
}

/** A reading for each of `count` expressions. */
export function readBatch(answer: readonly AnsweredSeries[], count: number, timeSeconds: number): DemandReading[] {
  const series: AnsweredSeries[][] = Array.from({ length: count }, () => []);
  for (const { metric, points } of answer) {
    const { [MARK]: index, ...labels } = metric;
    series[Number(index)]?.push({ metric: labels, points });
  }
  return series.map((own) => readSingle(own, timeSeconds));
}

/** The one number of an expression's series. */
export function readSingle(series: readonly AnsweredSeries[], timeSeconds: number): DemandReading {
  const missing = (why: string): DemandReading => ({ kind: 'missing', why });
  if (series.length > 1) {
    return missing(`the query gives ${severalSeries(series.map(({ metric }) => labelText(metric)))}`);
  }
  const text = series[0]?.points.at(-1)?.[1];
  if (text === undefined) return missing('the query gives no series: do the metric and its labels exist?');
  const value = promNumber(text);
  if (!Number.isFinite(value)) return missing(`the query gives ${text}, which is no demand`);
  if (value < 0) return missing(`the query gives ${text}; expected a demand ≥ 0`);
  return { kind: 'value', value, timeSeconds };
}
