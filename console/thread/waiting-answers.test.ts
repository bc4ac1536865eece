import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type UnderWay, WaitingAnswers } from './waiting-answers.ts';

const MOST_BYTES = 300;

describe('answers that wait to be taken', () => {
  it('of which there are too many: who has waited longest is cut, never the newest', () => {
    const waiting = new WaitingAnswers<string>(100, 8);
    const answer = (connection: string, bytes: number) => {
      const one = { connection, bytes: 0 };
      expect(waiting.begin(one)).toBe(true);
      return waiting.holds(one, bytes);
    };
    expect(answer('a', 60)).toEqual([]);
    expect(answer('b', 40)).toEqual([]);
    expect(answer('c', 50)).toEqual(['a']);
    expect(answer('d', 1_000)).toEqual(['b', 'c']);
  });

  it('are counted by connection until they are taken', () => {
    const waiting = new WaitingAnswers<string>(100, 2);
    const [first, second, third] = Array.from({ length: 3 }, () => ({ connection: 'a', bytes: 0 }));
    expect([first, second, third].map((one) => waiting.begin(one!))).toEqual([true, true, false]);
    for (const one of [second, third]) waiting.done(one!);
    expect(waiting.begin({ connection: 'a', bytes: 0 })).toBe(true);
  });

  it('never hold more than they may but for the newest, and nothing once all are taken', () => {
    const step = fc.record({ connection: fc.nat(5), bytes: fc.nat(200), taken: fc.nat(8) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const waiting = new WaitingAnswers<number>(MOST_BYTES, 100);
        const held: UnderWay<number>[] = [];
        for (const { connection, bytes, taken } of steps) {
          const one = { connection, bytes: 0 };
          waiting.begin(one);
          waiting.holds(one, bytes);
          held.push(one);
          expect(waiting.total).toBeLessThanOrEqual(MOST_BYTES);
          for (const early of held.splice(taken, 1)) waiting.done(early);
        }
        for (const one of held) waiting.done(one);
        expect(waiting.total).toBe(0);
      }),
    );
  });
});
