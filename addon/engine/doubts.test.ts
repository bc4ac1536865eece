import { describe, expect, it } from 'vitest';
import { hashOf } from '../../core/hash.ts';
import { MemoryGuardStore } from '../../storage/guard-store.ts';
import { type Load, World } from '../../test/engine-world.ts';
import { ObservedHour } from './observed-hour.ts';

const WEB = 'shop/Deployment/web';
const MINUTE = 60;
const QUARTER = 15 * MINUTE;
/** Its history is of no help. */
const UNREAD = { recording: { begin: async () => true, record: async () => {}, end: async () => {} } };
/** Never the same for two ticks. */
const steady: Load = (t) => 100 + 3 * Math.sin(t);

/** What each next leader does, from the tick on at which the metric says something else for a quarter of an hour. */
async function told(value: number, others: 'beside it' | 'after it', spoil = async (_: MemoryGuardStore) => {}) {
  const guards = new MemoryGuardStore();
  const world = new World({}, { guards });
  const web = await world.add('web', { replicas: 12, loads: [steady] });
  await world.pass(20 * MINUTE);
  const settled = await world.replicas(web);
  const began = world.now;
  world.change(web, () => value);
  await world.pass(3 * MINUTE);
  const join = () => world.join({ guards, ...UNREAD });
  const early = others === 'beside it' ? await join() : undefined;
  if (early) await early.pass(2 * MINUTE);
  world.kill();
  await spoil(guards);
  const next = early ?? (await join());
  await next.tick();
  await next.lead();
  const seen: number[] = [];
  while (next.now < began + QUARTER - 30) {
    await next.tick();
    seen.push(await next.replicas(web));
  }
  await next.pass(QUARTER);
  return { settled, seen, after: await next.replicas(web) };
}

describe('what a leader does not believe, the next one does not believe either', () => {
  it.each(['beside it', 'after it'] as const)('a metric that stands still, by one that began %s', async (others) => {
    const { settled, seen, after } = await told(40, others);
    expect(new Set(seen)).toEqual(new Set([settled]));
    expect(after).toBeLessThan(settled);
  });

  it.each(['beside it', 'after it'] as const)('a metric in another unit, by one that began %s', async (others) => {
    const { settled, seen, after } = await told(100_000, others);
    expect(new Set(seen)).toEqual(new Set([settled]));
    expect(after).toBeGreaterThan(settled);
  });

  it.each<[string, string]>([
    ['no JSON', '{"doubts":'],
    [
      'doubts of another form',
      '{"uid":"web","mostPods":10,"doubts":[{"metric":1,"still":{"seconds":-1,"value":"x"}}]}',
    ],
  ])('where what is stored is damaged (%s) it is not known, and removals wait', async (_, text) => {
    const { settled, seen, after } = await told(40, 'after it', (guards) => guards.write(new Map([[WEB, text]]), []));
    expect(Math.min(...seen)).toBe(settled);
    expect(after).toBeLessThan(settled);
  });
});

describe('an hour of observations that goes on with doubts', () => {
  const NOW = 1_800_000_000;
  const TICK = NOW / 15;
  const REF = { kind: 'template', template: 'requests', args: {} } as const;
  const METRIC = hashOf(JSON.stringify(REF));
  const hourOf = (values: readonly number[], from = TICK) => {
    const hour = new ObservedHour(REF);
    for (const [i, value] of values.entries()) hour.push(from + i, value);
    return hour;
  };

  it('that are over the quarter of an hour believes', () => {
    const hour = hourOf([]);
    hour.restore([{ metric: METRIC, implausible: { seconds: NOW - QUARTER, largest: 100, minute: 90 } }], NOW);
    hour.restore([{ metric: METRIC, still: { seconds: NOW - QUARTER, value: 7 } }], NOW);
    expect(hour.doubt).toBeUndefined();
    expect(hour.whyImplausible(TICK, 100_000, 10)).toBeUndefined();
  });

  it('of another metric are none of its own', () => {
    const hour = hourOf([]);
    hour.restore([{ metric: METRIC + 1, still: { seconds: NOW - 60, value: 7 } }], NOW);
    expect(hour.doubt).toBeUndefined();
  });

  it('has seen another value itself: it moves', () => {
    const hour = hourOf([5]);
    hour.restore([{ metric: METRIC, still: { seconds: NOW - 60, value: 7 } }], NOW);
    expect(hour.frozen).toBe(false);
  });

  it('is one that stands still from its first value on, and over a tick without one, until there is another', () => {
    const hour = hourOf([]);
    hour.restore([{ metric: METRIC, still: { seconds: NOW - 60, value: 7.3 } }], NOW);
    const frozen = [7.3, 7.3, Number.NaN, 7.3, 7.4].map((value, i) => {
      hour.push(TICK + i, value);
      return hour.frozen;
    });
    expect(frozen).toEqual([true, true, false, true, false]);
    expect(hour.doubt).toBeUndefined();
  });

  it('believes a value that is plausible beside what the hour before had, and doubts the next one by it', () => {
    const hour = hourOf([]);
    hour.restore([{ metric: METRIC, implausible: { seconds: NOW - 60, largest: 100, minute: 90 } }], NOW);
    expect(hour.whyImplausible(TICK, 100_000, 10)).toContain('the largest of the last hour (100)');
    expect(hour.whyImplausible(TICK + 1, 120, 10)).toBeUndefined();
    hour.push(TICK + 1, 120);
    expect(hour.doubt).toBeUndefined();
    expect(hour.whyImplausible(TICK + 2, 100_000, 10)).toContain('(120)');
  });
});
