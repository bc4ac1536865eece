import fc from 'fast-check';
import { expect, it } from 'vitest';

it('properties are tried on the same values in each run where CI is set, and on new ones elsewhere', () => {
  const seed = fc.readConfigureGlobal()?.seed;
  if (process.env.CI) expect(seed).toBe(20_260_101);
  else expect(seed).toBeUndefined();
});
