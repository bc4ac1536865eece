/* Over 350 lines: what may be wrong with an installed release, on one cluster in memory that most of the file describes. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { LeaseObject, microTime } from '../../../actuator/leader/lease.ts';
import { StatusMap } from '../../../addon/status/status-map.ts';
import type { WorkloadStatus } from '../../../core/workload-status.ts';
import { ApiError } from '../../../kubernetes/api.ts';
import { type MemoryKubernetesApi, memoryKubernetes } from '../../../kubernetes/fake/memory-api.ts';
import { STATUS_CONFIG_MAP } from '../../../kubernetes/needed-rights.ts';
import { exampleStatus } from '../../../test/example-status.ts';
import { parseWorkload } from '../explain/explain.ts';
import { examineRelease } from './doctor.ts';
import { findingLines } from './finding.ts';

const NOW = Date.UTC(2026, 5, 1, 12) / 1000;
const YOU = { serviceAccount: undefined, ownNamespace: 'default' };

interface Asked {
  readonly path: string;
  readonly user: string | undefined;
}

interface World {
  readonly api: MemoryKubernetesApi;
  readonly asked: Asked[];
  now: number;
  refusing: (path: string) => ApiError | undefined;
  /** While doctor waits. */
  meanwhile: () => Promise<void>;
  /** The Lease is renewed by this holder. */
  renew(holder: string, atSeconds: number, acquiredSeconds?: number): Promise<void>;
  write(statuses: readonly WorkloadStatus[], atSeconds: number): Promise<void>;
  doctor(workload?: string, release?: string): Promise<string[]>;
}

/** A release in `ops` as the chart makes it, in a cluster whose Prometheus is a Service. */
function world(config: object = {}, more: { readonly ready?: number; readonly distributed?: boolean } = {}): World {
  const api = memoryKubernetes({ namespaces: ['ops', 'shop', 'monitoring'] });
  install(api, 'ops', config, more);
  api.seed('/api/v1/namespaces/monitoring/services', { metadata: { name: 'prometheus' }, spec: {} });
  const asked: Asked[] = [];
  const it: World = {
    api,
    asked,
    now: NOW,
    refusing: () => undefined,
    meanwhile: async () => {},
    renew: async (holder, atSeconds, acquiredSeconds = atSeconds - 3600) => {
      const lease = new LeaseObject(api, 'ops', 'prescale');
      const times = { renewTime: microTime(atSeconds), acquireTime: microTime(acquiredSeconds) };
      const spec = { holderIdentity: holder, leaseDurationSeconds: 15, ...times };
      const found = await lease.read();
      if (found) await lease.write(found, spec);
      else await lease.create(spec);
    },
    write: (statuses, atSeconds) => new StatusMap(api, 'ops').write(statuses, atSeconds),
    doctor: async (workload, release) => {
      const sleep = async (seconds: number) => {
        it.now += seconds;
        await it.meanwhile();
      };
      const clock = { epochSeconds: () => it.now, sleep };
      const wanted = workload === undefined ? undefined : parseWorkload(workload, undefined);
      return findingLines(await examineRelease(api, release, YOU, wanted, false, clock));
    },
  };
  api.intercept = ({ path, body }) => {
    const error = it.refusing(path);
    if (error) return { error };
    if (path === '/version') return { answer: { gitVersion: 'v1.35.4', minor: '35' } };
    if (path === '/apis/metrics.k8s.io/v1beta1') return { answer: {} };
    if (path.startsWith('/apis/batch/')) return { answer: { items: [] } };
    if (path.includes('accessreviews')) {
      asked.push({ path, user: (body as { spec: { user?: string } }).spec.user });
      return { answer: { status: { allowed: true } } };
    }
    if (!path.includes('/proxy')) return undefined;
    asked.push({ path, user: undefined });
    const result = [{ metric: {}, value: [NOW, '3'] }];
    return { answer: { status: 'success', data: { resultType: 'vector', result } } };
  };
  return it;
}

function install(
  api: MemoryKubernetesApi,
  namespace: string,
  config: object,
  { ready = 2, distributed = false }: { readonly ready?: number; readonly distributed?: boolean } = {},
): void {
  const labels = { 'app.kubernetes.io/name': 'prescale', 'app.kubernetes.io/instance': 'prescale' };
  const data = { 'config.yaml': stringify(config) };
  api.seed(`/api/v1/namespaces/${namespace}/configmaps`, { metadata: { name: 'prescale', labels }, data });
  api.seed(`/api/v1/namespaces/${namespace}/configmaps`, { metadata: { name: STATUS_CONFIG_MAP, labels } });
  for (const role of distributed ? ['actuator', 'collector', 'forecaster'] : ['addon']) {
    const name = role === 'addon' ? 'prescale' : `prescale-${role}`;
    const metadata = { labels: { ...labels, 'app.kubernetes.io/component': role } };
    api.seed(`/apis/apps/v1/namespaces/${namespace}/deployments`, {
      metadata: { name, labels },
      spec: { replicas: 2, template: { metadata, spec: { serviceAccountName: name.replace('-actuator', '') } } },
      status: { readyReplicas: ready },
    });
  }
}

const unready = (name: string, reason: string, message: string): WorkloadStatus => ({
  ...exampleStatus({ conditions: [{ type: 'Ready', status: false, reason, message, sinceSeconds: 0 }] }),
  ref: { ...exampleStatus().ref, name },
});
const bad = (lines: readonly string[]) => lines.filter((line) => line.startsWith('✘'));
const forbidden = (words: string) => new ApiError(`GET memory: 403 Forbidden: ${words}`, 403, 'Forbidden');

/** One that leads and has written that all is well. */
async function running(config: object = {}, more: Parameters<typeof world>[1] = {}): Promise<World> {
  const it = world({ prometheus: { url: 'http://prometheus.monitoring.svc:9090' }, ...config }, more);
  await it.renew('prescale-7d-x_0a1b2c3d', NOW - 1);
  await it.write([exampleStatus()], NOW - 40);
  return it;
}

describe('doctor on an installed release', () => {
  it('checks with its configuration, as its account, names who leads, and is all ticks only as status is', async () => {
    const it = await running();
    const lines = await it.doctor();
    expect(lines).toEqual([
      '✔ API server memory answers, version v1.35.4',
      '✔ configuration of the release: ConfigMap ops/prescale (mode single, all namespaces, workloads are in mode observe by default)',
      expect.stringMatching(/^✔ ServiceAccount ops\/prescale may do (\d+) of the \1 things/),
      '✔ Prometheus: http://prometheus.monitoring.svc:9090, as the release is configured',
      '✔ Prometheus answers; it scrapes 3 targets',
      '✔ metrics.k8s.io answers: CPU and memory can be read without Prometheus',
      expect.stringMatching(/^✔ 0 of 0 nodes/),
      '✔ prescale-7d-x leads: it renewed the Lease ops/prescale 1 s ago',
      '✔ 1 of 1 workloads that opted in are Ready, as prescale status shows them',
      '✔ no annotations of prescale on kinds that it does not scale',
    ]);
    // The Service's address means nothing here: it is asked through the API server.
    expect(it.asked.find(({ path }) => path.includes('/proxy'))!.path).toBe(
      '/api/v1/namespaces/monitoring/services/http:prometheus:9090/proxy/api/v1/query',
    );
  });

  it.each([
    ['http://prometheus.monitoring', 'monitoring/services/http:prometheus:80/proxy/api'],
    ['https://prometheus.monitoring.svc.cluster.local/', 'monitoring/services/https:prometheus:443/proxy/api'],
    ['http://prometheus.svc:9090', 'svc/services/http:prometheus:9090/proxy/api'],
    ['http://prometheus.svc.svc:9090', 'svc/services/http:prometheus:9090/proxy/api'],
    ['http://svc.svc.svc:9090', 'svc/services/http:svc:9090/proxy/api'],
    ['http://mimir.monitoring:8080/prometheus/', 'monitoring/services/http:mimir:8080/proxy/prometheus/api'],
    ['http://mimir.monitoring:8080/a%20b%3Fc', 'monitoring/services/http:mimir:8080/proxy/a%20b%3Fc/api'],
    // No part of the path is another path, or a path of the API server.
    ['http://mimir.monitoring:8080/..%2f..%2fsecrets', undefined],
    ['http://mimir.monitoring:8080/%252e%252e/x', undefined],
  ])('asks %s of its configuration at %s of the API server', async (url, path) => {
    const it = await running({ prometheus: { url } });
    for (const [namespace, name] of [
      ['monitoring', 'mimir'],
      ['svc', 'prometheus'],
      ['svc', 'svc'],
    ] as const) {
      it.api.seed(`/api/v1/namespaces/${namespace}/services`, { metadata: { name }, spec: {} });
    }
    await it.doctor();
    const asked = it.asked.map((one) => one.path).find((one) => one.includes('/proxy'));
    expect(asked).toBe(path === undefined ? undefined : `/api/v1/namespaces/${path}/v1/query`);
  });

  it('asks about rights where its own configuration needs them, and of each account in mode distributed', async () => {
    const it = await running({ namespaces: ['shop'], leaderElection: { lease: 'prescale' } }, { distributed: true });
    const lines = await it.doctor();
    expect(lines[1]).toContain('mode distributed, the namespaces shop');
    expect(lines.filter((line) => line.includes('may do'))).toEqual([
      expect.stringMatching(/^✔ ServiceAccount ops\/prescale may do (\d+) of the \1 things/),
      expect.stringMatching(/^✔ ServiceAccount ops\/prescale-collector may do (\d+) of the \1 things/),
    ]);
    expect(new Set(it.asked.map(({ user }) => user))).toContain('system:serviceaccount:ops:prescale-collector');
  });

  it('says what status says of each workload that is not Ready', async () => {
    const it = await running();
    const many = Array.from({ length: 12 }, (_, i) =>
      unready(`w${i + 10}`, 'PolicyError', 'prescale.dev/target: found "x"'),
    );
    await it.write([unready('web', 'NoMetric', 'no data, so nothing changes: cpu: gone'), ...many], NOW - 5);
    const lines = bad(await it.doctor());
    expect(lines.slice(0, 2)).toEqual([
      '✘ shop/Deployment/web is not Ready: NoMetric: no data, so nothing changes: cpu: gone',
      '✘ shop/Deployment/w10 is not Ready: PolicyError: prescale.dev/target: found "x"',
    ]);
    expect(lines.at(-1)).toBe('✘ 3 more are not Ready');
    expect(lines).toHaveLength(11);
    await it.write([unready('web', 'Learning', 'its history is being read and learned')], NOW - 5);
    const learning = await it.doctor();
    expect(bad(learning)).toEqual([]);
    expect(learning).toContain('! shop/Deployment/web is not Ready: Learning: its history is being read and learned');
    expect(learning.join()).not.toContain('are Ready');
  });

  it('of one workload says what status says of that one', async () => {
    const it = await running();
    it.api.seed('/apis/apps/v1/namespaces/shop/deployments', {
      metadata: { name: 'web', annotations: { 'prescale.dev/enabled': 'true' } },
    });
    const others = [exampleStatus(), unready('other', 'NoMetric', 'no data')];
    await it.write(others, NOW - 5);
    expect(bad(await it.doctor('shop/deploy/web'))).toEqual([]);
    await it.write([unready('web', 'NoMetric', 'no data')], NOW - 5);
    expect(bad(await it.doctor('shop/deploy/web'))).toEqual(['✘ shop/Deployment/web is not Ready: NoMetric: no data']);
  });
});

describe('nobody leads', () => {
  const said = async (it: World) => bad(await it.doctor()).slice(0, 2);

  it('as there is no Lease', async () => {
    const it = world({}, { ready: 0 });
    expect((await said(it))[0]).toBe(
      '✘ there is no Lease ops/prescale, so nobody leads; 0 of 2 pods of prescale are Ready',
    );
  });

  it('as nobody holds it, or the holder stopped renewing: how long ago, and that the status is of the past', async () => {
    const it = await running();
    await it.renew('', NOW - 1);
    expect((await said(it))[0]).toBe('✘ nobody holds the Lease ops/prescale; 2 of 2 pods of prescale are Ready');
    await it.renew('prescale-7d-x_0a1b2c3d', NOW - 300);
    expect(await said(it)).toEqual([
      '✘ nobody leads: prescale-7d-x renewed the Lease ops/prescale 5 min ago, and it lasts 15 s; 2 of 2 pods of prescale are Ready',
      '✘ the ConfigMap ops/prescale-status is of the past: nobody leads, and the last of it was written at 2026-06-01T11:59:20Z',
    ]);
  });

  it('only seems so where the clocks differ: who goes on renewing leads', async () => {
    const it = await running();
    await it.renew('prescale-7d-x_0a1b2c3d', NOW - 90);
    await it.write([exampleStatus()], NOW - 120);
    it.meanwhile = () => it.renew('prescale-7d-x_0a1b2c3d', NOW - 86, NOW - 4000);
    const lines = await it.doctor();
    expect(bad(lines)).toEqual([]);
    expect(lines).toContain(
      "! prescale-7d-x leads and renews the Lease ops/prescale; this machine's clock is 1 min 30 s ahead of the leader's",
    );
  });

  it('or one leads and is stuck: the status is older than a few minutes', async () => {
    const it = await running();
    await it.write([exampleStatus()], NOW - 720);
    expect((await said(it))[0]).toBe(
      '✘ the status of the workloads was last written 11 min 59 s ago, though prescale-7d-x_0a1b2c3d leads: it is stuck, or may not write it',
    );
    await it.renew('prescale-7d-y_00000000', NOW - 1, NOW - 20);
    const fresh = await it.doctor();
    expect(bad(fresh)).toEqual([]);
    expect(fresh).toContain('! whoever leads began 19 s ago and has not written the status yet');
  });
});

describe('what is refused is said in the words of who refused', () => {
  it('RBAC: the right that is missing', async () => {
    const it = await running();
    const words =
      'leases.coordination.k8s.io "prescale" is forbidden: User "eve" cannot get resource "leases" in API group';
    it.refusing = (path) => (path.includes('/leases/') ? forbidden(words) : undefined);
    const lines = await it.doctor();
    const at = lines.findIndex((line) => line.startsWith('✘ the Lease'));
    expect(lines[at]).toContain(words);
    expect(lines[at + 1]).toBe('    → grant eve get on leases.coordination.k8s.io in ops');
  });

  it('anybody else: no role is blamed', async () => {
    const it = await running();
    it.refusing = (path) => (path.endsWith('/nodes') ? forbidden('blocked by the corporate proxy') : undefined);
    const lines = await it.doctor();
    const at = lines.findIndex((line) => line.includes('blocked by the corporate proxy'));
    expect(lines[at]).toMatch(/^! nodes can't be listed: GET memory: 403 Forbidden: blocked by the corporate proxy$/);
    expect(lines[at + 1]).toMatch(/not RBAC: look for an admission webhook, a quota or a proxy/);
  });

  describe('a person without rights', () => {
    /** Who asks, and is granted nothing. */
    const eve = (it: World) => {
      const before = it.api.intercept!;
      it.api.intercept = (request) => {
        if (request.path.endsWith('/selfsubjectreviews')) {
          return { answer: { status: { userInfo: { username: 'eve' } } } };
        }
        if (request.path.endsWith('/selfsubjectaccessreviews')) return { answer: { status: { allowed: false } } };
        return before(request);
      };
    };
    const ofRights = (lines: readonly string[]) => lines.filter((line) => /may (?:do|not)|rights/.test(line));

    it('may not ask about the account: that is said, and none of what the person lacks', async () => {
      const it = await running();
      eve(it);
      const lines = await it.doctor();
      expect(ofRights(lines)).toEqual([
        "! you (eve) may not create subjectaccessreviews.authorization.k8s.io, so the rights of ServiceAccount ops/prescale can't be checked",
      ]);
      expect(bad(lines)).toEqual([]);
    });

    it('may not look for the release, or its Deployments: whose rights are meant is not known', async () => {
      const it = await running();
      eve(it);
      it.refusing = (path) =>
        path.includes('/deployments') ? forbidden('User "eve" cannot list resource "deployments"') : undefined;
      expect(ofRights(await it.doctor())).toEqual([
        "! the Deployments of the release prescale were not found in ops, so the rights of its account can't be checked",
      ]);
      it.refusing = (path) =>
        path.includes('/configmaps') ? forbidden('User "eve" cannot list resource "configmaps"') : undefined;
      const lines = await it.doctor();
      expect(bad(lines)[0]).toMatch(/^✘ the installed release can't be looked for/);
      expect(ofRights(lines).filter((line) => !line.startsWith('    →'))).toEqual([
        "! no release was found, so no account's rights were checked",
      ]);
    });

    it('sees what the account of the addon lacks as what that account lacks', async () => {
      const it = await running();
      const usual = it.api.intercept!;
      it.api.intercept = (request) => {
        const spec = (request.body as { spec?: { user?: string; resourceAttributes?: { resource: string } } })?.spec;
        const isLacking = spec?.user !== undefined && spec.resourceAttributes?.resource === 'pods';
        return isLacking ? { answer: { status: { allowed: false } } } : usual(request);
      };
      const [first] = bad(await it.doctor());
      expect(first).toMatch(/^✘ ServiceAccount ops\/prescale may not \w+ pods/);
    });
  });
});

describe('which release', () => {
  it('of several has to be said', async () => {
    const it = await running();
    install(it.api, 'shop', { namespaces: ['shop'] });
    await expect(it.doctor()).rejects.toThrow(
      'there are several releases of prescale, ops/prescale and shop/prescale: --release namespace/name chooses one',
    );
    expect((await it.doctor(undefined, 'shop'))[1]).toContain(
      'ConfigMap shop/prescale (mode single, the namespaces shop',
    );
    expect((await it.doctor(undefined, 'ops/prescale'))[1]).toContain('ConfigMap ops/prescale');
    await expect(it.doctor(undefined, 'monitoring')).rejects.toThrow('no ConfigMap in monitoring has the label');
    await expect(it.doctor(undefined, 'a/b/c')).rejects.toThrow('expected namespace or namespace/name');
  });

  it('is not a ConfigMap that a tenant labelled like ours', async () => {
    const it = await running();
    install(it.api, 'shop', { prometheus: { url: 'http://evil.shop.svc' } });
    it.api.seed('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
      metadata: { name: 'prescale.ops', labels: { 'helm.sh/chart': 'prescale-0.1.0' } },
      subjects: [{ kind: 'ServiceAccount', name: 'prescale', namespace: 'ops' }],
    });
    const lines = await it.doctor();
    expect(lines[1]).toContain('ConfigMap ops/prescale');
    expect(lines.join()).not.toContain('evil');
    await it.api.delete('/api/v1/namespaces/ops/configmaps/prescale');
    expect((await it.doctor())[1]).toMatch(/^! no ConfigMap with the label/);
  });

  it('has no file of this machine sent to an address of its own: its paths are of its pods', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'prescale-'));
    const secret = join(folder, 'token');
    writeFileSync(secret, 'of-the-administrator');
    const heard: string[] = [];
    const server = createServer(({ headers }, response) => {
      heard.push(JSON.stringify(headers));
      response.end('{"status":"success","data":{"resultType":"vector","result":[]}}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const files = { bearerTokenFile: secret, headers: { 'X-Scope-OrgID': 'ours' }, tls: { caFile: secret } };
    const redis = { url: `redis://127.0.0.1:${port}`, passwordFile: secret };
    const it = world({ prometheus: { url: `http://127.0.0.1:${port}`, ...files }, redis });
    const lines = await it.doctor();
    expect(heard.length).toBeGreaterThan(0);
    expect(heard.join()).not.toMatch(/of-the-administrator|ours/);
    expect(lines.find((line) => line.includes('Redis'))).toBe(
      `! from here: Redis is not asked, as the paths are of files in the release's pods (${secret})`,
    );
    server.close();
    rmSync(folder, { recursive: true });
  });

  it('none: it is said, and defaults are checked', async () => {
    const it = world();
    await it.api.delete('/api/v1/namespaces/ops/configmaps/prescale');
    const lines = await it.doctor();
    expect(lines[1]).toMatch(
      /^! no ConfigMap with the label app\.kubernetes\.io\/name=prescale: the chart is not installed/,
    );
    expect(lines.join()).not.toContain('Lease');
  });

  it('one whose configuration the addon would refuse: where, and what is right', async () => {
    const it = world({ limits: { maxReplica: 5 } });
    expect(bad(await it.doctor())[0]).toMatch(/^✘ ConfigMap ops\/prescale, config\.yaml.*maxReplica/);
  });
});

describe('opt-in mistakes where the addon does not look', () => {
  it('annotations on a DaemonSet, which is not watched, and on the pod template of a workload', async () => {
    const it = await running();
    const annotations = { 'prescale.dev/enabled': 'true' };
    it.api.seed('/apis/apps/v1/namespaces/shop/daemonsets', { metadata: { name: 'agent', annotations } });
    const lines = await it.doctor();
    expect(lines.slice(-2)).toEqual([
      '! shop/DaemonSet/agent has prescale.dev/enabled, without effect: a DaemonSet has one pod a node, and no replicas',
      '    → remove the annotations; prescale.dev/enabled belongs on Deployment, StatefulSet',
    ]);
    it.api.seed('/apis/apps/v1/namespaces/shop/deployments', {
      metadata: { name: 'web', annotations: { 'prescale.dev/mode': 'auto' } },
      spec: { template: { metadata: { annotations } } },
    });
    expect(bad(await it.doctor('shop/deploy/web')).at(-1)).toBe(
      '✘ shop/Deployment/web has not opted in; prescale.dev/enabled: found nothing, so prescale.dev/mode has no effect; ' +
        'expected "true" on this object, or "false" to leave it alone; prescale.dev/enabled: found on the pod template ' +
        '(spec.template.metadata.annotations), where it has no effect; expected on the object itself (metadata.annotations)',
    );
  });
});
