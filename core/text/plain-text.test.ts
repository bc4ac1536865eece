import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectAlways, runs } from '../../test/property.ts';
import { escapedJson, plainJson, plainLines, plainText } from './plain-text.ts';

const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
const anything = fc.string({
  unit: fc.oneof(
    fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
    fc.constantFrom(
      '\u001b[31m',
      '\u009b',
      '\u202e',
      '\u2066',
      '\u2069',
      '\u200e',
      '\u061c',
      '\u2028',
      '\n',
      '\u{e0001}',
    ),
    fc.string({ unit: 'grapheme', maxLength: 2 }),
  ),
});

describe('plain text', () => {
  it.each([
    ['an escape that clears the screen', 'a\u001b[2Jb', 'a [2Jb'],
    ['the same in C1', 'a\u009b2Jb', 'a 2Jb'],
    ['a second line', 'Ready\r\nFailed', 'Ready Failed'],
    ['line and paragraph separators', 'a\u2028b\u2029c\u0085d', 'a b c d'],
    ['a name that reads backwards', 'web\u202egnp.exe', 'web\ufffdgnp.exe'],
    ['isolates and marks', '\u2066\u2067\u2068\u2069\u200e\u200f\u061c', '\ufffd'.repeat(7)],
    ['embeddings and overrides', '\u202a\u202b\u202c\u202d\u202e', '\ufffd'.repeat(5)],
    ['two names that look the same', 'we\u200bb', 'we\ufffdb'],
    ['half a character', 'a\ud83db', 'a\ufffdb'],
    ['a hidden message of tags', 'ok\u{e0068}\u{e0069}', 'ok\ufffd\ufffd'],
  ])('takes out %s', (_, text, expected) => expect(plainText(text)).toBe(expected));

  it('leaves what people write as it is', () => {
    for (const text of ['6 → 9: 840 req/s, p95 ≤ 20 s', 'größer, 价格, сервис, عدد', '🚀 é ё', 'a\u00a0b  c']) {
      expect([plainText(text), plainLines(`${text}\n${text}`), JSON.parse(plainJson(text))]).toEqual([
        text,
        `${text}\n${text}`,
        text,
      ]);
    }
  });

  it('property: nothing of these classes comes out, and cleaning twice changes nothing', () => {
    expectAlways(
      [anything],
      (text) => {
        const [clean, lines] = [plainText(text), plainLines(text)];
        const unseen = UNSEEN.test(clean) || UNSEEN.test(lines.replaceAll('\n', ''));
        return !unseen && plainText(clean) === clean && lines.split('\n').length === text.split('\n').length;
      },
      { numRuns: runs(4_000) },
    );
  });

  it('is escaped in JSON whichever character it is', () => {
    const left: string[] = [];
    for (let unit = 0; unit <= 0xffff; unit++) {
      const json = escapedJson(`"${String.fromCharCode(unit)}"`);
      if (unit !== 0x0a && UNSEEN.test(json)) left.push(unit.toString(16));
    }
    expect(left).toEqual([]);
  });

  it('property: JSON says the same with none of them', () => {
    expectAlways(
      [anything, anything],
      (name, text) => {
        const value = { [name]: [text, { text }] };
        const [json, spaced] = [plainJson(value), plainJson(value, 2)];
        const same = [json, spaced].every((form) => JSON.stringify(JSON.parse(form)) === JSON.stringify(value));
        return same && !UNSEEN.test(json);
      },
      { numRuns: runs(4_000) },
    );
  });
});
