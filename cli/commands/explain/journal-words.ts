import type { Journal, JournalEntry } from '../../../addon/journal/journal-text.ts';
import { plainText } from '../../../core/text/plain-text.ts';
import { dateWords } from '../status/baseline-words.ts';

/** The newest so many; JSON has all. */
const SHOWN_CHANGES = 20;

/** The changes of the last days as lines, the newest last; no line where none is kept. */
export function journalLines(
  journal: Pick<Journal, 'sinceSeconds' | 'entries'> | null,
  problem: string | null,
): string[] {
  if (problem !== null) return ['', `Changes of replicas can't be read: ${plainText(problem)}`];
  if (journal === null) return [];
  const { entries, sinceSeconds } = journal;
  if (entries.length === 0) return ['', `No change of replicas since ${dateWords(sinceSeconds)}.`];
  const left = entries.length - SHOWN_CHANGES;
  const more = left > 0 ? `, the newest ${SHOWN_CHANGES} of ${entries.length} (-o json has all)` : '';
  return [
    '',
    `Changes of replicas since ${dateWords(sinceSeconds)}${more}:`,
    ...entries.slice(-SHOWN_CHANGES).map((entry) => `  ${dateWords(entry.atSeconds)}  ${plainText(changeOf(entry))}`),
  ];
}

const BY: Readonly<Record<JournalEntry['by'], string>> = {
  prescale: 'by Prescale',
  external: 'by another writer',
  unknown: 'by Prescale or another writer, as this replica did not act then',
};

function changeOf({ from, to, by, field, reason, why }: JournalEntry): string {
  const what = field === 'minReplicas' ? 'minReplicas of its HPA ' : '';
  const words = why === '' ? `${BY[by]}${reason === undefined ? '' : ` (${reason})`}` : why;
  return `${what}${from} → ${to}: ${words}`;
}
