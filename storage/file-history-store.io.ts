import { appendFile, type FileHandle, mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chunks } from '../core/concurrency/chunks.ts';
import { messageOf, WorldError } from '../core/errors.ts';
import { isFuture } from '../core/plausible-time.ts';
import { DAY_SECONDS, MINUTE_SECONDS, type Series } from '../core/series.ts';
import { type HistoryStore, MinuteRing } from './history-store.ts';
import { writeWhole } from './whole-file.io.ts';

const VERSION = 1;
/** Rings of single-precision values, one after another; each as long as the retention. */
const VALUES = 'history.values';
/** The newest minute of each ring, doubles: written after the values, so that a crash loses a minute and invents none. */
const NEWEST = 'history.newest';
/** One JSON line each: the version and length of rings, then which id has which ring, or that a ring is free. */
const INDEX = 'history.index';
const VALUE_BYTES = 4;
const NEWEST_BYTES = 8;
const WRITES_AT_ONCE = 64;

export interface FileStoreHandlers {
  /** A file was damaged or could not be written: what that means. */
  readonly onDamage: (message: string) => void;
  readonly epochSeconds: () => number;
}

interface Ring {
  readonly slot: number;
  /** Of what is in the file, minutes since the epoch; -1: nothing. */
  newest: number;
  /** Points that wait for the next flush. */
  waiting: Map<number, number>;
}

/**
 * Histories in files of fixed rings: the operating system's cache holds what is used, and the process only what came within
 * the last minute. `flush` once a minute, so that a kill loses no more than that.
 */
export class FileHistoryStore implements HistoryStore {
  private readonly folder: string;
  private readonly points: number;
  private readonly step: number;
  private readonly handlers: FileStoreHandlers;
  private readonly rings = new Map<string, Ring>();
  private readonly free: number[] = [];
  private slots = 0;
  private values: FileHandle | undefined;
  private newest: FileHandle | undefined;
  /** Writes follow each other. */
  private turn: Promise<unknown> = Promise.resolve();

  private constructor(folder: string, retentionDays: number, handlers: FileStoreHandlers, stepSeconds: number) {
    this.folder = folder;
    this.points = Math.ceil((retentionDays * DAY_SECONDS) / stepSeconds);
    this.step = stepSeconds;
    this.handlers = handlers;
  }

  /**
   * @param stepSeconds of a point
   * @throws WorldError where the folder can't be made or its files opened
   */
  static async open(
    folder: string,
    retentionDays: number,
    handlers: FileStoreHandlers,
    stepSeconds = MINUTE_SECONDS,
  ): Promise<FileHistoryStore> {
    const store = new FileHistoryStore(folder, retentionDays, handlers, stepSeconds);
    try {
      await mkdir(folder, { recursive: true });
      await store.openFiles();
    } catch (error) {
      throw new WorldError(`the history in ${folder} can't be opened: ${messageOf(error)}`, { cause: error });
    }
    return store;
  }

  async append(id: string, timeSeconds: number, value: number): Promise<void> {
    const ring = this.rings.get(id) ?? (await this.take(id));
    ring.waiting.set(Math.floor(timeSeconds / this.step), value);
  }

  async fill(id: string, { startSeconds, stepSeconds, values }: Series): Promise<void> {
    const ring = this.rings.get(id) ?? (await this.take(id));
    await this.inTurn(async () => {
      const whole = await this.load(ring);
      values.forEach((value, i) => {
        const minute = Math.floor((startSeconds + i * stepSeconds) / this.step);
        if (Number.isNaN(whole.get(minute)) && !Number.isNaN(value)) whole.set(minute, value);
      });
      ring.waiting.clear();
      ring.newest = whole.newest;
      await this.values!.write(bytesOf(whole.values), 0, this.points * VALUE_BYTES, this.place(ring, 0));
      await this.writeNewest();
    });
  }

  async read(id: string): Promise<Series | undefined> {
    const ring = this.rings.get(id);
    if (!ring) return undefined;
    return this.inTurn(async () => (await this.load(ring)).series());
  }

  async forget(id: string): Promise<void> {
    const ring = this.rings.get(id);
    if (!ring) return;
    this.rings.delete(id);
    await this.inTurn(async () => {
      await this.addToIndex([ring.slot, null]);
      this.free.push(ring.slot);
    });
  }

  async ids(): Promise<string[]> {
    const held: string[] = [];
    for (const [id, { newest, waiting }] of this.rings) if (newest >= 0 || waiting.size > 0) held.push(id);
    return held;
  }

  /** Writes what waits. What can't be written stays in memory for the next time. */
  flush(): Promise<void> {
    return this.inTurn(async () => {
      const dirty = [...this.rings.values()].filter(({ waiting }) => waiting.size > 0);
      try {
        for (const some of chunks(dirty, WRITES_AT_ONCE)) {
          await Promise.all(some.map((ring) => this.writeWaiting(ring)));
        }
        if (dirty.length > 0) await this.writeNewest();
      } catch (error) {
        this.handlers.onDamage(`the history can't be written to ${this.folder}: ${messageOf(error)}`);
      }
    });
  }

  async close(): Promise<void> {
    await this.flush();
    await this.inTurn(async () => {
      await Promise.all([this.values?.close(), this.newest?.close()]);
      this.values = undefined;
      this.newest = undefined;
    });
  }

  private inTurn<T>(task: () => Promise<T>): Promise<T> {
    const run = this.turn.then(task);
    this.turn = run.catch(() => {});
    return run;
  }

  /** A ring of its own for a new id, empty. */
  private take(id: string): Promise<Ring> {
    return this.inTurn(async () => {
      const before = this.rings.get(id);
      if (before) return before;
      const slot = this.free.pop() ?? this.slots++;
      const ring: Ring = { slot, newest: -1, waiting: new Map() };
      const empty = new Float32Array(this.points).fill(Number.NaN);
      await this.values!.write(bytesOf(empty), 0, this.points * VALUE_BYTES, this.place(ring, 0));
      await this.addToIndex([slot, id]);
      this.rings.set(id, ring);
      return ring;
    });
  }

  private async load(ring: Ring): Promise<MinuteRing> {
    const whole = new MinuteRing(this.points, this.step);
    const bytes = bytesOf(whole.values);
    const { bytesRead } = await this.values!.read(bytes, 0, bytes.length, this.place(ring, 0));
    if (bytesRead < bytes.length) whole.values.fill(Number.NaN, Math.floor(bytesRead / VALUE_BYTES));
    whole.newest = ring.newest;
    for (const [minute, value] of [...ring.waiting].sort(([a], [b]) => a - b)) whole.set(minute, value);
    return whole;
  }

  private async writeWaiting(ring: Ring): Promise<void> {
    const { points } = this;
    for (const [minute, value] of [...ring.waiting].sort(([a], [b]) => a - b)) {
      if (minute <= ring.newest - points) continue;
      // What lies between is a gap, and what the ring held there is a week old.
      for (let gap = Math.max(ring.newest + 1, minute - points + 1); ring.newest >= 0 && gap < minute; gap++) {
        await this.writeValue(ring, gap, Number.NaN);
      }
      await this.writeValue(ring, minute, value);
      if (minute > ring.newest) ring.newest = minute;
    }
    ring.waiting.clear();
  }

  private async writeValue(ring: Ring, minute: number, value: number): Promise<void> {
    const bytes = Buffer.allocUnsafe(VALUE_BYTES);
    bytes.writeFloatLE(value);
    await this.values!.write(bytes, 0, VALUE_BYTES, this.place(ring, minute % this.points));
  }

  private async writeNewest(): Promise<void> {
    const bytes = Buffer.alloc(this.slots * NEWEST_BYTES);
    for (let slot = 0; slot < this.slots; slot++) bytes.writeDoubleLE(-1, slot * NEWEST_BYTES);
    for (const { slot, newest } of this.rings.values()) bytes.writeDoubleLE(newest, slot * NEWEST_BYTES);
    await this.newest!.write(bytes, 0, bytes.length, 0);
  }

  private place({ slot }: Ring, point: number): number {
    return (slot * this.points + point) * VALUE_BYTES;
  }

  private addToIndex(line: readonly unknown[]): Promise<void> {
    return appendFile(join(this.folder, INDEX), `${JSON.stringify(line)}\n`);
  }

  private async openFiles(): Promise<void> {
    const lines = await readLines(join(this.folder, INDEX));
    const known = lines.length > 0 && this.sameLayout(lines[0]);
    if (lines.length > 0 && !known) {
      this.handlers.onDamage(`the history in ${this.folder} is of another version or retention: it begins anew`);
    }
    const flags = known ? 'r+' : 'w+';
    this.values = await openOrMake(join(this.folder, VALUES), flags);
    this.newest = await openOrMake(join(this.folder, NEWEST), flags);
    if (known) await this.readIndex(lines.slice(1));
    await this.writeIndex();
  }

  private sameLayout(line: unknown): boolean {
    const { version, points } = (line ?? {}) as { version?: unknown; points?: unknown };
    return version === VERSION && points === this.points;
  }

  private async readIndex(lines: readonly unknown[]): Promise<void> {
    const ids = new Map<number, string>();
    let damaged = 0;
    for (const line of lines) {
      const [slot, id] = Array.isArray(line) ? line : [];
      if (!Number.isInteger(slot) || slot < 0 || (typeof id !== 'string' && id !== null)) damaged++;
      else if (id === null) ids.delete(slot);
      else ids.set(slot, id);
    }
    if (damaged > 0)
      this.handlers.onDamage(`${join(this.folder, INDEX)} has ${damaged} damaged lines: they are left out`);
    this.slots = Math.max(-1, ...ids.keys()) + 1;
    const bytes = Buffer.alloc(this.slots * NEWEST_BYTES);
    const { bytesRead } = await this.newest!.read(bytes, 0, bytes.length, 0);
    const now = this.handlers.epochSeconds();
    const impossible: string[] = [];
    for (let slot = 0; slot < this.slots; slot++) {
      const id = ids.get(slot);
      const whole = (slot + 1) * NEWEST_BYTES <= bytesRead;
      const newest = whole ? bytes.readDoubleLE(slot * NEWEST_BYTES) : Number.NaN;
      const can = Number.isInteger(newest) && newest >= -1 && !isFuture(newest * this.step, now);
      // One that is not there yet was not written before a crash: no damage.
      if (id !== undefined && whole && !can) impossible.push(id);
      // What is in the values of a ring whose time is not known is of no time: whoever gets it next empties it.
      if (id === undefined || !can || this.rings.has(id)) this.free.push(slot);
      else this.rings.set(id, { slot, newest, waiting: new Map() });
    }
    if (impossible.length === 0) return;
    this.handlers.onDamage(
      `${join(this.folder, NEWEST)} has no time or one in the future for ${impossible.length} histories, such as ${impossible[0]}: they begin anew`,
    );
  }

  /** The index without what came and went, whole or not at all. */
  private async writeIndex(): Promise<void> {
    const lines: unknown[] = [{ version: VERSION, points: this.points }];
    for (const [id, { slot }] of this.rings) lines.push([slot, id]);
    await writeWhole(join(this.folder, INDEX), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | Float64Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Parsed lines; one that is not JSON is undefined. No file: no lines. */
async function readLines(path: string): Promise<unknown[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      try {
        return JSON.parse(line);
      } catch {
        return undefined;
      }
    });
}

async function openOrMake(path: string, flags: 'r+' | 'w+'): Promise<FileHandle> {
  try {
    return await open(path, flags);
  } catch (error) {
    if (flags === 'r+' && (error as NodeJS.ErrnoException).code === 'ENOENT') return open(path, 'w+');
    throw error;
  }
}
