import { INSTANT, type Measurement, UNKNOWN } from '../../../core/measurement.ts';
import { parseSeconds } from '../../../core/quantity.ts';
import { promqlPieces } from './text.ts';

/** Lists of labels, which are no metrics. */
const LABEL_LISTS = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^()]*\)/gi;
/** An identifier and what follows it; not the unit of a number such as 5m. */
const IDENTIFIER = /(?<![\w:.])[A-Za-z_:][\w:]*/g;
const OPERATORS = new Set(['and', 'or', 'unless', 'atan2', 'bool', 'group_left', 'group_right', 'inf', 'nan']);
const AVERAGES = new Set(['rate', 'increase', 'avg_over_time']);

/**
 * What the numbers of a query are of the demand, as far as its text says: rates, or averages of gauges, over one window in all of it; or
 * newest samples without any window. What is mixed, has a subquery, an offset, a recording rule (whose window stands elsewhere) or another function
 * of a range, is unknown.
 */
export function queryMeasurement(query: string): Measurement {
  const code = promqlPieces(query)
    .map(({ kind, text }) => (kind === 'code' ? text : kind === 'string' ? '""' : ' '))
    .join('');
  if (/\boffset\b|@/i.test(code)) return UNKNOWN;
  const ranges = [...code.matchAll(/\[([^\]]*)\]/g)].map(([, window]) => window!.trim());
  const bare = code
    .replace(LABEL_LISTS, ' ')
    .replace(/\[[^\]]*\]/g, ' ')
    .replace(/([\w:]?)\s*\{[^}]*\}/g, (_, before: string) => (before === '' ? ' series ' : before));
  const functions: string[] = [];
  let series = 0;
  for (const match of bare.matchAll(IDENTIFIER)) {
    const [name] = match;
    if (
      bare
        .slice(match.index + name.length)
        .trimStart()
        .startsWith('(')
    )
      functions.push(name.toLowerCase());
    else if (name.includes(':')) return UNKNOWN;
    else if (!isWord(name)) series++;
  }
  if (ranges.length === 0) return series > 0 ? INSTANT : UNKNOWN;
  return overOneWindow(ranges, functions, series);
}

/** Operators, and by, without, on … that stand before no list here. */
function isWord(name: string): boolean {
  return OPERATORS.has(name.toLowerCase()) || /^(?:by|without|on|ignoring)$/i.test(name);
}

function overOneWindow(ranges: readonly string[], functions: readonly string[], series: number): Measurement {
  const [window] = ranges;
  const windowSeconds = parseSeconds(window!);
  // Beside series with a range, one without it is of another time.
  const isOne = ranges.every((range) => range === window) && series === ranges.length;
  const ofRanges = functions.filter((name) => isOfRange(name));
  const [first] = ofRanges;
  const isSame = ofRanges.every((name) => AVERAGES.has(name) && isRate(name) === isRate(first!));
  if (windowSeconds === undefined || !isOne || !isSame || ofRanges.length !== ranges.length) return UNKNOWN;
  return { kind: isRate(first!) ? 'rate' : 'gauge', windowSeconds };
}

function isRate(name: string): boolean {
  return name !== 'avg_over_time';
}

const OF_RANGE = new Set([
  'rate',
  'irate',
  'increase',
  'delta',
  'idelta',
  'deriv',
  'predict_linear',
  'changes',
  'resets',
]);

function isOfRange(name: string): boolean {
  return OF_RANGE.has(name) || name.endsWith('_over_time') || name === 'holt_winters';
}

/** What an administrator may say of a template's numbers. */
export interface StatedMeasurement {
  readonly query: string;
  readonly kind?: 'rate' | 'gauge' | undefined;
  /** Seconds of the window; a gauge without one is its newest sample. */
  readonly windowSeconds?: number | undefined;
}

/** As stated; what isn't follows from the query's text. */
export function statedMeasurement({ query, kind, windowSeconds }: StatedMeasurement): Measurement {
  const found = queryMeasurement(query);
  if (kind === undefined) return found;
  if (windowSeconds !== undefined) return { kind, windowSeconds };
  if (found.kind === kind) return found;
  return kind === 'gauge' ? INSTANT : UNKNOWN;
}
