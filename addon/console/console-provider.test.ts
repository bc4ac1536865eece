import { describe, expect, it } from 'vitest';
import { StartupSketches } from '../../collector/startup/sketches.ts';
import type { Baseline, NoBaseline, WorkloadStatus } from '../../core/workload-status.ts';
import { MemoryHistoryStore } from '../../storage/history-store.ts';
import { MemoryWorkloadTexts } from '../../storage/workload-texts.ts';
import { SILENT } from '../../telemetry/log/log.ts';
import { exampleWorkloadPolicy } from '../../test/example-policy.ts';
import { EXAMPLE_SECONDS, exampleMetric, exampleStatus } from '../../test/example-status.ts';
import { NOT_MADE_YET } from '../baseline/nightly-baselines.ts';
import { Records } from '../record/records.ts';
import { RecentDecisions } from '../status/recent-decisions.ts';
import { type ConsoleParts, consoleData } from './console-provider.ts';

const WEB = 'shop/Deployment/web';
/** A whole minute, after the tick that ends it. */
const NOW = EXAMPLE_SECONDS - 40 + 15;

const POLICY = exampleWorkloadPolicy({ stabilization: 300 });

function exampleBaselineWorkload({ ref }: WorkloadStatus) {
  return { key: WEB, ref, metrics: [], bounds: { min: 2, max: 9 }, idle: undefined };
}

/** An addon over ten minutes in which web went from 6 to 9 pods. */
async function world(over: Partial<ConsoleParts> = {}, statuses: readonly WorkloadStatus[] = [exampleStatus()]) {
  const me = { now: NOW - 600, unready: [] as string[], leads: true };
  const history = new MemoryHistoryStore(8);
  const made = new MemoryHistoryStore(8);
  const texts = {
    journal: new MemoryWorkloadTexts(),
    ledger: new MemoryWorkloadTexts(),
    baselines: new MemoryWorkloadTexts(),
    bounds: new MemoryWorkloadTexts(),
  };
  const append = async (points: readonly { id: string; timeSeconds: number; value: number }[]) => {
    for (const { id, timeSeconds, value } of points) await made.append(id, timeSeconds, value);
  };
  const records = new Records({
    stores: { ...texts, forecasts: { store: made, append }, shared: true },
    isLeader: () => me.leads,
    settled: () => true,
    epochSeconds: () => me.now,
    log: SILENT,
  });
  const recent = new RecentDecisions();
  const at = (current: number): WorkloadStatus => {
    const one = statuses[0]!;
    const forecastForNow = { median: 800, upper: 890 };
    const metrics = one.metrics.map((metric) => ({ ...metric, forecastForNow }));
    return { ...one, metrics, replicas: { ...one.replicas, current } };
  };
  for (let minute = 0; minute <= 10; minute++, me.now += 60) {
    if (minute === 5)
      records.journal.wrote({
        key: WEB,
        field: 'replicas',
        from: 6,
        to: 9,
        reason: 'forecast',
        why: '840 req/s expected',
        atSeconds: me.now,
      });
    records.record([at(minute < 5 ? 6 : 9)], me.now);
    recent.record([at(6)]);
    await history.append(`${WEB}#0`, me.now - 15, 780 + minute);
    await records.flush();
  }
  me.now = NOW;
  const baselines: ReadonlyMap<string, Baseline | NoBaseline> = new Map();
  const parts: ConsoleParts = {
    version: '1.2.3',
    replica: 'prescale-a',
    acting: () => 'prescale-a',
    isLeader: () => me.leads,
    epochSeconds: () => me.now,
    lastTickSeconds: () => me.now - 5,
    statuses: () => statuses,
    recent,
    records,
    baselines: { baselines, of: () => NOT_MADE_YET },
    bounds: () => ({ why: 'not yet' }),
    history,
    sketches: new StartupSketches(NOW),
    boundsSeconds: [1, 10],
    shared: true,
    metricId: (key, index) => `${key}#${index}`,
    unready: () => me.unready,
    policyOf: () => undefined,
    whatIf: { workload: exampleBaselineWorkload, hpaOf: async () => undefined, mostReplicas: 100 },
    nextChange: () => undefined,
    objects: {
      annotations: async () => ({ 'prescale.dev/mode': 'fast' }),
      events: async () => ({ events: [], truncated: false }),
    },
    ...over,
  };
  return { me, texts, data: consoleData(parts) };
}

describe('what the console is told', () => {
  it('is the fleet by key, with why and what is known of a baseline', async () => {
    const other = exampleStatus({ ref: { ...exampleStatus().ref, name: 'api' } });
    const { data } = await world({}, [exampleStatus(), other]);
    const fleet = data.fleet();
    expect(fleet.rows.map(({ key }) => key)).toEqual(['shop/Deployment/api', WEB]);
    expect(fleet.rows[1]).toMatchObject({ why: expect.stringMatching(/^840 req\/s/), baseline: NOT_MADE_YET });
    expect(fleet).toMatchObject({ replica: 'prescale-a', leader: 'prescale-a', leads: true, note: null, faults: [] });
  });

  it('of a workload: demand beside what was forecast for it, and its replicas from the start of the range on', async () => {
    const { data } = await world();
    const series = (await data.series(WEB, NOW - 315, NOW))!;
    const [metric] = series.metrics;
    expect(metric).toMatchObject({ metric: 'http-requests', unit: 'req/s' });
    expect([...metric!.demand!.values]).toEqual([785, 786, 787, 788, 789, 790]);
    expect([...metric!.forecast!.values]).toEqual([800, 800, 800, 800, 800, 800]);
    expect(metric!.upper!.startSeconds).toBe(metric!.demand!.startSeconds);
    expect(series.replicas).toEqual([
      [NOW - 315, 6],
      [NOW - 300, 9],
    ]);
    expect(structuredClone(series)).toEqual(series);
  });

  it('has the weeks before by five minutes beside the range, where they are kept', async () => {
    const weeks = new MemoryHistoryStore(28, 300);
    for (let ago = 1_200; ago >= 0; ago -= 300) await weeks.append(`${WEB}#0`, NOW - 15 - ago, ago);
    const { data } = await world({ weeks });
    const [metric] = (await data.series(WEB, NOW - 315, NOW))!.metrics;
    expect(metric!.weeks!.stepSeconds).toBe(300);
    expect([...metric!.weeks!.values]).toEqual([1_200, 900, 600, 300, 0]);
  });

  it('its changes page by page, newest first, none twice and none left out', async () => {
    const { data, texts } = await world();
    const rows = Array.from({ length: 50 }, (_, i) => [i % 3 === 0 ? 0 : 30, 5 + (i % 2), 6 - (i % 2), 0, 0]);
    const journal = { v: 1, since: NOW - 3_600, at: 5, field: 0, reasons: [], rows };
    await texts.journal.write(new Map([[WEB, JSON.stringify(journal)]]), []);
    const seen: number[] = [];
    let page = (await data.journal(WEB, { limit: 7 }))!;
    for (; ; page = (await data.journal(WEB, { limit: 7, beforeSeconds: page.nextBeforeSeconds }))!) {
      seen.push(...page.entries.map(({ atSeconds }) => atSeconds));
      if (page.nextBeforeSeconds === null) break;
    }
    expect(seen).toHaveLength(50);
    expect(seen).toEqual([...seen].sort((a, b) => b - a));
    expect(page.sinceSeconds).toBe(NOW - 3_600);
  });

  it('its last day in steps, and no line of what nobody knows', async () => {
    const { data } = await world();
    const lines = await data.sparklines([WEB, 'shop/Deployment/none']);
    expect([...lines.keys()]).toEqual([WEB]);
    const { values, stepSeconds } = lines.get(WEB)!;
    expect(values).toHaveLength(86_400 / stepSeconds);
  });

  it('which HPA it is held against, and why it is another one where its own can not be read', async () => {
    const policyOf = () => POLICY;
    const { data } = await world({ policyOf });
    expect(await data.whatIfBase(WEB)).toMatchObject({
      policy: POLICY,
      hpa: { source: 'default', object: null, note: '', rule: { bounds: { min: 2, max: 9 } } },
      startCostSeconds: 300,
      leastStabilizationTicks: 20,
      mostReplicas: 100,
    });
    const { data: wrong } = await world();
    expect(await wrong.whatIfBase(WEB)).toBeUndefined();
    expect(await data.whatIfBase('shop/Deployment/none')).toBeUndefined();
    const hpaOf = async () => Promise.reject(new Error('horizontalpodautoscalers is forbidden'));
    const whatIf = { workload: exampleBaselineWorkload, hpaOf, mostReplicas: 100 };
    const { data: refused } = await world({ policyOf, whatIf });
    expect((await refused.whatIfBase(WEB))!.hpa).toMatchObject({
      source: 'default',
      note: "HPAs can't be read: horizontalpodautoscalers is forbidden",
    });
  });

  it('its object in the cluster, with why where a part can not be read', async () => {
    const { data } = await world();
    const setting = { annotation: 'prescale.dev/mode', written: 'fast', understood: null };
    const all = { settings: [setting], settingsProblem: null, events: [], eventsTruncated: false, eventsProblem: null };
    expect(await data.object(WEB)).toEqual(all);
    expect(await data.object('shop/Deployment/none')).toBeUndefined();
    const events = async () => Promise.reject(new Error('events is forbidden'));
    const { data: refused } = await world({ objects: { annotations: async () => ({}), events } });
    expect(await refused.object(WEB)).toMatchObject({ events: null, eventsProblem: 'events is forbidden' });
    const event = { type: 'Normal', reason: 'Odd', message: '', count: 1, atSeconds: null, by: '' };
    const storm = (count: number, truncated: boolean) => async () => ({
      events: Array.from({ length: count }, () => event),
      truncated,
    });
    for (const [count, cut, truncated] of [
      [101, false, true],
      [100, true, true],
      [100, false, false],
    ] as const) {
      const { data: stormy } = await world({ objects: { annotations: async () => ({}), events: storm(count, cut) } });
      const found = await stormy.object(WEB);
      expect([found?.events?.length, found?.eventsTruncated]).toEqual([100, truncated]);
    }
  });

  it('its chain, its hour and its start-ups', async () => {
    const { data } = await world();
    const detail = data.workload(WEB)!;
    expect(detail.chain.length).toBeGreaterThan(3);
    expect(detail.startup).toMatchObject({ source: 'default', samples: 0 });
    expect(structuredClone(detail)).toEqual(detail);
  });

  it('nothing of a workload that is not there, or whose name is a trap', async () => {
    const { data } = await world();
    for (const key of ['shop/Deployment/db', '__proto__', '', '../../etc/passwd']) {
      expect(data.workload(key)).toBeUndefined();
      expect(await data.series(key, 0, NOW)).toBeUndefined();
      expect(await data.journal(key, { limit: 10 })).toBeUndefined();
    }
  });

  it('null where nothing is kept or nothing lies in the range; numbers that can not be are no fault', async () => {
    const nothing = exampleStatus({
      reasons: [],
      metrics: [exampleMetric({ name: 'memory' })],
      leadTime: { seconds: Number.NaN, source: 'default', samples: 0 },
    });
    const { data } = await world({ metricId: () => 'nobody' }, [nothing]);
    expect(await data.series(WEB, NOW + 60, NOW + 120)).toMatchObject({
      metrics: [{ demand: null, forecast: null }],
      leadTimeSeconds: null,
    });
    expect(await data.series(WEB, Number.NaN, Number.NaN)).toMatchObject({ metrics: [{ demand: null }] });
    expect((await data.journal(WEB, { limit: Number.NaN }))!.entries.length).toBeLessThanOrEqual(1_000);
  });

  it('on a replica that waits: whose figures they are', async () => {
    const { me, data } = await world({ replica: 'prescale-b' });
    me.leads = false;
    expect(data.fleet()).toMatchObject({
      leads: false,
      leader: 'prescale-a',
      figuresSeconds: NOW - 5,
      note: 'Figures as prescale-b sees them, which waits; prescale-a acts.',
    });
  });

  it('what is the matter, and since when', async () => {
    const { me, data } = await world();
    me.unready = ['Redis does not answer for 12 s'];
    expect(data.faults()).toEqual([{ what: 'store', sinceSeconds: NOW, message: 'Redis does not answer for 12 s' }]);
    me.now += 30;
    me.unready = ['Redis does not answer for 42 s', 'Prometheus at x is away'];
    expect(data.faults()).toMatchObject([{ sinceSeconds: NOW }, { what: 'metrics', sinceSeconds: NOW + 30 }]);
    me.unready = [];
    expect(data.faults()).toEqual([]);
  });

  it('that the metrics are gone, where nobody is measured as their server fails; not where one workload is at fault', async () => {
    const gone = 'http://prometheus:9090 did not answer within 3 s';
    const noRequest = 'missing request for cpu in container main of Pod batch-1';
    const of = (...missing: (string | undefined)[]) =>
      missing.map((why, i) =>
        exampleStatus({
          ref: { ...exampleStatus().ref, name: `web-${i}` },
          metrics: [exampleMetric({ missing: why })],
        }),
      );
    const faults = async (...missing: (string | undefined)[]) => (await world({}, of(...missing))).data.faults();
    expect(await faults(noRequest, gone, gone)).toEqual([{ what: 'metrics', sinceSeconds: NOW, message: gone }]);
    expect(await faults(noRequest, gone, undefined)).toEqual([]);
    expect(await faults(noRequest)).toEqual([]);
  });

  it('an error in words where the store does not answer', async () => {
    const { texts, data } = await world();
    texts.journal.fault = 'Redis does not answer';
    await expect(data.journal(WEB, { limit: 10 })).rejects.toThrow('Redis does not answer');
  });
});
