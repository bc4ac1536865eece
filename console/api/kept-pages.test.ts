import { describe, expect, it } from 'vitest';
import { KeptPages } from './kept-pages.ts';
import type { Sealed } from './sealed.ts';

/** Pages that say which tick they are of, and how often one was made. */
function world() {
  const pages = new KeptPages();
  const made: string[] = [];
  const fleet = { tick: { number: 1 } };
  const make = (key: string) => async (): Promise<Sealed> => {
    made.push(`${key} of ${fleet.tick.number}`);
    if (key === 'broken') throw new Error('out of luck');
    return { tag: `${key} ${fleet.tick.number}`, headers: {}, body: new Uint8Array(8 * key.length) };
  };
  const ask = (key: string) => pages.of(fleet.tick, key, make(key)).then(({ tag }) => tag);
  const next = () => {
    fleet.tick = { number: fleet.tick.number + 1 };
    return pages.renew(fleet.tick);
  };
  return { ask, next, made, fleet, pages };
}

describe('a page that is kept', () => {
  it('is made once a tick, however many ask', async () => {
    const { ask, made } = world();
    expect(await Promise.all([ask('a'), ask('a'), ask('b')])).toEqual(['a 1', 'a 1', 'b 1']);
    expect(made).toEqual(['a of 1', 'b of 1']);
  });

  it('is made anew after a tick before anybody asks, and no more once nobody did', async () => {
    const { ask, next, made } = world();
    await ask('a');
    await next();
    expect(made).toEqual(['a of 1', 'a of 2']);
    expect(await ask('a')).toBe('a 2');
    expect(made).toHaveLength(2);
    await next();
    await next();
    await next();
    expect(made).toEqual(['a of 1', 'a of 2', 'a of 3']);
    expect(await ask('a')).toBe('a 5');
  });

  it('is made anew before those that are smaller', async () => {
    const { ask, next, made } = world();
    await Promise.all([ask('a'), ask('a longer one')]);
    await next();
    expect(made.slice(2)).toEqual(['a longer one of 2', 'a of 2']);
  });

  it('is never of an older tick, also where the next one comes while it is made anew', async () => {
    const { ask, next } = world();
    await Promise.all([ask('a'), ask('b')]);
    const renewing = next();
    await next();
    await renewing;
    expect(await Promise.all([ask('a'), ask('b')])).toEqual(['a 3', 'b 3']);
  });

  it('that failed is tried again by whoever asks, and holds up no other', async () => {
    const { ask, next, made } = world();
    await Promise.all([expect(ask('broken')).rejects.toThrow('out of luck'), ask('a')]);
    await expect(ask('broken')).rejects.toThrow('out of luck');
    await next();
    expect(made.filter((one) => one === 'a of 2')).toHaveLength(1);
    expect(await ask('a')).toBe('a 2');
  });
});
