import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readTrace } from '../../collector/trace/read-trace.io.ts';
import { podsFor } from '../../core/pods.ts';
import { PROJECT } from './binaries.ts';
import { explained as explainedBy, shownStatus } from './console-answers.ts';
import { type DemandExporter, EXPORTER, startDemandExporter } from './demand-exporter.ts';
import { type Cluster, startCluster } from './harness.ts';
import { startMetricsApis } from './metrics-apis.ts';
import { type InstalledPrescale, installPrescale, type RunningAddon } from './prescale.ts';
import { pause } from './server-process.ts';
import { type Load, largestRise, loadOf, shiftedTrace } from './shifted-trace.ts';
import { syntheticWeek } from './synthetic-week.ts';

/**
 * A service of Crane's fixtures (github.com/gocrane/crane, Apache-2.0), a value a minute: by day it rises by two thirds within three
 * minutes, at the same time each day, from another level each day.
 */
const TRACE = join(PROJECT, '../shared/traces/svc_crane08_1m.csv');
/** The rise that is looked for: the largest of five minutes. */
const RISE_SECONDS = 300;
/** From the start of the servers to the rise: time to start, for the pods to be Ready, to opt in, and to take over the measured lead time. */
const LEAD_IN_SECONDS = 210;
/** Played in real time, nothing is compressed: a daily period is a day of the wall clock. */
const BEFORE_SECONDS = 45;
const PLAYED_SECONDS = 255;
const SAMPLE_SECONDS = 4;

/**
 * Demand that one Ready pod serves: of the trace's unit, which its source leaves open. Some 60 pods at first and a hundred at the
 * top; the history's steps of 20 pods are batches of the same class as the first 60, so that these measure the lead time.
 */
const POD_CAPACITY = 6;
const MOST_PODS = 400;
const OURS = 'ahead';
const TWIN = 'hpa-twin';
const START = { startupSeconds: 20, jitterSeconds: 40 };

interface Sample {
  readonly seconds: number;
  readonly demand: number;
  readonly ready: Readonly<Record<string, number>>;
}

let cluster: Cluster;
let exporter: DemandExporter;
let installed: InstalledPrescale;
let addon: RunningAddon;
let load: Load;
let rampSeconds: number;

const epochSeconds = () => Date.now() / 1000;

beforeAll(async () => {
  const now = Math.floor(epochSeconds() / 60) * 60;
  // On a minute, as the trace's samples are: between two the steps of the history would be halved.
  rampSeconds = Math.ceil((epochSeconds() + LEAD_IN_SECONDS) / 60) * 60;
  load = await chosenLoad(rampSeconds);
  exporter = await startDemandExporter();
  exporter.follow('checkout_demand', load.at);
  cluster = await startCluster({
    backfill: [exporter.backfill('checkout_demand', load.past(now), 60, now)],
    scrape: { [EXPORTER]: exporter },
  });
  const metricsApis = await startMetricsApis(cluster);
  // The newest value at each look: more than any adapter gives, which reads means of minutes.
  metricsApis.setExternal('checkout_demand', () => load.at(epochSeconds()));
  await cluster.createNamespace('shop');
  const replicas = podsFor(load.at(epochSeconds()) * 1.05, POD_CAPACITY);
  for (const name of [OURS, TWIN]) await cluster.createDeployment({ namespace: 'shop', name, replicas, ...START });
  await cluster.api.request('POST', '/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers', hpaOf(TWIN));
  const query = 'sum(avg_over_time(checkout_demand[1m]))';
  installed = await installPrescale(cluster, {
    values: { config: { prometheus: { templates: { checkout: { query, unit: 'units' } } } } },
  });
  addon = await installed.start();
});

afterAll(async () => {
  await exporter?.close();
  await cluster?.stop();
});

/** The recorded week; a made-up one, its ramp of ten minutes, where the folder of traces is not there. */
async function chosenLoad(atSeconds: number): Promise<Load> {
  if (!existsSync(TRACE)) {
    console.log(
      `The real trace is skipped: ${TRACE} is not there. Played instead: a synthetic week with a daily ramp.`,
    );
    const week = syntheticWeek(atSeconds);
    return loadOf((seconds) => 10 * week.at(seconds));
  }
  const { samples, source } = await readTrace(TRACE);
  const rise = largestRise(samples, RISE_SECONDS);
  const day = ((rise - samples.times[0]!) / 86_400).toFixed(2);
  console.log(`Played: ${source} from day ${day}, its largest rise within ${RISE_SECONDS} s, seven days backfilled.`);
  return shiftedTrace(samples, rise, atSeconds);
}

/** Kubernetes' own autoscaler on the same demand: the same target for a pod, its default behavior (so it lets a tenth go unmet). */
function hpaOf(name: string): object {
  const target = { type: 'AverageValue', averageValue: String(POD_CAPACITY) };
  return {
    metadata: { name },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
      minReplicas: 2,
      maxReplicas: MOST_PODS,
      metrics: [{ type: 'External', external: { metric: { name: 'checkout_demand' }, target } }],
    },
  };
}

async function shownWorkload() {
  return shownStatus(addon, `shop/Deployment/${OURS}`);
}

/** Samples of the demand and of both Deployments' Ready pods. */
async function play(untilSeconds: number): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (let next = epochSeconds(); next < untilSeconds; next += SAMPLE_SECONDS) {
    await pause(Math.max(0, (next - epochSeconds()) * 1000));
    const seconds = epochSeconds();
    const [ours, twin] = await Promise.all([OURS, TWIN].map((name) => cluster.readyPods('shop', name)));
    samples.push({ seconds, demand: load.at(seconds), ready: { [OURS]: ours!, [TWIN]: twin! } });
  }
  return samples;
}

interface Figures {
  /** Σ max(0, demand − what Ready pods serve) ÷ Σ demand. */
  readonly unmet: number;
  readonly podHours: number;
  /** Share of the samples in which Ready pods serve the whole demand. */
  readonly whole: number;
}

function figuresOf(samples: readonly Sample[], name: string): Figures {
  let [demanded, unmet, podSeconds, whole] = [0, 0, 0, 0];
  samples.forEach(({ seconds, demand, ready }, i) => {
    const lacking = Math.max(0, demand - ready[name]! * POD_CAPACITY);
    const lasts = (samples[i + 1]?.seconds ?? seconds + SAMPLE_SECONDS) - seconds;
    demanded += demand * lasts;
    unmet += lacking * lasts;
    podSeconds += ready[name]! * lasts;
    if (lacking === 0) whole++;
  });
  return { unmet: unmet / demanded, podHours: podSeconds / 3600, whole: whole / samples.length };
}

const percent = (share: number) => `${(100 * share).toFixed(2)} %`;

/** Every fourth sample as a line, to read how it went. */
function course(samples: readonly Sample[]): string {
  const lines = samples
    .filter((_, i) => i % 4 === 0)
    .map(({ seconds, demand, ready }) =>
      [seconds - rampSeconds, demand / POD_CAPACITY, ready[OURS]!, ready[TWIN]!]
        .map((value) => value.toFixed(0).padStart(8))
        .join(''),
    );
  return ['   s to ramp, pods needed, Ready ahead, Ready twin', ...lines].join('\n');
}

interface KubernetesEvent {
  readonly reason: string;
  readonly message: string;
  readonly count?: number;
  readonly type: string;
}

async function eventsOf(name: string): Promise<readonly KubernetesEvent[]> {
  const selector = `involvedObject.kind=Deployment,involvedObject.name=${name}`;
  const { items } = await cluster.kubectlJson<{ items: (KubernetesEvent & { source?: { component?: string } })[] }>(
    ...['get', 'events', '-n', 'shop', '--field-selector', selector],
  );
  return items.filter(({ source }) => source?.component !== 'deployment-controller');
}

describe('a service with a daily ramp', () => {
  it('has its first forecast within a minute of opting in', async () => {
    const { spec } = await cluster.kubectlJson<{ spec: { replicas: number } }>('get', 'deploy', OURS, '-n', 'shop');
    await cluster.waitFor(
      'a running service',
      async () => (await cluster.readyPods('shop', OURS)) === spec.replicas,
      90,
    );
    const started = performance.now();
    await cluster.kubectl(
      ...['annotate', 'deployment', OURS, '-n', 'shop', 'prescale.dev/enabled=true', 'prescale.dev/mode=auto'],
      ...[
        'prescale.dev/metric=checkout',
        `prescale.dev/target=${POD_CAPACITY}`,
        `prescale.dev/max-replicas=${MOST_PODS}`,
      ],
    );
    const shown = await cluster.waitFor(
      'the first forecast',
      async () => {
        const found = await shownWorkload();
        return found !== undefined && found.model.kind !== 'learning' && found;
      },
      120,
    );
    const seconds = (performance.now() - started) / 1000;
    const forecasting = shown.conditions.find(({ type }) => type === 'Forecasting');
    console.log(
      `Opting in to the first forecast: ${seconds.toFixed(1)} s (promised: 60). ${shown.model.kind}: ${forecasting?.message}`,
    );
    expect(shown.model.kind).toBe('predictive');
    expect(forecasting).toMatchObject({ status: true, reason: 'Period' });
    expect(shown.metrics[0]!.learnedDays).toBeGreaterThan(6.9);
  }, 325_000);

  it('measures its lead time on its own pods', async () => {
    const lead = await cluster.waitFor(
      'a measured lead time',
      async () => {
        const { leadTime: lead } = (await shownWorkload())!;
        return lead.source === 'measured' && lead;
      },
      150,
    );
    console.log(`Lead: ${lead.seconds} s, measured on ${lead.samples} start-ups of 20 to 60 s.`);
    expect(lead.samples).toBeGreaterThanOrEqual(10);
    // 90 % of 20 … 60 s are 56 s; whole seconds, and some for the scheduler.
    expect(lead.seconds).toBeGreaterThan(45);
    expect(lead.seconds).toBeLessThan(80);
  }, 400_000);

  it('has its pods Ready before the demand needs them; its twin under the HPA has not', async () => {
    const before = rampSeconds - BEFORE_SECONDS - epochSeconds();
    if (before < 0) console.log(`The machine is slow: watched from ${(-before).toFixed(0)} s later on.`);
    await pause(Math.max(0, before * 1000));
    const samples = await play(rampSeconds - BEFORE_SECONDS + PLAYED_SECONDS);
    const [ours, twin] = [figuresOf(samples, OURS), figuresOf(samples, TWIN)];
    const words = ({ unmet, podHours, whole }: Figures) =>
      `unmet ${percent(unmet)}, whole demand served in ${percent(whole)} of the samples, ${podHours.toFixed(2)} pod-hours`;
    console.log(course(samples));
    console.log(`Prescale: ${words(ours)}\nHPA twin: ${words(twin)}`);
    expect(ours.unmet).toBeLessThan(twin.unmet / 2);
    // How much of the time all of it was served is also a matter of how quick this machine's pods are: it is printed.
    expect(ours.whole).toBeGreaterThan(twin.whole);
    expect(ours.podHours).toBeLessThan(twin.podHours * 1.6);
  }, 1_500_000);

  it('says why: in Events, in status and in explain', async () => {
    const events = await eventsOf(OURS);
    const writes = /^prescale_writes_total\{.*outcome="ok".*\} (\d+)$/m.exec(await addon.get('/metrics'))?.[1];
    console.log(`${writes} writes.\n${events.map(({ reason, message }) => `${reason}: ${message}`).join('\n')}`);
    const out = events.find(({ reason }) => reason === 'ScaledOut');
    expect(out?.type).toBe('Normal');
    expect(out?.message).toMatch(/^\d+ → \d+: .*\d/);
    expect(events.filter(({ type }) => type === 'Warning')).toEqual([]);
    const status = await installed.prescale('status', '--url', addon.consoleUrl);
    expect(status).toMatch(new RegExp(`^shop +Deployment/${OURS} +auto +Yes`, 'm'));
    // Both may be of another tick.
    const inOneTick = async () => {
      const explained = await installed.prescale('explain', `shop/Deployment/${OURS}`, '--url', addon.consoleUrl);
      const { chain } = await explainedBy(addon, `shop/Deployment/${OURS}`);
      for (const { label, value } of chain) expect(explained).toContain(value === '' ? label : value);
      return { explained, chain };
    };
    const { explained, chain } = await vi.waitFor(inOneTick, { timeout: 60_000 });
    console.log(`${status}\n${explained}`);
    const labels = chain.map(({ label }) => label);
    expect(labels).toEqual(expect.arrayContaining(['load', 'expected peak', 'capacity needed', 'pods', 'written']));
    expect(explained).toContain('the time pods need (measured on');
  });
});
