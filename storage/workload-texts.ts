/**
 * Texts by key, one of each kind for a workload: its journal, its ledger, its baseline; and bounds of many workloads in each. Each is small (under 20 kB), read rarely, and
 * written whole. The replica that leads writes; any may read.
 */
export interface WorkloadTexts {
  /** Those that are stored of these. @throws where they can't be read */
  get(keys: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Stores these and removes those: each of them whole or not at all. @throws where one can't be written; others may be */
  write(put: ReadonlyMap<string, string>, gone: readonly string[]): Promise<void>;
  /** All keys under which something is stored. @throws where they can't be read */
  keys(): Promise<string[]>;
}

/** Keeps them in memory: for tests, and where no folder is given. */
export class MemoryWorkloadTexts implements WorkloadTexts {
  /** While it is set nothing can be read or written, for this reason. */
  fault: string | undefined;
  private readonly texts = new Map<string, string>();

  async get(keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
    this.check();
    const found = new Map<string, string>();
    for (const key of keys) {
      const text = this.texts.get(key);
      if (text !== undefined) found.set(key, text);
    }
    return found;
  }

  async write(put: ReadonlyMap<string, string>, gone: readonly string[]): Promise<void> {
    this.check();
    for (const key of gone) this.texts.delete(key);
    for (const [key, text] of put) this.texts.set(key, text);
  }

  async keys(): Promise<string[]> {
    this.check();
    return [...this.texts.keys()];
  }

  private check(): void {
    if (this.fault !== undefined) throw new Error(this.fault);
  }
}
