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
} from '../../core/scraping/range-functions.ts';
import type { Aggregation, PromqlExpression, RangeFunctionName, SeriesSelector } from './promql-parser.ts';
import { UnsupportedQuery } from './promql-parser.ts';
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

/** The group that each set of labels falls in. Labels of stored series stay the same objects, and so do those made of them. */
class Grouping {
  private readonly by: readonly string[];
  private readonly groups = new Map<string, Labels>();
  private known = new WeakMap<Labels, Labels>();

  constructor(by: readonly string[]) {
    this.by = by;
  }

  /** The group's labels: the same object for the same group. */
  of(labels: Labels): Labels {
    let group = this.known.get(labels);
    if (group) return group;
    const key = valuesOf(labels, this.by);
    group = this.groups.get(key);
    if (!group) {
      // Pods that are gone leave theirs behind: forgotten now and then.
      if (this.groups.size >= MOST_GROUPS) {
        this.groups.clear();
        this.known = new WeakMap();
      }
      const own = this.by.filter((label) => (labels[label] ?? '') !== '');
      group = Object.fromEntries(own.map((label) => [label, labels[label]!]));
      this.groups.set(key, group);
    }
    this.known.set(labels, group);
    return group;
  }
}

const MOST_GROUPS = 10_000;

function valuesOf(labels: Labels, of: readonly string[]): string {
  let values = '';
  for (const label of of) values += `${labels[label] ?? ''}\xff`;
  return values;
}

/** Evaluates parsed PromQL over one store. */
export class PromqlEvaluation {
  private readonly store: SeriesStore;
  private readonly read = windowReader();
  /** What a selector found, until series come or go. */
  private readonly selected = new WeakMap<
    SeriesSelector,
    { readonly changes: number; readonly found: StoredSeries[] }
  >();
  private readonly groupings = new WeakMap<PromqlExpression, Grouping>();
  /** By expression: what its operands' series are the same by. */
  private readonly signatures = new WeakMap<PromqlExpression, WeakMap<Labels, string>>();

  constructor(store: SeriesStore) {
    this.store = store;
  }

  /** @returns a number for an expression that is a scalar. @throws ExecutionFailed, UnsupportedQuery */
  at(expression: PromqlExpression, instant: Instant): number | InstantSample[] {
    switch (expression.kind) {
      case 'number':
        return expression.value;
      case 'selector':
        return this.instant(expression, instant);
      case 'vector': {
        const value = this.at(expression.of, instant);
        if (typeof value !== 'number') throw new UnsupportedQuery('vector(…) needs a scalar');
        return [{ labels: {}, value }];
      }
      case 'range-function':
        return this.range(expression.name, expression.of, expression.windowSeconds * 1000, instant);
      case 'aggregation':
        return aggregate(expression.name, this.grouping(expression), this.vector(expression.of, instant));
      case 'clamp': {
        const limit = expression.name === 'clamp_min' ? Math.max : Math.min;
        const { to } = expression;
        return this.vector(expression.of, instant).map((one) => ({
          labels: nameless(one),
          value: limit(one.value, to),
        }));
      }
      case 'label-replace':
        return distinct(this.vector(expression.of, instant).map((one) => replaced(one, expression)));
      case 'binary':
        return this.binary(expression, instant);
    }
  }

  private vector(expression: PromqlExpression, instant: Instant): InstantSample[] {
    const value = this.at(expression, instant);
    if (typeof value === 'number') throw new UnsupportedQuery(`found the scalar ${value}; expected series`);
    return value;
  }

  private select(selector: SeriesSelector, { alter }: Instant): readonly StoredSeries[] {
    let selected = this.selected.get(selector);
    if (selected?.changes !== this.store.changes) {
      selected = { changes: this.store.changes, found: this.store.select(selector.name, selector.matchers) };
      this.selected.set(selector, selected);
    }
    return alter ? alter(selected.found) : selected.found;
  }

  private instant(selector: SeriesSelector, instant: Instant): InstantSample[] {
    const samples: InstantSample[] = [];
    for (const { labels, log } of this.select(selector, instant)) {
      const value = instantValue(log, instant.atMs, instant.lookbackMs);
      if (value !== undefined) samples.push({ labels, value });
    }
    return samples;
  }

  private range(
    name: RangeFunctionName,
    selector: SeriesSelector,
    windowMs: number,
    instant: Instant,
  ): InstantSample[] {
    const window = { startMs: instant.atMs - windowMs, endMs: instant.atMs };
    const samples: InstantSample[] = [];
    for (const { labels, unnamed, log } of this.select(selector, instant)) {
      const value = FUNCTIONS[name](this.read(log, window), window);
      // A last value is still the metric itself.
      if (value !== undefined) samples.push({ labels: name === 'last_over_time' ? labels : unnamed, value });
    }
    return samples;
  }

  private grouping(expression: Extract<PromqlExpression, { kind: 'aggregation' }>): Grouping {
    let grouping = this.groupings.get(expression);
    if (!grouping) {
      grouping = new Grouping(expression.by);
      this.groupings.set(expression, grouping);
    }
    return grouping;
  }

  private binary(
    expression: Extract<PromqlExpression, { kind: 'binary' }>,
    instant: Instant,
  ): number | InstantSample[] {
    const { operator } = expression;
    const [left, right] = [this.at(expression.left, instant), this.at(expression.right, instant)];
    if (operator === 'or' || operator === 'and' || operator === 'unless') {
      if (typeof left === 'number' || typeof right === 'number') {
        throw new UnsupportedQuery(`found a scalar beside ${operator}; expected series`);
      }
      return combined(operator, this.signature(expression), left, right);
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

  private signature(expression: Extract<PromqlExpression, { kind: 'binary' }>): (sample: InstantSample) => string {
    let known = this.signatures.get(expression);
    if (!known) {
      known = new WeakMap();
      this.signatures.set(expression, known);
    }
    const signatures = known;
    return (sample) => {
      let found = signatures.get(sample.labels);
      if (found === undefined) {
        found = signature(sample, expression.on);
        signatures.set(sample.labels, found);
      }
      return found;
    };
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
  return on ? valuesOf(sample.labels, on) : labelKey(nameless(sample));
}

function combined(
  operator: 'or' | 'and' | 'unless',
  signatureOf: (sample: InstantSample) => string,
  left: readonly InstantSample[],
  right: readonly InstantSample[],
): InstantSample[] {
  if (right.length === 0 && operator !== 'and') return [...left];
  const [kept, other] = operator === 'or' ? [right, left] : [left, right];
  const known = new Set(other.map((one) => signatureOf(one)));
  const found = kept.filter((one) => known.has(signatureOf(one)) === (operator === 'and'));
  return operator === 'or' ? [...left, ...found] : found;
}

function aggregate(name: Aggregation, grouping: Grouping, samples: readonly InstantSample[]): InstantSample[] {
  const groups = new Map<Labels, { readonly labels: Labels; value: number; count: number }>();
  for (const { labels, value } of samples) {
    const own = grouping.of(labels);
    const group = groups.get(own);
    if (!group) {
      groups.set(own, { labels: own, value, count: 1 });
      continue;
    }
    group.count++;
    if (name === 'sum' || name === 'avg') group.value += value;
    else if (Number.isNaN(group.value)) group.value = value;
    else if (name === 'max' ? value > group.value : name === 'min' && value < group.value) group.value = value;
  }
  const found = [...groups.values()];
  if (name === 'count') for (const group of found) group.value = group.count;
  else if (name === 'avg') for (const group of found) group.value /= group.count;
  return found;
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
