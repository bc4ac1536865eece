import type { Texts } from '../../../replay/report/texts/en.ts';
import type { Report } from '../../../replay/result.ts';

/** A report's verdict in the words of a table's cell. */
export function verdictWords({ verdict: { kind, have, best, nearMiss } }: Report, { index }: Texts): string {
  const { verdicts } = index;
  switch (kind) {
    case 'keep':
      return verdicts.keep(have!);
    case 'change':
      return verdicts.change(best!);
    case 'choose':
      return verdicts.choose(best!, nearMiss!);
    case 'none-keeps':
      return verdicts.noneKeeps(best!);
    case 'only':
      return verdicts.only(best!);
    case 'nothing':
      return verdicts.nothing;
  }
}
