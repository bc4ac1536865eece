/* Over 350 lines: one cluster is started for all of its stories. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Method } from './api-client.ts';
import { type DemandExporter, startDemandExporter } from './demand-exporter.ts';
import { type ReplicaWatch, watchReplicas } from './fault-watch.ts';
import { type AskedServer, guardedPrometheus, listeningTenant } from './guarded-prometheus.ts';
import { type Cluster, startCluster } from './harness.ts';
import { installPrescale, type RunningAddon } from './prescale.ts';
import { newTenant, type Tenant } from './tenant.ts';
import { WIDGET } from './widget.ts';
import { type Workloads, workloadsOf } from './workloads.ts';

/*
 * Tenants as real accounts with Kubernetes' own ClusterRole `edit`, against the chart's addon on a real API server. Each attack first
 * shows that the API server lets the tenant do it. The stories run at the same time, in about a minute.
 */
const CAP = 12;
/** What a pod serves: a load of 35 needs 4. */
const TARGET = 10;
const TOKEN = 'the token of Prometheus';
const DEPLOYMENTS = 'apps/v1/deployments';
const HPAS = 'autoscaling/v2/horizontalpodautoscalers';
const WIDGETS = 'example.com/v1/widgets';

let cluster: Cluster;
let exporter: DemandExporter;
let prometheus: AskedServer;
/** Where a tenant would have the addon send something. */
let listener: AskedServer;
/** Team A attacks; team B is its neighbour. */
let attacker: Tenant;
let neighbour: Tenant;
let addon: RunningAddon;
/** What the addon logged that looked for Prometheus. */
let discovery: string;
let workloads: Workloads;
let replicas: ReplicaWatch;

beforeAll(async () => {
  exporter = await startDemandExporter();
  exporter.set(demandOf('team-b', 'honest'), 35);
  exporter.set(demandOf('team-b', 'vault'), 500);
  exporter.set(demandOf('team-a', 'flood'), 100_000);
  exporter.set(demandOf('team-a', 'usual'), 100);
  cluster = await startCluster({ scrape: { demand: exporter } });
  prometheus = await guardedPrometheus(() => cluster.prometheus.url, TOKEN);
  listener = await listeningTenant();
  await cluster.applyYaml(WIDGET_FOR_TENANTS);
  attacker = await newTenant(cluster, 'team-a');
  neighbour = await newTenant(cluster, 'team-b');
  await cluster.createNamespace('monitoring');
  await cluster.applyYaml(JSON.stringify(service('monitoring', 'prometheus-server', PROMETHEUS_LABELS)));
  await attacker.create('v1/services', service('team-a', 'thanos-query', THANOS_LABELS));
  await neighbour.deploy('honest', by('honest'));
  discovery = await lookForPrometheus();
  await begin();
  replicas = watchReplicas(cluster);
}, 300_000);

afterAll(async () => {
  if (process.env.PRESCALE_TEST_LOG) console.log(discovery, addon?.log());
  await replicas?.stop();
  await listener?.close();
  await prometheus?.close();
  await exporter?.close();
  await cluster?.stop();
});

const QUERY = 'max(avg_over_time(demand{namespace="$namespace",app="$arg.app"}[1m]))';
const TEMPLATES = { demand: { query: QUERY, args: ['app'], unit: 'req/s' } };

/** A release that finds its Prometheus itself, as shipped. @returns what it logged until it had chosen */
async function lookForPrometheus(): Promise<string> {
  // The next one need not wait for its Lease to run out.
  const config = { prometheus: { url: '', templates: TEMPLATES }, leaderElection: { enabled: false } };
  const installed = await installPrescale(cluster, { values: { config, replicaCount: 1 } });
  const looking = await installed.start('looking');
  await cluster.waitFor('the choice', async () => /a source of demand|no Prometheus/.test(looking.log()), 30);
  await looking.stop();
  return looking.log();
}

/** The same release with a Prometheus that wants a token. */
async function begin(): Promise<void> {
  const bearerTokenFile = join(cluster.folder, 'prometheus-token');
  writeFileSync(bearerTokenFile, TOKEN);
  const config = {
    kinds: [
      { apiVersion: 'apps/v1', kind: 'Deployment' },
      { apiVersion: 'example.com/v1', kind: 'Widget' },
    ],
    limits: { maxReplicas: CAP },
    takeOverHpa: { enabled: true },
    prometheus: { url: prometheus.url, bearerTokenFile, templates: TEMPLATES },
  };
  const installed = await installPrescale(cluster, { values: { config } });
  addon = await installed.start();
  workloads = workloadsOf(cluster, () => addon);
}

function demandOf(namespace: string, app: string): string {
  return `demand{namespace="${namespace}",app="${app}"}`;
}

/** Annotations that scale by the demand of that name in the workload's own namespace. */
function by(app: string, more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const own = { enabled: 'true', mode: 'auto', metric: 'demand', 'metric-args': `app=${app}`, target: String(TARGET) };
  const all = { ...own, 'lead-time': '15s', ...more };
  return Object.fromEntries(Object.entries(all).map(([name, value]) => [`prescale.dev/${name}`, value]));
}

const keyOf = (name: string, kind = 'Deployment') => `team-a/${kind}/${name}`;

/** Its condition Ready, once it says that what its annotations ask for is refused. */
async function refusal(name: string, reason: 'PolicyError' | 'Refused'): Promise<string> {
  const refused = async () => {
    const ready = await workloads.condition(keyOf(name), 'Ready');
    return ready?.reason === reason && ready.message;
  };
  return cluster.waitFor(`${name} to be refused (${reason})`, refused, 45);
}

let controls = 0;
/**
 * Deploys a workload that attacks nothing, after the ones that do. @returns waits until it is scaled: by then an attack would have
 * shown too
 */
async function control(): Promise<() => Promise<void>> {
  const name = `control-${++controls}`;
  await attacker.deploy(name, by('usual'));
  return async () => {
    await workloads.reaches('team-a', name, 4, 120);
    await workloads.decisions(keyOf(name), 1);
  };
}

/** Who wrote to an object or a subresource of it. */
async function writers(path: string): Promise<string[]> {
  type Managed = { readonly metadata: { readonly managedFields: readonly { readonly manager: string }[] } };
  const { metadata } = await cluster.api.request<Managed>('GET', path);
  return metadata.managedFields.map(({ manager }) => manager);
}

const pathOf = (resource: string, name: string, namespace = 'team-a') =>
  `/apis/${resource.replace(/\/([^/]+)$/, `/namespaces/${namespace}/$1`)}/${name}`;
const most = (key: string) => Math.max(...replicas.of(key).map((sample) => sample.replicas));

describe.concurrent('a tenant with `edit` in one namespace', () => {
  it('stops nobody’s scaling: the neighbour gets its four pods while all of this is there', async () => {
    const seconds = await workloads.reaches('team-b', 'honest', 4, 120);
    console.log(`the neighbour has its pods after ${seconds.toFixed(0)} s`);
    const ready = async () => (await workloads.condition('team-b/Deployment/honest', 'Ready'))?.status;
    await cluster.waitFor('it to be Ready', ready, 60);
  }, 400_000);

  it('is not taken for Prometheus by a Service with the labels of Thanos', () => {
    const found = discovery.split('\n').filter((line) => line.includes('a source of demand'));
    expect(found).toHaveLength(1);
    expect(JSON.parse(found[0]!)).toMatchObject({
      url: 'http://prometheus-server.monitoring:9090',
      why: expect.stringContaining('the only candidate'),
    });
    expect(discovery).not.toContain('team-a');
  });

  it('reads no metric of another namespace, nor sends the addon to another address', async () => {
    const attempts: Record<string, Record<string, string>> = {
      'more-args': { 'metric-args': 'app=vault,namespace=team-b' },
      'ends-the-string': { 'metric-args': 'app=x"}[1m])) or max(avg_over_time(demand{app="vault' },
      'a-pattern': { 'metric-args': 'app=va.*' },
      'own-query': { query: 'max(demand{namespace="team-b",app="vault"})' },
      'other-template': { metric: 'team-b/demand' },
      'own-address': { 'prometheus-url': listener.url },
    };
    for (const [name, more] of Object.entries(attempts)) await attacker.deploy(name, by('usual', more));
    await attacker.deploy('same-name', by('vault'));
    const meanwhile = await control();
    for (const name of Object.keys(attempts)) await refusal(name, 'PolicyError');
    await meanwhile();
    for (const name of [...Object.keys(attempts), 'same-name']) expect(most(`team-a/${name}`), name).toBe(2);
    const queries = prometheus.asked.map(({ url, body }) => decodeURIComponent(`${url} ${body}`.replaceAll('+', ' ')));
    const ofVault = queries.flatMap((query) => query.match(/\{[^}]*vault[^}]*\}/g) ?? []);
    expect(new Set(ofVault)).toEqual(new Set(['{namespace="team-a",app="vault"}']));
  }, 400_000);

  it('gets no more pods than the administrator’s cap, by no annotation and under any load', async () => {
    await attacker.deploy('flood', by('flood'));
    const attempts: Record<string, Record<string, string>> = {
      'high-max': { 'max-replicas': '5000' },
      'high-min': { 'min-replicas': '5000' },
      'high-window': { bounds: '[{cron: "* * * * *", timeZone: UTC, duration: 10h, min: 5000}]' },
      'high-by-yaml': { bounds: '[{cron: "* * * * *", timeZone: UTC, duration: 10h, min: 0x1388, max: 5e3}]' },
    };
    for (const [name, more] of Object.entries(attempts)) await attacker.deploy(name, by('flood', more));
    for (const name of Object.keys(attempts)) await refusal(name, 'PolicyError');
    console.log(`the cap is reached after ${(await workloads.reaches('team-a', 'flood', CAP, 180)).toFixed(0)} s`);
    await workloads.decisions(keyOf('flood'), 1);
    expect(most('team-a/flood')).toBe(CAP);
    for (const name of Object.keys(attempts)) expect(most(`team-a/${name}`), name).toBe(2);
    const label = { metadata: { labels: { 'prescale.dev/enabled': 'true' } } };
    expect(await attacker.status('PATCH', '/api/v1/namespaces/team-a', label)).toBe(403);
  }, 600_000);

  it('gets no pods by what it writes on its HPA as if it were ours', async () => {
    const forged = { 'prescale.dev/original-min-replicas': '400', 'prescale.dev/written-min-replicas': '8' };
    for (const [name, app] of [
      ['greedy', 'usual'],
      ['left', 'usual'],
    ] as const) {
      const annotations = by(app, { 'take-over-hpa': name, 'max-replicas': '10' });
      await attacker.deploy(name, annotations, { replicas: 8 });
      await attacker.create(HPAS, hpa(name, name, { minReplicas: 8, maxReplicas: 500, annotations: forged }));
    }
    expect((await attacker.api.request<Hpa>('GET', pathOf(HPAS, 'greedy'))).metadata.annotations).toMatchObject(forged);
    const meanwhile = await control();
    expect(await refusal('greedy', 'Refused')).toContain('original-min-replicas');
    // Every way out puts back what stands there.
    await refusal('left', 'Refused');
    await attacker.patch(DEPLOYMENTS, 'left', { metadata: { annotations: { 'prescale.dev/enabled': 'false' } } });
    await meanwhile();
    for (const name of ['greedy', 'left']) {
      const { spec } = await cluster.api.request<Hpa>('GET', pathOf(HPAS, name));
      expect([spec.minReplicas, most(`team-a/${name}`)], name).toEqual([8, 8]);
      expect(await writers(pathOf(HPAS, name))).not.toContain('prescale');
    }
    const told = (await workloads.warnings('team-a')).filter(({ message }) =>
      message.includes('HorizontalPodAutoscaler team-a/greedy'),
    );
    expect(told).toHaveLength(1);
  }, 400_000);

  it('moves no HPA but the one that scales its own workload', async () => {
    await neighbour.deploy('shop', {});
    await neighbour.create(HPAS, hpa('shop', 'shop', { minReplicas: 2, maxReplicas: 500 }));
    await attacker.create(HPAS, hpa('one', 'first', { minReplicas: 2, maxReplicas: 500 }));
    for (const name of ['two-a', 'two-b']) {
      await attacker.create(HPAS, hpa(name, 'torn', { minReplicas: 2, maxReplicas: 500 }));
    }
    const attempts: Record<string, [hpa: string, 'PolicyError' | 'Refused', said: string]> = {
      'other-namespace': ['team-b/shop', 'PolicyError', 'take-over-hpa: '],
      'up-and-over': ['../team-b/shop', 'PolicyError', 'take-over-hpa: '],
      'not-here': ['shop', 'Refused', "team-a/shop doesn't exist"],
      second: ['one', 'Refused', 'scales Deployment first; expected one that scales Deployment second'],
      torn: ['two-a', 'Refused', 'several HorizontalPodAutoscalers'],
    };
    await attacker.deploy('first', by('usual', { 'take-over-hpa': 'one', 'max-replicas': '10' }));
    for (const [name, [named]] of Object.entries(attempts)) {
      await attacker.deploy(name, by('usual', { 'take-over-hpa': named }));
    }
    const meanwhile = await control();
    for (const [name, [, reason, said]] of Object.entries(attempts)) {
      expect(await refusal(name, reason), name).toContain(said);
    }
    const raised = async () => (await cluster.api.request<Hpa>('GET', pathOf(HPAS, 'one'))).spec.minReplicas! > 2;
    await meanwhile();
    await cluster.waitFor('the floor of the HPA that is its own', raised, 180);
    for (const [namespace, name] of [
      ['team-b', 'shop'],
      ['team-a', 'two-a'],
      ['team-a', 'two-b'],
    ] as const) {
      expect(await writers(pathOf(HPAS, name, namespace)), name).not.toContain('prescale');
    }
    for (const name of Object.keys(attempts)) {
      expect(await writers(pathOf(DEPLOYMENTS, name)), name).not.toContain('prescale');
    }
    expect((await cluster.api.request<Hpa>('GET', pathOf(HPAS, 'one'))).spec.minReplicas).toBeLessThanOrEqual(10);
  }, 600_000);

  it('is not taken for the administrator by objects with the addon’s names and labels', async () => {
    const labels = { 'app.kubernetes.io/name': 'prescale', 'app.kubernetes.io/instance': 'prescale' };
    const templates = { mine: { query: 'max(demand{namespace="team-b",app="vault"})', args: [] } };
    const config = {
      limits: { maxReplicas: 5000, allowRawQueries: true },
      prometheus: { url: listener.url, templates },
    };
    for (const name of ['prescale', 'prescale-status']) {
      const data = { 'config.yaml': JSON.stringify(config) };
      await attacker.create('v1/configmaps', { metadata: { name, labels }, data });
    }
    await attacker.create('v1/services', service('team-a', 'prescale', labels));
    await attacker.deploy('by-own-template', { ...by('usual', { metric: 'mine' }), 'prescale.dev/metric-args': '' });
    const meanwhile = await control();
    expect(await refusal('by-own-template', 'PolicyError')).toContain('metric: ');
    await meanwhile();
    expect(most('team-a/by-own-template')).toBe(2);
  }, 400_000);

  it('may not touch what is the addon’s: its ConfigMaps, Secrets, Lease, account, roles and policies', async () => {
    const core = '/api/v1/namespaces/prescale';
    const lease = '/apis/coordination.k8s.io/v1/namespaces/prescale/leases';
    const rbac = '/apis/rbac.authorization.k8s.io/v1';
    const policies = '/apis/admissionregistration.k8s.io/v1';
    const merge = { metadata: { labels: { mine: 'true' } } };
    const forbidden: [Method, string, object?][] = [
      ['GET', `${core}/configmaps/prescale`],
      ['PATCH', `${core}/configmaps/prescale`, merge],
      ['PATCH', `${core}/configmaps/prescale-status`, merge],
      ['GET', `${core}/secrets`],
      ['POST', `${core}/secrets`, { metadata: { name: 'mine' } }],
      ['GET', `${lease}/prescale`],
      ['PATCH', `${lease}/prescale`, { spec: { holderIdentity: 'mine' } }],
      ['DELETE', `${lease}/prescale`],
      ['POST', lease, { metadata: { name: 'mine' } }],
      ['POST', `${core}/serviceaccounts/prescale/token`, { spec: {} }],
      ['GET', `${core}/pods`],
      ['PATCH', '/apis/apps/v1/namespaces/prescale/deployments/prescale', merge],
      ['POST', '/api/v1/namespaces/monitoring/services', service('monitoring', 'mine', THANOS_LABELS)],
      ['PATCH', `${rbac}/clusterroles/prescale.prescale`, merge],
      ['POST', `${rbac}/namespaces/team-a/rolebindings`, roleBinding('prescale.prescale')],
      ['DELETE', `${policies}/validatingadmissionpolicies/prescale.prescale.hpas`],
      ['GET', '/apis/apps/v1/namespaces/team-b/deployments'],
    ];
    await cluster.waitFor('the Lease', () => cluster.api.find(`${lease}/prescale`), 30);
    for (const [method, path, body] of forbidden) {
      if (method !== 'POST') expect(await cluster.api.find(path), path).toBeDefined();
      expect(await attacker.status(method, path, body), `${method} ${path}`).toBe(403);
    }
    // One of that name in a namespace of the tenant is nothing to the addon.
    const spec = { holderIdentity: 'mine', leaseDurationSeconds: 3600 };
    await attacker.create('coordination.k8s.io/v1/leases', { metadata: { name: 'prescale' }, spec });
    await (await control())();
    expect(await addon.get('/metrics')).toMatch(/^prescale_leader 1$/m);
  }, 400_000);

  it('gets no more by a custom resource whose status and scale say what they like', async () => {
    const annotations = by('flood');
    const wild: Record<string, [spec: object, status: object]> = {
      'asks-for-millions': [{ replicas: 2_000_000 }, { replicas: 2, selector: 'app=usual' }],
      'has-billions': [{ replicas: 2 }, { replicas: 2_000_000_000, selector: 'app=usual' }],
      'selects-everything': [{ replicas: 2 }, { replicas: 2, selector: '' }],
      'selects-nonsense': [{ replicas: 2 }, { replicas: 2, selector: 'app in (((' }],
      'without-a-status': [{ replicas: 2 }, {}],
    };
    for (const [name, [spec, status]] of Object.entries(wild)) {
      await attacker.create(WIDGETS, { ...WIDGET_TYPE, metadata: { name, annotations }, spec });
      await attacker.api.request('PATCH', `${pathOf(WIDGETS, name)}/status`, { status });
    }
    const meanwhile = await control();
    await meanwhile();
    for (const [name, [asked]] of Object.entries(wild)) {
      const { spec } = await cluster.api.request<{ spec: { replicas: number } }>('GET', pathOf(WIDGETS, name));
      if (spec.replicas > CAP) expect(spec, name).toEqual(asked);
    }
  }, 400_000);
});

describe('afterwards', () => {
  it('every request with the token went to the address that the administrator named, and none to a tenant', () => {
    expect(prometheus.asked.length).toBeGreaterThan(0);
    expect(prometheus.asked.filter(({ authorization }) => authorization !== `Bearer ${TOKEN}`)).toEqual([]);
    expect(listener.asked).toEqual([]);
  });
});

const PROMETHEUS_LABELS = { 'app.kubernetes.io/name': 'prometheus', 'app.kubernetes.io/component': 'server' };
const THANOS_LABELS = { 'app.kubernetes.io/name': 'thanos', 'app.kubernetes.io/component': 'query' };

function service(namespace: string, name: string, labels: object): object {
  const ports = [{ name: 'http', port: 9090 }];
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace, name, labels },
    spec: { ports, selector: labels },
  };
}

interface Hpa {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: { readonly minReplicas?: number };
}

type HpaSaid = { readonly minReplicas: number; readonly maxReplicas: number; readonly annotations?: object };
function hpa(name: string, target: string, { annotations = {}, ...bounds }: HpaSaid): object {
  const value = { type: 'AverageValue', averageValue: String(TARGET) };
  return {
    metadata: { name, annotations },
    spec: {
      ...bounds,
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: target },
      metrics: [{ type: 'External', external: { metric: { name: 'demand' }, target: value } }],
    },
  };
}

function roleBinding(clusterRole: string): object {
  const group = 'rbac.authorization.k8s.io';
  return {
    metadata: { name: 'mine' },
    roleRef: { apiGroup: group, kind: 'ClusterRole', name: clusterRole },
    subjects: [{ kind: 'ServiceAccount', name: 'dev', namespace: 'team-a' }],
  };
}

const WIDGET_TYPE = { apiVersion: 'example.com/v1', kind: 'Widget' };
const WIDGET_FOR_TENANTS = `${WIDGET}---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: widgets-edit, labels: {rbac.authorization.k8s.io/aggregate-to-edit: "true"}}
rules: [{apiGroups: [example.com], resources: ['*'], verbs: ['*']}]
`;
