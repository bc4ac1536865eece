import type { Report } from '../replay/result.ts';

/** A report's verdict in the words of a table's cell. */
export function verdictWords({ verdict: { kind, have, best, nearMiss } }: Report): string {
  switch (kind) {
    case 'keep':
      return `keep ${have}`;
    case 'change':
      return `change to ${best}`;
    case 'choose':
      return `${best}, or ${nearMiss} that nearly keeps the SLO`;
    case 'none-keeps':
      return `none keeps the SLO; ${best} fails least`;
    case 'only':
      return `${best} keeps the SLO`;
    case 'nothing':
      return 'nothing to run was replayed';
  }
}
