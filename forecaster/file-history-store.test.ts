import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileHistoryStore } from './file-history-store.ts';
import { historyStoreContract } from './history-store.contract.ts';

const T0 = 1_800_000_000;
let folder: string;
let damage: string[];

const open = () => FileHistoryStore.open(folder, 2, { onDamage: (message) => damage.push(message) });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'history-'));
  damage = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

historyStoreContract('a folder', open);

describe('after a restart', () => {
  const expected = { startSeconds: T0, stepSeconds: 60, values: Float64Array.of(1, 2.5, Number.NaN, 4) };

  async function written(): Promise<FileHistoryStore> {
    const store = await open();
    await store.fill('a', { startSeconds: T0, stepSeconds: 60, values: Float64Array.of(1, 2.5) });
    await store.append('a', T0 + 180, 4);
    await store.append('b', T0, 7);
    await store.append('gone', T0, 7);
    await store.forget('gone');
    return store;
  }

  it('that was orderly, all is back', async () => {
    await (await written()).close();
    const store = await open();
    expect(await store.read('a')).toEqual(expected);
    expect(await store.ids()).toEqual(['a', 'b']);
    expect(damage).toEqual([]);
  });

  it('by kill -9, all is back that was flushed', async () => {
    await (await written()).flush();
    const store = await open();
    expect(await store.read('a')).toEqual(expected);
    expect(await store.read('gone')).toBeUndefined();
    await store.close();
    expect(await (await open()).read('a')).toEqual(expected);
  });

  it('in the middle of a line, the rest is back and the loss is said', async () => {
    await (await written()).flush();
    appendFileSync(join(folder, 'history.journal'), '[29999999,"a",12');
    const store = await open();
    expect(await store.read('a')).toEqual(expected);
    expect(damage).toEqual([expect.stringContaining('1 damaged line')]);
  });

  it('with a snapshot that is cut short or foreign, what can be read is read, and the loss is said', async () => {
    await (await written()).close();
    const snapshot = join(folder, 'history.snapshot');
    truncateSync(snapshot, readFileSync(snapshot).length - 2);
    const store = await open();
    expect(await store.read('a')).toEqual(expected);
    expect(await store.read('b')).toBeUndefined();
    expect(damage).toEqual([expect.stringContaining('cut short')]);
    writeFileSync(snapshot, 'something else');
    damage = [];
    expect(await (await open()).ids()).toEqual([]);
    expect(damage).toEqual([expect.stringContaining('not a snapshot')]);
  });
});

it('where the folder cannot be made, says so', async () => {
  writeFileSync(join(folder, 'file'), '');
  await expect(FileHistoryStore.open(join(folder, 'file', 'x'), 2, { onDamage: () => {} })).rejects.toThrow(
    /can't be read/,
  );
});
