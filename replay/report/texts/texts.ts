import { en, type Texts } from './en.ts';
import { zh } from './zh.ts';

/** Languages that reports are written in. */
export const LANGUAGES = ['en', 'zh'] as const;
export type Language = (typeof LANGUAGES)[number];

const CATALOGUE: Readonly<Record<Language, Texts>> = { en, zh };

export function texts(language: Language): Texts {
  return CATALOGUE[language];
}
