import type { StringPlace } from './places.ts';
import { escapeRegex } from './text.ts';

/** One escape of a "…" or '…' literal, as Go reads it. */
const ESCAPE = /\\(?:[abfnrtv\\'"]|[0-7]{3}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})/g;
const NAMED: Readonly<Record<string, string>> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

/** What the inside of a literal stands for; undefined: a backslash escapes nothing, or what follows it would belong to it. */
export function unescaped(inside: string): string | undefined {
  const text = inside.replace(ESCAPE, (found) => {
    const code = found.slice(1);
    if (/^[xuU]/.test(code)) return character(Number.parseInt(code.slice(1), 16));
    if (/^[0-7]/.test(code)) return character(Number.parseInt(code, 8));
    // Held apart from a backslash that escapes nothing.
    return code === '\\' ? '\0' : (NAMED[code] ?? code);
  });
  return text.includes('\\') ? undefined : text.replaceAll('\0', '\\');
}

function character(code: number): string {
  // A backslash by its number is one all the same; a NUL is none.
  if (code === 0x5c || code === 0) return code === 0 ? '\u0001' : '\0';
  return code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd';
}

/**
 * Why no value can stand for itself after this much of a string; undefined: it can.
 * @param prefix what stands before the placeholder, unescaped; earlier values by any letter
 */
export function openContext(place: StringPlace, prefix: string): string | undefined {
  if (place === 'pattern') return openPattern(prefix);
  if (place === 'replacement') return openReplacement(prefix);
  return undefined;
}

/** The value as text of the place, before it is escaped for the literal. @param next what follows the placeholder, unescaped */
export function contextValue(place: StringPlace, value: string, next: string): string {
  if (place === 'replacement') return value.replaceAll('$', '$$$$');
  if (place !== 'pattern') return value;
  const pattern = escapeRegex(value);
  // `$arg.x*` repeats the value, not its last letter.
  return /^[*+?{]/.test(next) ? `(?:${pattern})` : pattern;
}

/** `$$` is a dollar; `${…}` and `$name` are a group's match, and a name ends where no letter follows. */
function openReplacement(prefix: string): string | undefined {
  const rest = prefix.replace(/\$\$|\$\{[^}]*\}/g, '');
  return /\$(?:[\p{L}\p{Nd}_]*|\{.*)$/su.test(rest) ? 'within the name of a group' : undefined;
}

/** Whole parts of a pattern, of RE2's syntax: https://github.com/google/re2/wiki/Syntax */
const WHOLE_PARTS: readonly RegExp[] = [
  /\\Q.*?\\E/sy,
  /\\[pP](?:\{[^}]*\}|[A-Za-z])/y,
  /\\x(?:\{[^}]*\}|[0-9a-fA-F]{2})/y,
  /\\[0-7]{3}/y,
  /\\[^QpPx0-7]/suy,
  // A class, in which a first ] is one of its characters.
  /\[\^?(?:\]|(?!\]))(?:\[:\^?\w+:\]|\\(?:[pP](?:\{[^}]*\}|[A-Za-z])|x(?:\{[^}]*\}|[0-9a-fA-F]{2})|[0-7]{3}|[^QpPx0-7])|(?!\[:)[^\]\\])*\]/suy,
  /\(\?(?:P?<[^>]*>|[A-Za-z-]*[:)])/y,
  /\((?!\?)/y,
  /\{(?:\d+(?:,\d*)?)\}/y,
  /\{(?!\d*,?\d*$)/y,
  /[^\\[({]/suy,
];

function openPattern(prefix: string): string | undefined {
  let at = 0;
  while (at < prefix.length) {
    const part = WHOLE_PARTS.find((one) => {
      one.lastIndex = at;
      return one.test(prefix);
    });
    if (!part) return `within ${JSON.stringify(prefix.slice(at, at + 10))} of a pattern`;
    at = part.lastIndex;
  }
  return undefined;
}
