import fc from 'fast-check';
import { expect } from 'vitest';

/** `npm run test:properties` asks for five times as many. */
const TIMES = Number(process.env.PRESCALE_PROPERTY_TIMES ?? 1);

/** How many values a property is tried on that takes long. @param usual so many in `npm test` */
export function runs(usual: number): number {
  return usual * TIMES;
}

/**
 * One assertion for a property of many runs: an `expect` in each of twenty thousand takes longer than what is tested.
 * @param holds false, or an error, is a counterexample; it is printed with the seed.
 */
export function expectAlways<Values extends [unknown, ...unknown[]]>(
  arbitraries: { [I in keyof Values]: fc.Arbitrary<Values[I]> },
  holds: (...values: Values) => boolean,
  parameters: fc.Parameters<Values> = {},
): void {
  const details = fc.check(fc.property<Values>(...arbitraries, holds), parameters);
  expect(details.numRuns).toBeGreaterThan(0);
  expect(fc.defaultReportMessage(details)).toBeUndefined();
}
