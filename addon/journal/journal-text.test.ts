import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Reason } from '../../core/decision.ts';
import {
  decodeJournal,
  encodeJournal,
  JOURNAL_BYTES,
  JOURNAL_SECONDS,
  type Journal,
  type JournalEntry,
  lastOf,
  withEntries,
} from './journal-text.ts';

/** Monday, 2026-03-02 09:00 UTC. */
const NOW = Date.UTC(2026, 2, 2, 9) / 1000;
const EMPTY: Journal = { sinceSeconds: NOW - 3_600, replicas: 6, field: 'replicas', entries: [] };

function change(over: Partial<JournalEntry> = {}): JournalEntry {
  const why = '840 req/s expected at 09:03 UTC, pods need 21 s';
  return { atSeconds: NOW, from: 6, to: 9, by: 'prescale', field: 'replicas', reason: 'forecast', why, ...over };
}

/** So many changes, the last one now, each so many seconds after the one before. */
function many(count: number, apartSeconds: number): Journal {
  const entries = Array.from({ length: count }, (_, i) => {
    const atSeconds = NOW - (count - 1 - i) * apartSeconds;
    return change({ atSeconds, from: 6 + (i % 2), to: 7 - (i % 2) });
  });
  return { ...EMPTY, sinceSeconds: NOW - count * apartSeconds, entries };
}

function read(text: string, nowSeconds = NOW): Journal {
  const journal = decodeJournal(text, nowSeconds);
  if ('damage' in journal) throw new Error(journal.damage);
  return journal;
}

describe('a journal', () => {
  it('is read as it was written', () => {
    const journal = withEntries(EMPTY, [
      change({ atSeconds: NOW - 1_800 }),
      change({ atSeconds: NOW - 900, from: 9, to: 4, by: 'external', reason: undefined, why: '' }),
      change({ from: 2, to: 3, by: 'unknown', field: 'minReplicas', reason: 'stabilization', why: '"ü\n字' }),
    ]);
    expect(read(encodeJournal(journal, NOW))).toEqual(journal);
    expect(lastOf(journal)).toEqual({ replicas: 3, field: 'minReplicas' });
    expect(lastOf(EMPTY)).toEqual({ replicas: 6, field: 'replicas' });
  });

  it('keeps eight days, and knows what stood there when they began', () => {
    const journal = withEntries({ ...EMPTY, sinceSeconds: NOW - JOURNAL_SECONDS - 7_200 }, [
      change({ atSeconds: NOW - JOURNAL_SECONDS - 60, from: 6, to: 12 }),
      change({ atSeconds: NOW - JOURNAL_SECONDS + 60, from: 12, to: 8 }),
    ]);
    const kept = read(encodeJournal(journal, NOW));
    expect(kept.entries).toHaveLength(1);
    expect(kept).toMatchObject({ sinceSeconds: NOW - JOURNAL_SECONDS - 60, replicas: 12 });
  });

  it('of 30 changes a day keeps all eight days with their words', () => {
    const kept = read(encodeJournal(many(240, 2_880), NOW));
    expect(kept.entries).toHaveLength(240);
    expect(kept.entries.every(({ why }) => why !== '')).toBe(true);
  });

  it('of 100 changes a day keeps all of them, and words of the newest', () => {
    const kept = read(encodeJournal(many(799, 864), NOW));
    expect(kept.entries).toHaveLength(799);
    expect(kept.entries[0]!.why).toBe('');
    expect(kept.entries.slice(-20).every(({ why }) => why !== '')).toBe(true);
  });

  it('of one each minute drops the oldest, and says since when it is whole', () => {
    const text = encodeJournal(many(2_000, 60), NOW);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(JOURNAL_BYTES);
    const kept = read(text);
    expect(kept.entries.length).toBeGreaterThan(700);
    expect(kept.entries.at(-1)).toMatchObject({ atSeconds: NOW });
    expect(kept.sinceSeconds).toBe(kept.entries[0]!.atSeconds - 60);
    expect(kept.replicas).toBe(kept.entries[0]!.from);
  });

  it('is never larger than it may be, whatever it says; and what is kept is its end, word for word or without words', () => {
    const reasons: readonly Reason[] = ['forecast', 'stabilization', 'max', 'cap', 'min'];
    const entries = fc.array(
      fc.record({
        atSeconds: fc.integer({ min: NOW - 2 * JOURNAL_SECONDS, max: NOW }),
        from: fc.nat(1_000_000_000),
        to: fc.nat(1_000_000_000),
        by: fc.constantFrom('prescale', 'external', 'unknown'),
        field: fc.constantFrom('replicas', 'minReplicas'),
        reason: fc.option(fc.constantFrom(...reasons), { nil: undefined }),
        why: fc.oneof(fc.string({ maxLength: 90 }), fc.string({ unit: 'binary', maxLength: 20 })),
      }),
      { minLength: 1, maxLength: 20 },
    );
    fc.assert(
      fc.property(entries, fc.integer({ min: 1, max: 90 }), (some, times) => {
        const all = Array.from({ length: times }, () => some)
          .flat()
          .sort((a, b) => a.atSeconds - b.atSeconds) as JournalEntry[];
        const text = encodeJournal({ ...EMPTY, sinceSeconds: NOW - 3 * JOURNAL_SECONDS, entries: all }, NOW);
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(JOURNAL_BYTES);
        const kept = read(text).entries;
        const end = all.slice(all.length - kept.length);
        const bare = (some: readonly JournalEntry[]) => JSON.stringify(some.map(({ why: _, ...rest }) => rest));
        expect(bare(kept)).toBe(bare(end));
      }),
      { numRuns: 12 },
    );
  });

  it.each([
    ['no JSON', '{"v":1,', 'no JSON'],
    ['a text of a store that was forged', 'a value whose MAC is not by the key', 'no JSON'],
    ['nothing', '', 'no JSON'],
    ['another kind of thing', '[1,2]', 'not of version 1'],
    ['a newer version', '{"v":2,"x":[]}', 'not of version 1 (v: '],
    ['replicas that can not be', `{"v":1,"since":1,"at":-1,"field":0,"reasons":[],"rows":[]}`, '(at: '],
    ['half a row', `{"v":1,"since":1,"at":1,"field":0,"reasons":[],"rows":[[1,2]]}`, '(rows.0'],
    ['a time to come', `{"v":1,"since":${NOW},"at":1,"field":0,"reasons":[],"rows":[[3600,1,2,0,0]]}`, 'in the future'],
  ])('%s is damage, in words', (_, text, words) => {
    expect(decodeJournal(text, NOW)).toEqual({ damage: expect.stringContaining(words) });
  });

  it('no text makes it fail otherwise', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect('damage' in decodeJournal(text, NOW)).toBe(true);
      }),
    );
  });
});
