import { beforeEach, describe, expect, it } from 'vitest';
import { SILENT } from '../telemetry/log/log.ts';
import { ReconcileStored } from './reconcile-stored.ts';

const ids = (count: number) => Array.from({ length: count }, (_, i) => `shop/Deployment/app-${i}#0`);

describe('what is stored and what is opted in', () => {
  let now: number;
  let leads: boolean;
  let away: boolean;
  let optedIn: Set<string>;
  let stored: Set<string>;
  let asked: string[][];
  let looks: number;
  let reconciling: ReconcileStored;

  beforeEach(() => {
    now = 0;
    leads = true;
    away = false;
    looks = 0;
    asked = [];
    optedIn = new Set(ids(200));
    stored = new Set(ids(200));
    const reached = () => {
      if (away) throw new Error('READONLY');
    };
    reconciling = new ReconcileStored({
      stored: [
        {
          what: 'schedules',
          ids: async () => {
            looks++;
            reached();
            return [...stored];
          },
          forget: async (some) => {
            reached();
            for (const id of some) stored.delete(id);
          },
          restore: (some) => void asked.push([...some]),
        },
      ],
      isLeader: () => leads,
      unwanted: (id) => !optedIn.has(id),
      expected: () => [...optedIn],
      nowSeconds: () => now,
      log: SILENT,
    });
  });

  /** Each second, as the loop does. */
  const pass = async (seconds: number) => {
    for (let passed = 0; passed < seconds; passed++) {
      now++;
      await reconciling.tend().catch(() => {});
    }
  };
  const optOut = async (count: number) => {
    for (const id of ids(count)) {
      optedIn.delete(id);
      await reconciling.letGo('schedules', id, async () => {
        if (away) throw new Error('READONLY');
        stored.delete(id);
      });
    }
  };

  it('195 opt out while the store can not be written: nothing of them is left ten seconds after it can', async () => {
    await pass(60);
    away = true;
    await optOut(195);
    await pass(300);
    expect(stored.size).toBe(200);
    away = false;
    await pass(10);
    expect([...stored]).toEqual(ids(200).slice(195));
  });

  it('opted out under a leader that died: the next one removes it', async () => {
    leads = false;
    optedIn = new Set(ids(3));
    await pass(600);
    expect([stored.size, looks]).toEqual([200, 0]);
    leads = true;
    await pass(10);
    expect([...stored]).toEqual(ids(3));
  });

  it('what is wanted and is not there is asked for again, and nothing twice in a row while it is there', async () => {
    await pass(60);
    expect(asked).toEqual([]);
    for (const id of ids(2)) stored.delete(id);
    await pass(600);
    expect(asked).toEqual([ids(2)]);
    for (const id of ids(2)) stored.add(id);
    await pass(1_200);
    expect(asked).toHaveLength(1);
  });

  it('is looked over each ten minutes, so that it costs next to nothing', async () => {
    await pass(3_600);
    expect(looks).toBe(6);
  });

  it('what is opted in again before its turn is kept', async () => {
    optedIn = new Set();
    const first = reconciling.tend();
    optedIn = new Set(ids(200));
    await first;
    await pass(20);
    expect(stored.size).toBe(200);
  });
});
