import type { Texts } from '../../../replay/report/texts/en.ts';

/** Something to say that is put into words where it is shown, in the language asked for. */
export type Sentence = (texts: Texts['savings']) => string;

/** Words of others, such as a server's: in every language the same. */
export function verbatim(text: string): Sentence {
  return () => text;
}

/** What is not in the table, and why. @typeParam Words sentences, or texts once the language is chosen */
export interface Skipped<Words = string> {
  /** Its workloadKey, or what can't be listed. */
  readonly workload: Words;
  readonly why: Words;
  /** Something failed that may work another time. */
  readonly fault: boolean;
}
