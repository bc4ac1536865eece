import { describe, expect, it } from 'vitest';
import { exampleWhatIf } from '../../test/example-what-if.ts';
import type { WhatIfAnswer } from '../api/what-if.ts';
import { NewestReplay, SUPERSEDED } from './newest-replay.ts';

/** A replay that goes on when it is told to, and what became of it. */
function replay() {
  const steps: (() => void)[] = [];
  const me = {
    begun: 0,
    ended: 0,
    next: () => steps.shift()!(),
    run: async function* (signal: AbortSignal): AsyncGenerator<WhatIfAnswer> {
      me.begun++;
      signal.addEventListener('abort', () => me.ended++);
      for (const pending of [['hpa', 'oracle'], []]) {
        await new Promise<void>((resolve) => steps.push(resolve));
        yield exampleWhatIf({ pending });
      }
    },
  };
  return me;
}

const settled = () => new Promise<void>((resolve) => setTimeout(resolve, 1));

describe('one replay at a time', () => {
  it('answers who asks for the first part at once, and who asks for all of it later, from one run', async () => {
    const newest = new NewestReplay(() => 0);
    const one = replay();
    const first = newest.answer('a', 'first', one.run);
    const all = newest.answer('a', 'all', one.run);
    one.next();
    expect((await first).pending).toEqual(['hpa', 'oracle']);
    await settled();
    one.next();
    expect((await all).pending).toEqual([]);
    expect(one.begun).toBe(1);
  });

  it('ends the one that runs where another question comes: the newest wins', async () => {
    const newest = new NewestReplay(() => 0);
    const [one, other] = [replay(), replay()];
    const late = newest.answer('a', 'all', one.run);
    const won = newest.answer('b', 'first', other.run);
    await expect(late).rejects.toThrow(SUPERSEDED);
    expect(one.ended).toBe(1);
    other.next();
    expect((await won).pending).toEqual(['hpa', 'oracle']);
    expect(other.ended).toBe(0);
  });

  it('has a whole answer again for a minute, and a failure for nobody but who waited', async () => {
    const clock = { now: 0 };
    const newest = new NewestReplay(() => clock.now);
    const one = replay();
    const all = newest.answer('a', 'all', one.run);
    one.next();
    await settled();
    one.next();
    await all;
    clock.now = 59;
    expect((await newest.answer('a', 'first', one.run)).pending).toEqual(['hpa', 'oracle']);
    expect(one.begun).toBe(1);
    clock.now = 61;
    void newest.answer('a', 'first', one.run);
    await settled();
    expect(one.begun).toBe(2);

    const broken = async function* (): AsyncGenerator<WhatIfAnswer> {
      yield* [];
      throw new Error('no demand');
    };
    await expect(newest.answer('b', 'first', broken)).rejects.toThrow('no demand');
    const next = replay();
    void newest.answer('b', 'first', next.run);
    await settled();
    expect(next.begun).toBe(1);
  });

  it('is no answer where a replay ends without one', async () => {
    const nothing = async function* (): AsyncGenerator<WhatIfAnswer> {
      yield* [];
    };
    await expect(new NewestReplay(() => 0).answer('a', 'all', nothing)).rejects.toThrow('ended without an answer');
  });
});
