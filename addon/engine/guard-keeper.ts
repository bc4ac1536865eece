import type { FleetBreaker } from '../../actuator/guards/fleet-breaker.ts';
import { decodeFleetRecord, decodeGuardRecord, GUARD_RECORD_VERSION } from '../../actuator/guards/guard-record.ts';
import type { GuardStore } from '../../storage/guard-store.ts';
import type { EngineParts, WorkloadRegistry } from './engine-parts.ts';
import type { ScaledWorkload } from './scaled-workload.ts';
import type { TargetStates } from './target-states.ts';

/** The key of what is stored once for all; workloadKeys have slashes. */
const FLEET = 'fleet';
/** A heartbeat of the leader: what is stored is all there is. */
const HEARTBEAT_SECONDS = 60;
/** Without one for so long, the leader could not write, or nobody led: what happened meanwhile is not known. */
const STALE_SECONDS = 180;

/**
 * The memory of the guards, kept in a store by whoever leads, and taken over by whoever begins to. One write a tick at most, with all
 * that changed; nothing in a calm one but a heartbeat each minute.
 */
export class GuardKeeper {
  private readonly store: GuardStore;
  private readonly parts: Pick<EngineParts, 'isLeader' | 'settled' | 'patience' | 'log'>;
  private readonly registry: WorkloadRegistry;
  private readonly breaker: FleetBreaker;
  private readonly targets: Pick<TargetStates, 'readStates'>;
  /** The store was read since we lead: it may be written. */
  private loaded = false;
  private loading: Promise<void> | undefined;
  /** The store was read since this process began, whoever leads. */
  private looked = false;
  private looking: Promise<void> | undefined;
  /** What was read, for workloads that are yet to be found; until all are. */
  private entries: ReadonlyMap<string, string> | undefined;
  /** All that was opted in before this process began was found. */
  private allAreKnown = false;
  /** What was read is recent enough to be all. */
  private trusted = false;
  /** Revisions that are stored, by key; -1: of another process. */
  private readonly stored = new Map<string, number>();
  private readonly gone = new Set<string>();
  private damaged = 0;
  private heartbeat: { readonly text: string; readonly seconds: number; readonly open: number | undefined } | undefined;
  private nowSeconds = 0;
  private leadsSince: number | undefined;
  private writing: Promise<void> | undefined;
  private next: Promise<void> | undefined;
  /** Said once until it works again. */
  private failing = false;

  constructor(
    store: GuardStore,
    parts: Pick<EngineParts, 'isLeader' | 'settled' | 'patience' | 'log'>,
    registry: WorkloadRegistry,
    breaker: FleetBreaker,
    targets: Pick<TargetStates, 'readStates'>,
  ) {
    this.targets = targets;
    this.store = store;
    this.parts = parts;
    this.registry = registry;
    this.breaker = breaker;
  }

  /** To be called before each decision: begins to lead where we do since the last call. Waits for the store once, and not for long. */
  async lead(nowSeconds: number): Promise<void> {
    this.nowSeconds = nowSeconds;
    this.allAreKnown ||= this.parts.settled?.() ?? true;
    if (!this.parts.isLeader()) {
      this.loaded = false;
      this.leadsSince = undefined;
      return this.look();
    }
    this.leadsSince ??= nowSeconds;
    if (this.loaded) return;
    const first = this.loading === undefined && !this.failing;
    this.loading ??= this.load().finally(() => {
      this.loading = undefined;
    });
    if (first) await this.inTime(this.loading);
  }

  private async inTime(task: Promise<void>): Promise<void> {
    const { patience } = this.parts;
    if (!patience) return task;
    const over = new AbortController();
    await Promise.race([task, patience(over.signal)]);
    over.abort('over');
  }

  /**
   * A process that begins beside a leader must not take for the load what that one doubts: once it leads it would have learned it. What can't
   * be read is tried again at the next tick.
   */
  private async look(): Promise<void> {
    if (!this.looked && this.looking === undefined) {
      this.looking = this.store
        .read()
        .then((entries) => {
          this.looked = true;
          if (this.loaded) return;
          this.entries = entries;
          for (const workload of this.registry.workloads.values()) this.tell(workload);
        })
        .catch(() => {})
        .finally(() => {
          this.looking = undefined;
        });
      await this.inTime(this.looking);
    }
    if (this.allAreKnown) this.entries = undefined;
  }

  private tell(workload: ScaledWorkload): void {
    const text = this.entries?.get(workload.key);
    const record = text === undefined ? undefined : decodeGuardRecord(text, this.nowSeconds);
    if (record && !('damage' in record) && record.uid === workload.uid)
      workload.restoreMetrics(record, this.nowSeconds);
  }

  /** A workload comes in that this process did not have. One that comes once all are known was opted in under our eyes. */
  admit(workload: ScaledWorkload): void {
    if (this.loaded && this.allAreKnown) return;
    workload.memory.predecessor = 'unknown';
    if (this.loaded) this.take(workload);
    else this.tell(workload);
  }

  /** It is opted out. */
  forget(key: string): void {
    if (this.stored.delete(key)) this.gone.add(key);
  }

  /** Stores what changed, with the writes that are about to be made. Never rejects: what could not be stored is tried again. */
  save(): Promise<void> {
    if (!this.writing) {
      this.writing = this.flush().finally(() => {
        this.writing = undefined;
      });
      return this.writing;
    }
    // What is under way may not have it all.
    this.next ??= this.writing.then(() => {
      this.next = undefined;
      return this.save();
    });
    return this.next;
  }

  private async load(): Promise<void> {
    try {
      const entries = await this.store.read();
      if (!this.parts.isLeader()) return;
      this.loaded = this.takeFleet(entries);
      if (!this.loaded) return;
      this.entries = entries;
      this.looked = true;
      this.works();
    } catch (error) {
      this.fails('what guards remember could not be read: removals wait for what this replica sees itself', error);
      return;
    }
    this.damaged = 0;
    this.stored.clear();
    for (const key of this.entries.keys()) if (key !== FLEET) this.stored.set(key, -1);
    for (const workload of this.registry.workloads.values()) this.take(workload);
    await this.lookAtDifferent();
  }

  /** What the leader before wrote last may not have been heard of here: it is no change by somebody else. */
  private async lookAtDifferent(): Promise<void> {
    const different = [...this.registry.workloads.values()].filter(
      ({ state, memory }) => state && memory.external.isExternal(state.replicas),
    );
    await this.targets.readStates(different.map(({ key }) => key));
  }

  /** @returns whether the store may be used */
  private takeFleet(entries: ReadonlyMap<string, string>): boolean {
    const text = entries.get(FLEET);
    const fleet = text === undefined ? undefined : decodeFleetRecord(text, this.nowSeconds);
    if (fleet === 'newer') {
      this.fails('what guards remember was stored by a newer Prescale: it is left as it is, and removals wait');
      return false;
    }
    this.heartbeat = undefined;
    if (fleet === undefined || 'damage' in fleet) {
      this.trusted = false;
      const why = fleet?.damage ?? 'nothing is stored';
      this.parts.log.warn('what guards remembered before is not known: first removals wait', { why });
      return true;
    }
    // Since we lead we see for ourselves, whenever the store answers.
    const secondsBefore = (this.leadsSince ?? this.nowSeconds) - fleet.seconds;
    this.trusted = secondsBefore <= STALE_SECONDS;
    this.heartbeat = { text: text!, seconds: fleet.seconds, open: fleet.openSeconds };
    if (fleet.openSeconds !== undefined) this.breaker.reopen(fleet.openSeconds, this.nowSeconds);
    if (!this.trusted)
      this.parts.log.warn('what guards remember was stored too long ago: first removals wait', { secondsBefore });
    return true;
  }

  private take(workload: ScaledWorkload): void {
    const { key, uid, memory } = workload;
    const text = this.entries?.get(key);
    if (text === undefined) return;
    const record = decodeGuardRecord(text, this.nowSeconds);
    if ('damage' in record) {
      this.reportDamage(key, record.damage);
      return;
    }
    // Another object under the same name has another past.
    if (record.uid !== uid) {
      memory.predecessor = 'none';
      return;
    }
    workload.restore(record, this.nowSeconds);
    if (record.lowered) this.breaker.restore(key, record.lowered, this.nowSeconds);
    if (this.trusted && memory.predecessor === 'unknown') memory.predecessor = 'known';
  }

  /** Once for all: where a store is damaged, 10,000 may be. */
  private reportDamage(workload: string, why: string): void {
    if (this.damaged++ > 0) return;
    const what =
      'what the guards of a workload remembered is damaged: its first removals wait, and those of others like it';
    this.parts.log.warn(what, { workload, why });
  }

  private async flush(): Promise<void> {
    if (!this.loaded || !this.parts.isLeader()) return;
    try {
      const due =
        this.heartbeat === undefined || Math.abs(this.nowSeconds - this.heartbeat.seconds) >= HEARTBEAT_SECONDS;
      if (due) await this.reconcile();
      const { put, revisions } = this.changed();
      const gone = [...this.gone];
      const open = this.breaker.openSinceSeconds;
      if (due || open !== this.heartbeat?.open) put.set(FLEET, this.newHeartbeat(open));
      if (put.size === 0 && gone.length === 0) return;
      // Somebody else may lead by now.
      if (!this.parts.isLeader()) return;
      await this.store.write(put, gone);
      const text = put.get(FLEET);
      if (text !== undefined) this.heartbeat = { text, seconds: this.nowSeconds, open };
      for (const [key, revision] of revisions) this.stored.set(key, revision);
      for (const key of gone) if (!put.has(key)) this.gone.delete(key);
      this.works();
    } catch (error) {
      this.fails('what guards remember could not be stored', error);
    }
  }

  /** Each minute: whether the store still has what was stored, and nothing that nobody wants. */
  private async reconcile(): Promise<void> {
    const lost = this.heartbeat !== undefined && (await this.store.get(FLEET)) !== this.heartbeat.text;
    if (lost) {
      this.parts.log.warn('what guards remember was lost from its store: it is stored again');
      this.stored.clear();
      for (const key of (await this.store.read()).keys()) if (key !== FLEET) this.stored.set(key, -1);
    }
    if (!this.allAreKnown) return;
    this.entries = undefined;
    for (const key of this.stored.keys()) if (!this.registry.workloads.has(key)) this.forget(key);
  }

  private changed() {
    const put = new Map<string, string>();
    const revisions = new Map<string, number>();
    for (const { key, uid, memory } of this.registry.workloads.values()) {
      if (!memory.began || this.stored.get(key) === memory.revision) continue;
      const lowered = this.breaker.passedOf(key, this.nowSeconds);
      put.set(key, JSON.stringify({ ...memory.record(uid), ...(lowered && { lowered }) }));
      revisions.set(key, memory.revision);
      this.gone.delete(key);
    }
    return { put, revisions };
  }

  private newHeartbeat(open: number | undefined): string {
    const since = open === undefined ? {} : { openSeconds: open };
    return JSON.stringify({ version: GUARD_RECORD_VERSION, seconds: this.nowSeconds, ...since });
  }

  private works(): void {
    if (this.failing) this.parts.log.info('what guards remember is stored again');
    this.failing = false;
  }

  private fails(what: string, error?: unknown): void {
    if (!this.failing) this.parts.log.warn(what, error === undefined ? {} : { error });
    this.failing = true;
  }
}
