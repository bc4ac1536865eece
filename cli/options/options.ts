import { InputError } from '../../core/errors.ts';
import { DAY_SECONDS } from '../../core/series.ts';
import { parseTimestamp } from '../../core/timestamp.ts';
import { POLICY_NAMES, type PolicyName } from '../../replay/result.ts';

/** What a person wrote for an option, for a parser: the option's name as typed, and its text. */
export interface Written {
  readonly option: string;
  readonly text: string;
}

const SECONDS = { ms: 0.001, s: 1, m: 60, min: 60, h: 3600, d: 86_400, w: 604_800 } as const;
const DURATION = /^(?:\d+(?:\.\d+)?(?:ms|s|min|m|h|d|w))+$/;
const DURATION_PART = /(\d+(?:\.\d+)?)(ms|s|min|m|h|d|w)/g;
const DECIMAL = /^\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i;
const MAX_SEED = 2 ** 32 - 1;
export const MAX_PODS = 10_000;

/** The one form of every complaint about an option. */
export function wrongOption({ option, text }: Written, expected: string): InputError {
  return new InputError(`${option}: found ${JSON.stringify(text)}; expected ${expected}`);
}

/** `7d`, `12h`, `90m`, `60s`, `1d12h` → seconds, > 0. */
export function parseDuration(written: Written): number {
  const seconds = durationSeconds(written.text);
  if (seconds === undefined) throw wrongOption(written, 'a duration above zero such as 7d, 12h, 90m or 60s');
  return seconds;
}

/** Seconds; 0 counts only pod-hours. A start can hardly cost more than a day of the pod. */
export function parseStartCost(written: Written): number {
  const seconds = written.text === '0' || written.text === '0s' ? 0 : durationSeconds(written.text);
  if (seconds === undefined || seconds > DAY_SECONDS)
    throw wrongOption(written, 'a duration of at most a day such as 5m or 90s, or 0');
  return seconds;
}

/** Seconds of a duration above zero; undefined when the text is none. */
export function durationSeconds(text: string): number | undefined {
  if (!DURATION.test(text)) return undefined;
  let sum = 0;
  for (const [, amount, unit] of text.matchAll(DURATION_PART))
    sum += Number(amount) * SECONDS[unit as keyof typeof SECONDS];
  return sum > 0 && sum < 1e11 ? sum : undefined;
}

/** `2024-05-01T00:00:00Z` or epoch seconds or milliseconds → epoch seconds. */
export function parseInstant(written: Written): number {
  const seconds = parseTimestamp(written.text);
  if (typeof seconds === 'string')
    throw wrongOption(written, 'an instant such as 2024-05-01T00:00:00Z or epoch seconds');
  return seconds;
}

/** An instant, or a duration counted from where the option says. */
export type Until = { readonly instantSeconds: number } | { readonly durationSeconds: number };

export function parseUntil(written: Written): Until {
  const duration = durationSeconds(written.text);
  if (duration !== undefined) return { durationSeconds: duration };
  const seconds = parseTimestamp(written.text);
  if (typeof seconds !== 'string') return { instantSeconds: seconds };
  throw wrongOption(written, 'an instant such as 2024-05-01T00:00:00Z or a duration such as 7d');
}

/** `1bp`, `0.01%` or the fraction `0.0001` → basis points, above 0 and at most 1000 (10 %). */
export function parseUnmetTarget(written: Written): number {
  const match = /^(.*?)\s*(bp|%)?$/.exec(written.text)!;
  const number = DECIMAL.test(match[1]!) ? Number(match[1]) : Number.NaN;
  // Rounded so that 0.01% and 1bp are the same target to the last digit.
  const bp = Math.round(number * { bp: 1, '%': 100, '': 10_000 }[(match[2] ?? '') as 'bp' | '%' | ''] * 1e6) / 1e6;
  if (!(bp > 0 && bp <= 1000))
    throw wrongOption(written, 'a share above 0 and up to 10 %, such as 1bp, 0.01% or 0.0001');
  return bp;
}

/** `70%` or `0.7` → 0.7. @returns a fraction, 0.01…1 */
export function parseUtilisation(written: Written): number {
  const percent = written.text.endsWith('%');
  const digits = percent ? written.text.slice(0, -1).trim() : written.text;
  const fraction = DECIMAL.test(digits) ? Number(digits) / (percent ? 100 : 1) : Number.NaN;
  if (!(fraction >= 0.01 && fraction <= 1)) {
    throw wrongOption(written, 'a utilisation of 1% to 100%, written as 70% or as 0.7');
  }
  return fraction;
}

/** `1%` or `0.01` → 0.01. @returns a fraction, 0…most */
export function parseShare(written: Written, most: number): number {
  const percent = written.text.endsWith('%');
  const digits = percent ? written.text.slice(0, -1).trim() : written.text;
  const fraction = DECIMAL.test(digits) ? Number(digits) / (percent ? 100 : 1) : Number.NaN;
  if (!(fraction >= 0 && fraction <= most)) {
    throw wrongOption(written, `a share of 0 to ${100 * most}%, written as 1% or as 0.01`);
  }
  return fraction;
}

/** A number above zero. */
export function parsePositive(written: Written): number {
  const value = DECIMAL.test(written.text) ? Number(written.text) : Number.NaN;
  if (!(value > 0 && value < Infinity)) throw wrongOption(written, 'a number above 0');
  return value;
}

/** A whole number of pods. */
export function parsePods(written: Written, least: number): number {
  const pods = /^\d{1,9}$/.test(written.text) ? Number(written.text) : Number.NaN;
  if (!(pods >= least && pods <= MAX_PODS))
    throw wrongOption(written, `a whole number of pods from ${least} to ${MAX_PODS}`);
  return pods;
}

/** A whole number that seeds a random sequence. */
export function parseSeed(written: Written): number {
  const seed = /^\d{1,10}$/.test(written.text) ? Number(written.text) : Number.NaN;
  if (!(seed <= MAX_SEED)) throw wrongOption(written, `a whole number from 0 to ${MAX_SEED}`);
  return seed;
}

/** `predictive,hpa` → the names in the order of the report, each once. */
export function parsePolicies(written: Written): PolicyName[] {
  const names = written.text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !(POLICY_NAMES as readonly string[]).includes(name));
  if (unknown !== undefined) {
    throw wrongOption({ ...written, text: unknown }, `a comma-separated list of ${POLICY_NAMES.join(', ')}`);
  }
  return POLICY_NAMES.filter((name) => names.includes(name));
}

/** One of a few words. */
export function parseChoice<Word extends string>(written: Written, words: readonly Word[]): Word {
  const word = words.find((candidate) => candidate === written.text);
  if (word === undefined) throw wrongOption(written, `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`);
  return word;
}
