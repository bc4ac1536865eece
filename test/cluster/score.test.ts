import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Look, NO_SCORE, type Score, scoreAfter, scoreText } from './score.ts';

const CAPACITY = 10;
const look = (atSeconds: number, demand: number, ready: number, pods: readonly string[]): Look => ({
  atSeconds,
  demand,
  ready,
  pods: new Set(pods),
});
const scoreOf = (looks: readonly Look[]): Score =>
  looks.slice(1).reduce((score, now, i) => scoreAfter(score, looks[i]!, now, CAPACITY), NO_SCORE);

describe('the score of a Deployment', () => {
  it('counts what no Ready pod served, what exists, and each new pod once', () => {
    const score = scoreOf([
      look(1000, 20, 2, ['a', 'b']),
      // Half a minute of 40 with two Ready pods, while two start.
      look(1030, 40, 2, ['a', 'b']),
      look(1040, 40, 2, ['a', 'b', 'c', 'd']),
      look(1060, 40, 4, ['a', 'b', 'c', 'd']),
      // One was replaced, one is gone.
      look(1120, 20, 3, ['b', 'c', 'e']),
    ]);
    expect(score).toEqual({
      seconds: 120,
      underSeconds: 30,
      demanded: 20 * 30 + 40 * 90,
      unmet: 20 * 30,
      podSeconds: 2 * 40 + 4 * 80,
      podStarts: 3,
    });
    expect(scoreText(score)).toBe(
      'under-provisioned 0 min 30 s of 2 min 0 s, 14.29 % of the demand unmet, 0.11 pod-hours, 3 pod starts',
    );
  });

  it('of no time, and of no demand, is nothing unmet', () => {
    expect(scoreText(NO_SCORE)).toBe(
      'under-provisioned 0 min 0 s of 0 min 0 s, 0.00 % of the demand unmet, 0.00 pod-hours, 0 pod starts',
    );
    expect(scoreOf([look(0, 0, 0, []), look(60, 0, 0, [])])).toMatchObject({ unmet: 0, underSeconds: 0 });
  });

  it('is the same however often it is looked at, while nothing changes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1 }),
        fc.nat(99),
        fc.nat(9),
        (steps, demand, ready) => {
          const pods = Array.from({ length: ready + 1 }, (_, i) => `pod-${i}`);
          const looks = [0, ...steps].map((_, i) => {
            const now = steps.slice(0, i).reduce((sum, step) => sum + step, 0);
            return look(now, demand, ready, pods);
          });
          expect(scoreOf(looks)).toEqual(scoreOf([looks[0]!, looks.at(-1)!]));
        },
      ),
    );
  });
});
