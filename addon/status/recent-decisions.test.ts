import { describe, expect, it } from 'vitest';
import { EXAMPLE_SECONDS, exampleStatus, exampleStatuses } from '../../test/example-status.ts';
import { KEPT_DECISIONS, RecentDecisions } from './recent-decisions.ts';

const KEY = 'shop/Deployment/web';

describe('recent decisions', () => {
  it('are one entry as long as nothing changes, with its ticks', () => {
    const recent = new RecentDecisions();
    for (let tick = 0; tick < 5; tick++) {
      recent.record([exampleStatus({ decidedSeconds: EXAMPLE_SECONDS + tick * 15 })]);
    }
    expect(recent.decisions(KEY)).toHaveLength(1);
    expect(recent.truncated(KEY)).toBe(false);
    expect(recent.decisions(KEY)[0]).toMatchObject({ atSeconds: EXAMPLE_SECONDS, ticks: 5, from: 6, to: 9 });
  });

  it('begin with the first decision', () => {
    const recent = new RecentDecisions();
    recent.record([exampleStatus({ decidedSeconds: 0, reasons: [] })]);
    expect(recent.decisions(KEY)).toEqual([]);
    expect(recent.minutes(KEY)).toEqual([]);
  });

  it('are the newest forty, and the hour is sixty minutes, each with its newest tick', () => {
    const recent = new RecentDecisions();
    for (let tick = 0; tick < 4 * 90; tick++) {
      const replicas = { ...exampleStatus().replicas, wanted: tick };
      recent.record([exampleStatus({ decidedSeconds: EXAMPLE_SECONDS + tick * 15, replicas })]);
    }
    expect(recent.decisions(KEY)).toHaveLength(KEPT_DECISIONS);
    expect(recent.truncated(KEY)).toBe(true);
    expect(recent.decisions(KEY).at(-1)!.to).toBe(359);
    const minutes = recent.minutes(KEY);
    expect(minutes).toHaveLength(60);
    expect(minutes.at(-1)).toMatchObject({ wanted: 359, load: 800, forecastUpper: 890, capacity: 660 });
    expect(minutes.at(-1)!.atSeconds - minutes[0]!.atSeconds).toBe(59 * 60);
  });

  it('begin at the replicas before their write, though the status stands after it', () => {
    const recent = new RecentDecisions();
    const { replicas } = exampleStatus();
    recent.record([exampleStatus({ replicas: { ...replicas, current: 6, wanted: 6 } })]);
    const next = EXAMPLE_SECONDS + 15;
    const after = { ...replicas, current: 9, wanted: 9 };
    recent.record([exampleStatus({ decidedSeconds: next, writtenSeconds: next, replicas: after })]);
    const { from, to, words } = recent.decisions(KEY).at(-1)!;
    expect([from, to]).toEqual([6, 9]);
    expect(words).toMatch(/^6 → 9: /);
  });

  it('leave out the minutes in which nothing was decided', () => {
    const recent = new RecentDecisions();
    const at = (minute: number) => recent.record([exampleStatus({ decidedSeconds: EXAMPLE_SECONDS + minute * 60 })]);
    const shown = () => recent.minutes(KEY).map(({ atSeconds }) => Math.ceil((atSeconds - EXAMPLE_SECONDS) / 60));
    for (const minute of [0, 1, 5, 62]) at(minute);
    expect(shown()).toEqual([5, 62]);
    at(1_000);
    expect(shown()).toEqual([1_000]);
    // The clock was set back.
    at(900);
    expect(shown()).toEqual([900]);
  });

  it('are fewer of each where there are many workloads', () => {
    const recent = new RecentDecisions();
    const statuses = exampleStatuses(10_000);
    for (let tick = 0; tick < 20; tick++) {
      const replicas = { ...exampleStatus().replicas, wanted: tick };
      recent.record(statuses.map((status) => ({ ...status, replicas })));
    }
    const decisions = recent.decisions('shop/Deployment/web-0');
    expect(decisions).toHaveLength(10);
    expect(decisions.at(-1)!.to).toBe(19);
  });

  it('leave with their workload', () => {
    const recent = new RecentDecisions();
    for (let i = 0; i < 50; i++) recent.record(exampleStatuses(200, i * 200));
    expect(recent.size).toBe(200);
    expect(recent.decisions('shop/Deployment/web-0')).toEqual([]);
  });
});
