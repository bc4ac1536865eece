import { describe, expect, it } from 'vitest';
import type { Baseline } from '../../addon/console/console-data.ts';
import { EXAMPLE_SECONDS, exampleMetric, exampleStatus, exampleStatuses } from '../../test/example-status.ts';
import { FleetFeed } from './fleet-feed.ts';
import { FIGURES, type Source } from './fleet-message.ts';
import { FleetTable } from './fleet-table.ts';

const SOURCE: Source = {
  version: '1.2.3',
  replica: 'prescale-a',
  leads: true,
  leader: 'prescale-a',
  stored: 'own',
  note: null,
  figuresSeconds: EXAMPLE_SECONDS,
  nowSeconds: EXAMPLE_SECONDS,
  faults: [],
};

describe('what goes to the console after a tick', () => {
  it('is all at first, then numbers alone', () => {
    const feed = new FleetFeed();
    const statuses = exampleStatuses(5_000);
    const first = feed.message(statuses, SOURCE);
    expect(first.texts).toHaveLength(5_000);
    const moved = statuses.map((one) => ({ ...one, metrics: [exampleMetric({ load: 801 })] }));
    const second = feed.message(moved, SOURCE);
    expect(second.texts).toEqual([]);
    expect(second.figures).toHaveLength(5_000 * FIGURES.length);
  });

  it('has the next change of whom one is known, in numbers alone', () => {
    const feed = new FleetFeed();
    const table = new FleetTable();
    const [one, other] = [exampleStatus(), exampleStatus({ ref: { ...exampleStatus().ref, name: 'api' } })];
    const change = { atSeconds: EXAMPLE_SECONDS + 600, replicas: 12 };
    table.take(feed.message([one, other], SOURCE));
    const told = feed.message([one, other], SOURCE, new Map(), (status) => (status === one ? change : undefined));
    expect(told.texts).toEqual([]);
    table.take(told);
    expect(table.row('shop/Deployment/web')!.next).toEqual(change);
    expect(table.row('shop/Deployment/api')!.next).toBeNull();
  });

  it('has the texts of whoever was decided on otherwise, and no older numbers in its words', () => {
    const feed = new FleetFeed();
    const table = new FleetTable();
    const take = (...statuses: Parameters<FleetFeed['message']>[0]) => table.take(feed.message(statuses, SOURCE));
    const status = exampleStatus();
    take(status);
    expect(table.row('shop/Deployment/web')!.why).toMatch(/^840 req\/s expected/);
    const grown = { ...status, metrics: [exampleMetric({ expectedPeak: 1_000 })] };
    take({ ...grown, replicas: { ...status.replicas, wanted: 10 } });
    expect(table.row('shop/Deployment/web')).toMatchObject({
      why: expect.stringMatching(/^1000 req\/s expected/),
      replicas: { wanted: 10 },
    });
  });

  it('has no older numbers in the words of a decision that lasts', () => {
    const feed = new FleetFeed();
    const table = new FleetTable();
    const take = (...statuses: Parameters<FleetFeed['message']>[0]) => table.take(feed.message(statuses, SOURCE));
    const why = () => table.row('shop/Deployment/web')!.why;
    const status = exampleStatus();
    const expecting = (expectedPeak: number) => ({ ...status, metrics: [exampleMetric({ expectedPeak })] });
    take(expecting(840));
    take(expecting(860));
    expect(why()).toMatch(/^840 req\/s expected/);
    take(expecting(1_000));
    expect(why()).toMatch(/^1000 req\/s expected/);
    // The forecaster found that prediction does not pay: the same number of pods, for another reason in words.
    take({ ...expecting(1_000), reasons: ['reactive'], model: { ...status.model, kind: 'learning' } });
    expect(why()).toMatch(/until a day is learned$/);
    take({ ...expecting(1_000), reasons: ['reactive'], model: { ...status.model, kind: 'reactive' } });
    expect(why()).toMatch(/prediction does not pay here$/);
    // A little more each time, and the time of it: after five minutes at most.
    for (let i = 0; i < 20; i++) take(expecting(1_000 + i));
    take(expecting(1_020));
    for (let i = 0; i < 20; i++) take(expecting(1_020));
    expect(why()).toMatch(/^1020 req\/s expected/);
  });

  it('follows workloads that come, go and change places', () => {
    const feed = new FleetFeed();
    const table = new FleetTable();
    const [a, b, c] = exampleStatuses(3).map((one, i) => ({ ...one, replicas: { ...one.replicas, current: i + 1 } }));
    const names = () => [...table.rows()].map(({ ref, replicas }) => `${ref.name}: ${replicas.current}`);
    table.take(feed.message([a!, b!], SOURCE));
    expect(names()).toEqual(['web-0: 1', 'web-1: 2']);
    table.take(feed.message([c!, a!], SOURCE));
    expect(names()).toEqual(['web-0: 1', 'web-2: 3']);
    expect(table.row('shop/Deployment/web-1')).toBeUndefined();
    table.take(feed.message([], SOURCE));
    expect(names()).toEqual([]);
  });

  it('has a baseline once there is one', () => {
    const feed = new FleetFeed();
    const table = new FleetTable();
    const status = exampleStatus();
    table.take(feed.message([status], SOURCE));
    expect(table.row('shop/Deployment/web')!.baseline).toMatchObject({ why: expect.stringContaining('each night') });
    const baseline = { own: { podHours: 10 } } as Baseline;
    table.take(feed.message([status], SOURCE, new Map([['shop/Deployment/web', baseline]])));
    expect(table.row('shop/Deployment/web')!.baseline).toBe(baseline);
  });
});

describe('attention', () => {
  const of = (changes: Parameters<typeof exampleStatus>[0]) => {
    const table = new FleetTable();
    table.take(new FleetFeed().message([exampleStatus(changes)], SOURCE));
    return table.row('shop/Deployment/web')!.attention;
  };
  const { model } = exampleStatus();
  const ready = (reason: string) =>
    ({ type: 'Ready', status: reason === 'Ready', reason, message: '', sinceSeconds: 0 }) as const;

  it('is asked for by what a person has to mend, and not by a beginning', () => {
    expect(of({})).toEqual([]);
    expect(of({ conditions: [ready('NoMetric')] })).toEqual(['not-ready']);
    expect(of({ conditions: [ready('Learning')] })).toEqual([]);
    expect(of({ model: { ...model, slo: 0.9999, unmetShare: 0.00012 }, error: 'refused' })).toEqual([
      'budget-overspent',
      'failing',
    ]);
    const conflict = { type: 'Conflict', status: true, reason: 'PutBack', message: '', sinceSeconds: 0 } as const;
    const stale = { type: 'Forecasting', status: false, reason: 'Expired', message: '', sinceSeconds: 0 } as const;
    expect(of({ conditions: [ready('Ready'), conflict, stale] })).toEqual(['conflict', 'stale-forecast']);
  });

  it('is not asked for by a budget of which nothing is known', () => {
    expect(of({ model: { ...model, unmetShare: undefined } })).toEqual([]);
    expect(of({ model: { ...model, slo: Number.NaN, unmetShare: 0.0003 } })).toEqual([]);
  });
});
