import { z } from 'zod';
import type { Reason } from '../../core/decision.ts';
import { messageOf } from '../../core/errors.ts';
import { futureWords, isFuture } from '../../core/plausible-time.ts';
import { DAY_SECONDS } from '../../core/series.ts';
import { cutText } from '../../core/text/cut-text.ts';

/** Raised whenever it is to be read otherwise. */
export const JOURNAL_VERSION = 1;
/** UTF-8 bytes of one workload's journal, at most. */
export const JOURNAL_BYTES = 20_000;
export const JOURNAL_SECONDS = 8 * DAY_SECONDS;
/** UTF-8 bytes of the words of a change; what is longer is cut. */
const MOST_WORDS = 200;
const MOST_REPLICAS = 1_000_000_000;

/** What was changed: the workload's own replicas, or the minReplicas of its HPA. */
export type ChangedField = 'replicas' | 'minReplicas';
/** `unknown`: seen after a time in which nobody watched, or by a replica that waits: Prescale's or another writer's. */
export type ChangedBy = 'prescale' | 'external' | 'unknown';

/** What is changed where a target of this kind is written to. */
export function fieldOf(target: string | undefined): ChangedField {
  return target === 'hpa' ? 'minReplicas' : 'replicas';
}

/** One change of replicas. */
export interface JournalEntry {
  /** Epoch seconds. */
  readonly atSeconds: number;
  readonly from: number;
  readonly to: number;
  readonly by: ChangedBy;
  readonly field: ChangedField;
  /** The rule that decided; undefined: none of ours did. */
  readonly reason: Reason | undefined;
  /** Its words with their numbers; empty: they had to go, as the oldest ones do first. */
  readonly why: string;
}

/** All that is kept of one workload: from `sinceSeconds` on no change is missing, but for times in which nobody watched. */
export interface Journal {
  readonly sinceSeconds: number;
  /** What stood there then. */
  readonly replicas: number;
  readonly field: ChangedField;
  /** Oldest first; each goes on where the one before it ended, but where `field` changes. */
  readonly entries: readonly JournalEntry[];
}

const BY: readonly ChangedBy[] = ['prescale', 'external', 'unknown'];
const FIELDS: readonly ChangedField[] = ['replicas', 'minReplicas'];

const replicas = z.int().min(0).max(MOST_REPLICAS);
const index = z.int().min(0);
/** Seconds since the one before, from, to, by and field (by × 2 + field), reason + 1 (0: none), and its words where it has some. */
const ROW = z.tuple([index, replicas, replicas, index.max(5), index, z.string().max(MOST_WORDS).optional()]);
const SHAPE = z.strictObject({
  v: z.literal(JOURNAL_VERSION),
  since: index,
  at: replicas,
  field: index.max(1),
  /** The reasons that rows name by their place. */
  reasons: z.array(z.string().max(40)).max(200),
  rows: z.array(ROW),
});
type Row = z.infer<typeof ROW>;

/** What is stored can't be understood, in words. */
export interface DamagedJournal {
  readonly damage: string;
}

/** Damaged: no JSON, of another version, numbers that can't be, a time in the future. A newer Prescale may know other reasons: they stay. */
export function decodeJournal(text: string, nowSeconds: number): Journal | DamagedJournal {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return { damage: `it is no JSON (${messageOf(error).slice(0, 60)})` };
  }
  const { success, data, error } = SHAPE.safeParse(json);
  if (!success) {
    const { path, message } = error.issues[0]!;
    return { damage: `it is not of version ${JOURNAL_VERSION} (${path.join('.') || 'all of it'}: ${message})` };
  }
  let atSeconds = data.since;
  const entries = data.rows.map(([later, from, to, flags, reason, why = '']): JournalEntry => {
    atSeconds += later;
    const name = reason === 0 ? undefined : (data.reasons[reason - 1] as Reason | undefined);
    return { atSeconds, from, to, by: BY[flags >> 1]!, field: FIELDS[flags & 1]!, reason: name, why };
  });
  if (isFuture(atSeconds, nowSeconds)) return { damage: `found ${futureWords(atSeconds, nowSeconds)}` };
  return { sinceSeconds: data.since, replicas: data.at, field: FIELDS[data.field]!, entries };
}

/**
 * Under JOURNAL_BYTES: changes over eight days old go; where that is not enough, first the words of the oldest, then the oldest themselves.
 * @param nowSeconds what is over eight days older goes
 */
export function encodeJournal(journal: Journal, nowSeconds: number): string {
  const kept = journal.entries.filter(({ atSeconds }) => atSeconds > nowSeconds - JOURNAL_SECONDS);
  const reasons = [...new Set(kept.flatMap(({ reason }) => reason ?? []))];
  const whole = JSON.stringify(written(journal, kept, { first: 0, worded: 0, reasons }));
  const over = Buffer.byteLength(whole) - JOURNAL_BYTES;
  return over <= 0 ? whole : JSON.stringify(written(journal, kept, { ...spared(kept, over, reasons), reasons }));
}

/** Of how many of the oldest the words go, and how many go themselves, for so many bytes less. */
function spared(kept: readonly JournalEntry[], over: number, reasons: readonly Reason[]) {
  // What stood there when it begins may have more digits later on.
  let left = over + DIGITS_OF_HEAD;
  let worded = 0;
  for (; worded < kept.length && left > 0; worded++) left -= wordsSize(kept[worded]!.why);
  let first = 0;
  for (; first < kept.length && left > 0; first++) left -= sizeOf(rowOf({ ...kept[first]!, why: '' }, 0, reasons)) + 1;
  return { first, worded };
}

function written(
  journal: Journal,
  kept: readonly JournalEntry[],
  { first, worded, reasons }: { first: number; worded: number; reasons: readonly Reason[] },
): z.infer<typeof SHAPE> {
  const gone = journal.entries.length - kept.length + first;
  const last = journal.entries[gone - 1];
  const begin = last
    ? { since: last.atSeconds, at: last.to, field: last.field }
    : { since: journal.sinceSeconds, at: journal.replicas, field: journal.field };
  let before = begin.since;
  const rows = kept.slice(first).map((entry, i) => {
    const later = Math.max(0, entry.atSeconds - before);
    const row = rowOf(first + i < worded ? { ...entry, why: '' } : entry, later, reasons);
    before += later;
    return row;
  });
  return { v: JOURNAL_VERSION, ...begin, field: FIELDS.indexOf(begin.field), reasons: [...reasons], rows };
}

function rowOf({ from, to, by, field, reason, why }: JournalEntry, later: number, reasons: readonly Reason[]): Row {
  const flags = 2 * BY.indexOf(by) + FIELDS.indexOf(field);
  const place = reason === undefined ? 0 : reasons.indexOf(reason) + 1;
  const bare: Row = [later, from, to, flags, place];
  return why === '' ? bare : [later, from, to, flags, place, cut(why)];
}

/** Of the time and the replicas with which a journal begins. */
const DIGITS_OF_HEAD = 20;

function wordsSize(why: string): number {
  return why === '' ? 0 : sizeOf(cut(why)) + 1;
}

function cut(why: string): string {
  // No character is over three bytes a unit: most words need no measuring.
  return 3 * why.length <= MOST_WORDS ? why : cutText(why, MOST_WORDS);
}

function sizeOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

/** The journal with these appended. */
export function withEntries(journal: Journal, entries: readonly JournalEntry[]): Journal {
  return { ...journal, entries: [...journal.entries, ...entries] };
}

/** What stands there by the journal, and of which field. */
export function lastOf({ entries, replicas, field }: Journal): {
  readonly replicas: number;
  readonly field: ChangedField;
} {
  const last = entries.at(-1);
  return last ? { replicas: last.to, field: last.field } : { replicas, field };
}
