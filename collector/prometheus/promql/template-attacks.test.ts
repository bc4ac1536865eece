import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../../test/property.ts';
import { expandTemplate, templateProblems } from './query-templates.ts';
import { isSelfContained, promqlPieces } from './text.ts';

const WORKLOAD = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'we.b' };
const expand = (query: string, args: Record<string, string> = {}) =>
  expandTemplate('t', { query, args: Object.keys(args) }, WORKLOAD, args);

/** What the parser of annotations lets through as an argument. */
const admitted = fc.stringMatching(/^[A-Za-z0-9_.:-]{1,128}$/);
const SPICE = [
  '"',
  "'",
  '`',
  '\\',
  '\n',
  '\r',
  '}',
  '{',
  ')',
  '#',
  '$1',
  '\u0024{1}',
  '$$',
  '.*',
  '|',
  '[',
  ']',
  '(?i)',
  '\ud800',
];
const anything = fc.string({
  unit: fc.oneof(fc.constantFrom(...SPICE), fc.string({ unit: 'binary', maxLength: 2 })),
  maxLength: 20,
});

/** The tokens of a query, strings as such. */
function structure(query: string): string[] {
  return promqlPieces(query).flatMap(({ kind, text, closed }) => {
    if (kind === 'string') return [closed ? text[0]! : 'open'];
    return kind === 'comment' ? ['comment'] : (text.match(/[A-Za-z_:][\w:]*|[=!]~|[=!<>]=|\d+|\S/g) ?? []);
  });
}

/** The strings of a query, as Go reads them. */
function strings(query: string): string[] {
  const literals = promqlPieces(query).filter(({ kind }) => kind === 'string');
  return literals.map(({ text }) =>
    text.slice(1, -1).replace(/\\(u[0-9a-f]{4}|.)/gs, (_, code: string) => {
      return code.length > 1 ? String.fromCharCode(Number.parseInt(code.slice(1), 16)) : code;
    }),
  );
}

/** What an anchored pattern of RE2 matches; of the syntax that is used here JavaScript's is the same. */
const matches = (pattern: string, value: string) => new RegExp(`^(?:${pattern})$`, 's').test(value);
/** Half a surrogate pair can't be sent. */
const sendable = (value: string) => value.replace(/\p{Cs}/gu, '\ufffd');

describe('a value is a pattern of itself only', () => {
  const PATTERNS: readonly [name: string, query: string, string: number][] = [
    ['after =~', 'up{a=~"$arg.x"}', 0],
    ['after !~ and spaces', 'up{a!~ \t\n "$arg.x"}', 0],
    ['behind a comment', 'up{a=~ # exact\n"$arg.x"}', 0],
    ['behind a comment that a carriage return ends', 'up{a=~ # exact\r"$arg.x"}', 0],
    ['behind several comments, one with quotes', 'up{a=~# "it\'s`\n # (\n"$arg.x"}', 0],
    ["within '…'", "up{a=~'$arg.x'}", 0],
    ['in label_replace', 'label_replace(up, "a", "$1", "b", "$arg.x")', 3],
    [
      'in label_replace with commas, brackets and comments',
      'label_replace(sum by (a, b) (up{c=~"x,y"}),"a",# ,\n"$1","b", # )\n"$arg.x")',
      4,
    ],
    ['in a nested label_replace', 'label_replace(label_join(up, "b", ",", "c"), "a", "$1", "b", "$arg.x")', 6],
  ];

  it.each(PATTERNS)('%s: full stops match full stops', (_, query, index) => {
    const pattern = strings(expand(query, { x: '.....' }))[index]!;
    expect([matches(pattern, '.....'), matches(pattern, 'other')]).toEqual([true, false]);
  });

  it.each(PATTERNS)('property, %s: it matches itself and nothing else', (_, query, index) => {
    fc.assert(
      fc.property(fc.oneof(admitted, anything), fc.oneof(admitted, anything), (x, other) => {
        const pattern = strings(expand(query, { x }))[index]!;
        expect(matches(pattern, sendable(x))).toBe(true);
        for (const one of [other, `${x}a`, x.slice(1), x.toUpperCase(), x.replace('.', 'x'), '']) {
          expect(matches(pattern, sendable(one))).toBe(sendable(one) === sendable(x));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('a repetition behind it repeats all of it', () => {
    expect(expand('up{a=~"$arg.x+|$arg.x{2}"}', { x: 'ab' })).toBe('up{a=~"(?:ab)+|(?:ab){2}"}');
  });

  it('what only shows the workload is a pattern of itself, too', () => {
    expect(strings(expand('label_replace(up{n="$name"}, "a", "", "b", "$name-.+")'))).toEqual([
      'we.b',
      'a',
      '',
      'b',
      'we\\.b-.+',
    ]);
  });
});

describe('a value is a replacement of itself only', () => {
  it('property: dollars are dollars', () => {
    fc.assert(
      fc.property(fc.oneof(admitted, anything), (x) => {
        const replacement = strings(expand('label_replace(up, "a", "$1-$arg.x", "b", "(.*)")', { x }))[1]!;
        // Go's Expand, for `$$` and `$1`: https://pkg.go.dev/regexp#Regexp.Expand
        const replaced = replacement.replace(/\$\$|\$\{?\w+\}?/g, (found) => (found === '$$' ? '$' : 'MATCH'));
        expect(replaced).toBe(`MATCH-${sendable(x)}`);
      }),
      { numRuns: runs(500) },
    );
  });
});

describe('a query has the same structure whatever the values are', () => {
  const QUERY = `sum(rate(a{n="$namespace",b=~"$arg.x.+",c!~'$kind|$arg.y'}[1m])) # of "$name
    or label_replace(up{d="$arg.y"}, "$arg.x", "$1/$arg.y", 'b', "($arg.x)?-(.*)") > 0`;

  it.each([
    ['admitted', admitted],
    ['any', anything],
  ])('property, of %s values', (_, values) => {
    const calm = structure(expand(QUERY, { x: 'x', y: 'y' }));
    fc.assert(
      fc.property(values, values, (x, y) => {
        const query = expand(QUERY, { x, y });
        expect(structure(query)).toEqual(calm);
        expect(isSelfContained(query)).toBe(true);
      }),
      { numRuns: runs(1_000) },
    );
  });
});

describe('where a value could not stand for itself, the template is refused', () => {
  it.each([
    ['within a class', 'up{a=~"[$arg.x]+"}', /\$arg\.x within "\[" of a pattern/],
    ['within a class with classes in it', 'up{a=~"[[:alpha:]$arg.x]"}', /within "\[\[:alpha:\]" of a pattern/],
    ['within a class that begins with ]', 'up{a=~"[]$arg.x]"}', /within "\[\]" of a pattern/],
    ['after a backslash of the pattern', 'up{a=~"\\\\$arg.x"}', /within "\\\\" of a pattern/],
    ['after a backslash by its number', 'up{a=~"\\x5c$arg.x"}', /within "\\\\" of a pattern/],
    ['as a count', 'up{a=~"b{$arg.x}"}', /within "\{" of a pattern/],
    ['as flags', 'up{a=~"(?$arg.x)b"}', /within "\(\?" of a pattern/],
    ["as a group's name", 'up{a=~"(?P<$arg.x>b)"}', /of a pattern/],
    ['within \\Q', 'up{a=~"\\\\Qa$arg.x\\\\E"}', /of a pattern/],
    ['after a backslash of the string', 'up{a="\\$arg.x"}', /after a backslash that escapes nothing/],
    ['after half an escape', 'up{a="\\x4$arg.x"}', /after a backslash that escapes nothing/],
    ['as the number of a group', 'label_replace(up, "a", "$$$$arg.x-", "b", "(.*)")', /within the name of a group/],
    ['after the number of a group', 'label_replace(up, "a", "$1$arg.x", "b", "(.*)")', /within the name of a group/],
    [
      'within the braces of a group',
      'label_replace(up, "a", "\u0024{$arg.x}", "b", "(.*)")',
      /within the name of a group/,
    ],
    [
      'in a function that is not known',
      'label_match(up, "a", "$arg.x")',
      /\$arg\.x in a string elsewhere; expected it in a label's matcher/,
    ],
    ['in a name that only looks like one', 'my_label_replace(up, "a", "", "b", "$arg.x")', /in a string elsewhere/],
    ['in brackets of its own', 'label_replace(up, "a", "", "b", ("$arg.x"))', /in a string elsewhere/],
    ['joined to another string', 'up{a="b" + "$arg.x"}', /in a string elsewhere/],
    ['alone', '"$arg.x"', /in a string elsewhere/],
  ])('%s', (_, query, words) => {
    expect(templateProblems({ query, args: ['x'] }).join('\n')).toMatch(words);
    expect(() => expand(query, { x: 'a' })).toThrow(words);
  });

  it.each([
    'up{a=~"[a-z]+-$arg.x"}',
    'up{a=~"(?i)$arg.x|(?:b|$arg.x)"}',
    'up{a=~"\\\\d{1,3}[.]$arg.x"}',
    'up{a=~"\\\\Q.\\\\E$arg.x\\\\.[]a]$arg.x"}',
    'up{a="\\"$arg.x\\""}',
    'label_replace(up, "a", "\u0024{1}$arg.x$$$arg.x", "b", "(.*)-$arg.x")',
    'count_values("$arg.x", up) or label_join(up, "a", "$arg.x", "b", "$arg.x")',
    '{"$arg.x", "b"="$arg.x"}',
  ])('not where it can: %s', (query) => expect(templateProblems({ query, args: ['x'] })).toEqual([]));
});

it('a comment ends as it does for Prometheus, also for what stays inside brackets', () => {
  expect(isSelfContained('up # \r), "x") or f((up')).toBe(false);
});
