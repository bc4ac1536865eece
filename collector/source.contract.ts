import { describe, expect, it } from 'vitest';
import { InputError } from '../core/errors.ts';
import type { MetricSource } from './source.ts';

/** What the contract asks of a source under test. */
export interface SourceUnderTest {
  readonly source: MetricSource;
  /** A query whose answer is: 10 at t = 1,714,521,600 s, then 11, 12, … 19, one a minute, without the sixth (15). */
  readonly query: string;
}

const START = 1_714_521_600;

/** What every MetricSource promises; run it beside each implementation. */
export function metricSourceContract(name: string, under: () => Promise<SourceUnderTest> | SourceUnderTest): void {
  describe(`${name} as a MetricSource`, () => {
    const whole = { startSeconds: START, endSeconds: START + 540, stepSeconds: 60 };

    it('gives strictly ascending samples, and none where there is no data', async () => {
      const { source, query } = await under();
      const { times, values } = await source.history(query, whole);
      expect([...values]).toEqual([10, 11, 12, 13, 14, 16, 17, 18, 19]);
      expect([...times]).toEqual([0, 1, 2, 3, 4, 6, 7, 8, 9].map((minute) => START + 60 * minute));
    });

    it('keeps to the asked range, both ends included', async () => {
      const { source, query } = await under();
      const { times } = await source.history(query, { ...whole, startSeconds: START + 60, endSeconds: START + 180 });
      expect([...times]).toEqual([START + 60, START + 120, START + 180]);
    });

    it('a range without any data is an error, not an empty load', async () => {
      const { source, query } = await under();
      const empty = { ...whole, startSeconds: START + 86_400, endSeconds: START + 90_000 };
      await expect(source.history(query, empty)).rejects.toBeInstanceOf(InputError);
    });

    it('latest is the newest sample', async () => {
      const { source, query } = await under();
      expect(await source.latest(query)).toEqual({ timeSeconds: START + 540, value: 19 });
    });
  });
}
