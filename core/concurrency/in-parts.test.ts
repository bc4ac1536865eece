import { describe, expect, it } from 'vitest';
import { inParts } from './in-parts.ts';

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

describe('a visit in parts', () => {
  it('sees all in their order, and lets others in after each few', async () => {
    const seen: number[] = [];
    const pauses: number[] = [];
    await inParts(
      numbers(1_000),
      (one) => seen.push(one),
      async () => void pauses.push(seen.length),
    );
    expect(seen).toEqual(numbers(1_000));
    expect(pauses).toEqual([250, 500, 750, 1_000]);
  });

  it('goes through in one go where nobody is let in', async () => {
    const seen: number[] = [];
    const visiting = inParts(numbers(1_000), (one) => seen.push(one));
    expect(seen).toHaveLength(1_000);
    await visiting;
  });

  it('sees what came in meanwhile, and not what went', async () => {
    const all = new Map(numbers(600).map((one) => [one, one]));
    const seen: number[] = [];
    let isFirst = true;
    await inParts(
      all.values(),
      (one) => seen.push(one),
      async () => {
        if (!isFirst) return;
        isFirst = false;
        all.delete(400);
        all.set(1_000, 1_000);
      },
    );
    expect(seen).toHaveLength(600);
    expect(seen).not.toContain(400);
    expect(seen.at(-1)).toBe(1_000);
  });
});
