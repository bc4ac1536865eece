import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { bothHelms, PROJECT, run } from './binaries.ts';

/** The chart as Helm 3 and Helm 4 render it, without a cluster: what GitOps sees. chart-gitops.test.ts applies it. */
type Values = Readonly<Record<string, unknown>>;
type Metadata = {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
};
interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Metadata;
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly data?: unknown;
  readonly rules?: unknown;
}
interface PodTemplate {
  readonly metadata?: Metadata;
  readonly spec: {
    readonly containers: readonly { readonly volumeMounts?: readonly object[] }[];
    readonly volumes?: readonly object[];
    readonly [field: string]: unknown;
  };
}

const CHART = join(PROJECT, 'helm');
const VERSIONS = ['Helm 3', 'Helm 4'] as const;
const EVERYTHING: Values = {
  'config.takeOverHpa.enabled': true,
  'config.deletionCost.enabled': true,
  'serviceMonitor.enabled': true,
  'prometheusRule.enabled': true,
};
const RELEASES: readonly (readonly [string, Values])[] = [
  ['as shipped', {}],
  ['with all that is optional', EVERYTHING],
  [
    'for two namespaces, on a volume',
    { 'config.namespaces': ['shop', 'blog'], 'persistence.enabled': true, replicaCount: 1 },
  ],
  ['in mode distributed', { mode: 'distributed' }],
  ['in mode distributed with all that is optional', { mode: 'distributed', ...EVERYTHING }],
];

let helms: Awaited<ReturnType<typeof bothHelms>>;
beforeAll(async () => {
  helms = await bothHelms();
}, 900_000);

const given = (values: Values) =>
  Object.entries(values).flatMap(([key, value]) => ['--set-json', `${key}=${JSON.stringify(value)}`]);
const text = (version: (typeof VERSIONS)[number], values: Values, ...more: string[]) =>
  run(helms[version], [
    'template',
    'one',
    CHART,
    '-n',
    'scaling',
    '--kube-version',
    '1.35.0',
    ...given(values),
    ...more,
  ]);
const render = async (version: (typeof VERSIONS)[number], values: Values) => manifests(await text(version, values));
function manifests(rendered: string): Manifest[] {
  return parseAllDocuments(rendered)
    .map((document) => document.toJS() as Manifest | null)
    .filter((one) => one !== null);
}

function podOf({ kind, spec }: Manifest): PodTemplate | undefined {
  if (kind === 'Pod') return { spec: spec as unknown as PodTemplate['spec'] };
  return (spec as { template?: PodTemplate } | undefined)?.template;
}

describe.each(VERSIONS)('%s', (version) => {
  it.each(RELEASES)('renders the same twice, %s', async (_, values) => {
    expect(await text(version, values)).toBe(await text(version, values));
  });

  it.each(RELEASES)('lints it without a word of warning, %s', async (_, values) => {
    const said = await run(helms[version], ['lint', CHART, '--strict', '--kube-version', '1.35.0', ...given(values)]);
    expect(said).toContain('1 chart(s) linted, 0 chart(s) failed');
    expect(said).not.toMatch(/WARNING|ERROR|INFO/);
  });

  it.each([
    [{ replicaCout: 3 }, "at '/replicaCout': value must be 'did you mean replicaCount?'"],
    [{ 'image.tga': '1' }, "at '/image/tga': value must be 'did you mean tag?'"],
    [{ 'config.limits.maxReplica': 5 }, "at '/config/limits/maxReplica': value must be 'did you mean maxReplicas?'"],
    [{ replicas: 3 }, "at '/replicas': value must be 'did you mean replicaCount?'"],
    [{ sidecars: [] }, "additional properties 'sidecars' not allowed"],
  ])('refuses %j, in words', async (values, words) => {
    await expect(text(version, values)).rejects.toThrow(words);
    await expect(run(helms[version], ['lint', CHART, '--kube-version', '1.35.0', ...given(values)])).rejects.toThrow();
  });

  it('takes the values of a chart that has this one as a dependency', async () => {
    expect((await render(version, { enabled: true, global: { imageRegistry: 'a' } })).length).toBeGreaterThan(5);
  });
});

it.each(RELEASES)('Helm 3 and Helm 4 render the same objects, %s', async (_, values) => {
  const sorted = (all: Manifest[]) => all.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  expect(sorted(await render('Helm 4', values))).toEqual(sorted(await render('Helm 3', values)));
});

const keyOf = ({ kind, metadata }: Manifest) => `${kind}/${metadata.namespace ?? ''}/${metadata.name}`;

describe.each(RELEASES)('for Argo CD and Flux, %s,', (_, values) => {
  /** Source: argocd-cm's default `resource.exclusions`, and what argo-cd's util/settings/resources_filter.go leaves out always. */
  const EXCLUDED = /^(?:Lease|Endpoints|EndpointSlice|Event|APIService|CertificateSigningRequest|.*Review)$/;
  const CLUSTER_WIDE =
    /^(?:ClusterRole|ClusterRoleBinding|ValidatingAdmissionPolicy|ValidatingAdmissionPolicyBinding)$/;
  /** Mapped to its PreDelete, and skipped. Source: argo-cd's docs/user-guide/helm.md, "Helm Hooks". */
  const KNOWN_HOOKS = ['pre-delete', 'test'];

  it('no object is of a kind that Argo CD leaves out, and each is told by its kind, namespace and name', async () => {
    const all = await render('Helm 4', values);
    expect(all.map(({ kind }) => kind).filter((kind) => EXCLUDED.test(kind))).toEqual([]);
    expect(new Set(all.map(keyOf)).size).toBe(all.length);
    for (const { kind, metadata } of all) {
      expect(metadata.namespace === undefined, `${kind} ${metadata.name}`).toBe(CLUSTER_WIDE.test(kind));
    }
  });

  it('every hook is one that Argo CD knows, and goes once it has succeeded', async () => {
    const hooks = (await render('Helm 4', values)).filter(({ metadata }) => metadata.annotations?.['helm.sh/hook']);
    expect(hooks.length).toBeGreaterThan(0);
    for (const { metadata } of hooks) {
      expect(KNOWN_HOOKS).toContain(metadata.annotations!['helm.sh/hook']);
      expect(metadata.annotations!['helm.sh/hook-delete-policy']).toBe('before-hook-creation,hook-succeeded');
    }
    // Argo CD ignores all hooks of Helm where there is one of its own.
    expect(hooks.filter(({ metadata }) => metadata.annotations!['argocd.argoproj.io/hook'])).toEqual([]);
  });

  it('no password is in it, and what looks whether something is there finds nothing, as in GitOps', async () => {
    const all = await render('Helm 4', values);
    for (const secret of all.filter(({ kind }) => kind === 'Secret')) expect(secret.data).toBeUndefined();
    // An object that runs once is done once, and not again at every sync.
    for (const { spec } of all.filter(({ kind }) => kind === 'Job')) {
      expect(spec).not.toHaveProperty('ttlSecondsAfterFinished');
    }
  });

  it('common labels and annotations are on every object, beside its own', async () => {
    const common = { commonLabels: { team: 'platform' }, commonAnnotations: { 'example.com/owner': 'platform' } };
    const before = new Map((await render('Helm 4', values)).map((one) => [one.kind + one.metadata.name, one]));
    for (const one of await render('Helm 4', { ...values, ...common })) {
      expect(one.metadata.labels, keyOf(one)).toMatchObject({ team: 'platform' });
      expect(one.metadata.annotations, keyOf(one)).toMatchObject({ 'example.com/owner': 'platform' });
      const plain = before.get(one.kind + one.metadata.name);
      if (plain !== undefined) expect(one.metadata.annotations).toMatchObject(plain.metadata.annotations ?? {});
    }
  });

  it('what pods may be given, they are all given', async () => {
    const more: Values = {
      priorityClassName: 'system-cluster-critical',
      dnsPolicy: 'None',
      dnsConfig: { nameservers: ['10.0.0.10'] },
      hostAliases: [{ ip: '10.0.0.1', hostnames: ['prometheus.internal'] }],
      nodeSelector: { pool: 'system' },
      tolerations: [{ key: 'system', operator: 'Exists' }],
      imagePullSecrets: [{ name: 'registry' }],
      revisionHistoryLimit: 7,
      extraVolumes: [{ name: 'authorities', configMap: { name: 'company-ca' } }],
      extraVolumeMounts: [{ name: 'authorities', mountPath: '/etc/prescale/authorities', readOnly: true }],
    };
    const { revisionHistoryLimit, extraVolumes, extraVolumeMounts, ...ofPods } = more;
    const owners = (await render('Helm 4', { ...values, ...more })).filter((one) => podOf(one) !== undefined);
    expect(owners.length).toBeGreaterThan(1);
    for (const owner of owners) {
      const { spec } = podOf(owner)!;
      expect(spec, keyOf(owner)).toMatchObject(ofPods);
      const isRedis = owner.kind === 'StatefulSet';
      const volumes = expect.arrayContaining(extraVolumes as object[]);
      const mounts = expect.arrayContaining(extraVolumeMounts as object[]);
      expect(spec.volumes ?? [], keyOf(owner)).toEqual(
        isRedis ? expect.not.arrayContaining(extraVolumes as object[]) : volumes,
      );
      if (!isRedis) expect(spec.containers[0]!.volumeMounts, keyOf(owner)).toEqual(mounts);
      if (!/^(?:Job|Pod)$/.test(owner.kind)) expect(owner.spec).toMatchObject({ revisionHistoryLimit });
    }
  });
});

describe('the Secret of the bundled Redis', () => {
  const distributed = (more: Values = {}) => render('Helm 4', { mode: 'distributed', ...more });

  it('is filled by a Job with a right on it alone, which no other account has', async () => {
    const all = await distributed();
    const roles = all.filter(({ rules }) => JSON.stringify(rules ?? []).includes('"secrets"'));
    expect(roles.map(({ kind, rules }) => [kind, rules])).toEqual([
      [
        'Role',
        [{ apiGroups: [''], resources: ['secrets'], resourceNames: ['one-prescale-redis'], verbs: ['get', 'patch'] }],
      ],
    ]);
    const [job] = all.filter(({ kind, metadata }) => kind === 'Job' && metadata.name.includes('keys'));
    expect(podOf(job!)!.spec).toMatchObject({
      serviceAccountName: 'one-prescale-keys',
      containers: [{ args: ['redis-keys', '--secret', 'one-prescale-redis'] }],
    });
  });

  it('has a Job of another name for another image: a Job can not be changed', async () => {
    const name = async (more: Values) =>
      (await distributed(more)).find(({ kind, metadata }) => kind === 'Job' && metadata.name.includes('keys'))!.metadata
        .name;
    expect(await name({})).toMatch(/^one-prescale-keys-[0-9a-f]{5}$/);
    expect(await name({ 'image.tag': '9.9.9' })).not.toBe(await name({}));
    const long = await name({ fullnameOverride: 'a'.repeat(80) });
    expect(long.length).toBeLessThanOrEqual(63);
  });

  it('is not made, nor a Job for it, where yours is named', async () => {
    const all = await distributed({ 'redis.bundled.existingSecret': 'mine' });
    expect(all.filter(({ kind, metadata }) => kind === 'Secret' || /keys/.test(metadata.name))).toEqual([]);
  });
});
