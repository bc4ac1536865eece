import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { eventRecorder } from '../actuator/events.ts';
import type { DemandReading, DemandSource } from '../collector/demand/demand-source.ts';
import { StartupSketches } from '../collector/startup/sketches.ts';
import { workloadKey } from '../core/workload.ts';
import { NeuralModelCache } from '../forecaster/lead-time/neural/model-cache.ts';
import { memoryKubernetes } from '../kubernetes/fake/memory-api.ts';
import { VirtualClock } from '../kubernetes/fake/virtual-clock.ts';
import { STATUS_CONFIG_MAP } from '../kubernetes/needed-rights.ts';
import { MemoryForecastStore } from '../storage/forecast-store.ts';
import { MemoryGuardStore } from '../storage/guard-store.ts';
import { MemoryHistoryStore } from '../storage/history-store.ts';
import { SILENT } from '../telemetry/log/log.ts';
import { addonMetrics } from '../telemetry/metrics/metrics.io.ts';
import { Addon } from './addon.ts';
import { addonConfig } from './config/config.ts';
import type { Refitted } from './refits/refit.ts';
import { refitHere } from './refits/refit-pool.io.ts';
import { ChosenSource } from './sources/chosen-source.ts';
import { ownRecording } from './sources/recording.ts';

const EPOCH = 1_800_000_000;
const WEB = '/apis/apps/v1/namespaces/shop/deployments/web';
const STATUS = `/api/v1/namespaces/prescale/configmaps/${STATUS_CONFIG_MAP}`;

/** The whole addon, as `prescale run` makes it, on an API server in memory; a web with two Ready pods and a load of 100. */
function running(over: { epochSeconds?: (monotonic: number) => number } = {}) {
  const clock = new VirtualClock();
  const epochSeconds = () => (over.epochSeconds ?? ((now) => EPOCH + now))(clock.nowSeconds());
  const api = memoryKubernetes({ sleep: clock.sleep, epochSeconds, namespaces: ['shop', 'prescale'] });
  api.seed(STATUS, { metadata: { name: STATUS_CONFIG_MAP, namespace: 'prescale' } });
  const annotations = {
    'prescale.dev/enabled': 'true',
    'prescale.dev/mode': 'auto',
    'prescale.dev/metric': 'requests',
    'prescale.dev/target': '10',
    'prescale.dev/max-replicas': '40',
  };
  const labels = { app: 'web' };
  api.seed(WEB, {
    metadata: { name: 'web', namespace: 'shop', annotations },
    spec: { replicas: 2, selector: { matchLabels: labels }, template: { metadata: { labels } } },
    status: { replicas: 2 },
  });
  const asked: number[] = [];
  const source: DemandSource = {
    name: 'test',
    history: async () => ({ times: new Float64Array(0), values: new Float64Array(0) }),
    latest: async (queries, at) => {
      asked.push(at);
      return new Map(
        queries.map(({ id }): [string, DemandReading] => [id, { kind: 'value', value: 100, timeSeconds: at - 15 }]),
      );
    },
    close: async () => {},
  };
  const config = addonConfig({ prometheus: { templates: { requests: { query: 'sum(x)' } } } }, 'test');
  const metrics = addonMetrics({ version: '0' });
  const sketches = new StartupSketches(EPOCH);
  const history = new MemoryHistoryStore(8);
  const addon = new Addon({
    api,
    config,
    namespace: 'prescale',
    metrics,
    sketches,
    log: SILENT,
    clock,
    epochSeconds,
    random: () => 0.5,
    source: new ChosenSource(
      async () => ({ source }),
      clock.nowSeconds,
      () => {},
    ),
    history,
    recording: ownRecording(source, history),
    forecasts: new MemoryForecastStore<Refitted>(),
    neuralModels: new NeuralModelCache(),
    guards: new MemoryGuardStore(),
    refits: { pool: refitHere() },
    events: eventRecorder({
      api,
      instance: 'a',
      monotonicNow: clock.nowSeconds,
      wallNow: epochSeconds,
      onError: () => {},
    }),
    isLeader: () => true,
  });
  const done = addon.run();
  const stop = async () => {
    const stopping = addon.stop();
    for (let i = 0; i < 5; i++) await clock.advance(1);
    await Promise.all([stopping, done]);
  };
  const seconds = async (n: number) => {
    for (let i = 0; i < n; i++) await clock.advance(1);
  };
  const replicas = async () => (await api.get<{ spec: { replicas: number } }>(`${WEB}/scale`)).spec.replicas;
  const metric = async (name: string) =>
    Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(String(await metrics.render()))?.[1]);
  return { addon, api, clock, asked, seconds, replicas, metric, stop, epochSeconds };
}

it('finds its workload, scales it within a minute, and shows it', async () => {
  const { addon, api, seconds, replicas, stop } = running();
  await seconds(60);
  expect(await replicas()).toBeGreaterThanOrEqual(10);
  expect(addon.statuses.map(({ ref }) => workloadKey(ref))).toEqual(['shop/Deployment/web']);
  expect(addon.unready()).toEqual([]);
  await seconds(60);
  const { data } = await api.get<{ data?: Record<string, string> }>(STATUS);
  expect(Object.keys(data ?? {}).sort()).toEqual(['heartbeat', 'shop.Deployment.web']);
  await stop();
});

it('decides each slot of 15 s once; one that stood still for 40 s leaves out what it missed', async () => {
  const { clock, asked, seconds, stop } = running();
  await seconds(60);
  clock.freeze(40);
  await seconds(60);
  for (const time of asked) expect(time % 15).toBe(0);
  expect(new Set(asked).size).toBe(asked.length);
  const pauses = asked.slice(1).map((time, i) => time - asked[i]!);
  expect(pauses.filter((pause) => pause > 15)).toHaveLength(1);
  await stop();
});

it('a timer that wakes a millisecond early decides no slot twice', async () => {
  // The wall clock is a little behind the timer's own.
  const { asked, seconds, stop } = running({ epochSeconds: (now) => EPOCH + now * 0.9999 });
  await seconds(120);
  expect(asked.length).toBeGreaterThan(5);
  expect(new Set(asked).size).toBe(asked.length);
  await stop();
});

it('the age of the last sync is a metric that grows while it fails, and the alert on it fires within five minutes', async () => {
  const { addon, seconds, metric, stop, epochSeconds } = running();
  await seconds(60);
  expect(epochSeconds() - (await metric('prescale_last_tick_timestamp_seconds'))).toBeLessThan(20);
  expect(epochSeconds() - (await metric('prescale_last_decision_timestamp_seconds'))).toBeLessThan(20);
  addon.recent.begin = () => {
    throw new Error('a sync that never ends well');
  };
  await seconds(240);
  const age = epochSeconds() - (await metric('prescale_last_tick_timestamp_seconds'));
  expect(age).toBeGreaterThan(230);
  interface Rules {
    groups: { rules: { alert: string; expr: string; for: string }[] }[];
  }
  const { groups } = parse(readFileSync('helm/rules/alerts.yaml', 'utf8')) as Rules;
  const stuck = groups.flatMap(({ rules }) => rules).find(({ alert }) => alert === 'PrescaleStuck')!;
  const [, limit] = /^time\(\) - max\(prescale_last_tick_timestamp_seconds\) > (\d+)$/.exec(stuck.expr)!;
  expect(Number(limit) + 60 * Number.parseInt(stuck.for, 10)).toBeLessThanOrEqual(300);
  expect(age).toBeGreaterThan(Number(limit));
  await stop();
});
