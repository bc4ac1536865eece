import { chunks } from '../../core/concurrency/chunks.ts';
import type { WorkloadTexts } from '../../storage/workload-texts.ts';
import type { Log } from '../../telemetry/log/log.ts';

/** Texts that are read, changed and written at once: some milliseconds in which nothing else is done. */
const AT_ONCE = 25;
/** Changes that wait for a store that doesn't answer, of one workload: what is over that is lost, the oldest first. */
const MOST_WAITING = 200;

/** Gives the text as it is to be stored. @param text undefined: nothing is stored. @returns undefined: it stays as it is */
export type Edit = (text: string | undefined) => string | undefined;

export interface KeptTextsParts {
  readonly store: WorkloadTexts;
  /** For messages: `journals`. */
  readonly what: string;
  /** Whether this replica writes: where replicas share a store, only the one that leads. */
  readonly writes: () => boolean;
  readonly log: Log;
}

/**
 * Texts of workloads that are changed bit by bit, beside the ticks: what changed waits in memory until `flush` has read, changed and
 * written it, and for as long as the store doesn't answer. What fails is said once until it works again.
 */
export class KeptTexts {
  private readonly parts: KeptTextsParts;
  private waiting = new Map<string, readonly Edit[]>();
  private gone = new Set<string>();
  private flushing: Promise<void> | undefined;
  private failing = false;
  private damaged = 0;

  constructor(parts: KeptTextsParts) {
    this.parts = parts;
  }

  change(key: string, edit: Edit): void {
    const edits = [...(this.waiting.get(key) ?? []), edit];
    this.waiting.set(key, edits.slice(-MOST_WAITING));
    this.gone.delete(key);
  }

  /** Nothing of it is wanted any more. */
  forget(key: string): void {
    this.waiting.delete(key);
    this.gone.add(key);
  }

  /** Changes that wait are let go of: another replica writes. */
  letGo(): void {
    this.waiting.clear();
    this.gone.clear();
  }

  /** With what waits. @throws where the store can't be read */
  async read(keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const found = new Map(await this.parts.store.get(keys));
    for (const key of keys) {
      const text = edited(found.get(key), this.waiting.get(key) ?? []);
      if (text !== undefined && !this.gone.has(key)) found.set(key, text);
      else found.delete(key);
    }
    return found;
  }

  /** What nobody wants any more, though it is stored, goes. @param isWanted by key. @throws where the store can't be read */
  async forgetOthers(isWanted: (key: string) => boolean): Promise<void> {
    for (const key of await this.parts.store.keys()) if (!isWanted(key) && !this.waiting.has(key)) this.gone.add(key);
  }

  /** Stores what waits; one at a time, and never rejects: what could not be stored waits on. */
  flush(): Promise<void> {
    this.flushing ??= this.write().finally(() => {
      this.flushing = undefined;
    });
    return this.flushing;
  }

  /** Said once for all: where a store is damaged, thousands of texts may be. */
  reportDamage(key: string, why: string): void {
    if (this.damaged++ > 0) return;
    this.parts.log.warn(
      `one of the ${this.parts.what} can not be understood: it begins anew, and so do others like it`,
      {
        workload: key,
        why,
      },
    );
  }

  private async write(): Promise<void> {
    const { store, writes, log, what } = this.parts;
    if (!writes()) return;
    try {
      const gone = [...this.gone];
      if (gone.length > 0) await store.write(new Map(), gone);
      for (const key of gone) this.gone.delete(key);
      for (const keys of chunks([...this.waiting.keys()], AT_ONCE)) {
        if (!writes()) return;
        await this.writeSome(keys);
      }
      if (this.failing) log.info(`${what} are stored again`);
      this.failing = false;
    } catch (error) {
      if (!this.failing) log.warn(`${what} could not be stored: what changes is kept in memory meanwhile`, { error });
      this.failing = true;
    }
  }

  private async writeSome(keys: readonly string[]): Promise<void> {
    const found = await this.parts.store.get(keys);
    const applied = new Map(keys.map((key) => [key, this.waiting.get(key) ?? []]));
    const put = new Map<string, string>();
    for (const [key, edits] of applied) {
      const before = found.get(key);
      const text = edited(before, edits);
      if (text !== undefined && text !== before) put.set(key, text);
    }
    if (put.size > 0) await this.parts.store.write(put, []);
    for (const [key, edits] of applied) {
      const left = (this.waiting.get(key) ?? []).filter((edit) => !edits.includes(edit));
      if (left.length > 0) this.waiting.set(key, left);
      else this.waiting.delete(key);
    }
  }
}

function edited(text: string | undefined, edits: readonly Edit[]): string | undefined {
  return edits.reduce<string | undefined>((now, edit) => edit(now) ?? now, text);
}
