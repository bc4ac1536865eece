import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DemandExporter, startDemandExporter } from './demand-exporter.ts';
import { type Cluster, startCluster } from './harness.ts';
import { type MetricsApis, startMetricsApis } from './metrics-apis.ts';
import { type InstalledPrescale, installPrescale, type RunningAddon } from './prescale.ts';
import { pause } from './server-process.ts';
import { syntheticWeek } from './synthetic-week.ts';
import { type Workloads, workloadsOf } from './workloads.ts';

/*
 * An HPA that keeps scaling, and its floor raised ahead of the load; given back on every way out. About eight minutes, a
 * story in chapters: the ramp of the eighth day begins three minutes after the start.
 */
const SERIES = 'demand{app="shop"}';
const RAMP_AFTER_SECONDS = 180;
const AHEAD_SECONDS = 120;
const TARGET = 10;
/** The user's floor from the third chapter on. */
let own = 6;
const HPA = '/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers/web';
const KEY = 'shop/Deployment/web';
const BEHAVIOR = { scaleDown: { stabilizationWindowSeconds: 77 }, scaleUp: { stabilizationWindowSeconds: 11 } };

interface Hpa {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: { readonly minReplicas?: number; readonly maxReplicas: number; readonly behavior: object };
}

let cluster: Cluster;
let exporter: DemandExporter;
let metricsApis: MetricsApis;
let installed: InstalledPrescale;
let addon: RunningAddon;
let workloads: Workloads;

beforeAll(async () => {
  exporter = await startDemandExporter();
  const now = Math.floor(Date.now() / 60_000) * 60;
  const load = syntheticWeek(Math.floor(Date.now() / 1000) + RAMP_AFTER_SECONDS);
  exporter.follow(SERIES, load.at);
  cluster = await startCluster({
    backfill: [exporter.backfill(SERIES, load.past(now), 60, now)],
    scrape: { demand: exporter },
  });
  metricsApis = await startMetricsApis(cluster);
  metricsApis.setExternal('demand', () => exporter.value(SERIES));
  const query = 'max(avg_over_time(demand{app="$arg.app"}[1m]))';
  const templates = { demand: { query, args: ['app'], unit: 'req/s' } };
  installed = await installPrescale(cluster, {
    values: { config: { takeOverHpa: { enabled: true }, prometheus: { templates } } },
  });
  addon = await installed.start();
  workloads = workloadsOf(cluster, () => addon);
  await cluster.createNamespace('shop');
  await cluster.createDeployment({ namespace: 'shop', name: 'web', replicas: 2, annotations: ANNOTATIONS });
  await cluster.api.request('POST', HPA.slice(0, HPA.lastIndexOf('/')), hpaManifest());
}, 450_000);

afterAll(async () => {
  if (process.env.PRESCALE_TEST_LOG) console.log(addon?.log());
  await metricsApis?.close();
  await exporter?.close();
  await cluster?.stop();
});

const ANNOTATIONS = {
  'prescale.dev/enabled': 'true',
  'prescale.dev/mode': 'auto',
  'prescale.dev/metric': 'demand',
  'prescale.dev/metric-args': 'app=shop',
  'prescale.dev/target': String(TARGET),
  'prescale.dev/max-replicas': '30',
  'prescale.dev/lead-time': `${AHEAD_SECONDS}s`,
};

function hpaManifest(): object {
  const target = { type: 'AverageValue', averageValue: String(TARGET) };
  return {
    metadata: { name: 'web' },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      minReplicas: 2,
      maxReplicas: 30,
      behavior: BEHAVIOR,
      metrics: [{ type: 'External', external: { metric: { name: 'demand' }, target } }],
    },
  };
}

const hpa = () => cluster.api.request<Hpa>('GET', HPA);
const annotate = (annotations: Record<string, string | null>) => workloads.annotate('shop', 'web', annotations);
const raised = (above: number, seconds = 120) =>
  cluster.waitFor(`a floor above ${above}`, async () => ((await hpa()).spec.minReplicas ?? 1) > above, seconds);

/** The user's own floor stands there, and nothing of ours. @returns seconds until then */
async function givenBack(floor: number): Promise<number> {
  const started = Date.now();
  const back = async () => {
    const { metadata, spec } = await hpa();
    const ours = Object.keys(metadata.annotations ?? {}).filter((name) => name.startsWith('prescale.dev/'));
    return spec.minReplicas === floor && ours.length === 0;
  };
  await cluster.waitFor(`minReplicas ${floor} and none of our annotations`, back, 60);
  return (Date.now() - started) / 1000;
}

/** Who wrote to the Deployment or its scale subresource. */
async function managers(): Promise<string[]> {
  type Managed = { metadata: { managedFields: { manager: string }[] } };
  const { metadata } = await cluster.api.request<Managed>('GET', '/apis/apps/v1/namespaces/shop/deployments/web');
  return metadata.managedFields.map(({ manager }) => manager);
}

describe("another's workload", () => {
  it('is refused in words until its HPA is named', async () => {
    const refused = async () => {
      const ready = await workloads.condition(KEY, 'Ready');
      return ready?.reason === 'Refused' && ready;
    };
    const { message } = await cluster.waitFor('the refusal', refused, 60);
    expect(message).toContain('already scaled by the HorizontalPodAutoscaler shop/web');
    expect(message).toContain('prescale.dev/take-over-hpa: web');
    expect((await hpa()).spec.minReplicas).toBe(2);
  });

  it('its floor rises ahead of the load, and nothing else of the HPA changes', async () => {
    await annotate({ 'prescale.dev/take-over-hpa': 'web' });
    await raised(4, 300);
    const demand = exporter.value(SERIES);
    const { spec, metadata } = await hpa();
    console.log(
      `floor ${spec.minReplicas} for ${TARGET * spec.minReplicas!} req/s at a load of ${demand.toFixed(0)} req/s`,
    );
    // 50 req/s come 100 s into the ramp; the floor of five pods stands before.
    expect(demand).toBeLessThan(4 * TARGET);
    expect(spec.behavior).toMatchObject(BEHAVIOR);
    expect(spec.maxReplicas).toBe(30);
    expect(metadata.annotations).toMatchObject({ 'prescale.dev/original-min-replicas': '2' });
    await cluster.waitFor('the HPA to follow its floor', async () => (await workloads.replicas('shop', 'web')) > 4, 60);
    expect(await managers()).not.toContain('prescale');
  }, 1_000_000);

  it("the user's own edit meanwhile is the new original", async () => {
    // Above what stands there: a number that we wrote is not told from ours, and a lower one holds raises for ten minutes.
    own = Math.max(own, (await hpa()).spec.minReplicas! + 1);
    await cluster.api.request('PATCH', HPA, { spec: { minReplicas: own } });
    await raised(own, 420);
    expect((await hpa()).metadata.annotations).toMatchObject({ 'prescale.dev/original-min-replicas': String(own) });
  }, 1_200_000);
});

describe('every way out gives the floor back', () => {
  it('paused', async () => {
    await annotate({ 'prescale.dev/paused': 'true' });
    console.log(`paused → given back after ${(await givenBack(own)).toFixed(1)} s`);
    await workloads.decisions(KEY, 2);
    await givenBack(own);
    await annotate({ 'prescale.dev/paused': null });
    await raised(own);
  });

  it('observe', async () => {
    await annotate({ 'prescale.dev/mode': 'observe' });
    await givenBack(own);
    await workloads.decisions(KEY, 2);
    await givenBack(own);
    await annotate({ 'prescale.dev/mode': 'auto' });
    await raised(own);
  });

  it('the HPA is named no more: refused again, and nothing is written beside it', async () => {
    await annotate({ 'prescale.dev/take-over-hpa': null });
    console.log(`not named → given back after ${(await givenBack(own)).toFixed(1)} s`);
    await cluster.waitFor(
      'the refusal',
      async () => (await workloads.condition(KEY, 'Ready'))?.reason === 'Refused',
      60,
    );
    await pause(35_000);
    await givenBack(own);
    expect(await managers()).not.toContain('prescale');
    await annotate({ 'prescale.dev/take-over-hpa': 'web' });
    await raised(own);
  });

  it('opted out', async () => {
    await annotate({ 'prescale.dev/enabled': 'false' });
    console.log(`opted out → given back after ${(await givenBack(own)).toFixed(1)} s`);
    await annotate({ 'prescale.dev/enabled': 'true' });
    await raised(own);
  });

  it('opted out while no addon ran', async () => {
    await addon.stop();
    expect((await hpa()).spec.minReplicas).toBeGreaterThan(own);
    await annotate({ 'prescale.dev/enabled': null });
    addon = await installed.start();
    console.log(`started → given back after ${(await givenBack(own)).toFixed(1)} s`);
    await annotate({ 'prescale.dev/enabled': 'true' });
    await raised(own);
  });

  it('uninstalled while two replicas of the addon run', async () => {
    const second = await installed.start('b');
    const { ends } = addon;
    // What the chart's hook runs. Who led has lost the Lease and ends; a kubelet starts it again.
    console.log((await installed.prescale('restore', '--config', 'config.yaml')).trim());
    await givenBack(own);
    await cluster.waitFor('the leader to end', async () => addon.ends > ends, 45);
    await addon.start();
    await pause(45_000);
    await givenBack(own);
    await installed.uninstall();
    await pause(20_000);
    await givenBack(own);
    await Promise.all([addon.stop(), second.stop()]);
  }, 600_000);
});
