import { createReadStream } from 'node:fs';
import { appendFile, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { WorldError } from '../core/errors.ts';
import { MINUTE_SECONDS, type Series } from '../core/series.ts';
import { type HistoryStore, MemoryHistoryStore } from './history-store.ts';

const VERSION = 1;
const SNAPSHOT = 'history.snapshot';
const JOURNAL = 'history.journal';
/** The journal is folded into a new snapshot when it is larger than this: about a day of 500 workloads. */
const JOURNAL_BYTES = 32e6;
/** Points wait so long in memory before they are written together: what a kill -9 can lose. */
const FLUSH_POINTS = 2_000;

interface Header {
  readonly version: number;
  readonly stepSeconds: number;
  /** In the order of their values in the file. */
  readonly series: readonly { readonly id: string; readonly start: number; readonly length: number }[];
}

export interface FileStoreHandlers {
  /** A file was damaged (cut short by a crash, say): what was read of it, and what was left out. */
  readonly onDamage: (message: string) => void;
}

/**
 * Histories in memory, kept in a folder: a snapshot (one JSON line, then single-precision values) and a journal of what came
 * since, one JSON line a point. A restart reads both; a line or value that a crash cut short is left out and said.
 * `flush` once a minute, so that a kill loses no more than that.
 */
export class FileHistoryStore implements HistoryStore {
  private readonly memory: MemoryHistoryStore;
  private readonly folder: string;
  private readonly onDamage: (message: string) => void;
  private waiting: string[] = [];
  private journalBytes = 0;
  private writing: Promise<void> = Promise.resolve();

  private constructor(folder: string, retentionDays: number, { onDamage }: FileStoreHandlers) {
    this.memory = new MemoryHistoryStore(retentionDays);
    this.folder = folder;
    this.onDamage = onDamage;
  }

  /** @throws WorldError where the folder can't be made or read */
  static async open(folder: string, retentionDays: number, handlers: FileStoreHandlers): Promise<FileHistoryStore> {
    const store = new FileHistoryStore(folder, retentionDays, handlers);
    try {
      await mkdir(folder, { recursive: true });
      await store.readSnapshot();
      await store.readJournal();
    } catch (error) {
      throw new WorldError(`the history in ${folder} can't be read: ${messageOf(error)}`, { cause: error });
    }
    return store;
  }

  async append(id: string, timeSeconds: number, value: number): Promise<void> {
    await this.memory.append(id, timeSeconds, value);
    this.waiting.push(line([Math.floor(timeSeconds / MINUTE_SECONDS), id, Number.isNaN(value) ? null : value]));
    if (this.waiting.length >= FLUSH_POINTS) await this.flush();
  }

  async fill(id: string, series: Series): Promise<void> {
    await this.memory.fill(id, series);
    const start = Math.floor(series.startSeconds / MINUTE_SECONDS);
    const values = Array.from(series.values, (value) => (Number.isNaN(value) ? null : Math.fround(value)));
    this.waiting.push(line([start, id, values, series.stepSeconds]));
    await this.flush();
  }

  read(id: string): Promise<Series | undefined> {
    return this.memory.read(id);
  }

  async forget(id: string): Promise<void> {
    await this.memory.forget(id);
    this.waiting.push(line([0, id]));
  }

  ids(): Promise<string[]> {
    return this.memory.ids();
  }

  /** Writes what waits; a journal that has grown large is folded into a new snapshot. */
  flush(): Promise<void> {
    this.writing = this.writing.then(() => this.write());
    return this.writing;
  }

  async close(): Promise<void> {
    await this.flush();
    await this.fold();
  }

  private async write(): Promise<void> {
    if (this.waiting.length === 0) return;
    const text = this.waiting.join('');
    this.waiting = [];
    try {
      await appendFile(join(this.folder, JOURNAL), text);
    } catch (error) {
      // The points stay in memory; those of this minute are missing after a restart.
      this.onDamage(`the history can't be written to ${this.folder}: ${messageOf(error)}`);
      return;
    }
    this.journalBytes += text.length;
    if (this.journalBytes > JOURNAL_BYTES) await this.fold();
  }

  /** A whole snapshot beside the old one, then in its place; only then the journal goes. */
  private async fold(): Promise<void> {
    const temporary = join(this.folder, `${SNAPSHOT}.new`);
    try {
      const file = await open(temporary, 'w');
      try {
        await this.writeSnapshot((piece) => file.write(piece));
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, join(this.folder, SNAPSHOT));
      await rm(join(this.folder, JOURNAL), { force: true });
      this.journalBytes = 0;
    } catch (error) {
      this.onDamage(`the history's snapshot can't be written to ${this.folder}: ${messageOf(error)}`);
    }
  }

  private async writeSnapshot(write: (piece: Uint8Array) => Promise<unknown>): Promise<void> {
    const series: { id: string; start: number; length: number }[] = [];
    const held: Float32Array[] = [];
    for (const id of await this.memory.ids()) {
      const found = await this.memory.read(id);
      if (!found) continue;
      series.push({ id, start: found.startSeconds / MINUTE_SECONDS, length: found.values.length });
      held.push(Float32Array.from(found.values));
    }
    const header: Header = { version: VERSION, stepSeconds: MINUTE_SECONDS, series };
    await write(Buffer.from(`${JSON.stringify(header)}\n`));
    for (const values of held) await write(new Uint8Array(values.buffer));
  }

  private async readSnapshot(): Promise<void> {
    const bytes = await readIfThere(join(this.folder, SNAPSHOT));
    if (!bytes) return;
    const end = bytes.indexOf(0x0a);
    const header = end < 0 ? undefined : parseHeader(bytes.subarray(0, end).toString('utf8'));
    if (!header) {
      this.onDamage(`${join(this.folder, SNAPSHOT)} is not a snapshot of version ${VERSION}: it is left out`);
      return;
    }
    let at = end + 1;
    for (const { id, start, length } of header.series) {
      if (at + 4 * length > bytes.length) {
        this.onDamage(
          `${join(this.folder, SNAPSHOT)} is cut short: the history of ${id} and what follows it is left out`,
        );
        return;
      }
      const ring = this.memory.ring(id);
      for (let i = 0; i < length; i++) ring.set(start + i, bytes.readFloatLE(at + 4 * i));
      at += 4 * length;
    }
  }

  private async readJournal(): Promise<void> {
    const path = join(this.folder, JOURNAL);
    const size = await stat(path).then(
      ({ size: bytes }) => bytes,
      () => undefined,
    );
    if (size === undefined) return;
    this.journalBytes = size;
    let damaged = 0;
    for await (const text of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
      if (text !== '' && !(await this.replayLine(text))) damaged++;
    }
    if (damaged > 0) this.onDamage(`${path} has ${damaged} damaged lines: they are left out`);
  }

  private async replayLine(text: string): Promise<boolean> {
    const parsed = parseJson(text);
    if (!Array.isArray(parsed)) return false;
    const [minute, id, value, stepSeconds] = parsed;
    if (typeof minute !== 'number' || typeof id !== 'string') return false;
    if (value === undefined) await this.memory.forget(id);
    else if (Array.isArray(value)) {
      const values = Float64Array.from(value, (v) => (typeof v === 'number' ? v : Number.NaN));
      const step = typeof stepSeconds === 'number' ? stepSeconds : MINUTE_SECONDS;
      await this.memory.fill(id, { startSeconds: minute * MINUTE_SECONDS, stepSeconds: step, values });
    } else if (value === null || typeof value === 'number') {
      await this.memory.append(id, minute * MINUTE_SECONDS, value ?? Number.NaN);
    } else return false;
    return true;
  }
}

function line(parts: readonly unknown[]): string {
  return `${JSON.stringify(parts)}\n`;
}

function parseHeader(text: string): Header | undefined {
  const header = parseJson(text) as Partial<Header> | undefined;
  return header?.version === VERSION && Array.isArray(header.series) ? (header as Header) : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
