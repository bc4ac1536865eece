import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkTemplates, expandTemplate, templateProblems } from './query-templates.ts';
import { isSelfContained, promqlPieces } from './text.ts';

const WORKLOAD = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' };
const SERVICE = { query: 'sum(rate(requests{namespace="$namespace",service="$arg.service"}[1m]))', args: ['service'] };
const expand = (template: { query: string; args: string[] }, args: Record<string, string> = {}) =>
  expandTemplate('t', template, WORKLOAD, args);

describe('a template', () => {
  it('is filled in from the object and its arguments', () => {
    expect(expand(SERVICE, { service: 'pay' })).toBe('sum(rate(requests{namespace="shop",service="pay"}[1m]))');
    const all = { query: 'sum(load{ns="$namespace", of=\'$kind/$name\'}) # of $name', args: [] };
    expect(expand(all)).toBe('sum(load{ns="shop", of=\'Deployment/web\'}) ');
  });

  it('takes a value for itself also where a pattern stands', () => {
    const query = { query: 'up{a=~"$arg.x-.+",b!~ "$arg.x",c="$arg.x"}', args: ['x'] };
    expect(expand(query, { x: 'a.b|c' })).toBe('up{a=~"a\\\\.b\\\\|c-.+",b!~ "a\\\\.b\\\\|c",c="a.b|c"}');
  });

  it('leaves $1 and the like of label_replace alone', () => {
    const query = 'label_replace(up{namespace="$namespace"}, "a", "$1-$2", "b", "(.*)")';
    expect(expand({ query, args: [] })).toContain('"$1-$2"');
  });

  it.each([
    ['outside quotes', { query: 'rate(x{namespace="$namespace"}[$arg.w])', args: ['w'] }, /\$arg\.w outside quotes/],
    ['within backquotes', { query: 'x{namespace=`$namespace`}', args: [] }, /\$namespace within `…`/],
    [
      'an unknown name',
      { query: 'x{namespace="$namspace"}', args: [] },
      /found \$namspace; expected one of \$namespace,\$name/,
    ],
    ['an unused argument', { query: 'x', args: ['service'] }, /no \$arg\.service in the query/],
    ['an open string', { query: 'x{a="b}', args: [] }, /a string that is not closed/],
  ])('is refused: %s', (_, template, words) => {
    expect(templateProblems(template).join('\n')).toMatch(words);
    expect(() => checkTemplates({ bad: template })).toThrow(/^template bad: /);
  });

  it('wants its arguments, and no others', () => {
    expect(() => expand(SERVICE)).toThrow('template t: found no argument service; expected service');
    expect(() => expand(SERVICE, { service: 'a', namespace: 'other' })).toThrow(
      'found argument namespace; expected service',
    );
    expect(() => expand(SERVICE, { service: 'a'.repeat(1025) })).toThrow(/found 1025 characters for service/);
  });

  it('property: no value leaves its literal', () => {
    const spice = ['"', "'", '`', '\\', '\n', '\r', '}', '{', '#', '$name', '"} or up{', '\u2028', '\ud800', '\0'];
    const hostile = fc.string({
      unit: fc.oneof(fc.constantFrom(...spice), fc.string({ unit: 'binary', maxLength: 1 })),
    });
    const template = { query: `sum(a{n="$namespace",b=~"$arg.x",c='$arg.x'}) or b{d='$arg.y'}`, args: ['x', 'y'] };
    const calm = promqlPieces(expand(template, { x: 'x', y: 'y' }));
    fc.assert(
      fc.property(hostile, hostile, (x, y) => {
        const pieces = promqlPieces(expand(template, { x, y }));
        expect(pieces.map(({ kind }) => kind)).toEqual(calm.map(({ kind }) => kind));
        const code = (all: typeof pieces) => all.filter(({ kind }) => kind === 'code').map(({ text }) => text);
        expect(code(pieces)).toEqual(code(calm));
        for (const { kind, text } of pieces) if (kind === 'string') expect(text).not.toMatch(/\n/);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a text stays inside brackets around it', () => {
  it.each([
    ['sum(a{b="}"})', true],
    ['sum(a) # :-)', true],
    ["a{b='\\''}", true],
    ['a{b=`\\`}', true],
    ['a), "x") or f((b', false],
    ['sum(a', false],
    ['a{b="c}', false],
    ['a{b="c\\"}', false],
    ['a[5m)', false],
    ["a{b='\n'}", false],
  ])('%j: %s', (text, expected) => expect(isSelfContained(text)).toBe(expected));

  it('property: the pieces joined are the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('"', "'", '`', '\\', '\n', '#', 'a', '(') }), (text) => {
        expect(
          promqlPieces(text)
            .map((piece) => piece.text)
            .join(''),
        ).toBe(text);
      }),
    );
  });
});
