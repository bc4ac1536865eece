import { InputError } from '../../core/errors.ts';

/** What a question may ask in its query, as data: the server reads it by this, and the description is made of it. */
export type Parameter =
  | { readonly kind: 'text'; readonly most: number; readonly description?: string }
  | { readonly kind: 'choice'; readonly of: readonly string[]; readonly description?: string }
  /** A whole number; left out: `usual`. */
  | { readonly kind: 'whole'; readonly least: number; readonly most: number; readonly usual: number }
  /** A number over `over`; left out: `usual`. */
  | { readonly kind: 'number'; readonly over: number; readonly most: number; readonly usual: number }
  /** Separated by commas; to be given. */
  | {
      readonly kind: 'list';
      readonly most: number;
      readonly mostLength: number;
      readonly description: string;
      readonly example: string;
    };
export type Parameters = Readonly<Record<string, Parameter>>;

type ValueOf<P extends Parameter> = P extends { readonly kind: 'text' }
  ? string | undefined
  : P extends { readonly kind: 'choice'; readonly of: readonly (infer Choice)[] }
    ? Choice | undefined
    : P extends { readonly kind: 'list' }
      ? readonly string[]
      : number;
export type ValuesOf<All extends Parameters> = { readonly [Name in keyof All]: ValueOf<All[Name]> };

/** Rows of one page, at most and by default. */
export const MOST_ROWS = 1_000;
const USUAL_ROWS = 500;
/** Sparklines at once: what is in sight. */
const MOST_KEYS = 40;
/** Days of a series, at most: what the store keeps. */
const MOST_DAYS = 8;

const PAGE = {
  cursor: { kind: 'text', most: 1_024, description: 'As `next` of the page before gave it' },
  limit: { kind: 'whole', least: 1, most: MOST_ROWS, usual: USUAL_ROWS },
} as const satisfies Parameters;

export const FLEET = {
  ...PAGE,
  namespace: { kind: 'text', most: 63 },
  mode: { kind: 'choice', of: ['observe', 'auto', 'predictive', 'reactive'] },
  attention: {
    kind: 'choice',
    of: ['true', 'false'],
    description: 'Only those that need a person, or do not',
  },
  q: { kind: 'text', most: 200, description: 'Part of the key, in any case' },
} as const satisfies Parameters;

export const SPARKLINES = {
  keys: {
    kind: 'list',
    most: MOST_KEYS,
    mostLength: MOST_KEYS * 380,
    description: `Up to ${MOST_KEYS} keys, separated by commas`,
    example: 'shop/Deployment/web',
  },
} as const satisfies Parameters;

export const DECISIONS = PAGE;
export const SAVINGS = PAGE;
export const SERIES = { days: { kind: 'number', over: 0, most: MOST_DAYS, usual: 1 } } as const satisfies Parameters;

/** Beside what is asked of the replay itself: see what-if.ts. */
export const WHAT_IF = {
  wait: {
    kind: 'choice',
    of: ['first', 'all'],
    description: 'first: answered once the predictive policy is replayed; ask again without it for the others',
  },
} as const satisfies Parameters;

/** Reads a query; what it does not know is left alone. @throws InputError: what is wrong, and what would be right */
export function readParameters<const All extends Parameters>(all: All, query: URLSearchParams): ValuesOf<All> {
  const problems: string[] = [];
  const values = Object.entries(all).map(([name, parameter]) => {
    const text = query.get(name) ?? undefined;
    const value = readValue(parameter, text);
    if (value === WRONG) problems.push(`${name}: found ${found(text)}; expected ${expected(parameter)}`);
    return [name, value] as const;
  });
  if (problems.length > 0) throw new InputError(problems.join('; '));
  return Object.fromEntries(values) as ValuesOf<All>;
}

const WRONG = Symbol('wrong');
const FOUND_LENGTH = 60;

function readValue(parameter: Parameter, text: string | undefined) {
  switch (parameter.kind) {
    case 'text':
      return text === undefined || text.length <= parameter.most ? text : WRONG;
    case 'choice':
      return text === undefined || parameter.of.includes(text) ? text : WRONG;
    case 'list': {
      if (text === undefined || text.length > parameter.mostLength) return WRONG;
      const items = text.split(',');
      return items.length <= parameter.most ? items : WRONG;
    }
    default: {
      if (text === undefined) return parameter.usual;
      const value = text.trim() === '' ? Number.NaN : Number(text);
      const isOver = parameter.kind === 'whole' ? value >= parameter.least : value > parameter.over;
      const isRight = isOver && value <= parameter.most && (parameter.kind === 'number' || Number.isInteger(value));
      return isRight ? value : WRONG;
    }
  }
}

function found(text: string | undefined): string {
  if (text === undefined) return 'nothing';
  return JSON.stringify(text.length > FOUND_LENGTH ? `${text.slice(0, FOUND_LENGTH)}…` : text);
}

function expected(parameter: Parameter): string {
  switch (parameter.kind) {
    case 'text':
      return `at most ${parameter.most} characters`;
    case 'choice':
      return parameter.of.join(' or ');
    case 'list':
      return `up to ${parameter.most} keys such as ${parameter.example}, separated by commas`;
    case 'whole':
      return `a whole number from ${parameter.least} to ${parameter.most}`;
    case 'number':
      return `a number over ${parameter.over} and up to ${parameter.most}`;
  }
}
