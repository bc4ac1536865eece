import type {
  Aggregation,
  BinaryOperator,
  PromqlExpression,
  RangeFunctionName,
  SeriesSelector,
} from './promql-parser.ts';
import { UnsupportedQuery } from './promql-parser.ts';
import {
  avgOverTime,
  countOverTime,
  increase,
  instantValue,
  lastOverTime,
  maxOverTime,
  minOverTime,
  type RangeFunction,
  rate,
  sumOverTime,
  windowReader,
} from './range-functions.ts';
import { type Labels, labelKey, type SeriesStore, type StoredSeries } from './series-store.ts';

/** One series' value at the instant of an evaluation. */
export interface InstantSample {
  readonly labels: Labels;
  readonly value: number;
}

/** An instant, and how far back a value is still the newest one. */
export interface Instant {
  readonly atMs: number;
  readonly lookbackMs: number;
  /** What becomes of the series that a selector finds: some are lost, some are there twice. */
  readonly alter?: (found: readonly StoredSeries[]) => readonly StoredSeries[];
}

/** The server found two series with the same labels, where there may be one; its message. */
export class ExecutionFailed extends Error {
  override readonly name = 'ExecutionFailed';
}

const FUNCTIONS: Readonly<Record<RangeFunctionName, RangeFunction>> = {
  rate,
  increase,
  avg_over_time: avgOverTime,
  sum_over_time: sumOverTime,
  count_over_time: countOverTime,
  max_over_time: maxOverTime,
  min_over_time: minOverTime,
  last_over_time: lastOverTime,
};

/** Evaluates parsed PromQL over one store. */
export class PromqlEvaluation {
  readonly #store: SeriesStore;
  readonly #read = windowReader();
  /** What a selector found, until series come or go. */
  readonly #selected = new WeakMap<SeriesSelector, { readonly changes: number; readonly found: StoredSeries[] }>();

  constructor(store: SeriesStore) {
    this.#store = store;
  }

  /** @returns a number for an expression that is a scalar. @throws ExecutionFailed, UnsupportedQuery */
  at(expression: PromqlExpression, instant: Instant): number | InstantSample[] {
    switch (expression.kind) {
      case 'number':
        return expression.value;
      case 'selector':
        return this.#instant(expression, instant);
      case 'vector': {
        const value = this.at(expression.of, instant);
        if (typeof value !== 'number') throw new UnsupportedQuery('vector(…) needs a scalar');
        return [{ labels: {}, value }];
      }
      case 'range-function':
        return this.#range(expression.name, expression.of, expression.windowSeconds * 1000, instant);
      case 'aggregation':
        return aggregate(expression.name, expression.by, this.#vector(expression.of, instant));
      case 'clamp': {
        const limit = expression.name === 'clamp_min' ? Math.max : Math.min;
        const { to } = expression;
        return this.#vector(expression.of, instant).map((one) => ({
          labels: nameless(one),
          value: limit(one.value, to),
        }));
      }
      case 'label-replace':
        return distinct(this.#vector(expression.of, instant).map((one) => replaced(one, expression)));
      case 'binary':
        return this.#binary(expression.operator, expression.on, expression.left, expression.right, instant);
    }
  }

  #vector(expression: PromqlExpression, instant: Instant): InstantSample[] {
    const value = this.at(expression, instant);
    if (typeof value === 'number') throw new UnsupportedQuery(`found the scalar ${value}; expected series`);
    return value;
  }

  #select(selector: SeriesSelector, { alter }: Instant): readonly StoredSeries[] {
    let selected = this.#selected.get(selector);
    if (selected?.changes !== this.#store.changes) {
      selected = { changes: this.#store.changes, found: this.#store.select(selector.name, selector.matchers) };
      this.#selected.set(selector, selected);
    }
    return alter ? alter(selected.found) : selected.found;
  }

  #instant(selector: SeriesSelector, instant: Instant): InstantSample[] {
    const samples: InstantSample[] = [];
    for (const { labels, log } of this.#select(selector, instant)) {
      const value = instantValue(log, instant.atMs, instant.lookbackMs);
      if (value !== undefined) samples.push({ labels, value });
    }
    return samples;
  }

  #range(name: RangeFunctionName, selector: SeriesSelector, windowMs: number, instant: Instant): InstantSample[] {
    const window = { startMs: instant.atMs - windowMs, endMs: instant.atMs };
    const samples: InstantSample[] = [];
    for (const { labels, unnamed, log } of this.#select(selector, instant)) {
      const value = FUNCTIONS[name](this.#read(log, window), window);
      // A last value is still the metric itself.
      if (value !== undefined) samples.push({ labels: name === 'last_over_time' ? labels : unnamed, value });
    }
    return samples;
  }

  #binary(
    operator: BinaryOperator,
    on: readonly string[] | undefined,
    leftOf: PromqlExpression,
    rightOf: PromqlExpression,
    instant: Instant,
  ): number | InstantSample[] {
    const [left, right] = [this.at(leftOf, instant), this.at(rightOf, instant)];
    if (operator === 'or' || operator === 'and' || operator === 'unless') {
      if (typeof left === 'number' || typeof right === 'number') {
        throw new UnsupportedQuery(`found a scalar beside ${operator}; expected series`);
      }
      return combined(operator, on, left, right);
    }
    if (typeof left !== 'number' && typeof right !== 'number') {
      throw new UnsupportedQuery(`the simulated Prometheus can't evaluate ${operator} between series`);
    }
    const apply = (a: number, b: number) => calculate(operator, a, b);
    if (typeof left !== 'number') {
      return left.map((one) => ({ labels: nameless(one), value: apply(one.value, right as number) }));
    }
    if (typeof right === 'number') return apply(left, right);
    return right.map((one) => ({ labels: nameless(one), value: apply(left, one.value) }));
  }
}

function calculate(operator: '+' | '-' | '*' | '/', a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
  }
}

function nameless({ labels }: InstantSample): Labels {
  if (labels.__name__ === undefined) return labels;
  const { __name__: _, ...rest } = labels;
  return rest;
}

/** What two series are the same by: these labels, else all but the name. */
function signature(sample: InstantSample, on: readonly string[] | undefined): string {
  return on ? on.map((label) => sample.labels[label] ?? '').join('\xff') : labelKey(nameless(sample));
}

function combined(
  operator: 'or' | 'and' | 'unless',
  on: readonly string[] | undefined,
  left: readonly InstantSample[],
  right: readonly InstantSample[],
): InstantSample[] {
  if (right.length === 0 && operator !== 'and') return [...left];
  const [kept, other] = operator === 'or' ? [right, left] : [left, right];
  const known = new Set(other.map((one) => signature(one, on)));
  const found = kept.filter((one) => known.has(signature(one, on)) === (operator === 'and'));
  return operator === 'or' ? [...left, ...found] : found;
}

function aggregate(name: Aggregation, by: readonly string[], samples: readonly InstantSample[]): InstantSample[] {
  const groups = new Map<string, { readonly labels: Labels; value: number; count: number }>();
  for (const { labels, value } of samples) {
    let key = '';
    for (const label of by) key += `${labels[label] ?? ''}\xff`;
    const group = groups.get(key);
    if (!group) {
      const own = by.filter((label) => (labels[label] ?? '') !== '');
      groups.set(key, { labels: Object.fromEntries(own.map((label) => [label, labels[label]!])), value, count: 1 });
      continue;
    }
    group.count++;
    if (name === 'sum' || name === 'avg') group.value += value;
    else if (Number.isNaN(group.value)) group.value = value;
    else if (name === 'max' ? value > group.value : name === 'min' && value < group.value) group.value = value;
  }
  return [...groups.values()].map(({ labels, value, count }) => {
    if (name === 'count') return { labels, value: count };
    return { labels, value: name === 'avg' ? value / count : value };
  });
}

function replaced(
  sample: InstantSample,
  { label, replacement, from, pattern }: Extract<PromqlExpression, { kind: 'label-replace' }>,
): InstantSample {
  const value = sample.labels[from] ?? '';
  const match = pattern.exec(value);
  if (!match) return sample;
  const text = replacement.replace(/\$(\d+)/g, (_, group) => match[Number(group)] ?? '');
  const { [label]: _, ...others } = sample.labels;
  return { labels: text === '' ? others : { ...others, [label]: text }, value: sample.value };
}

function distinct(samples: InstantSample[]): InstantSample[] {
  if (samples.length < 2) return samples;
  const keys = new Set(samples.map(({ labels }) => labelKey(labels)));
  if (keys.size < samples.length) throw new ExecutionFailed('vector cannot contain metrics with the same labelset');
  return samples;
}
