import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutText } from './cut-text.ts';

const bytes = (text: string) => Buffer.byteLength(text);

describe('a text that has to fit', () => {
  it('is left alone where it does', () => {
    expect(cutText('6 → 9: 840 req/s expected', 27)).toBe('6 → 9: 840 req/s expected');
  });

  it('ends after a whole word otherwise, without the comma that led on', () => {
    const text = 'prescale.dev/target: found "abc"; expected a quantity such as 500m, 1.5Gi or 70%';
    expect(cutText(text, 70)).toBe('prescale.dev/target: found "abc"; expected a quantity such as 500m…');
    expect(cutText(text, 56)).toBe('prescale.dev/target: found "abc"; expected a quantity…');
  });

  it('ends within a word only where that is longer than all before it', () => {
    expect(cutText(`of ${'x'.repeat(100)}`, 20)).toBe(`of ${'x'.repeat(14)}…`);
  });

  it('never is longer than it may, never has half a character, and says that it was cut', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), fc.integer({ min: 3, max: 300 }), (text, most) => {
        const cut = cutText(text, most);
        if (bytes(text) <= most) {
          expect(cut).toBe(text);
          return;
        }
        expect(bytes(cut)).toBeLessThanOrEqual(most);
        expect(cut.endsWith('…')).toBe(true);
        expect(text.startsWith(cut.slice(0, -1))).toBe(true);
        expect(cut).not.toMatch(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])/);
      }),
    );
  });

  it('of short words is cut between them: what follows the cut is a space', () => {
    // At most 10 code units each, of the 25 and more that at least 100 bytes leave before them: never the 40 % that end a cut within.
    const word = fc.string({ unit: fc.constantFrom('a', 'é', '→', '😀'), minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 80, maxLength: 100 }),
        fc.integer({ min: 100, max: 150 }),
        (words, most) => {
          const text = words.join(' ');
          const kept = cutText(text, most).slice(0, -1);
          if (bytes(text) > most) expect(text[kept.length]).toBe(' ');
        },
      ),
    );
  });
});
