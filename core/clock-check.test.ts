import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { ClockCheck } from './clock-check.ts';

const TRUE_SECONDS = 1_800_000_000;

describe('the clock of a process', () => {
  let now: number;
  let check: ClockCheck;
  /** A server that is `ahead` of the truth answers a process that is `own` ahead of it. */
  const compare = (server: string, own: number, ahead = 0, tookSeconds = 0.1, stepSeconds = 0) =>
    check.compare(server, {
      serverSeconds: TRUE_SECONDS + ahead + tookSeconds / 2,
      stepSeconds,
      askedSeconds: TRUE_SECONDS + own,
      answeredSeconds: TRUE_SECONDS + own + tookSeconds,
    });

  beforeEach(() => {
    now = 0;
    check = new ClockCheck(() => now);
  });

  it('that is 90 s ahead of Redis and of Prometheus is said with both', () => {
    compare('Redis', 90);
    compare('Prometheus', 90, 0, 0.1, 1);
    expect(check.ownProblem).toBe(
      "the clock of this pod's node is 90 s ahead of Redis and 89 s ahead of Prometheus; expected within 10 s: is its time synchronised (NTP)?",
    );
    expect(check.serverProblems).toEqual([]);
  });

  it('that is behind calls nothing the future that is the present to Redis, and nothing at all before it was compared', () => {
    const latest = (own: number) => check.latestSeconds('Redis', TRUE_SECONDS + own) - TRUE_SECONDS;
    expect(latest(-300)).toBeGreaterThan(1e12);
    compare('Redis', -300);
    expect(Math.abs(latest(-300))).toBeLessThan(1);
    // Longer ago than it is trusted to be said: still better than a clock of five minutes ago.
    now = 3_600;
    expect(Math.abs(latest(-300))).toBeLessThan(1);
    compare('Redis', 300);
    expect(latest(300)).toBe(300);
  });

  it('is wrong over 10 s and right again only under 5 s', () => {
    const wrong = [9, 11, 9, 6, 4, 9, -11, -6, -4].map((own) => {
      compare('Redis', own);
      return check.ownProblem !== undefined;
    });
    expect(wrong).toEqual([false, true, true, true, false, false, true, true, false]);
  });

  it('that agrees with one of two is right, and the other one is said', () => {
    compare('Redis', 0, -90);
    compare('Prometheus', 0, 0, 0.1, 1);
    expect(check.ownProblem).toBeUndefined();
    expect(check.serverProblems).toEqual([
      'the clock of Redis is 90 s behind the others; expected within 10 s: is its time synchronised (NTP)?',
    ]);
  });

  it('of which nothing is known, or nothing any more, is not called wrong', () => {
    expect(check.ownProblem).toBeUndefined();
    compare('Redis', 90);
    now = 121;
    expect(check.ownProblem).toBeUndefined();
  });

  it('is never called wrong by an answer that was slow, or cut to whole seconds', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 300, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (took, at) => {
          const one = new ClockCheck(() => 0);
          const serverSeconds = Math.floor(TRUE_SECONDS + took * at);
          one.compare('Prometheus', {
            serverSeconds,
            stepSeconds: 1,
            askedSeconds: TRUE_SECONDS,
            answeredSeconds: TRUE_SECONDS + took,
          });
          expect(one.ownProblem).toBeUndefined();
        },
      ),
    );
  });
});
