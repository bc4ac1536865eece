/* Over 350 lines: the chart's values, one by one, over one rendering. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { addonConfig, defaultConfig, requireRedis, resourceOf } from '../../addon/config/config.ts';
import { releaseNamespaces } from '../../cli/cluster/release-namespaces.ts';
import { collectorRightsToAsk, rightsToAsk } from '../../cli/commands/doctor/cluster-checks.ts';
import { type AskedRight, collectorRights, type NeededRight, neededRights } from '../../kubernetes/needed-rights.ts';
import { answeringApi } from '../answering-api.ts';
import { controlPlaneFolder, PROJECT, run } from './binaries.ts';

/** The chart as helm renders it, without a cluster; chart.test.ts installs it. */
const ROLES = ['actuator', 'collector', 'forecaster'] as const;
const COMPONENT = 'app.kubernetes.io/component';

type Tree = { readonly [key: string]: unknown };
interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels: Record<string, string> };
  readonly data?: Record<string, string>;
  readonly spec?: Tree;
  readonly rules?: readonly Rule[];
  readonly roleRef?: { readonly name: string };
  readonly subjects?: readonly { readonly name: string }[];
  readonly automountServiceAccountToken?: boolean;
}
interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}
interface PodSpec {
  readonly serviceAccountName: string;
  readonly automountServiceAccountToken?: boolean;
  readonly securityContext: Tree;
  readonly topologySpreadConstraints?: readonly Tree[];
  readonly containers: readonly Container[];
  readonly volumes: readonly {
    readonly name: string;
    readonly secret?: { readonly secretName: string; readonly items?: readonly { readonly key: string }[] };
  }[];
}
interface Container {
  readonly image: string;
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly resources: Tree;
  readonly securityContext: Tree;
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
  readonly ports: readonly Tree[];
  readonly startupProbe: Tree;
  readonly livenessProbe: Tree;
  readonly readinessProbe: Tree;
}

let helm: string;
beforeAll(async () => {
  helm = join(await controlPlaneFolder(), 'helm');
});

async function render(values: Tree): Promise<readonly Manifest[]> {
  const sets = Object.entries(values).flatMap(([key, value]) => ['--set-json', `${key}=${JSON.stringify(value)}`]);
  const chart = join(PROJECT, 'helm');
  const text = await run(helm, ['template', 'one', chart, '-n', 'scaling', '--kube-version', '1.35.0', ...sets]);
  return parseAllDocuments(text)
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest) => manifest !== null);
}

const distributed = (values: Tree = {}) => render({ mode: 'distributed', ...values });
const EXTERNAL = { 'redis.bundled.enabled': false, 'config.redis.url': 'rediss://redis.example:6380' };

const componentOf = ({ metadata }: Manifest) => metadata.labels[COMPONENT];
const ofKind = (all: readonly Manifest[], kind: string) => all.filter((one) => one.kind === kind);
const names = (all: readonly Manifest[]) => all.map(({ metadata }) => metadata.name).sort();
function podOf(all: readonly Manifest[], component: string): PodSpec {
  const owner = all.find(
    ({ kind, ...one }) => /Deployment|StatefulSet/.test(kind) && componentOf({ kind, ...one }) === component,
  );
  return (owner!.spec as { template: { spec: PodSpec } }).template.spec;
}
function configOf(all: readonly Manifest[]) {
  const text = ofKind(all, 'ConfigMap').find(({ data }) => data?.['config.yaml'])!.data!['config.yaml']!;
  return { text: parse(text) as Tree, config: addonConfig(parse(text), 'config.yaml') };
}

describe('mode single', () => {
  it('is one Deployment without Redis, and its configuration says nothing of it', async () => {
    const all = await render({});
    expect(names(ofKind(all, 'Deployment'))).toEqual(['one-prescale']);
    expect(ofKind(all, 'StatefulSet')).toEqual([]);
    expect(ofKind(all, 'Secret')).toEqual([]);
    const { text, config } = configOf(all);
    expect(Object.keys(text)).not.toEqual(expect.arrayContaining(['redis']));
    expect(config).toEqual(defaultConfig());
  });
});

describe('mode distributed', () => {
  it('is a Deployment, a Service and a PodDisruptionBudget for each role, with its own account and memory', async () => {
    const all = await distributed();
    expect(ofKind(all, 'Deployment').map(componentOf).sort()).toEqual([...ROLES]);
    for (const role of ROLES) {
      const { serviceAccountName, containers, topologySpreadConstraints } = podOf(all, role);
      const [container] = containers;
      expect(container!.args).toEqual([role, '--config', '/etc/prescale/config/config.yaml']);
      expect(serviceAccountName).toBe(role === 'actuator' ? 'one-prescale' : `one-prescale-${role}`);
      expect(container!.env!.filter(({ name }) => name === 'NODE_OPTIONS')).toHaveLength(1);
      expect(topologySpreadConstraints).toMatchObject([
        { topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'ScheduleAnyway' },
      ]);
      expect(topologySpreadConstraints![0]!.labelSelector).toMatchObject({ matchLabels: { [COMPONENT]: role } });
      expect([container!.livenessProbe, container!.readinessProbe]).toMatchObject([
        { httpGet: { path: '/healthz', port: 'probes' } },
        { httpGet: { path: '/readyz', port: 'probes' } },
      ]);
      for (const kind of ['Service', 'PodDisruptionBudget', 'ServiceAccount']) {
        const expected = role === 'actuator' && kind === 'ServiceAccount' ? 0 : 1;
        expect(
          ofKind(all, kind).filter((one) => componentOf(one) === role),
          kind,
        ).toHaveLength(expected);
      }
    }
  });

  it("has one Service that `prescale status` finds by its name, the actuator's", async () => {
    const found = ofKind(await distributed(), 'Service').filter(
      ({ metadata }) => metadata.labels['app.kubernetes.io/name'] === 'prescale',
    );
    expect(names(found)).toEqual(['one-prescale']);
    expect(found[0]!.spec!.selector).toMatchObject({ [COMPONENT]: 'actuator' });
  });

  it('scrapes every role', async () => {
    const [monitor] = ofKind(await distributed({ 'serviceMonitor.enabled': true }), 'ServiceMonitor');
    const { matchLabels, matchExpressions } = monitor!.spec!.selector as {
      matchLabels: Record<string, string>;
      matchExpressions: unknown;
    };
    expect(matchLabels).toEqual({ 'app.kubernetes.io/instance': 'one' });
    expect(matchExpressions).toEqual([{ key: COMPONENT, operator: 'In', values: [...ROLES] }]);
  });

  it('mounts a Secret where its list of roles says so, and everywhere without one', async () => {
    const secretMounts = [
      { secretName: 'prometheus', mountPath: '/etc/prescale/secrets/prometheus', roles: ['actuator', 'collector'] },
      { secretName: 'redis-ca', mountPath: '/etc/prescale/secrets/redis' },
    ];
    const all = await distributed({ ...EXTERNAL, secretMounts });
    const secrets = (role: string) => podOf(all, role).volumes.flatMap(({ secret }) => secret?.secretName ?? []);
    expect(ROLES.map(secrets)).toEqual([['prometheus', 'redis-ca'], ['prometheus', 'redis-ca'], ['redis-ca']]);
    const mounts = podOf(all, 'forecaster').containers[0]!.volumeMounts.map(({ mountPath }) => mountPath);
    expect(mounts).toEqual(['/etc/prescale/config', '/etc/prescale/secrets/redis']);
  });

  it('changes in nothing but its config where a setting changes: new pods for all roles', async () => {
    const sums = async (values: Tree) =>
      ofKind(await distributed(values), 'Deployment').map(
        ({ spec }) => (spec as { template: { metadata: { annotations: Record<string, string> } } }).template.metadata,
      );
    const [before, after] = [await sums({}), await sums({ 'config.log.level': 'debug' })];
    for (const i of [0, 1, 2]) expect(after[i]!.annotations).not.toEqual(before[i]!.annotations);
  });

  it('runs its uninstall hook and its test with the rights of who acts', async () => {
    const all = await distributed({ 'config.takeOverHpa.enabled': true });
    const restore = ofKind(all, 'Job').find(({ metadata }) => metadata.name === 'one-prescale-restore')!.spec as {
      template: { spec: PodSpec };
    };
    expect(restore.template.spec).toMatchObject({
      serviceAccountName: 'one-prescale',
      containers: [{ args: ['restore', '--config', '/etc/prescale/config/config.yaml'] }],
    });
    const doctor = ofKind(all, 'Pod')[0]!.spec as unknown as PodSpec;
    expect(doctor.serviceAccountName).toBe('one-prescale');
    const mounts = (pod: PodSpec) => pod.containers[0]!.volumeMounts.map(({ name }) => name);
    // Putting back needs no Redis, so that it works without one.
    expect([mounts(restore.template.spec), mounts(doctor)]).toEqual([['config'], ['config', 'redis-password']]);
  });

  it.each([
    ['without any Redis', { 'redis.bundled.enabled': false }, /needs a Redis: expected redis.bundled.enabled: true/],
    [
      'with two of its own',
      { ...EXTERNAL, 'config.redis.cluster': ['a:1'] },
      /config.redis.url and config.redis.cluster/,
    ],
    ['with a bundled one and another', { 'config.redis.url': 'redis://a' }, /expected no address, or redis.bundled/],
    ['with a password for the bundled one', { 'config.redis.passwordFile': '/p' }, /are for a Redis of yours/],
    ['with a volume for files', { 'persistence.enabled': true }, /redis.bundled.persistence is its volume/],
    ['with two that act', { 'config.leaderElection.enabled': false }, /expected roles.actuator.replicas 1/],
    ['with a role that does not exist', { 'roles.janitor': { replicas: 1 } }, /janitor/],
    ['with a mode that does not exist', { mode: 'both' }, /mode/],
  ])('is refused %s, in words', async (_, values, words) => {
    await expect(distributed(values)).rejects.toThrow(words);
  });
});

describe('Redis', () => {
  it('of the release: the roles know its address and password, it runs restricted and goes to its volume', async () => {
    const all = await distributed();
    const { config } = configOf(all);
    requireRedis(config, 'config.yaml');
    expect(config.redis).toMatchObject({
      url: 'redis://one-prescale-redis.scaling:6379',
      passwordFile: '/etc/prescale/redis/password',
      macKeyFile: '/etc/prescale/redis-mac/key',
    });
    const pod = podOf(all, 'redis');
    expect(pod).toMatchObject({ automountServiceAccountToken: false, securityContext: { runAsNonRoot: true } });
    expect(pod.containers[0]!.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(ofKind(all, 'PodDisruptionBudget').map(componentOf)).not.toContain('redis');
    const [secret] = ofKind(all, 'Secret');
    expect(secret!.data).toBeUndefined();
    for (const component of [...ROLES, 'redis']) {
      const { volumes } = podOf(all, component);
      const secrets = volumes.flatMap(({ secret }) => secret ?? []);
      expect(new Set(secrets.map(({ secretName }) => secretName)), component).toEqual(new Set([secret!.metadata.name]));
      const keys = component === 'redis' ? ['password'] : ['password', 'mac-key'];
      expect(
        secrets.flatMap(({ items = [] }) => items.map(({ key }) => key)),
        component,
      ).toEqual(keys);
    }
    expect(ofKind(all, 'StatefulSet')[0]!.spec).toMatchObject({
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete', whenScaled: 'Retain' },
      volumeClaimTemplates: [{ spec: { resources: { requests: { storage: '8Gi' } } } }],
    });
  });

  it('of the release with a Secret of yours: makes none, takes its key', async () => {
    const all = await distributed({
      'redis.bundled.existingSecret': 'mine',
      'redis.bundled.existingSecretKey': 'redis-password',
    });
    expect(ofKind(all, 'Secret')).toEqual([]);
    // Only what is named in it can be known: without a key there, nothing is signed.
    expect(configOf(all).config.redis.macKeyFile).toBeUndefined();
    expect(podOf(all, 'actuator').volumes.map(({ name }) => name)).not.toContain('redis-mac-key');
    const signed = await distributed({
      'redis.bundled.existingSecret': 'mine',
      'redis.bundled.existingSecretMacKey': 'mac',
    });
    expect(podOf(signed, 'forecaster').volumes).toContainEqual({
      name: 'redis-mac-key',
      secret: { secretName: 'mine', items: [{ key: 'mac', path: 'key' }] },
    });
    for (const component of [...ROLES, 'redis']) {
      expect(podOf(all, component).volumes, component).toContainEqual({
        name: 'redis-password',
        secret: { secretName: 'mine', items: [{ key: 'redis-password', path: 'password' }] },
      });
    }
  });

  it('without a volume is said to be so, and begins empty', async () => {
    const all = await distributed({ 'redis.bundled.persistence.enabled': false });
    expect(ofKind(all, 'StatefulSet')[0]!.spec!.volumeClaimTemplates).toBeUndefined();
    expect(podOf(all, 'redis').volumes.map(({ name }) => name)).toContain('data');
  });

  it.each([
    ['one address', { 'config.redis.url': 'redis://redis.example' }],
    ['Sentinels', { 'config.redis.sentinels': { names: ['a:26379', 'b:26379'], master: 'scaling' } }],
    ['a Cluster', { 'config.redis.cluster': ['a:6379'], 'config.redis.tls.enabled': true }],
  ])('of yours, by %s: nothing of ours beside it', async (_, values) => {
    const all = await distributed({ 'redis.bundled.enabled': false, ...values });
    expect(all.filter((one) => componentOf(one) === 'redis')).toEqual([]);
    requireRedis(configOf(all).config, 'config.yaml');
    expect(podOf(all, 'forecaster').volumes.map(({ name }) => name)).toEqual(['config']);
  });
});

describe('the ports', () => {
  const portsOf = ({ containers }: PodSpec) => containers[0]!.ports;
  const both = (http: number, probes: number) => [
    { name: 'http', containerPort: http },
    { name: 'probes', containerPort: probes },
  ];

  const CONSOLE = { name: 'console', containerPort: 8082 };
  const servicePorts = (all: readonly Manifest[]) =>
    ofKind(all, 'Service').flatMap(({ spec }) => (spec as { ports: { name: string }[] }).ports.map(({ name }) => name));

  it('of every role are two, and of who decides the console’s; no Service leads to that of probes, nor to loopback', async () => {
    const all = await distributed();
    for (const role of ROLES) {
      const consolePort = role === 'actuator' ? [CONSOLE] : [];
      expect(portsOf(podOf(all, role)), role).toEqual([...both(8080, 8081), ...consolePort]);
      expect(podOf(all, role).containers[0]!.startupProbe).toMatchObject({ httpGet: { port: 'probes' } });
    }
    const single = await render({ 'config.http.listen': ':9000', 'config.http.probeListen': '0.0.0.0:9001' });
    const { template } = ofKind(single, 'Deployment')[0]!.spec as { template: { spec: PodSpec } };
    expect(portsOf(template.spec)).toEqual([...both(9000, 9001), CONSOLE]);
    for (const made of [all, single]) {
      for (const name of ['probes', 'console']) expect(servicePorts(made)).not.toContain(name);
    }
  });

  it('of the console is opened for tokens, and for nobody else', async () => {
    const open = { 'config.console.listen': ':8082' };
    await expect(render(open)).rejects.toThrow(/config.console.listen: found :8082, which anybody could read/);
    const all = await render({ ...open, 'config.console.auth': 'token' });
    expect(servicePorts(all)).toContain('console');
    const [policy] = ofKind(all, 'NetworkPolicy');
    expect(JSON.stringify(policy!.spec)).toContain('"port":8082');
    const none = await render({ 'config.console.enabled': false });
    const { template } = ofKind(none, 'Deployment')[0]!.spec as { template: { spec: PodSpec } };
    expect(portsOf(template.spec)).toEqual(both(8080, 8081));
  });

  it('are refused where both are one', async () => {
    const values = { 'config.http.probeListen': '127.0.0.1:8080' };
    for (const made of [render(values), distributed(values)]) {
      await expect(made).rejects.toThrow(/found port 8080, which config.http.listen has; expected another/);
    }
  });
});

describe('the NetworkPolicies', () => {
  type Peers = { readonly ports: readonly { readonly port: number }[]; readonly from?: unknown; readonly to?: unknown };
  const policies = async (values: Tree) => {
    const found = ofKind(await distributed(values), 'NetworkPolicy');
    return (name: string) =>
      found.find(({ metadata }) => metadata.name === name)?.spec as
        | { ingress: Peers[]; egress?: Peers[]; podSelector: Tree }
        | undefined;
  };
  const ports = (rules: readonly Peers[]) => [...new Set(rules.flatMap((rule) => rule.ports.map(({ port }) => port)))];

  it('let the roles alone into Redis, and Redis nowhere', async () => {
    const redis = (await policies({}))('one-prescale-redis')!;
    expect(redis).toMatchObject({ policyTypes: ['Ingress', 'Egress'] });
    expect(redis.egress).toBeUndefined();
    expect(redis.ingress).toHaveLength(1);
    const [{ podSelector }] = redis.ingress[0]!.from as [{ podSelector: { matchExpressions: [{ values: string[] }] } }];
    expect(podSelector.matchExpressions[0].values).toEqual([...ROLES, 'doctor']);
  });

  it('let whoever may into the HTTP port, and into the probes port nobody but who is named', async () => {
    const nodes = [{ ipBlock: { cidr: '10.0.0.0/16' } }];
    for (const [values, expected] of [
      [{}, [8080]],
      [{ 'networkPolicy.probesFrom': nodes }, [8080, 8081]],
    ] as const) {
      const named = await policies(values);
      for (const name of ['one-prescale', 'one-prescale-forecaster']) {
        const { ingress } = named(name)!;
        expect(ports(ingress), name).toEqual(expected);
        expect(ingress[0]!.from).toBeUndefined();
        expect(ingress.slice(1).map(({ from }) => from)).toEqual(expected.slice(1).map(() => nodes));
      }
    }
  });

  it('let a forecaster reach Redis and DNS', async () => {
    for (const [values, expected] of [
      [{}, [53, 6379]],
      [EXTERNAL, [53, 6379, 6380, 26379]],
    ] as const) {
      const named = await policies(values);
      expect(ports(named('one-prescale-forecaster')!.egress!)).toEqual(expected);
      // Policies add up: the wide one must not select it.
      expect(named('one-prescale')!.podSelector.matchExpressions).toEqual([
        { key: COMPONENT, operator: 'NotIn', values: ['forecaster', 'redis'] },
      ]);
    }
  });
});

describe('the rights', () => {
  const OPTIONAL = { 'config.takeOverHpa.enabled': true, 'config.deletionCost.enabled': true };

  /** `get deployments.apps/scale`, of every role that is bound to the account. */
  function rightsOf(all: readonly Manifest[], account: string): string[] {
    const bound = all
      .filter(({ subjects }) => subjects?.some(({ name }) => name === account))
      .map(({ kind, roleRef, metadata }) => [kind.replace('Binding', ''), roleRef!.name, metadata.namespace].join());
    const roles = all.filter(({ kind, metadata }) => bound.includes([kind, metadata.name, metadata.namespace].join()));
    const lines = roles.flatMap(({ rules = [] }) =>
      rules.flatMap(({ apiGroups, resources, verbs }) =>
        verbs.flatMap((verb) => resources.map((resource) => `${verb} ${resource} ${apiGroups.join()}`)),
      ),
    );
    return [...new Set(lines)].sort();
  }
  const line = ({ verb, group, resource, subresource }: NeededRight) =>
    `${verb} ${resource}${subresource === undefined ? '' : `/${subresource}`} ${group}`;
  const { kinds, leaderElection } = defaultConfig();
  const needed = neededRights(
    kinds.map((kind) => ({ group: 'apps', resource: resourceOf(kind) })),
    leaderElection.lease,
  );

  it.each([
    ['the whole cluster', []],
    ['two namespaces', ['shop', 'blog']],
  ])('over %s: the actuator has all, a collector reads, a forecaster has none', async (_, namespaces) => {
    const all = await distributed({ ...OPTIONAL, 'config.namespaces': namespaces });
    expect(rightsOf(all, 'one-prescale')).toEqual([...new Set(needed.map(line))].sort());
    expect(rightsOf(all, 'one-prescale-collector')).toEqual(collectorRights(needed).map(line).sort());
    for (const account of ['one-prescale-forecaster', 'one-prescale-redis']) {
      expect(rightsOf(all, account)).toEqual([]);
      const found = ofKind(all, 'ServiceAccount').find(({ metadata }) => metadata.name === account);
      expect(found!.automountServiceAccountToken).toBe(false);
    }
    expect(podOf(all, 'forecaster').automountServiceAccountToken).toBe(false);
    const bindings = all.filter(({ kind, metadata }) => kind === 'RoleBinding' && /collector/.test(metadata.name));
    expect(bindings.map(({ metadata }) => metadata.namespace)).toEqual(namespaces);
  });

  /** The rules of the roles that are bound to an account, and the namespace in which each holds. */
  function rulesOf(all: readonly Manifest[], account: string) {
    const bindings = all.filter(({ subjects }) => subjects?.some(({ name }) => name === account));
    return bindings.flatMap(({ kind, metadata: { namespace }, roleRef }) => {
      const named = ofKind(all, kind.replace('Binding', '')).filter(({ metadata }) => metadata.name === roleRef!.name);
      const role = named.find(({ metadata }) => metadata.namespace === namespace);
      return role!.rules!.map((rule) => ({ rule, namespace }));
    });
  }
  /** Each of them as `doctor` asks: verb, object, name, and where it holds. */
  function grantsOf(all: readonly Manifest[], account: string): string[] {
    const lines = rulesOf(all, account).flatMap(({ rule, namespace }) =>
      rule.verbs.flatMap((verb) =>
        rule.resources.flatMap((resource) =>
          (rule.resourceNames ?? [undefined]).map((name) =>
            asked(verb, rule.apiGroups.join(), resource, name, namespace),
          ),
        ),
      ),
    );
    return [...new Set(lines)].sort();
  }
  const asked = (verb: string, group: string, resource: string, name?: string, namespace = 'everywhere') =>
    `${verb} ${resource}.${group} ${name ?? ''} ${namespace}`;
  const askedLines = (rights: readonly AskedRight[]) =>
    [
      ...new Set(
        rights.map(({ right: { verb, group, resource, subresource }, name, namespace }) =>
          asked(verb, group, subresource === undefined ? resource : `${resource}/${subresource}`, name, namespace),
        ),
      ),
    ].sort();

  const CONFIGURATIONS: Tree[] = [
    {},
    OPTIONAL,
    { 'config.namespaces': ['shop', 'blog'] },
    { ...OPTIONAL, 'config.namespaces': ['shop'], 'config.leaderElection.namespace': 'shop' },
    { 'config.prometheus.url': 'http://prometheus:9090', 'config.resourceMetrics.enabled': false },
    { 'config.prometheus.discovery.namespaces': ['observability', 'scaling'] },
    { 'config.prometheus.discovery.namespaces': ['scaling'], 'config.namespaces': ['shop'] },
    { 'config.leaderElection.enabled': false, replicaCount: 1, 'roles.actuator.replicas': 1 },
    { 'config.kinds': [{ apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout' }], 'config.namespaces': ['shop'] },
  ];

  it.each(
    CONFIGURATIONS.flatMap((values) => [
      { mode: 'single', ...values },
      { mode: 'distributed', ...values },
    ]),
  )('that doctor asks for are granted, and those that are granted are asked for, name by name: %j', async (values) => {
    const all = await render(values);
    const { config } = configOf(all);
    expect(askedLines(rightsToAsk(config, 'scaling'))).toEqual(grantsOf(all, 'one-prescale'));
    const collectors = grantsOf(all, 'one-prescale-collector');
    const expected = (values as Tree).mode === 'single' ? [] : askedLines(collectorRightsToAsk(config, 'scaling'));
    expect(collectors).toEqual(expected);
  });

  it('hold each write of a Lease to its name, but for create, which RBAC can not', async () => {
    const all = await render({});
    expect(ofKind(all, 'Lease')).toEqual([]);
    expect(grantsOf(all, 'one-prescale').filter((grant) => grant.includes('leases'))).toEqual([
      'create leases.coordination.k8s.io  scaling',
      'get leases.coordination.k8s.io prescale scaling',
      'update leases.coordination.k8s.io prescale scaling',
    ]);
  });

  it('of a collector are reads, whatever is switched on', async () => {
    const rights = rightsOf(await distributed(OPTIONAL), 'one-prescale-collector');
    expect(rights.length).toBeGreaterThan(0);
    for (const right of rights) expect(right).toMatch(/^(?:get|list|watch) (?:pods|nodes|services) /);
  });

  it('of a collector are fewer where Prometheus is named and metrics.k8s.io is off', async () => {
    const rights = rightsOf(
      await distributed({ 'config.prometheus.url': 'http://prometheus:9090', 'config.resourceMetrics.enabled': false }),
      'one-prescale-collector',
    );
    expect(rights).toEqual(['get', 'list', 'watch'].flatMap((verb) => [`${verb} nodes `, `${verb} pods `]).sort());
  });
});

it('status and doctor know the namespace of a release by its ClusterRoleBindings, whatever its name', async () => {
  for (const values of [{}, { mode: 'distributed' }, { nameOverride: 'scaler', 'config.namespaces': ['shop'] }]) {
    const items = ofKind(await render(values), 'ClusterRoleBinding');
    const { api } = answeringApi(() => ({ items }));
    expect(await releaseNamespaces(api), JSON.stringify(values)).toEqual(new Set(['scaling']));
  }
});

describe('credentials of Prometheus', () => {
  const named = { 'config.prometheus.url': 'https://prometheus.example' };
  const basic = { user: 'a', passwordFile: '/p' };

  it.each<[string, Tree]>([
    ['bearerTokenFile', { 'config.prometheus.bearerTokenFile': '/t' }],
    ['headers', { 'config.prometheus.headers': { 'X-Scope-OrgID': 'a' } }],
    ['basic', { 'config.prometheus.basic': basic }],
    ['tls.certFile', { 'config.prometheus.tls': { certFile: '/c', keyFile: '/k' } }],
  ])('%s: refused in words while no address is named for them, in both modes', async (what, values) => {
    for (const mode of ['single', 'distributed']) {
      await expect(render({ mode, ...values })).rejects.toThrow(
        `config.prometheus: found ${what} without url: credentials and headers go to a named address only; expected config.prometheus.url`,
      );
    }
    configOf(await render({ ...named, ...values }));
  });

  it('an authority to trust is none', async () => {
    configOf(await render({ 'config.prometheus.tls.caFile': '/ca' }));
  });
});

it.each([
  [3, 12_600],
  [0.5, 3_600],
])('forecasts are old half an hour after the next is due: every %d h, after %d s', async (refitHours, seconds) => {
  const all = await render({ 'prometheusRule.enabled': true, 'config.forecast.refitHours': refitHours });
  const { groups } = ofKind(all, 'PrometheusRule')[0]!.spec as {
    groups: { rules: { alert: string; expr: string }[] }[];
  };
  const rule = groups.flatMap(({ rules }) => rules).find(({ alert }) => alert === 'PrescaleForecastsOld')!;
  expect(rule.expr).toBe(`max(prescale_oldest_forecast_seconds) > ${seconds}`);
});

describe("Grafana's boards", () => {
  const alertsOf = (all: readonly Manifest[]) => {
    const { groups } = ofKind(all, 'PrometheusRule')[0]!.spec as {
      groups: { rules: { alert: string; annotations: Record<string, string> }[] }[];
    };
    return new Map(groups.flatMap(({ rules }) => rules).map(({ alert, annotations }) => [alert, annotations]));
  };
  const boardsOf = (all: readonly Manifest[]) =>
    ofKind(all, 'ConfigMap').filter(({ metadata }) => metadata.name.includes('-dashboard-'));

  it('are not there unless they are asked for, and alerts link to none', async () => {
    const all = await render({ 'prometheusRule.enabled': true });
    expect(boardsOf(all)).toEqual([]);
    expect(alertsOf(all).get('PrescaleDown')).not.toHaveProperty('dashboard_url');
  });

  it('are three ConfigMaps that the sidecar finds, each a board as it is in the chart', async () => {
    const folder = { grafana_folder: 'Prescale' };
    const boards = boardsOf(
      await render({
        'grafana.dashboards.enabled': true,
        'grafana.dashboards.annotations': folder,
        'grafana.dashboards.namespace': 'monitoring',
      }),
    );
    expect(boards.map(({ metadata }) => metadata.name)).toEqual(
      ['fleet', 'operations', 'workload'].map((name) => `one-prescale-dashboard-${name}`),
    );
    for (const { metadata, data } of boards) {
      expect(metadata).toMatchObject({
        namespace: 'monitoring',
        labels: { grafana_dashboard: '1' },
        annotations: folder,
      });
      const [[file, text]] = Object.entries(data!) as [[string, string]];
      const shipped = readFileSync(join(PROJECT, 'helm/dashboards', file.replace('prescale-', '')), 'utf8');
      expect(JSON.parse(text)).toEqual(JSON.parse(shipped));
    }
  });

  it('are where alerts lead with the address of a Grafana, to the workload that they are about', async () => {
    const alerts = alertsOf(
      await render({ 'prometheusRule.enabled': true, 'grafana.url': 'https://grafana.example/' }),
    );
    expect(alerts.get('PrescaleDown')!.dashboard_url).toBe('https://grafana.example/d/prescale-operations');
    expect(alerts.get('PrescaleAtMax')!.dashboard_url).toBe(
      'https://grafana.example/d/prescale-workload?var-namespace={{ $labels.namespace }}&var-kind={{ $labels.kind }}&var-workload={{ $labels.workload }}',
    );
  });

  it('refuse an address that is none', async () => {
    await expect(render({ 'grafana.url': 'grafana' })).rejects.toThrow('grafana');
  });
});
