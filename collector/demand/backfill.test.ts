import { describe, expect, it } from 'vitest';
import { MemoryHistoryStore } from '../../storage/history-store.ts';
import { backfill } from './backfill.ts';
import type { DemandQuery, DemandSource } from './demand-source.ts';

/** A full minute; the newest whole one ends a quarter of a minute earlier. */
const NOW = 1_800_000_015;
const END = NOW - 15;
const DAY = 86_400;
const WEEK_AND_HOUR = 7 * DAY + 3_600;
const QUERY: DemandQuery = {
  id: 'shop/Deployment/web#0',
  workload: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' },
  metric: { kind: 'resource', resource: 'cpu' },
};

/** A source that measured 7 all the time, and what it was asked for: [first, last] counted from the newest minute. */
function measured() {
  const asked: [number, number][] = [];
  const source: Pick<DemandSource, 'history'> = {
    history: async (_, { startSeconds, endSeconds, stepSeconds }) => {
      asked.push([startSeconds - END, endSeconds - END]);
      const times = Float64Array.from(
        { length: (endSeconds - startSeconds) / stepSeconds + 1 },
        (_, i) => startSeconds + i * stepSeconds,
      );
      return { times, values: times.map(() => 7) };
    },
  };
  const history = new MemoryHistoryStore(8);
  const recorded = async (fromAgo: number, toAgo: number, value = 1) => {
    for (let ago = fromAgo; ago >= toAgo; ago -= 60) await history.append(QUERY.id, END - ago, value);
  };
  const values = async () => [...(await history.read(QUERY.id))!.values];
  return { asked, source, history, recorded, values };
}

describe('a backfill', () => {
  it('asks for the whole week where nothing is known', async () => {
    const { asked, source, history, values } = measured();
    await backfill(source, history, QUERY, NOW);
    expect(asked).toEqual([[-WEEK_AND_HOUR, 0]]);
    expect(new Set(await values())).toEqual(new Set([7]));
    await backfill(source, history, QUERY, NOW);
    expect(asked).toHaveLength(1);
  });

  it('asks for the end of a history that lacks only that, and leaves what is recorded', async () => {
    const { asked, source, history, recorded, values } = measured();
    await recorded(WEEK_AND_HOUR, 600);
    await backfill(source, history, QUERY, NOW);
    expect(asked).toEqual([[-540, 0]]);
    expect((await values()).slice(-11)).toEqual([1, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7]);
  });

  it('asks from the first hole of the last day on', async () => {
    const { asked, source, history, recorded, values } = measured();
    await recorded(WEEK_AND_HOUR, 7_200);
    await recorded(7_020, 0);
    await backfill(source, history, QUERY, NOW);
    expect(asked).toEqual([[-7_140, 0]]);
    expect((await values()).filter((value) => value === 7)).toHaveLength(2);
  });

  it('asks for the week of a history that only begins lately, but not where somebody asked before', async () => {
    const { asked, source, history, recorded } = measured();
    await recorded(7_200, 0);
    await backfill(source, history, QUERY, NOW, 'gaps');
    expect(asked).toEqual([]);
    await backfill(source, history, QUERY, NOW, 'week');
    expect(asked).toEqual([[-WEEK_AND_HOUR, 0]]);
  });

  it('asks for the week where the store lost everything, or ends days ago', async () => {
    const { asked, source, history, recorded } = measured();
    await backfill(source, history, QUERY, NOW, 'gaps');
    await history.forget(QUERY.id);
    await recorded(WEEK_AND_HOUR, 2 * DAY);
    await backfill(source, history, QUERY, NOW, 'gaps');
    expect(asked).toEqual([
      [-WEEK_AND_HOUR, 0],
      [-WEEK_AND_HOUR, 0],
    ]);
  });
});
