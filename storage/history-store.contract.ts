import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DAY_SECONDS } from '../core/series.ts';
import type { HistoryStore } from './history-store.ts';

const T0 = 1_800_000_000;

/**
 * What every HistoryStore promises.
 * @param open a store with a retention of two days, empty
 * @param kept what a number becomes where it is stored less exactly
 */
export function historyStoreContract(
  name: string,
  open: () => Promise<HistoryStore>,
  kept: (value: number) => number = (value) => value,
): void {
  const values = (...given: number[]) => Float64Array.from(given, kept);
  describe(`${name} keeps histories`, () => {
    let store: HistoryStore;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());

    it('gives minutes back as they came, a missing one as NaN', async () => {
      await store.append('a', T0, 5);
      await store.append('a', T0 + 60, 7.5);
      await store.append('a', T0 + 180, 0);
      const series = await store.read('a');
      expect(series).toEqual({ startSeconds: T0, stepSeconds: 60, values: values(5, 7.5, Number.NaN, 0) });
      expect(await store.ids()).toEqual(['a']);
    });

    it('knows nothing of what was never recorded, and nothing of what was forgotten', async () => {
      expect(await store.read('b')).toBeUndefined();
      await store.append('b', T0, 5);
      await store.forget('b');
      await store.forget('never');
      expect(await store.read('b')).toBeUndefined();
      expect(await store.ids()).toEqual([]);
    });

    it('takes a point late, in its own minute, and the newest word of a minute', async () => {
      await store.append('a', T0 + 120, 3);
      await store.append('a', T0 + 30, 1);
      await store.append('a', T0 + 150, 4);
      expect((await store.read('a'))!.values).toEqual(values(1, Number.NaN, 4));
    });

    it('drops what is older than its retention', async () => {
      await store.append('a', T0, 1);
      await store.append('a', T0 + DAY_SECONDS, 2);
      await store.append('a', T0 + 2 * DAY_SECONDS, 3);
      const series = (await store.read('a'))!;
      expect(series.startSeconds).toBe(T0 + DAY_SECONDS);
      expect(series.values.length).toBe(1_441);
      await store.append('a', T0 - DAY_SECONDS, 9);
      expect(await store.read('a')).toEqual(series);
      await store.append('a', T0 + 30 * DAY_SECONDS, 4);
      expect((await store.read('a'))!.values).toEqual(values(4));
    });

    it('is filled by a backfill where nothing was recorded, and only there', async () => {
      await store.append('a', T0 + 120, 3);
      await store.fill('a', { startSeconds: T0, stepSeconds: 60, values: Float64Array.of(1, Number.NaN, 8, 9) });
      expect((await store.read('a'))!.values).toEqual(values(1, Number.NaN, 3, 9));
    });

    it('holds a gap that is recorded as one', async () => {
      await store.append('a', T0, 1);
      await store.append('a', T0 + 60, Number.NaN);
      expect((await store.read('a'))!.values).toEqual(values(1, Number.NaN));
    });

    it('takes any text for an id, and any order of points', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.string({ minLength: 1, maxLength: 40 }),
          fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 1_000 }), fc.float({ min: 0, noNaN: true })), {
            minLength: 1,
            maxLength: 20,
            selector: ([minute]) => minute,
          }),
          async (id, points) => {
            await store.forget(id);
            for (const [minute, value] of points) await store.append(id, T0 + 60 * minute, value);
            const series = (await store.read(id))!;
            for (const [minute, value] of points) {
              expect(series.values[(T0 + 60 * minute - series.startSeconds) / 60]).toBe(kept(value));
            }
            const found = series.values.filter((value) => !Number.isNaN(value)).length;
            expect(found).toBe(points.length);
          },
        ),
        { numRuns: 30 },
      );
    });
  });
}
