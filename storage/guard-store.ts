/**
 * Where the memory of the guards outlives the process and the leader: texts by key, which guard-record.ts writes and reads. The leader
 * alone writes; whoever begins to lead reads.
 */
export interface GuardStore {
  /** All that is stored. @throws where it can't be read */
  read(): Promise<ReadonlyMap<string, string>>;
  /** @returns undefined: nothing is stored under this key. @throws where it can't be read */
  get(key: string): Promise<string | undefined>;
  /** Stores these and removes those, all of it or nothing. @throws where it can't be written */
  write(put: ReadonlyMap<string, string>, gone: readonly string[]): Promise<void>;
}

/** Keeps it in memory: as long as what holds the store, for tests and simulations that let stores fail. */
export class MemoryGuardStore implements GuardStore {
  /** While it is set nothing can be read or written, for this reason. */
  fault: string | undefined;
  /** Writes so far. */
  writes = 0;
  private entries = new Map<string, string>();

  async read(): Promise<ReadonlyMap<string, string>> {
    this.check();
    return new Map(this.entries);
  }

  async get(key: string): Promise<string | undefined> {
    this.check();
    return this.entries.get(key);
  }

  async write(put: ReadonlyMap<string, string>, gone: readonly string[]): Promise<void> {
    this.check();
    this.writes++;
    for (const key of gone) this.entries.delete(key);
    for (const [key, text] of put) this.entries.set(key, text);
  }

  /** All is lost, as by FLUSHALL. */
  lose(): void {
    this.entries.clear();
  }

  /** What is stored now: to be put back by `rollBack`, as by a restored backup or a replica that lagged. */
  snapshot(): ReadonlyMap<string, string> {
    return new Map(this.entries);
  }

  rollBack(to: ReadonlyMap<string, string>): void {
    this.entries = new Map(to);
  }

  private check(): void {
    if (this.fault !== undefined) throw new Error(this.fault);
  }
}
