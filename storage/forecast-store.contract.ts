import { beforeEach, describe, expect, it } from 'vitest';
import type { ForecastStore } from './forecast-store.ts';

export interface TestPayload {
  readonly text: string;
  readonly numbers: Float64Array;
}

/**
 * What every ForecastStore promises.
 * @param open a store, empty
 * @param now epoch seconds: what expired by a clock of the store's own is gone as well
 */
export function forecastStoreContract(
  name: string,
  open: () => Promise<ForecastStore<TestPayload>>,
  now = 1_000,
): void {
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
      await store.publish('a', forecast('first', now));
      await store.publish('a', forecast('second', now + 15));
      expect(await store.take('a', now + 20)).toEqual(forecast('second', now + 15));
      expect(await store.take('a', now + 20)).toBeUndefined();
      await store.publish('a', forecast('third', now + 30));
      expect(await store.take('a', now + 31)).toEqual(forecast('third', now + 30));
    });

    it('says whose forecast is there to be taken', async () => {
      expect(await store.news()).toEqual(new Set());
      await store.publish('a', forecast('first', now));
      await store.publish('b', forecast('first', now));
      expect(await store.news()).toEqual(new Set(['a', 'b']));
      await store.take('a', now + 1);
      expect(await store.news()).toEqual(new Set(['b']));
      await store.publish('a', forecast('second', now + 15));
      await store.forget('b');
      expect(await store.news()).toEqual(new Set(['a']));
    });

    it('shows the newest to whoever goes on from it, and it stays to be taken', async () => {
      expect(await store.peek('a')).toBeUndefined();
      await store.publish('a', forecast('first', now));
      await store.publish('a', forecast('second', now + 15));
      expect(await store.peek('a')).toEqual(forecast('second', now + 15));
      expect(await store.news()).toEqual(new Set(['a']));
      expect((await store.take('a', now + 20))!.payload.text).toBe('second');
      await store.publish('a', forecast('expired', now + 30, now + 60));
      expect((await store.peek('a'))?.payload.text).toBe('expired');
      await store.forget('a');
      expect(await store.peek('a')).toBeUndefined();
    });

    it('does not let a late writer replace a newer forecast', async () => {
      await store.publish('a', forecast('new', now + 1000));
      await store.publish('a', forecast('late', now));
      expect((await store.take('a', now + 1001))!.payload.text).toBe('new');
    });

    it('has none where none was published, where it expired, where it was forgotten', async () => {
      expect(await store.take('a', now)).toBeUndefined();
      await store.publish('a', forecast('short', now, now + 60));
      expect(await store.take('a', now + 60)).toBeUndefined();
      await store.publish('b', forecast('gone', now));
      await store.forget('b');
      await store.forget('never');
      expect(await store.take('b', now + 1)).toBeUndefined();
    });
  });
}
