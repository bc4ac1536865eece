import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DAY_SECONDS } from '../core/series.ts';
import { FileHistoryStore } from './file-history-store.io.ts';
import { historyStoreContract } from './history-store.contract.ts';

const T0 = 1_800_000_000;
let folder: string;
let damage: string[];

let nowSeconds: number;
const handlers = { onDamage: (message: string) => void damage.push(message), epochSeconds: () => nowSeconds };
const open = () => FileHistoryStore.open(folder, 2, handlers);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'history-'));
  damage = [];
  // The stories of the contract are about more than a month.
  nowSeconds = T0 + 100 * DAY_SECONDS;
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

  it('with an index whose last line was cut short, the rest is back and the loss is said', async () => {
    await (await written()).close();
    appendFileSync(join(folder, 'history.index'), '[2,"half');
    const store = await open();
    expect(await store.read('a')).toEqual(expected);
    expect(await store.ids()).toEqual(['a', 'b']);
    expect(damage).toEqual([expect.stringContaining('1 damaged line')]);
  });

  it('with files cut short, what can be read is read, and nothing is invented', async () => {
    await (await written()).close();
    truncateSync(join(folder, 'history.values'), 2 * 1_440 * 4 + 10);
    truncateSync(join(folder, 'history.newest'), 8);
    const store = await open();
    expect(await store.read('a')).toEqual(expected);
    expect(await store.read('b')).toBeUndefined();
    await store.append('b', T0 + 60, 9);
    expect((await store.read('b'))!.values).toEqual(Float64Array.of(9));
  });

  it('with a minute from the future, or none, that history begins anew and is filled again, and it is said', async () => {
    for (const [claimed, says] of [
      [(T0 + 8_000 * 365 * DAY_SECONDS) / 60, true],
      [(T0 + 600) / 60, true],
      [Number.NaN, true],
      [Number.POSITIVE_INFINITY, true],
      [0.5, true],
      [-7, true],
      // Clocks may differ by so much.
      [(T0 + 180 + 60) / 60, false],
    ] as const) {
      rmSync(folder, { recursive: true, force: true });
      damage = [];
      nowSeconds = T0 + 180;
      await (await written()).close();
      const path = join(folder, 'history.newest');
      const bytes = readFileSync(path);
      bytes.writeDoubleLE(claimed, 0);
      writeFileSync(path, bytes);
      const store = await open();
      expect(damage, String(claimed)).toEqual(
        says ? [expect.stringContaining('for 1 histories, such as a: they begin anew')] : [],
      );
      expect(await store.ids()).toEqual(says ? ['b'] : ['a', 'b']);
      expect(await store.read('b')).toMatchObject({ values: Float64Array.of(7) });
      if (!says) continue;
      expect(await store.read('a')).toBeUndefined();
      // The minute that comes next is kept, also over a restart, with nothing of before beside it.
      await store.append('a', T0 + 240, 6);
      await store.fill('a', { startSeconds: T0 + 180, stepSeconds: 60, values: Float64Array.of(4) });
      await store.close();
      damage = [];
      const next = { startSeconds: T0 + 180, stepSeconds: 60, values: Float64Array.of(4, 6) };
      expect(await (await open()).read('a')).toEqual(next);
      expect(damage).toEqual([]);
    }
  });

  it('whose newest minutes were lost with a cut file, nothing that stood in its ring two days ago is taken for new', async () => {
    nowSeconds = T0 + 180;
    await (await written()).close();
    truncateSync(join(folder, 'history.newest'), 0);
    const store = await open();
    nowSeconds = T0 + 2 * DAY_SECONDS + 240;
    await store.append('a', nowSeconds, 5);
    await store.close();
    expect((await (await open()).read('a'))!.values).toEqual(Float64Array.of(5));
    expect(damage).toEqual([]);
  });

  it('with a foreign index or another retention, it begins anew and says so', async () => {
    await (await written()).close();
    const longer = await FileHistoryStore.open(folder, 3, handlers);
    expect(await longer.ids()).toEqual([]);
    expect(damage).toEqual([expect.stringContaining('begins anew')]);
    await longer.close();
    writeFileSync(join(folder, 'history.index'), 'something else');
    damage = [];
    expect(await (await open()).ids()).toEqual([]);
    expect(damage).toEqual([expect.stringContaining('begins anew')]);
  });

  it('the ring of one that was forgotten serves another, and shows nothing of it', async () => {
    const store = await written();
    await store.append('new', T0 + 600, 5);
    await store.close();
    expect(statSync(join(folder, 'history.values')).size).toBe(3 * 2 * 1_440 * 4);
    const again = await open();
    expect((await again.read('new'))!.values).toEqual(Float64Array.of(5));
  });
});

it('where the folder cannot be made, says so', async () => {
  writeFileSync(join(folder, 'file'), '');
  await expect(FileHistoryStore.open(join(folder, 'file', 'x'), 2, handlers)).rejects.toThrow(/can't be opened/);
});
