/* Over 350 lines: one cluster is started for all of its stories. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DemandExporter, EXPORTER, startDemandExporter } from './demand-exporter.ts';
import { backfillAll, DEMAND_TEMPLATE, flatLoad, noiseLoad, POD_CAPACITY, rampLoad } from './fault-load.ts';
import {
  decidedAfter,
  type ReplicaWatch,
  secondsUntil,
  shown,
  statusOf,
  trajectory,
  watchReplicas,
} from './fault-watch.ts';
import { type Cluster, startCluster } from './harness.ts';
import { freePorts } from './ports.ts';
import { type InstalledPrescale, installPrescale, type RunningAddon } from './prescale.ts';
import { addScrape, backfillPrometheus, prometheus } from './prometheus.ts';
import { pause } from './server-process.ts';
import type { Load } from './shifted-trace.ts';

/*
 * Faults, all but one at the same time, each on workloads and a release of its own: in real time the file takes about seven
 * minutes. The loads rise from one pod's worth to nine within five minutes, as they did at this time on the seven days before.
 */

/** Promised after a fault's end, and what two loaded cores may add. */
const RESUMED_SECONDS = 30 + 10;
/** From starting the cluster to the ramps: time to learn and a minute to look. */
const RAMP_SECONDS = 120;

let cluster: Cluster;
let exporter: DemandExporter;
let replicas: ReplicaWatch;
const loads: Record<string, Load> = {};
const addons: RunningAddon[] = [];

const nowSeconds = () => Date.now() / 1000;
/**
 * Pods that the load needed throughout the last 30 s, less 5 %: its noise is another each minute, by up to 6 %, and nobody
 * sees that sooner than a mean of a minute and a tick can show it.
 */
const needed = (key: string) => (at: number) => {
  const least = Math.min(...[0, 10, 20, 30].map((ago) => loads[key]!.at(at - ago)));
  return Math.ceil(least / 1.05 / POD_CAPACITY);
};
/** Nowhere within the time were there fewer replicas than the load needed. */
/**
 * Nothing is learned of these loads, so the HPA's rule decides: on the mean of a minute that ended 15 s ago, within its tolerance of a
 * tenth, and at the next tick.
 */
const RULE_SECONDS = 90;
const TOLERANCE = 1.1;

function enoughReplicas(key: string, fromSeconds: number, truly = needed(key)) {
  const need = (at: number) => Math.floor(truly(at - RULE_SECONDS) / TOLERANCE);
  const start = replicas.of(key)[0]!.atSeconds;
  const short = replicas
    .of(key)
    .filter(({ atSeconds, ...own }) => atSeconds >= fromSeconds && own.replicas < need(atSeconds));
  const words = short.map(
    ({ atSeconds, ...own }) => `${own.replicas} of ${need(atSeconds)}@${Math.round(atSeconds - start)}`,
  );
  expect(words, `${key}: ${trajectory(replicas.of(key))}`).toEqual([]);
}

type Values = Parameters<typeof installPrescale>[1] & object;

/** A release that looks after these namespaces only. */
async function release(name: string, namespaces: string[], more: Values['values'] = {}, url?: string) {
  for (const namespace of namespaces) await cluster.createNamespace(namespace);
  const config = {
    namespaces,
    prometheus: { templates: { requests: DEMAND_TEMPLATE }, ...(url === undefined ? {} : { url }) },
  };
  return installPrescale(cluster, { namespace: name, release: name, values: { ...more, config } });
}

async function started(installed: InstalledPrescale, name?: string): Promise<RunningAddon> {
  const addon = await installed.start(name);
  addons.push(addon);
  return addon;
}

async function deploy(key: string, count: number, more: Partial<Parameters<Cluster['createDeployment']>[0]> = {}) {
  const [namespace, name] = key.split('/') as [string, string];
  await cluster.createDeployment({
    namespace,
    name,
    replicas: count,
    startupSeconds: 10,
    jitterSeconds: 3,
    annotations: {
      'prescale.dev/enabled': 'true',
      'prescale.dev/mode': 'auto',
      'prescale.dev/metric': 'requests',
      'prescale.dev/target': String(POD_CAPACITY),
      'prescale.dev/max-replicas': '40',
    },
    ...more,
  });
}

async function currentOf(key: string): Promise<number> {
  const [namespace, name] = key.split('/');
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${name}/scale`;
  return (await cluster.api.request<{ spec: { replicas?: number } }>('GET', path)).spec.replicas ?? 0;
}

async function scale(key: string, to: number) {
  const [namespace, name] = key.split('/');
  await cluster.kubectl('scale', '-n', namespace!, `deployment/${name}`, `--replicas=${to}`);
}

const scaledTo = (key: string, least: number, most: number, what = `${key} at ${least} or more`) =>
  secondsUntil(cluster, what, async () => (await currentOf(key)) >= least, most);

const decides = (addon: RunningAddon, key: string, most: number, after = nowSeconds()) =>
  secondsUntil(cluster, `a decision on ${key}`, () => decidedAfter(addon, key, after), most);

async function eventsOf(key: string, reason: string) {
  const [namespace, name] = key.split('/');
  type Events = { items: { reason: string; message: string; involvedObject: { name: string } }[] };
  const { items } = await cluster.api.request<Events>('GET', `/api/v1/namespaces/${namespace}/events`);
  return items.filter((event) => event.involvedObject.name === name && event.reason === reason);
}

const hasEvent = (key: string, reason: string, most: number) =>
  secondsUntil(cluster, `an Event ${reason} on ${key}`, async () => (await eventsOf(key, reason)).length > 0, most);

/** Faults that can't disturb each other run together. */
function story(name: string, play: () => Promise<void>): void {
  it.concurrent(name, play, 1_500_000);
}

function print(fault: string, figures: Readonly<Record<string, string | number>>): void {
  const words = Object.entries(figures).map(
    ([name, value]) => `${name} ${typeof value === 'number' ? `${value.toFixed(1)} s` : value}`,
  );
  console.log(`${fault}: ${words.join(', ')}`);
}

beforeAll(async () => {
  exporter = await startDemandExporter();
  const now = Math.floor(nowSeconds() / 60) * 60;
  const ramps = ['gap/web', 'killed/web', 'pair/web', 'fast/web', 'slow/web', 'nodes/web', 'allowed/web'];
  for (const [i, key] of ramps.entries()) loads[key] = rampLoad(now + RAMP_SECONDS, i * 1e6);
  const flats = ['up', 'down', 'zero', 'applied', 'loop'].map((name) => `people/${name}`);
  flats.push('again/web', 'crash/web', 'denied/web');
  for (const [i, key] of flats.entries()) loads[key] = flatLoad((20 + i) * 1e6);
  loads['blind/noise'] = noiseLoad(50e6);
  const past = backfillAll(exporter, loads, now);
  cluster = await startCluster({ backfill: [past], scrape: { [EXPORTER]: exporter } });
  replicas = watchReplicas(cluster);
}, 450_000);

afterAll(async () => {
  for (const key of Object.keys(loads)) console.log(`${key}: ${trajectory(replicas.of(key))}`);
  await replicas?.stop();
  await exporter?.close();
  await cluster?.stop();
}, 150_000);

let people: RunningAddon;
const peopleRun = async () => {
  const installed = await release('people', ['people', 'again', 'blind', 'nodes', 'crash']);
  people = await started(installed);
  for (const name of ['up', 'down', 'zero', 'applied', 'loop']) await deploy(`people/${name}`, 4);
  await deploy('again/web', 4);
  await deploy('blind/ghost', 3);
  await deploy('blind/noise', 3);
  await deploy('nodes/web', 2, { nodes: 'ordinary' });
  await deploy('crash/web', 2, { startupSeconds: 100_000, jitterSeconds: 0 });
};
let running: Promise<void> | undefined;
const withPeople = () => (running ??= peopleRun());
const openedPeople = async (key: string) => {
  await withPeople();
  await decides(people, key, 120);
};

describe('faults', () => {
  story('Prometheus stopped for two minutes in a ramp: nothing is taken away, resumed within 30 s', async () => {
    const key = 'gap/web';
    const [port] = (await freePorts(1)) as [number];
    const folder = join(cluster.folder, 'second');
    mkdirSync(folder, { recursive: true });
    await addScrape(folder, EXPORTER, exporter.port);
    await backfillPrometheus(folder, [readFileSync(join(cluster.folder, 'backfill-0.om'), 'utf8')]);
    const { logFile: _, ...spec } = prometheus({ folder, port, kwokPort: cluster.kwokPort, scrapeSeconds: 5 });
    const second = cluster.program({ ...spec, name: 'second-prometheus' });
    await second.start();
    const installed = await release('gap', ['gap'], {}, `http://127.0.0.1:${port}`);
    const addon = await started(installed);
    await deploy(key, 2);
    await decides(addon, key, 90);
    await scaledTo(key, 4, 180);
    await second.stop();
    const stopped = nowSeconds();
    await pause(20_000);
    const status = await statusOf(addon, key);
    expect(status?.conditions.find(({ type }) => type === 'Ready')).toMatchObject({
      status: false,
      reason: 'NoMetric',
    });
    await pause(120_000 - (nowSeconds() - stopped) * 1000);
    expect(replicas.lowered(key, stopped)).toEqual([]);
    await second.start();
    const back = nowSeconds();
    const resumed = await decides(addon, key, RESUMED_SECONDS);
    const enough = await secondsUntil(
      cluster,
      'enough replicas',
      async () => (await currentOf(key)) >= needed(key)(nowSeconds()),
      RESUMED_SECONDS + 30,
    );
    await pause(45_000);
    expect(replicas.lowered(key, stopped)).toEqual([]);
    print('Prometheus away', {
      'decided again after': resumed,
      'enough replicas after': enough,
      'most pods missing meanwhile': `${replicas.missing(key, needed(key), stopped, back)}`,
    });
  });

  story('the addon killed with -9 in a scale-up: decides again within 30 s, from what it kept', async () => {
    const key = 'killed/web';
    const installed = await release('killed', ['killed']);
    const addon = await started(installed);
    const start = nowSeconds();
    await deploy(key, 2);
    const first = await decides(addon, key, 90, start);
    await scaledTo(key, 4, 180);
    const killed = nowSeconds();
    await addon.stop('SIGKILL');
    await pause(5_000);
    const again = nowSeconds();
    await addon.start();
    const ready = nowSeconds() - again;
    await decides(addon, key, RESUMED_SECONDS, again);
    const decided = nowSeconds() - again;
    print('kill -9', {
      'first decision after opting in': first,
      'ready after': ready,
      'decided after the start': decided,
    });
    await scaledTo(key, 8, 240);
    expect(replicas.lowered(key, killed, again + decided)).toEqual([]);
    enoughReplicas(key, again + decided + 2);
  });

  story('the leader lost: killed, frozen beyond its lease, stopped gracefully', async () => {
    const key = 'pair/web';
    const installed = await release('pair', ['pair']);
    const [a, b] = [await started(installed, 'a'), await started(installed, 'b')];
    await deploy(key, 2);
    const leads = async (addon: RunningAddon) => (await shown(addon)).leader;
    // At once; the console says it from the next tick on.
    const beginsToLead = (addon: RunningAddon, most: number) => {
      const times = () => addon.log().split('leads: this replica acts').length;
      const before = times();
      return secondsUntil(cluster, 'the other to lead', async () => times() > before, most);
    };
    const other = (addon: RunningAddon) => (addon === a ? b : a);
    await cluster.waitFor('a leader', async () => (await leads(a)) || (await leads(b)), 30);
    let leader = (await leads(a)) ? a : b;
    await decides(leader, key, 90);
    await cluster.waitFor('a load that needs three pods', async () => needed(key)(nowSeconds()) >= 3, 240);

    const killed = nowSeconds();
    await leader.stop('SIGKILL');
    // So that there is something to do.
    await scale(key, 1);
    const alone = nowSeconds() + 1;
    const led = await beginsToLead(other(leader), 30);
    await scaledTo(key, needed(key)(nowSeconds()), 30, 'the other to act');
    const acted = nowSeconds() - killed;
    await leader.start();
    leader = other(leader);

    const frozen = leader;
    const scaledLines = () =>
      frozen
        .log()
        .split('\n')
        .filter((line) => line.includes('"scaled"')).length;
    frozen.kill('SIGSTOP');
    const froze = nowSeconds();
    await beginsToLead(other(frozen), 30);
    const thawedAfter = nowSeconds() - froze;
    await pause(6_000);
    const before = scaledLines();
    const { ends } = frozen;
    frozen.kill('SIGCONT');
    const exits = await secondsUntil(cluster, 'the frozen one to exit', async () => frozen.ends > ends, 20);
    expect(scaledLines() - before).toBe(0);
    expect(frozen.log()).toContain('leadership is lost');
    await frozen.start();
    leader = other(frozen);

    await decides(frozen, key, 60);
    const stopping = leader.stop('SIGTERM');
    const graceful = await beginsToLead(frozen, 15);
    await stopping;
    print('leader lost', {
      'killed: the other leads after': led,
      'and has scaled after': acted,
      'frozen: the other leads after': thawedAfter,
      'thawed: exits after': exits,
      'stale writes': '0',
      'SIGTERM: the other leads after': graceful,
    });
    await scaledTo(key, 8, 240);
    expect(replicas.lowered(key, alone, killed + acted)).toEqual([]);
    expect(replicas.lowered(key, froze, froze + thawedAfter)).toEqual([]);
    enoughReplicas(key, killed + acted);
  });

  story('kubectl scale up: seen, told, kept', async () => {
    const key = 'people/up';
    await openedPeople(key);
    await scale(key, 12);
    const told = await hasEvent(key, 'ExternalChange', 30);
    await pause(45_000);
    expect(await currentOf(key)).toBe(12);
    print('kubectl scale 12', { 'told after': told });
  });

  story('kubectl scale down below the need: seen, told, and what the load needs is added', async () => {
    const key = 'people/down';
    await openedPeople(key);
    await scale(key, 1);
    const restored = await scaledTo(key, 3, RESUMED_SECONDS);
    await hasEvent(key, 'ExternalChange', 30);
    print('kubectl scale 1', { 'needed replicas back after': restored });
  });

  story('kubectl scale to 0 switches it off until somebody sets another number', async () => {
    const key = 'people/zero';
    await openedPeople(key);
    await scale(key, 0);
    const told = await hasEvent(key, 'ExternalChange', 30);
    await pause(40_000);
    expect(await currentOf(key)).toBe(0);
    expect((await statusOf(people, key))?.reasons.at(-1)).toBe('switched-off');
    await scale(key, 1);
    const restored = await scaledTo(key, 3, RESUMED_SECONDS);
    print('kubectl scale 0', { 'told after': told, 'on again: needed replicas after': restored });
  });

  story('kubectl apply with replicas: 1: seen, and what the load needs is added', async () => {
    const key = 'people/applied';
    await openedPeople(key);
    const live = await cluster.api.request<{ spec: object }>(
      'GET',
      '/apis/apps/v1/namespaces/people/deployments/applied',
    );
    const manifest = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'applied', namespace: 'people' },
      spec: { ...live.spec, replicas: 1 },
    };
    await cluster.applyYaml(JSON.stringify(manifest));
    expect(await currentOf(key)).toBe(1);
    const restored = await scaledTo(key, 3, RESUMED_SECONDS);
    await hasEvent(key, 'ExternalChange', 30);
    print('kubectl apply, replicas 1', { 'needed replicas back after': restored });
  });

  story('GitOps that puts it back: after five times a Conflict, and no loop', async () => {
    const key = 'people/loop';
    await openedPeople(key);
    let reverts = 0;
    let going = true;
    const argo = (async () => {
      while (going) {
        if ((await currentOf(key)) !== 1) {
          await scale(key, 1);
          reverts++;
        }
        await pause(2_000);
      }
    })();
    const conflict = async () =>
      (await statusOf(people, key))?.conditions.find(({ type }) => type === 'Conflict')?.status === true;
    const found = await secondsUntil(cluster, 'the Conflict', conflict, 180);
    const until = reverts;
    await pause(60_000);
    going = false;
    await argo;
    expect(until).toBeGreaterThanOrEqual(5);
    expect(until).toBeLessThanOrEqual(6);
    expect(reverts - until).toBe(0);
    print('GitOps', { 'Conflict after': found, reverts: `${until}, in the minute after it ${reverts - until}` });
  });

  story('a workload deleted and made again under the same name', async () => {
    const key = 'again/web';
    await openedPeople(key);
    await cluster.kubectl('delete', 'deployment', '-n', 'again', 'web');
    await pause(3_000);
    const made = nowSeconds();
    await deploy(key, 1);
    await decides(people, key, 60, made);
    const decided = nowSeconds() - made;
    await scaledTo(key, 3, 60);
    print('made again', { 'decided after': decided, 'needed replicas after': nowSeconds() - made });
  });

  story('a metric that does not exist: says so and holds', async () => {
    const key = 'blind/ghost';
    await withPeople();
    const said = await secondsUntil(
      cluster,
      'NoMetric',
      async () => {
        const ready = (await statusOf(people, key))?.conditions.find(({ type }) => type === 'Ready');
        return ready?.status === false && ready.reason === 'NoMetric';
      },
      60,
    );
    await pause(60_000);
    expect(await currentOf(key)).toBe(3);
    print('no data', { 'said after': said });
  });

  story('a load without a period: says so, and the reactive path carries it', async () => {
    const key = 'blind/noise';
    await openedPeople(key);
    const enough = await scaledTo(key, 5, 60);
    const status = (await statusOf(people, key))!;
    expect(status.conditions.find(({ type }) => type === 'Forecasting')).toMatchObject({
      status: false,
      reason: 'NoPeriod',
    });
    const from = nowSeconds();
    await pause(90_000);
    print('no period', {
      'enough after': enough,
      model: status.model.kind,
      'most pods missing in 90 s': `${replicas.missing(key, needed(key), from)}`,
    });
    enoughReplicas(key, from);
  });

  story('a node class without measurements: the lead time is not measured, and it scales', async () => {
    const key = 'nodes/web';
    await openedPeople(key);
    const { leadTime: lead } = (await statusOf(people, key))!;
    expect(['default', 'borrowed']).toContain(lead.source);
    await scaledTo(key, 8, 300);
    const later = (await statusOf(people, key))!.leadTime;
    print('unknown node class', { lead: `${lead.seconds} s ${lead.source}, later ${later.seconds} s ${later.source}` });
    enoughReplicas(key, nowSeconds() - 120);
  });

  story('clocks a minute apart: both lead and scale', async () => {
    const shift = (seconds: number) => {
      const code =
        `const D=Date,n=D.now.bind(D);D.now=()=>n()+${seconds * 1000};` +
        'globalThis.Date=class extends D{constructor(...a){a.length?super(...a):super(D.now())}};';
      const preload = `data:text/javascript,${encodeURIComponent(code)}`;
      return { extraEnv: [{ name: 'NODE_OPTIONS', value: `--import=${preload}` }] };
    };
    for (const [name, seconds] of [
      ['fast', 60],
      ['slow', -60],
    ] as const) {
      const key = `${name}/web`;
      const addon = await started(await release(name, [name], shift(seconds)));
      await deploy(key, 2);
      const shownAt = await cluster.waitFor(`what ${name} shows`, () => shownNow(addon), 30);
      expect(Math.abs(shownAt - nowSeconds() - seconds)).toBeLessThan(5);
    }
    await Promise.all(
      (['fast', 'slow'] as const).map(async (name) => {
        const key = `${name}/web`;
        const addon = addons.find(({ configFile }) => configFile.includes(`/${name}-`))!;
        await cluster.waitFor(`${name} to lead`, async () => (await shown(addon)).leader, 30);
        const first = await decides(addon, key, 120, 0);
        const from = nowSeconds();
        await scaledTo(key, 8, 360);
        // A clock that is slow makes every reading a minute old: it follows, by that minute late, and never loses what it has.
        const late = (at: number) => needed(key)(name === 'slow' ? at - 60 : at);
        print(`clock ${name}`, {
          'first decision after': first,
          'most pods missing': `${replicas.missing(key, needed(key), from)}`,
        });
        enoughReplicas(key, from + 30, late);
      }),
    );
  });

  story('rights that are missing: said, and the others go on', async () => {
    const installed = await release('denied', ['denied', 'allowed']);
    const roles = '/apis/rbac.authorization.k8s.io/v1/namespaces';
    const take = async (namespace: string, name: string, resource: string, verb: string) => {
      type Role = { rules: { resources: string[]; verbs: string[] }[] };
      const role = await cluster.api.request<Role>('GET', `${roles}/${namespace}/roles/${name}`);
      const rules = role.rules.map((rule) =>
        rule.resources.includes(resource) ? { ...rule, verbs: rule.verbs.filter((one) => one !== verb) } : rule,
      );
      await cluster.api.request('PATCH', `${roles}/${namespace}/roles/${name}`, { rules });
    };
    const { items } = await cluster.api.request<{ items: { metadata: { name: string } }[] }>(
      'GET',
      `${roles}/denied/roles`,
    );
    const own = items.map(({ metadata }) => metadata.name);
    const [inNamespace] = own.filter((name) => !name.endsWith('-lease') && !name.endsWith('-status'));
    await take('denied', inNamespace!, 'deployments/scale', 'patch');
    await take('denied', own.find((name) => name.endsWith('-status'))!, 'configmaps', 'patch');
    const addon = await started(installed);
    await deploy('denied/web', 1);
    await deploy('allowed/web', 2);
    const said = await secondsUntil(
      cluster,
      'the missing right',
      async () => (await statusOf(addon, 'denied/web'))?.error?.includes('patch on its scale subresource') === true,
      90,
    );
    await hasEvent('denied/web', 'Refused', 30);
    const ready = (await statusOf(addon, 'denied/web'))!.conditions.find(({ type }) => type === 'Ready');
    expect(ready).toMatchObject({ status: false });
    expect(await currentOf('denied/web')).toBe(1);
    await scaledTo('allowed/web', 8, 300);
    enoughReplicas('allowed/web', nowSeconds() - 120);
    expect(addon.log()).toContain('the status could not be written');

    await take('denied', own.find((name) => name.endsWith('-lease'))!, 'leases', 'update');
    await addon.stop();
    await addon.start();
    const unready = await secondsUntil(
      cluster,
      'readyz to name the lease',
      async () => /the lease prescale can't be read or taken/.test(await (await fetch(`${addon.url}/readyz`)).text()),
      60,
    );
    expect((await fetch(`${addon.url}/readyz`)).status).toBe(503);
    print('rights', { 'scale: said after': said, 'lease: /readyz says so after': unready });
  });

  story('pods that never become Ready: the surplus is bounded', async () => {
    const key = 'crash/web';
    await openedPeople(key);
    // Overdue after five minutes; the guard speaks from then on.
    await pause(330_000);
    const most = Math.max(...replicas.of(key).map((sample) => sample.replicas));
    const last = replicas.of(key).filter(({ atSeconds }) => atSeconds > nowSeconds() - 30);
    print('crash loop', { 'most replicas': `${most} for a need of ${needed(key)(nowSeconds())}` });
    expect(most).toBeLessThanOrEqual(4 * (needed(key)(nowSeconds()) + 1));
    // A need that falls by the noise of the load may take pods away; none are added any more.
    const counts = last.map((sample) => sample.replicas);
    expect(counts).toEqual([...counts].sort((a, b) => b - a));
  });
});

describe('a fault of all', () => {
  it('the API server killed and started again: decides within 30 s, nothing lost', async () => {
    await withPeople();
    const key = 'people/up';
    const before = await currentOf(key);
    const killed = nowSeconds();
    await cluster.apiServer.stop('SIGKILL');
    await pause(3_000);
    await cluster.apiServer.start();
    const back = nowSeconds();
    await decides(people, key, RESUMED_SECONDS);
    await scale('people/down', 1);
    const seen = await scaledTo('people/down', 3, RESUMED_SECONDS);
    expect(await currentOf(key)).toBe(before);
    expect(people.pid).toBeDefined();
    print('API server away', { for: back - killed, 'a external change after it answered within': seen });
  }, 300_000);
});

/** Its clock; undefined before it answers. */
async function shownNow(addon: RunningAddon): Promise<number | undefined> {
  return (await addon.console('/api/v1/status')) === undefined ? undefined : (await shown(addon)).nowSeconds;
}
