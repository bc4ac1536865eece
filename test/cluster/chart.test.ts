/* Over 350 lines: one cluster and one installed chart for all of its stories. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { DELETION_COST_ANNOTATION, OWN_COST_ANNOTATION } from '../../actuator/targets/deletion-cost.ts';
import { ORIGINAL_ANNOTATION, WRITTEN_ANNOTATION } from '../../actuator/targets/hpa.ts';
import { addonConfig } from '../../addon/config/config.ts';
import { rightsToAsk } from '../../cli/commands/doctor/cluster-checks.ts';
import { connectKubernetes, type HttpKubernetesApi } from '../../kubernetes/client/http-api.io.ts';
import type { AskedRight } from '../../kubernetes/needed-rights.ts';
import { type Cluster, startCluster } from './harness.ts';

const CHART = 'helm';
const NAMESPACE = 'prescale';
const OURS = 'prescale.dev/prescale';
const KUBELET = 'kubelet';
/** Sets of values by what they are for; each is installed, compared with the needed rights, and uninstalled. */
const INSTALLATIONS: readonly { readonly title: string; readonly config: Config; readonly values?: object }[] = [
  { title: 'the defaults', config: {} },
  {
    title: 'two namespaces, a given Prometheus, one replica on a volume',
    config: { namespaces: ['shop', 'blog'], prometheus: { url: 'http://prometheus.monitoring:9090' } },
    values: { persistence: { enabled: true }, replicaCount: 1 },
  },
  {
    title: 'taking over HPAs and marking pods, with an Argo Rollout and an odd plural',
    config: {
      takeOverHpa: { enabled: true },
      deletionCost: { enabled: true },
      resourceMetrics: { enabled: false },
      kinds: [
        { apiVersion: 'apps/v1', kind: 'Deployment' },
        { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout' },
        { apiVersion: 'example.com/v1', kind: 'Proxy', resource: 'proxies' },
      ],
    },
  },
  {
    title: 'two namespaces with all that is optional, the Lease elsewhere',
    config: {
      namespaces: ['shop', 'blog'],
      takeOverHpa: { enabled: true },
      deletionCost: { enabled: true },
      leaderElection: { namespace: 'blog' },
    },
  },
  {
    title: 'Prometheus looked for in a namespace that is named',
    config: { prometheus: { discovery: { namespaces: ['blog'] } } },
  },
  {
    title: 'a single replica without leader election',
    config: { leaderElection: { enabled: false } },
    values: { replicaCount: 1, networkPolicy: { enabled: false }, podDisruptionBudget: { enabled: false } },
  },
];

type Config = Readonly<Record<string, unknown>>;

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
  for (const name of [NAMESPACE, 'shop', 'blog']) {
    await cluster.createNamespace(name, { 'pod-security.kubernetes.io/enforce': 'restricted' });
  }
});
afterAll(() => cluster?.stop());

/** Arguments of helm that give these values. */
function valueArguments(config: Config, values: object = {}): string[] {
  return ['--set-json', `config=${JSON.stringify(config)}`].concat(
    Object.entries(values).flatMap(([key, value]) => ['--set-json', `${key}=${JSON.stringify(value)}`]),
  );
}

async function install(config: Config = {}, values?: object): Promise<string> {
  return cluster.helm('install', 'prescale', CHART, '-n', NAMESPACE, ...valueArguments(config, values));
}

async function uninstall(...more: string[]): Promise<void> {
  await cluster.helm('uninstall', 'prescale', '-n', NAMESPACE, '--ignore-not-found', '--wait', ...more);
}

/** Everything in the cluster that carries the release's label, as kind/namespace/name. */
async function left(): Promise<string[]> {
  const kinds = (await cluster.kubectl('api-resources', '--verbs=list', '-o', 'name'))
    .split('\n')
    .filter((name) => name !== '' && !name.startsWith('events') && !name.includes('metrics.k8s.io'));
  type Found = { items: { kind: string; metadata: { namespace?: string; name: string } }[] };
  const found = await cluster.kubectlJson<Found>(
    'get',
    kinds.join(','),
    '-A',
    '-l',
    'app.kubernetes.io/instance=prescale',
  );
  return found.items.map(({ kind, metadata }) => `${kind}/${metadata.namespace ?? ''}/${metadata.name}`);
}

describe('helm lint', () => {
  it.each(INSTALLATIONS)('passes with $title', async ({ config, values }) => {
    const said = await cluster.helm(
      'lint',
      CHART,
      '--strict',
      '--kube-version',
      '1.35.0',
      ...valueArguments(config, values),
    );
    expect(said).toContain('0 chart(s) failed');
  });

  it.each([
    ['a misspelt setting', ['--set', 'config.limits.maxReplica=5']],
    ['a mode that does not exist', ['--set', 'config.defaults.mode=on']],
    ['a word for a number', ['--set', 'config.http.listen=8080']],
    ['a digest that is none', ['--set', 'image.digest=latest']],
    ['a credential for an address that is not named', ['--set', 'config.prometheus.bearerTokenFile=/token']],
    ['two replicas on one volume', ['--set', 'persistence.enabled=true']],
    ['two replicas that would both act', ['--set', 'config.leaderElection.enabled=false']],
  ])('refuses %s', async (_, args) => {
    await expect(cluster.helm('template', 'prescale', CHART, '--kube-version', '1.35.0', ...args)).rejects.toThrow();
  });
});

describe('an installation', () => {
  afterEach(() => uninstall('--no-hooks'));

  it.each(INSTALLATIONS)(
    'with $title has exactly the rights that are needed, and leaves nothing behind',
    async ({ config, values }) => {
      await install(config, values);
      await expectExactRights(config);
      await expectPods();
      await uninstall('--no-hooks');
      await cluster.waitFor('an empty cluster', async () => (await left()).length === 0, 60);
    },
    180_000,
  );

  it('has its configuration read by the addon as it was given', async () => {
    await install({ namespaces: ['shop'], limits: { maxReplicas: 12 }, defaults: { mode: 'auto' } });
    type ConfigMap = { data: { 'config.yaml': string } };
    const { data } = await cluster.kubectlJson<ConfigMap>('-n', NAMESPACE, 'get', 'configmap', 'prescale');
    expect(addonConfig(parse(data['config.yaml']), 'config.yaml')).toEqual(
      addonConfig({ namespaces: ['shop'], limits: { maxReplicas: 12 }, defaults: { mode: 'auto' } }, 'expected'),
    );
  });

  it('keeps the status, which the addon fills, and the Lease, which it creates, over an upgrade, and makes new pods for a new configuration', async () => {
    await install();
    const patch = (...what: string[]) => cluster.kubectl('-n', NAMESPACE, 'patch', ...what);
    await patch('configmap', 'prescale-status', '--type=merge', '-p', '{"data":{"shop":"{}"}}');
    await cluster.applyYaml(LEASE);
    const checksum = [
      '-n',
      NAMESPACE,
      'get',
      'deployment',
      'prescale',
      '-o',
      'jsonpath={.spec.template.metadata.annotations}',
    ];
    const before = await cluster.kubectl(...checksum);
    await cluster.helm('upgrade', 'prescale', CHART, '-n', NAMESPACE, ...valueArguments({ log: { level: 'debug' } }));
    const get = (...what: string[]) => cluster.kubectl('-n', NAMESPACE, 'get', ...what);
    expect(await get('configmap', 'prescale-status', '-o', 'jsonpath={.data.shop}')).toBe('{}');
    expect(await get('lease', 'prescale', '-o', 'jsonpath={.spec.holderIdentity}')).toBe('prescale-1');
    expect(await cluster.kubectl(...checksum)).not.toBe(before);
  });

  it('has monitoring objects where the CRDs are there, and says so where they are not', async () => {
    const monitoring = { serviceMonitor: { enabled: true }, prometheusRule: { enabled: true } };
    await expect(install({}, monitoring)).rejects.toThrow(/ServiceMonitor/);
    await uninstall('--no-hooks');
    for (const [kind, plural] of [
      ['ServiceMonitor', 'servicemonitors'],
      ['PrometheusRule', 'prometheusrules'],
    ] as const) {
      await cluster.applyYaml(monitoringCrd(kind, plural));
    }
    await cluster.kubectl('wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s');
    await install({}, monitoring);
    type Rule = { spec: { groups: { rules: { annotations: { runbook_url: string } }[] }[] } };
    const rule = await cluster.kubectlJson<Rule>('-n', NAMESPACE, 'get', 'prometheusrule', 'prescale');
    expect(rule.spec.groups[0]!.rules.length).toBeGreaterThan(10);
    expect(JSON.stringify(rule.spec)).not.toContain('RUNBOOK');
  });

  it('takes further manifests, digests, labels and secrets', async () => {
    await install(
      {},
      {
        extraManifests: [
          {
            apiVersion: 'v1',
            kind: 'ConfigMap',
            metadata: { name: 'more', labels: { 'app.kubernetes.io/instance': 'prescale' } },
          },
          'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "{{ .Release.Name }}-text"}',
        ],
        image: { registry: 'registry.example', repository: 'scaling/prescale', digest: `sha256:${'0'.repeat(64)}` },
        commonLabels: { team: 'platform' },
        secretMounts: [{ secretName: 'credentials', mountPath: '/etc/prescale/secrets/prometheus' }],
      },
    );
    await cluster.kubectl('-n', NAMESPACE, 'get', 'configmap', 'more', 'prescale-text');
    type Deployment = {
      spec: {
        template: { metadata: { labels: object }; spec: { containers: { image: string; volumeMounts: object[] }[] } };
      };
    };
    const { spec } = await cluster.kubectlJson<Deployment>('-n', NAMESPACE, 'get', 'deployment', 'prescale');
    const [container] = spec.template.spec.containers;
    expect(container!.image).toBe(`registry.example/scaling/prescale@sha256:${'0'.repeat(64)}`);
    expect(container!.volumeMounts).toContainEqual(
      expect.objectContaining({ mountPath: '/etc/prescale/secrets/prometheus', readOnly: true }),
    );
    expect(spec.template.metadata.labels).toMatchObject({ team: 'platform' });
  });
});

/** Every subject × verb that the ServiceAccount may do, in each namespace, equals the list in kubernetes/needed-rights.ts. */
async function expectExactRights(given: Config): Promise<void> {
  const config = addonConfig(given, 'the test');
  const rights = rightsToAsk(config, NAMESPACE);
  for (const here of [NAMESPACE, 'shop', 'blog', 'default']) {
    const expected = rights.filter(({ namespace }) => [undefined, here].includes(namespace)).map(rightLine);
    const mayDo = await canDo(here, `system:serviceaccount:${NAMESPACE}:prescale`);
    // What every ServiceAccount may: ask about itself, read the API's description.
    const anybody = await canDo(here, `system:serviceaccount:${NAMESPACE}:nobody`);
    expect(mayDo.filter((line) => !anybody.includes(line)).sort(), here).toEqual([...new Set(expected)].sort());
  }
}

function rightLine({ right: { verb, group, resource, subresource }, name }: AskedRight): string {
  const what = `${resource}${group === '' ? '' : `.${group}`}${subresource === undefined ? '' : `/${subresource}`}`;
  return `${verb} ${what} ${name ?? ''}`;
}

/** `get deployments.apps/scale <name>`, one for each rule × verb × name, from kubectl auth can-i --list. */
async function canDo(namespace: string, user: string): Promise<string[]> {
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${NAMESPACE}`, 'system:authenticated'];
  const table = await cluster.kubectl(
    ...['auth', 'can-i', '--list', '--no-headers', '-n', namespace, `--as=${user}`],
    ...groups.map((group) => `--as-group=${group}`),
  );
  return table.split('\n').flatMap((line) => {
    const [, resource = '', names = '', verbs = ''] =
      /^(\S*)\s+\[[^\]]*\]\s+\[([^\]]*)\]\s+\[([^\]]*)\]/.exec(line) ?? [];
    const one = (verb: string, name: string) => `${verb} ${withGroup(resource)} ${name}`;
    return verbs
      .split(' ')
      .filter((verb) => verb !== '')
      .flatMap((verb) => (names === '' ? [one(verb, '')] : names.split(' ').map((name) => one(verb, name))));
  });
}

/** kubectl writes `deployments.apps/scale` with the subresource first or last, by version: always resource.group/subresource. */
function withGroup(resource: string): string {
  const [, name = resource, subresource, group] = /^([^/.]+)\/([^.]+)\.(.+)$/.exec(resource) ?? [];
  return subresource === undefined ? name : `${name}.${group}/${subresource}`;
}

/** The API server has let the pods in under the restricted standard, and they run as the chart says. */
async function expectPods(): Promise<void> {
  type Pods = { items: { spec: { serviceAccountName: string } }[] };
  const pods = await cluster.waitFor(
    'the pods of the addon',
    async () => {
      const found = await cluster.kubectlJson<Pods>(
        '-n',
        NAMESPACE,
        'get',
        'pods',
        '-l',
        'app.kubernetes.io/component=addon',
      );
      return found.items.length > 0 && found.items;
    },
    30,
  );
  expect(pods[0]!.spec.serviceAccountName).toBe('prescale');
}

const LEASE = `apiVersion: coordination.k8s.io/v1
kind: Lease
metadata: {name: prescale, namespace: ${NAMESPACE}}
spec: {holderIdentity: prescale-1}
`;

function monitoringCrd(kind: string, plural: string): string {
  return `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: ${plural}.monitoring.coreos.com}
spec:
  group: monitoring.coreos.com
  names: {kind: ${kind}, plural: ${plural}, singular: ${kind.toLowerCase()}}
  scope: Namespaced
  versions:
    - name: v1
      served: true
      storage: true
      schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
`;
}

describe('the admission policies', () => {
  const hpa = (patch: object, type = 'merge') =>
    asAddon('-n', 'shop', 'patch', 'hpa', 'web', `--type=${type}`, '-p', JSON.stringify(patch));
  const pod = (patch: object) => asAddon('-n', 'shop', 'patch', 'pod', 'web', '-p', JSON.stringify(patch));
  let kubeconfig: string;
  let addon: HttpKubernetesApi;
  const asAddon = (...args: string[]) => cluster.kubectl('--kubeconfig', kubeconfig, ...args);

  beforeAll(async () => {
    await install({ takeOverHpa: { enabled: true }, deletionCost: { enabled: true }, limits: { maxReplicas: 12 } });
    kubeconfig = await cluster.serviceAccountKubeconfig(NAMESPACE, 'prescale');
    const sleep = (seconds: number) => new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000));
    const nowSeconds = () => performance.now() / 1000;
    addon = await connectKubernetes({ kubeconfig, userAgent: 'prescale/test', random: Math.random, nowSeconds, sleep });
    await cluster.applyYaml(HPA_AND_POD);
    // A policy is in force a moment after it was made; until then each try passes, and one that changes nothing always does.
    let tries = 0;
    await cluster.waitFor(
      'the policies',
      () => refused(hpa({ spec: { maxReplicas: 50 + ++tries } }), 'minReplicas'),
      30,
    );
    await cluster.waitFor(
      'the policies',
      () => refused(pod({ metadata: { labels: { a: `${++tries}` } } }), 'label'),
      30,
    );
    await cluster.waitFor('the policies', () => refused(createEvent(`try-${++tries}`, KUBELET), 'Event'), 30);
    await cluster.applyYaml(HPA_AND_POD);
  });
  afterAll(async () => {
    await addon?.close();
    await uninstall('--no-hooks');
  });

  const event = (name: string, component: string, more: object = {}) => ({
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace: 'shop', ...more },
    involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'web' },
    type: 'Normal',
    reason: 'ScaledOut',
    message: '2 → 4',
    count: 1,
    source: { component },
    reportingComponent: component,
    reportingInstance: 'prescale-0',
  });
  const events = '/api/v1/namespaces/shop/events';
  const createEvent = (name: string, component: string, more?: object) =>
    addon.post(events, event(name, component, more));
  const patchEvent = (name: string, patch: object) => addon.patch(`${events}/${name}`, 'merge', patch);

  it('let the addon change minReplicas and its own annotation of an HPA', async () => {
    await hpa({
      spec: { minReplicas: 4 },
      metadata: { annotations: { [ORIGINAL_ANNOTATION]: '2', [WRITTEN_ANNOTATION]: '4' } },
    });
    await hpa({
      spec: { minReplicas: 2 },
      metadata: { annotations: { [ORIGINAL_ANNOTATION]: null, [WRITTEN_ANNOTATION]: null } },
    });
    expect(await cluster.kubectl('-n', 'shop', 'get', 'hpa', 'web', '-o', 'jsonpath={.spec.minReplicas}')).toBe('2');
  });

  it.each([
    ['maxReplicas', { spec: { maxReplicas: 50 } }],
    ['the target', { spec: { scaleTargetRef: { name: 'other' } } }],
    ['the metrics', { spec: { metrics: null } }],
    ['the behavior', { spec: { behavior: { scaleDown: { stabilizationWindowSeconds: 0 } } } }],
    ['a setting of its own under its prefix', { metadata: { annotations: { 'prescale.dev/enabled': 'true' } } }],
    ["another's annotation", { metadata: { annotations: { owner: 'me' } } }],
    ["the removal of another's annotation", { metadata: { annotations: { team: null } } }],
    ['a label', { metadata: { labels: { team: 'x' } } }],
    ['a finalizer', { metadata: { finalizers: ['example.com/stay'] } }],
  ])('refuse the addon %s of an HPA', async (_, patch) => {
    await expect(hpa(patch)).rejects.toThrow(/ValidatingAdmissionPolicy.*Prescale changes no/s);
  });

  it('refuse the addon the status and the deletion of an HPA, as RBAC does', async () => {
    await expect(asAddon('-n', 'shop', 'delete', 'hpa', 'web')).rejects.toThrow(/orbidden/);
    await expect(
      asAddon('-n', 'shop', 'patch', 'hpa', 'web', '--subresource=status', '--type=merge', '-p', '{"status":{}}'),
    ).rejects.toThrow(/orbidden/);
  });

  it('let the addon set and remove the deletion cost of a pod, and nothing else', async () => {
    await pod({ metadata: { annotations: { [DELETION_COST_ANNOTATION]: '-100', [OWN_COST_ANNOTATION]: '-100' } } });
    await pod({ metadata: { annotations: { [DELETION_COST_ANNOTATION]: null, [OWN_COST_ANNOTATION]: null } } });
    for (const patch of [
      { metadata: { labels: { app: 'other' } } },
      { metadata: { annotations: { 'prometheus.io/scrape': 'true' } } },
      { spec: { containers: [{ name: 'web', image: 'evil' }] } },
      { spec: { activeDeadlineSeconds: 1 } },
    ]) {
      await expect(pod(patch), JSON.stringify(patch)).rejects.toThrow(/Prescale changes no/);
    }
  });

  it('refuse the addon a minReplicas over limits.maxReplicas, and let it take down one that stands there', async () => {
    await expect(hpa({ spec: { minReplicas: 13, maxReplicas: 20 } })).rejects.toThrow(/over limits\.maxReplicas/);
    await cluster.kubectl('-n', 'shop', 'patch', 'hpa', 'web', '--type=merge', '-p', '{"spec":{"minReplicas":18}}');
    await expect(hpa({ spec: { minReplicas: 19 } })).rejects.toThrow(/over limits\.maxReplicas/);
    await hpa({ spec: { minReplicas: 15 } });
    await hpa({ spec: { minReplicas: 2 } });
  });

  it('let the addon report Events and count them', async () => {
    await createEvent('ours', OURS);
    await patchEvent('ours', { count: 2, lastTimestamp: '2026-06-01T12:00:00Z' });
  });

  it("refuse the addon another component's Events, and Events in its name", async () => {
    await cluster.applyYaml(JSON.stringify(event('theirs', KUBELET)));
    const refusal = /ValidatingAdmissionPolicy.*Prescale changes no/s;
    await expect(createEvent('forged', KUBELET)).rejects.toThrow(refusal);
    await expect(createEvent('stays', OURS, { finalizers: ['example.com/stay'] })).rejects.toThrow(refusal);
    for (const patch of [
      { message: 'all is well' },
      { count: 7 },
      { source: { component: OURS }, reportingComponent: OURS },
      { metadata: { labels: { a: 'b' } } },
    ]) {
      await expect(patchEvent('theirs', patch), JSON.stringify(patch)).rejects.toThrow(refusal);
    }
    for (const patch of [
      { source: { component: KUBELET } },
      { reportingComponent: KUBELET },
      { involvedObject: { name: 'other' } },
      { metadata: { finalizers: ['example.com/stay'] } },
    ]) {
      await expect(patchEvent('ours', patch), JSON.stringify(patch)).rejects.toThrow(refusal);
    }
    // By its other API group it is the same object.
    const byGroup = '/apis/events.k8s.io/v1/namespaces/shop/events/theirs';
    await expect(addon.patch(byGroup, 'merge', { note: 'all is well' })).rejects.toThrow(/orbidden|Prescale changes/);
  });

  it('hold nobody else', async () => {
    await cluster.kubectl('-n', 'shop', 'patch', 'hpa', 'web', '--type=merge', '-p', '{"spec":{"maxReplicas":50}}');
  });
});

/** Whether the request fails with these words. */
async function refused(request: Promise<unknown>, words: string): Promise<boolean> {
  try {
    await request;
    return false;
  } catch (error) {
    return String(error).includes(words);
  }
}

const HPA_AND_POD = `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web, namespace: shop, annotations: {team: shop}}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  minReplicas: 2
  maxReplicas: 20
  metrics:
    - type: Resource
      resource: {name: cpu, target: {type: Utilization, averageUtilization: 60}}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  # No scheduler knows it, so it stays as it is.
  schedulerName: none
  securityContext: {runAsNonRoot: true, runAsUser: 1000, seccompProfile: {type: RuntimeDefault}}
  containers:
    - name: web
      image: web
      securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
`;

describe('uninstalling', () => {
  afterEach(() => uninstall('--no-hooks'));

  it('first runs the Job that puts HPAs and pods back, under the account that has the rights', async () => {
    await install({ takeOverHpa: { enabled: true } });
    const gone = uninstall('--timeout', '60s');
    type Job = { spec: { template: { spec: { serviceAccountName: string; containers: { args: string[] }[] } } } };
    const job = await cluster.waitFor(
      'the restore Job',
      () => cluster.kubectlJson<Job>('-n', NAMESPACE, 'get', 'job', 'prescale-restore'),
      30,
    );
    expect(job.spec.template.spec.serviceAccountName).toBe('prescale');
    expect(job.spec.template.spec.containers[0]!.args[0]).toBe('restore');
    // The release still stands while the Job runs.
    await cluster.kubectl('-n', NAMESPACE, 'get', 'serviceaccount', 'prescale');
    await endJob('prescale-restore');
    await gone;
    await cluster.waitFor('an empty cluster', async () => (await left()).length === 0, 60);
  }, 450_000);

  it('has nothing to put back, and runs no Job, where neither HPAs nor pods are written', async () => {
    await install();
    const hooks = await cluster.helm('get', 'hooks', 'prescale', '-n', NAMESPACE);
    expect(hooks).toContain('helm.sh/hook: test');
    expect(hooks).not.toContain('pre-delete');
  });
});

/** There is no image to run here: says of the Job's pods, as a kubelet would, that they succeeded. */
async function endJob(name: string): Promise<void> {
  await cluster.waitFor(
    'a pod of the Job',
    async () => {
      const pods = await cluster.kubectl('-n', NAMESPACE, 'get', 'pods', '-l', `job-name=${name}`, '-o', 'name');
      const [first] = pods.split('\n').filter((line) => line !== '');
      if (first === undefined) return false;
      const patch = JSON.stringify({ status: { phase: 'Succeeded' } });
      await cluster.kubectl('-n', NAMESPACE, 'patch', first, '--subresource=status', '--type=merge', '-p', patch);
      return true;
    },
    60,
  );
}
