import { describe, expect, it } from 'vitest';
import { TERMS } from './terms.ts';
import { LANGUAGES, texts } from './texts.ts';

/** The path and kind of every text: "page.title function". */
function outline(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [`${path} ${typeof value}`];
  if (Array.isArray(value)) return [`${path} list of ${value.length}`];
  return Object.entries(value).flatMap(([key, inner]) => outline(inner, `${path}.${key}`));
}

describe('the catalogue', () => {
  it('has the same texts in every language', () => {
    const [first, ...others] = LANGUAGES.map((language) => outline(texts(language)).sort());
    expect(first!.length).toBeGreaterThan(150);
    for (const other of others) expect(other).toEqual(first);
  });

  it('explains every term in Chinese where it is Chinese', () => {
    for (const term of TERMS) {
      expect(texts('zh').glossary[term].meaning).toMatch(/\p{Script=Han}.*。$/u);
      expect(texts('en').glossary[term].meaning).not.toMatch(/\p{Script=Han}/u);
    }
  });
});
