import type { Reason } from '../../core/decision.ts';
import { workloadKey } from '../../core/workload.ts';
import type { WorkloadStatus } from '../../core/workload-status.ts';
import {
  type ChangedBy,
  type ChangedField,
  decodeJournal,
  encodeJournal,
  type Journal,
  type JournalEntry,
  lastOf,
  withEntries,
} from './journal-text.ts';
import { KeptTexts, type KeptTextsParts } from './kept-texts.ts';

/** A change that Prescale made. */
export interface OwnChange {
  readonly key: string;
  readonly field: ChangedField;
  readonly from: number;
  readonly to: number;
  readonly reason: Reason | undefined;
  readonly why: string;
  /** Epoch seconds. */
  readonly atSeconds: number;
}

export interface JournalKeeperParts extends Omit<KeptTextsParts, 'what' | 'writes'> {
  readonly isLeader: () => boolean;
  /** Replicas of the addon share the store: only the one that leads writes to it. */
  readonly shared: boolean;
  /** Whether all that is opted in is known by now. */
  readonly settled: () => boolean;
  readonly epochSeconds: () => number;
}

interface Track {
  field: ChangedField;
  /** What stands there, as far as we know. */
  replicas: number;
  /** What our last change began with: a status that was made beside it may not show it yet. */
  justWrote: number | undefined;
  /** What stood there because of us is being put back. */
  puttingBack: boolean;
}

const PUT_BACK = 'what stood there because of Prescale is put back';

/** What the engine tells of the changes that it makes. */
export type OwnChanges = Pick<JournalKeeper, 'wrote' | 'putsBack'>;

/**
 * The journal of every workload: each change of its replicas, whoever made it. What Prescale writes is told by whoever wrote it; all else that
 * changes from tick to tick is another writer's. Nothing here waits for the store.
 */
export class JournalKeeper {
  private readonly parts: JournalKeeperParts;
  private readonly texts: KeptTexts;
  private readonly tracks = new Map<string, Track>();
  /** Workloads whose journal goes on from what this process saw itself. */
  private readonly begun = new Set<string>();
  private wasWriting = false;
  private reconciled = false;

  constructor(parts: JournalKeeperParts) {
    this.parts = parts;
    const { store, log } = parts;
    this.texts = new KeptTexts({ store, log, what: 'journals', writes: () => this.writes });
  }

  /** Prescale changed it. */
  wrote({ key, field, from, to, reason, why, atSeconds }: OwnChange): void {
    const track = this.tracks.get(key);
    const at = Math.round(atSeconds);
    if (track && this.begun.has(key)) this.differs(key, track, field, from, at, 'external');
    else this.begin(key, field, from, at);
    this.tracks.set(key, { field, replicas: to, justWrote: from, puttingBack: false });
    this.add(key, { atSeconds: at, from, to, by: 'prescale', field, reason, why });
  }

  /** The next change is ours, too: an HPA gets back its own minReplicas. */
  putsBack(key: string): void {
    const track = this.tracks.get(key);
    if (track) track.puttingBack = true;
  }

  /** After each tick, with all workloads that there are; those that are gone take their journal along. */
  record(statuses: readonly WorkloadStatus[], nowSeconds: number): void {
    this.look();
    const present = new Set<string>();
    for (const status of statuses) {
      const key = workloadKey(status.ref);
      present.add(key);
      const { current, ofHpa } = status.replicas;
      if (!Number.isNaN(current)) this.see(key, ofHpa ? 'minReplicas' : 'replicas', current, Math.round(nowSeconds));
    }
    for (const key of this.tracks.keys()) if (!present.has(key)) this.forget(key);
  }

  /** Stores what changed; never rejects. */
  async flush(): Promise<void> {
    if (this.writes && !this.reconciled && this.parts.settled()) {
      this.reconciled = true;
      await this.texts
        .forgetOthers((key) => this.tracks.has(key))
        .catch(() => {
          this.reconciled = false;
        });
    }
    await this.texts.flush();
  }

  /** Undefined: none is kept, or it is damaged. @throws where the store can't be read */
  async read(key: string): Promise<Journal | undefined> {
    const text = (await this.texts.read([key])).get(key);
    return text === undefined ? undefined : this.understood(key, text);
  }

  private get writes(): boolean {
    return this.parts.isLeader() || !this.parts.shared;
  }

  /** Whoever begins to write goes on from what is stored; whoever stops leaves it to the next one. */
  private look(): void {
    if (this.writes === this.wasWriting) return;
    this.wasWriting = this.writes;
    this.begun.clear();
    this.reconciled = false;
    if (!this.writes) this.texts.letGo();
  }

  private see(key: string, field: ChangedField, replicas: number, atSeconds: number): void {
    const track = this.tracks.get(key);
    if (!track || !this.begun.has(key)) {
      this.tracks.set(key, { field, replicas, justWrote: undefined, puttingBack: false });
      if (this.writes) this.begin(key, field, replicas, atSeconds);
      return;
    }
    // This status was made before our write came through: the next one shows it.
    const { justWrote } = track;
    track.justWrote = undefined;
    if (justWrote === replicas && track.field === field) return;
    const by = track.puttingBack ? 'prescale' : this.parts.isLeader() ? 'external' : 'unknown';
    this.differs(key, track, field, replicas, atSeconds, by);
    if (replicas !== track.replicas) track.puttingBack = false;
    track.field = field;
    track.replicas = replicas;
  }

  private differs(key: string, track: Track, field: ChangedField, to: number, atSeconds: number, by: ChangedBy): void {
    // From the replicas to an HPA's floor, nothing leads.
    if (track.field !== field || track.replicas === to) return;
    const why = by === 'prescale' ? PUT_BACK : '';
    this.add(key, { atSeconds, from: track.replicas, to, by, field, reason: undefined, why });
  }

  /** What is stored goes on with what stands there now; what changed in between was seen by nobody here. */
  private begin(key: string, field: ChangedField, replicas: number, atSeconds: number): void {
    this.begun.add(key);
    this.texts.change(key, (text) => {
      const journal = text === undefined ? undefined : this.understood(key, text);
      if (!journal) return encodeJournal({ sinceSeconds: atSeconds, replicas, field, entries: [] }, atSeconds);
      const last = lastOf(journal);
      if (last.field !== field || last.replicas === replicas) return undefined;
      const from = last.replicas;
      const entry: JournalEntry = { atSeconds, from, to: replicas, by: 'unknown', field, reason: undefined, why: '' };
      return encodeJournal(withEntries(journal, [entry]), atSeconds);
    });
  }

  private add(key: string, entry: JournalEntry): void {
    if (!this.writes) return;
    this.texts.change(key, (text) => {
      const { from: replicas, field, atSeconds } = entry;
      const known = text === undefined ? undefined : this.understood(key, text);
      const journal = known ?? { sinceSeconds: atSeconds, replicas, field, entries: [] };
      // Whoever reads while it is written may meet it twice.
      if (journal.entries.some((one) => isSame(one, entry))) return undefined;
      return encodeJournal(withEntries(journal, [entry]), atSeconds);
    });
  }

  private understood(key: string, text: string): Journal | undefined {
    const journal = decodeJournal(text, this.parts.epochSeconds());
    if (!('damage' in journal)) return journal;
    this.texts.reportDamage(key, journal.damage);
    return undefined;
  }

  private forget(key: string): void {
    this.tracks.delete(key);
    this.begun.delete(key);
    if (this.writes) this.texts.forget(key);
  }
}

function isSame(a: JournalEntry, b: JournalEntry): boolean {
  return a.atSeconds === b.atSeconds && a.from === b.from && a.to === b.to && a.by === b.by;
}
