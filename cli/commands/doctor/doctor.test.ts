import { describe, expect, it } from 'vitest';
import { addonConfig, defaultConfig } from '../../../addon/config/config.ts';
import { ApiError } from '../../../kubernetes/api.ts';
import { type MemoryKubernetesApi, memoryKubernetes } from '../../../kubernetes/fake/memory-api.ts';
import { parseWorkload } from '../explain/explain.ts';
import { examine } from './doctor.ts';
import { findingLines } from './finding.ts';

const YOU = { serviceAccount: undefined, ownNamespace: 'ops' };
const CONFIG = defaultConfig();

interface World {
  /** Whether the access review is granted. */
  readonly may?: (attributes: Record<string, string | undefined>) => boolean;
  /** Series that Prometheus has for `count(…)`. */
  readonly series?: (query: string) => number;
  readonly annotations?: Record<string, string>;
  readonly hpa?: string;
}

/** A cluster in memory with a Deployment, one virtual node of two, and a Prometheus behind the API server's proxy. */
function cluster({ may = () => true, series = () => 3, annotations = {}, hpa }: World = {}): MemoryKubernetesApi {
  const api = memoryKubernetes({ namespaces: ['shop', 'monitoring'] });
  api.seed('/apis/apps/v1/namespaces/shop/deployments', { metadata: { name: 'web', annotations } });
  api.seed('/api/v1/nodes', { metadata: { name: 'a' } });
  api.seed('/api/v1/nodes', { metadata: { name: 'b', labels: { type: 'virtual-kubelet' } } });
  api.seed('/api/v1/namespaces/monitoring/services', {
    metadata: { name: 'prometheus', labels: { 'app.kubernetes.io/name': 'prometheus' } },
    spec: { clusterIP: '10.0.0.1', ports: [{ name: 'http', port: 9090 }] },
  });
  if (hpa !== undefined) {
    const spec = { scaleTargetRef: { kind: 'Deployment', name: 'web' } };
    api.seed('/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers', { metadata: { name: hpa }, spec });
  }
  api.intercept = (request) => {
    const { path, body } = request;
    const query = 'query' in request ? (request.query as { query?: string }).query : undefined;
    if (path === '/version') return { answer: { gitVersion: 'v1.35.4', minor: '35' } };
    if (path === '/apis/metrics.k8s.io/v1beta1') return { answer: { kind: 'APIResourceList' } };
    if (path.includes('accessreviews')) {
      const { spec } = body as { spec: { resourceAttributes: Record<string, string> } };
      return { answer: { status: { allowed: may(spec.resourceAttributes) } } };
    }
    if (!path.includes('/proxy/')) return undefined;
    const found = series(query ?? '');
    const result = found === 0 ? [] : [{ metric: {}, value: [1_700_000_000, String(found)] }];
    return { answer: { status: 'success', data: { resultType: 'vector', result } } };
  };
  return api;
}

const look = async (api: MemoryKubernetesApi, workload?: string, config = CONFIG) =>
  examine(api, config, YOU, workload === undefined ? undefined : parseWorkload(workload, undefined), false);
const failures = async (world: World, workload = 'shop/Deployment/web', config = CONFIG) =>
  (await look(cluster(world), workload, config)).filter(({ level }) => level === 'failed');

describe('a cluster in which all is well', () => {
  it('is all ticks', async () => {
    const lines = findingLines(await look(cluster()));
    expect(lines).toEqual([
      '✔ API server memory answers, version v1.35.4',
      expect.stringMatching(/^✔ you may do (\d+) of the \1 things that prescale needs$/),
      expect.stringMatching(/^✔ Prometheus: http:\/\/prometheus\.monitoring:9090 of 1 found; /),
      '✔ Prometheus answers; it scrapes 3 targets',
      '✔ metrics.k8s.io answers: CPU and memory can be read without Prometheus',
      '✔ 1 of 2 nodes are virtual; start-up latency is learned for each class on its own',
      '✔ no annotations of prescale on kinds that it does not scale',
    ]);
  });

  it('so is a workload that has opted in', async () => {
    const annotations = { 'prescale.dev/enabled': 'true', 'prescale.dev/mode': 'auto' };
    const findings = await look(cluster({ annotations }), 'shop/deploy/web');
    expect(findings.filter(({ level }) => level !== 'ok')).toEqual([]);
    expect(findings.at(-1)!.what).toBe('no HPA owns it: its replicas are set directly');
  });
});

describe('what is missing is named, with the fix', () => {
  it('an API server that does not answer, and nothing else is looked at', async () => {
    const api = cluster();
    api.intercept = () => ({ error: new ApiError('memory refuses connections', 0, 'Unreachable') });
    const findings = await look(api);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ level: 'failed', what: expect.stringContaining('refuses connections') });
  });

  it('a right, with the rule that grants it', async () => {
    const may = ({ verb, subresource }: Record<string, string | undefined>) =>
      !(verb === 'patch' && subresource === 'scale');
    const [deployments, statefulSets, sum] = (await look(cluster({ may }))).filter(({ level }) => level === 'failed');
    expect(deployments).toEqual({
      level: 'failed',
      what: 'you may not patch deployments/scale.apps in the whole cluster, needed to set how many replicas are asked for',
      fix: 'add to your ClusterRole: apiGroups ["apps"], resources ["deployments/scale"], verbs ["patch"]',
    });
    expect(statefulSets!.what).toMatch(/statefulsets\/scale/);
    expect(sum!.what).toMatch(/^you may do \d+ of the \d+ things/);
    expect(sum!.fix).toMatch(/^these are your rights, not the addon's/);
  });

  it('rights are asked for where the configuration needs them, and only what it needs', async () => {
    const asked: string[] = [];
    const may = ({ verb, resource, namespace }: Record<string, string | undefined>) => {
      asked.push(`${verb} ${resource} ${namespace}`);
      return true;
    };
    const config = addonConfig({ namespaces: ['shop'], leaderElection: { enabled: false } }, 'test');
    await look(cluster({ may }), undefined, config);
    expect(asked).toContain('list pods shop');
    expect(asked).toContain('list nodes undefined');
    expect(asked.filter((one) => /leases|patch horizontal/.test(one))).toEqual([]);
  });

  const annotations = { 'prescale.dev/enabled': 'true', 'prescale.dev/mode': 'auto' };
  it.each([
    [/"POD"/, 'no container_cpu_usage_seconds_total with the label container for this workload'],
    [/pod=~/, 'no container_cpu_usage_seconds_total of the pods of Deployment web'],
    [/namespace="shop"/, 'no container_cpu_usage_seconds_total of the namespace shop'],
    [/namespace!=""/, 'container_cpu_usage_seconds_total without the labels namespace and pod'],
    [/container_cpu/, 'no container_cpu_usage_seconds_total at all'],
  ])('a metric: the first condition without series is %s', async (lacking, what) => {
    const [found, ...others] = await failures({ annotations, series: (query) => (lacking.test(query) ? 0 : 3) });
    expect(found!.what).toBe(`Prometheus has ${what}`);
    expect(found!.fix).toBeTruthy();
    expect(others).toEqual([]);
  });

  it('a workload that has not opted in, is not there, or of no known kind', async () => {
    expect((await failures({}))[0]).toMatchObject({
      what: 'shop/Deployment/web has not opted in',
      fix: 'kubectl annotate deployment web -n shop prescale.dev/enabled=true',
    });
    expect((await failures({}, 'shop/Deployment/gone'))[0]!.fix).toBe(
      'kubectl get deployments -n shop shows what there is',
    );
    expect((await failures({}, 'shop/CronJob/web'))[0]!.fix).toMatch(/^expected one of Deployment, StatefulSet/);
  });

  it('each wrong annotation', async () => {
    const wrong = { ...annotations, 'prescale.dev/target': 'abc', 'prescale.dev/min-replicas': '-1' };
    const found = await failures({ annotations: wrong });
    expect(found.map(({ fix }) => fix)).toEqual(
      expect.arrayContaining([
        'correct the annotation prescale.dev/target',
        'correct the annotation prescale.dev/min-replicas',
      ]),
    );
  });

  it('an HPA on the same workload', async () => {
    const named = { ...annotations, 'prescale.dev/take-over-hpa': 'web-hpa' };
    expect((await failures({ annotations, hpa: 'web-hpa' }))[0]!.fix).toMatch(
      /take-over-hpa=web-hpa and set config\.takeOverHpa\.enabled: true in the chart's values/,
    );
    expect((await failures({ annotations: named, hpa: 'other' }))[0]!.what).toMatch(/does not scale it/);
    expect((await failures({ annotations: named, hpa: 'web-hpa' }))[0]!.fix).toMatch(/takeOverHpa.enabled: true/);
    const config = addonConfig({ takeOverHpa: { enabled: true } }, 'test');
    expect(await failures({ annotations: named, hpa: 'web-hpa' }, undefined, config)).toEqual([]);
    const [unnamed] = await failures({ annotations, hpa: 'web-hpa' }, undefined, config);
    expect(unnamed!.fix).not.toContain('takeOverHpa');
  });
});
