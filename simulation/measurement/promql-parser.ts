import type { Matcher } from './series-store.ts';

/** Functions of the samples in a window. */
export const RANGE_FUNCTIONS = [
  'rate',
  'increase',
  'avg_over_time',
  'sum_over_time',
  'count_over_time',
  'max_over_time',
  'min_over_time',
  'last_over_time',
] as const;
export const AGGREGATIONS = ['sum', 'max', 'min', 'avg', 'count'] as const;
const CLAMPS = ['clamp_min', 'clamp_max'] as const;

export type RangeFunctionName = (typeof RANGE_FUNCTIONS)[number];
export type Aggregation = (typeof AGGREGATIONS)[number];
export type BinaryOperator = 'or' | 'and' | 'unless' | '+' | '-' | '*' | '/';

/** Series of one name, at an instant or over a window. */
export interface SeriesSelector {
  readonly kind: 'selector';
  readonly name: string;
  readonly matchers: readonly Matcher[];
}

/** The PromQL that this project's collectors and ordinary templates are written in; nothing else. */
export type PromqlExpression =
  | SeriesSelector
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'vector'; readonly of: PromqlExpression }
  | {
      readonly kind: 'range-function';
      readonly name: RangeFunctionName;
      readonly of: SeriesSelector;
      readonly windowSeconds: number;
    }
  | {
      readonly kind: 'aggregation';
      readonly name: Aggregation;
      /** Undefined: all in one. */
      readonly by: readonly string[];
      readonly of: PromqlExpression;
    }
  | {
      readonly kind: 'clamp';
      readonly name: (typeof CLAMPS)[number];
      readonly of: PromqlExpression;
      readonly to: number;
    }
  | {
      readonly kind: 'label-replace';
      readonly of: PromqlExpression;
      readonly label: string;
      readonly replacement: string;
      readonly from: string;
      readonly pattern: RegExp;
    }
  | {
      readonly kind: 'binary';
      readonly operator: BinaryOperator;
      /** Labels to match by; undefined: all. */
      readonly on: readonly string[] | undefined;
      readonly left: PromqlExpression;
      readonly right: PromqlExpression;
    };

/** PromQL that is not simulated, or that is none: what is wrong with it, and where. */
export class UnsupportedQuery extends Error {
  override readonly name = 'UnsupportedQuery';
}

const TOKEN =
  /\s+|#[^\n]*|("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`)|([a-zA-Z_:][a-zA-Z0-9_:]*)|(\d+(?:\.\d+)?(?:ms|[smhdwy])(?:\d+(?:ms|[smhdwy]))*)|(\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)|(=~|!~|!=|[-+*/(){}[\],=])/gy;
const DURATION_SECONDS: Readonly<Record<string, number>> = {
  ms: 0.001,
  s: 1,
  m: 60,
  h: 3600,
  d: 86_400,
  w: 604_800,
  y: 31_536_000,
};
/** The loosest first. */
const PRECEDENCE: readonly (readonly BinaryOperator[])[] = [['or'], ['and', 'unless'], ['+', '-'], ['*', '/']];

interface Token {
  readonly kind: 'string' | 'name' | 'duration' | 'number' | 'sign' | 'end';
  readonly text: string;
  readonly at: number;
}

/** @throws UnsupportedQuery */
export function parsePromql(text: string): PromqlExpression {
  return new Parser(text).whole();
}

class Parser {
  private readonly text: string;
  private readonly tokens: Token[] = [];
  private next = 0;

  constructor(text: string) {
    this.text = text;
    const kinds = ['string', 'name', 'duration', 'number', 'sign'] as const;
    let at = 0;
    for (const match of text.matchAll(TOKEN)) {
      const index = match.slice(1).findIndex((group) => group !== undefined);
      if (index >= 0) this.tokens.push({ kind: kinds[index]!, text: match[0], at });
      at += match[0].length;
    }
    if (at < text.length) throw this.unsupported(`${JSON.stringify(text.slice(at, at + 20))}`, at);
    this.tokens.push({ kind: 'end', text: 'the end', at });
  }

  whole(): PromqlExpression {
    const found = this.binary(0);
    if (this.peek.kind !== 'end') throw this.unexpected('the end');
    return found;
  }

  private binary(level: number): PromqlExpression {
    const operators = PRECEDENCE[level];
    if (!operators) return this.primary();
    let left = this.binary(level + 1);
    for (;;) {
      const operator = operators.find((one) => one === this.peek.text && this.peek.kind !== 'string');
      if (!operator) return left;
      this.next++;
      const on = this.takes('on') ? this.labels() : undefined;
      if (on && !['or', 'and', 'unless'].includes(operator)) throw this.unsupported(`on (…) with ${operator}`);
      const right = this.binary(level + 1);
      left = { kind: 'binary', operator, on, left, right };
    }
  }

  private primary(): PromqlExpression {
    const { kind, text } = this.take();
    if (kind === 'sign' && text === '(') {
      const inner = this.binary(0);
      this.expect(')');
      return inner;
    }
    if (kind === 'sign' && text === '-' && this.peek.kind === 'number') {
      return { kind: 'number', value: -this.number() };
    }
    if (kind === 'number') return { kind: 'number', value: Number(text) };
    if (kind !== 'name') throw this.unexpected('an expression', -1);
    const aggregation = AGGREGATIONS.find((name) => name === text);
    if (aggregation && (this.peek.text === '(' || this.peek.text === 'by')) return this.aggregation(aggregation);
    return this.peek.text === '(' ? this.call(text) : this.selector(text);
  }

  private aggregation(name: Aggregation): PromqlExpression {
    let by = this.takes('by') ? this.labels() : undefined;
    this.expect('(');
    const of = this.binary(0);
    this.expect(')');
    if (!by && this.takes('by')) by = this.labels();
    return { kind: 'aggregation', name, by: by ?? [], of };
  }

  private call(name: string): PromqlExpression {
    this.expect('(');
    const range = RANGE_FUNCTIONS.find((one) => one === name);
    if (range) {
      const of = this.selector(this.take('name').text);
      this.expect('[');
      const windowSeconds = duration(this.take('duration').text);
      this.expect(']', ')');
      return { kind: 'range-function', name: range, of, windowSeconds };
    }
    const of = this.binary(0);
    const clamp = CLAMPS.find((one) => one === name);
    if (clamp) {
      this.expect(',');
      const to = this.number();
      this.expect(')');
      return { kind: 'clamp', name: clamp, of, to };
    }
    if (name === 'label_replace') {
      const [label, replacement, from, pattern] = [1, 2, 3, 4].map(() => {
        this.expect(',');
        return this.string();
      });
      this.expect(')');
      return {
        kind: 'label-replace',
        of,
        label: label!,
        replacement: replacement!,
        from: from!,
        pattern: this.regex(pattern!),
      };
    }
    if (name !== 'vector') throw this.unsupported(`the function ${name}`);
    this.expect(')');
    return { kind: 'vector', of };
  }

  private selector(name: string): SeriesSelector {
    const matchers: Matcher[] = [];
    if (this.takes('{')) {
      while (!this.takes('}')) {
        matchers.push(this.matcher());
        if (this.peek.text !== '}') this.expect(',');
      }
    }
    if (this.peek.text === 'offset') throw this.unsupported('offset');
    return { kind: 'selector', name, matchers };
  }

  private matcher(): Matcher {
    const label = this.take('name').text;
    const operator = this.take('sign').text;
    const value = this.string();
    switch (operator) {
      case '=':
        return { label, matches: (found) => found === value };
      case '!=':
        return { label, matches: (found) => found !== value };
      case '=~':
      case '!~': {
        const pattern = this.regex(value);
        return { label, matches: (found) => pattern.test(found) === (operator === '=~') };
      }
      default:
        throw this.unexpected('=, !=, =~ or !~', -1);
    }
  }

  private labels(): string[] {
    const labels: string[] = [];
    this.expect('(');
    while (!this.takes(')')) {
      labels.push(this.take('name').text);
      if (this.peek.text !== ')') this.expect(',');
    }
    return labels;
  }

  private number(): number {
    const sign = this.takes('-') ? -1 : 1;
    return sign * Number(this.take('number').text);
  }

  /** The value of a literal, as Go reads it. */
  private string(): string {
    const { text } = this.take('string');
    const inner = text.slice(1, -1);
    if (text.startsWith('`')) return inner;
    return inner.replace(/\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))/g, (whole, unicode, hex, simple) => {
      if (unicode !== undefined || hex !== undefined) return String.fromCharCode(Number.parseInt(unicode ?? hex, 16));
      const meant = { n: '\n', t: '\t', r: '\r', '\\': '\\', "'": "'", '"': '"' }[simple as string];
      if (meant === undefined) throw this.unsupported(`the escape ${whole}`);
      return meant;
    });
  }

  /** Anchored at both ends, as in Prometheus. */
  private regex(pattern: string): RegExp {
    try {
      return new RegExp(`^(?:${pattern})$`, 's');
    } catch {
      throw this.unsupported(`the pattern ${pattern}`);
    }
  }

  private get peek(): Token {
    return this.tokens[this.next]!;
  }

  private take(kind?: Token['kind']): Token {
    if (kind && this.peek.kind !== kind) throw this.unexpected(`a ${kind}`);
    if (this.peek.kind === 'end') throw this.unexpected('more');
    return this.tokens[this.next++]!;
  }

  private takes(text: string): boolean {
    const found = this.peek.text === text && this.peek.kind !== 'string';
    if (found) this.next++;
    return found;
  }

  private expect(...texts: readonly string[]): void {
    for (const text of texts) if (!this.takes(text)) throw this.unexpected(text);
  }

  private unexpected(expected: string, offset = 0): UnsupportedQuery {
    const token = this.tokens[Math.max(0, this.next + offset)]!;
    return this.unsupported(`found ${token.text}; expected ${expected}`, token.at);
  }

  private unsupported(what: string, at: number = this.tokens[this.next]?.at ?? 0): UnsupportedQuery {
    return new UnsupportedQuery(`the simulated Prometheus can't evaluate, at character ${at}, ${what}: ${this.text}`);
  }
}

/** `1m30s` in seconds. */
function duration(text: string): number {
  let seconds = 0;
  for (const [, count, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhdwy])/g)) {
    seconds += Number(count) * DURATION_SECONDS[unit!]!;
  }
  return seconds;
}
