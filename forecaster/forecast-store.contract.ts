import { beforeEach, describe, expect, it } from 'vitest';
import type { ForecastStore } from './forecast-store.ts';

export interface TestPayload {
  readonly text: string;
  readonly numbers: Float64Array;
}

/** What every ForecastStore promises. @param open a store, empty. */
export function forecastStoreContract(name: string, open: () => Promise<ForecastStore<TestPayload>>): void {
  describe(`${name} keeps forecasts`, () => {
    let store: ForecastStore<TestPayload>;
    beforeEach(async () => {
      store = await open();
    });
    const forecast = (text: string, untilSeconds: number, expiresSeconds = untilSeconds + 100) => ({
      untilSeconds,
      expiresSeconds,
      payload: { text, numbers: Float64Array.of(1.5, Number.NaN, -0) },
    });

    it('gives the newest out whole, typed arrays and NaN included, and once', async () => {
      await store.publish('a', forecast('first', 1_000));
      await store.publish('a', forecast('second', 1_015));
      expect(await store.take('a', 1_020)).toEqual(forecast('second', 1_015));
      expect(await store.take('a', 1_020)).toBeUndefined();
      await store.publish('a', forecast('third', 1_030));
      expect(await store.take('a', 1_031)).toEqual(forecast('third', 1_030));
    });

    it('says whose forecast is there to be taken', async () => {
      expect(await store.news()).toEqual(new Set());
      await store.publish('a', forecast('first', 1_000));
      await store.publish('b', forecast('first', 1_000));
      expect(await store.news()).toEqual(new Set(['a', 'b']));
      await store.take('a', 1_001);
      expect(await store.news()).toEqual(new Set(['b']));
      await store.publish('a', forecast('second', 1_015));
      await store.forget('b');
      expect(await store.news()).toEqual(new Set(['a']));
    });

    it('does not let a late writer replace a newer forecast', async () => {
      await store.publish('a', forecast('new', 2_000));
      await store.publish('a', forecast('late', 1_000));
      expect((await store.take('a', 2_001))!.payload.text).toBe('new');
    });

    it('has none where none was published, where it expired, where it was forgotten', async () => {
      expect(await store.take('a', 1)).toBeUndefined();
      await store.publish('a', forecast('short', 1_000, 1_060));
      expect(await store.take('a', 1_060)).toBeUndefined();
      await store.publish('b', forecast('gone', 1_000));
      await store.forget('b');
      await store.forget('never');
      expect(await store.take('b', 1_001)).toBeUndefined();
    });
  });
}
