import { beforeEach, describe, expect, it } from 'vitest';
import type { NewestReadings } from '../../collector/demand/collection.ts';
import type { DemandQuery, DemandReading } from '../../collector/demand/demand-source.ts';
import { CollectedDemand } from './collected-demand.ts';

const TICK = 1_800_000_000;
const query = (name: string): DemandQuery => ({
  id: name,
  workload: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name },
  metric: { kind: 'resource', resource: 'cpu' },
});
const value = (amount: number, timeSeconds: number): DemandReading => ({ kind: 'value', value: amount, timeSeconds });

describe('demand from collectors', () => {
  let now: number;
  let alive: readonly string[];
  /** What the board holds at the clock's second. */
  let board: () => NewestReadings;
  let demand: CollectedDemand;
  let looks: number;

  beforeEach(() => {
    now = 0;
    looks = 0;
    alive = ['a', 'b'];
    board = () => ({ readings: new Map(), ticks: new Map(), publishedSeconds: new Map() });
    demand = new CollectedDemand({
      board: {
        read: async () => {
          looks++;
          return board();
        },
        publish: async () => {},
      },
      collectors: { alive: async () => alive, beat: async () => {}, leave: async () => {} },
      clock: {
        nowSeconds: () => now,
        sleep: async (seconds) => {
          now += seconds;
        },
      },
    });
  });

  it('waits until all that are alive have published the tick', async () => {
    const readings = new Map([['web', value(5, TICK - 15)]]);
    board = () => ({
      readings,
      ticks: new Map([['web', TICK]]),
      publishedSeconds: new Map([
        ['a', TICK],
        ['b', now < 2 ? TICK - 15 : TICK],
      ]),
    });
    expect((await demand.latest([query('web')], TICK)).get('web')).toEqual(value(5, TICK - 15));
    expect(now).toBe(2);
    expect(demand.missing).toBeUndefined();
  });

  it('does not wait for ever for one that hangs, takes what is a tick late and nothing that is older', async () => {
    board = () => ({
      readings: new Map([
        // metrics.k8s.io measures when it will; the collector judges that.
        ['web', value(5, TICK - 120)],
        ['old', value(7, TICK - 45)],
      ]),
      ticks: new Map([
        ['web', TICK - 15],
        ['old', TICK - 30],
      ]),
      publishedSeconds: new Map([['a', TICK]]),
    });
    const readings = await demand.latest([query('web'), query('old'), query('new')], TICK);
    expect(now).toBeLessThan(10);
    expect(readings.get('web')).toEqual(value(5, TICK - 120));
    expect(readings.get('old')).toEqual({ kind: 'missing', why: 'its newest reading is 30 s old' });
    expect(readings.get('new')).toEqual({ kind: 'missing', why: 'no collector has measured it yet' });
  });

  it('says that no collector is alive, and asks no longer than once', async () => {
    alive = [];
    const readings = await demand.latest([query('web')], TICK);
    expect(readings.get('web')).toEqual({ kind: 'missing', why: 'no collector is alive: do their pods run?' });
    expect(demand.missing).toContain('no collector is alive');
    expect(looks).toBe(1);
  });

  it('without Redis nothing is read, and nothing is 0', async () => {
    board = () => {
      throw new Error('connection is closed');
    };
    const readings = await demand.latest([query('web')], TICK);
    expect(readings.get('web')).toEqual({
      kind: 'missing',
      why: 'Redis gives no readings: connection is closed',
    });
  });
});
