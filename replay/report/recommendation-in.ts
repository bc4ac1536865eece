import type { Report } from '../result.ts';
import { firstSentence } from './recommendation.ts';
import type { Texts } from './texts/en.ts';
import { keepUnits } from './wording.ts';

/** The recommendation in a language: the headline and what follows it. */
export function recommendationIn({ recommendation }: Report, _texts: Texts): string[] {
  const headline = firstSentence(recommendation);
  return [headline, recommendation.slice(headline.length).trim()].map(keepUnits);
}
