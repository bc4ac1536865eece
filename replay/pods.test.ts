import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { empiricalStartup, logNormalStartup } from '../core/startup.ts';
import { type Autoscaler, type PodView, type Span, simulate, startupSequence } from './pods.ts';

/** Asks for these replicas tick by tick, then for the last of them; remembers what it saw. */
function script(...replicas: readonly number[]): Autoscaler & { readonly seen: PodView[] } {
  const seen: PodView[] = [];
  return {
    seen,
    decide(tick, pods) {
      seen.push({ ...pods });
      return replicas[Math.min(tick, replicas.length - 1)]!;
    },
  };
}

function span(ticks: number, initial: number, min = 0, max = Number.POSITIVE_INFINITY): Span {
  return { first: 0, end: ticks, initial, min, max };
}

/** Latencies in seconds, used in turn. */
function latencies(...seconds: readonly number[]): (k: number) => number {
  return (k) => seconds[k % seconds.length]!;
}

describe('start-up', () => {
  it('a pod is Ready at the first tick that is its latency after its creation', () => {
    const { total, ready } = simulate('fixed', script(3), span(5, 1), latencies(15, 31));
    expect([...total]).toEqual([3, 3, 3, 3, 3]);
    expect([...ready]).toEqual([1, 2, 2, 3, 3]);
  });

  it('the k-th pod takes the k-th latency, also after pods were removed', () => {
    // The first takes 15 s; one pod leaves; the next two take 60 s and 15 s.
    const { ready } = simulate('fixed', script(2, 2, 1, 3), span(8, 1), latencies(15, 60, 15));
    expect([...ready]).toEqual([1, 2, 1, 1, 2, 2, 2, 3]);
  });

  it('pods that exist at the start are Ready at once', () => {
    expect([...simulate('fixed', script(4), span(2, 4), latencies(999)).ready]).toEqual([4, 4]);
  });
});

describe('starts', () => {
  it('are the pods created at the tick; what is there before the first is nobody’s', () => {
    const { started } = simulate('fixed', script(4, 4, 2, 7), span(4, 3), latencies(15));
    expect([...started]).toEqual([1, 0, 0, 5]);
  });
});

describe('removal', () => {
  it('takes those that are not Ready first', () => {
    const { total, ready } = simulate('fixed', script(4, 3, 2), span(3, 2), latencies(300));
    expect([...total]).toEqual([4, 3, 2]);
    expect([...ready]).toEqual([2, 2, 2]);
  });

  it('takes the newest of those that are not Ready: the one that started earlier still comes', () => {
    const { ready } = simulate('fixed', script(2, 3, 2), span(6, 1), latencies(60, 300));
    expect([...ready]).toEqual([1, 1, 1, 1, 2, 2]);
  });

  it('is at once: a removed pod costs and serves nothing from this tick on', () => {
    const { total, ready } = simulate('fixed', script(5, 1), span(3, 5), latencies(9));
    expect([...total]).toEqual([5, 1, 1]);
    expect([...ready]).toEqual([5, 1, 1]);
  });
});

describe('what a policy sees', () => {
  it('is its pods before it decides: those that became Ready by now are Ready', () => {
    const policy = script(1, 3);
    simulate('fixed', policy, span(4, 1), latencies(15, 300));
    expect(policy.seen).toEqual([
      { total: 1, ready: 1, created: 0 },
      { total: 1, ready: 1, created: 0 },
      { total: 3, ready: 2, created: 2 },
      { total: 3, ready: 2, created: 2 },
    ]);
  });

  it('cannot leave the bounds', () => {
    const { desired } = simulate('fixed', script(-3, 7, 1_000), span(3, 2, 2, 9), latencies(9));
    expect([...desired]).toEqual([2, 7, 9]);
  });
});

describe('the latency sequence', () => {
  it('is the same whoever asks and in whatever order', () => {
    const one = startupSequence(logNormalStartup(9, 20), 7);
    const two = startupSequence(logNormalStartup(9, 20), 7);
    const late = two(900);
    expect(one(0)).toBe(two(0));
    expect(one(900)).toBe(late);
    expect(startupSequence(logNormalStartup(9, 20), 8)(0)).not.toBe(one(0));
  });

  it('has the quantiles of its distribution', () => {
    const sequence = startupSequence(logNormalStartup(9, 20), 1);
    const drawn = Float64Array.from({ length: 20_000 }, (_, k) => sequence(k)).sort();
    expect(drawn[10_000]! / 9).toBeCloseTo(1, 1);
    expect(drawn[18_000]! / 20).toBeCloseTo(1, 1);
    const measured = startupSequence(empiricalStartup([4, 5, 6]), 1);
    for (let k = 0; k < 100; k++) expect(Math.abs(measured(k) - 5)).toBeLessThanOrEqual(1);
  });
});

it('a ledger that keeps every pod by itself comes to the same', () => {
  const wants = fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 60 });
  const seconds = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(wants, seconds, fc.integer({ min: 1, max: 5 }), (wanted, drawn, initial) => {
      const startup = latencies(...drawn);
      const run = simulate('fixed', script(...wanted), span(wanted.length, initial), startup);
      let pods = Array.from({ length: initial }, () => -1);
      let created = 0;
      wanted.forEach((want, i) => {
        const now = 15 * i;
        while (pods.length < want) pods.push(now + startup(created++));
        // In order of removal: not Ready before Ready, then the newest, which stands last.
        const leaving = [...pods.keys()].sort((a, b) => Number(pods[b]! > now) - Number(pods[a]! > now) || b - a);
        const gone = new Set(leaving.slice(0, Math.max(0, pods.length - want)));
        pods = pods.filter((_, pod) => !gone.has(pod));
        expect(run.total[i]).toBe(pods.length);
        expect(run.ready[i]).toBe(pods.filter((readyAt) => readyAt <= now).length);
      });
    }),
  );
});
