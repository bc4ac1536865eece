import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { bothHelms, PROJECT, run } from './binaries.ts';
import { type Cluster, startCluster } from './harness.ts';

/** The chart as Argo CD (`helm template`, then apply) and as Flux and people (Helm itself) bring it into a cluster. */
const NAMESPACE = 'scaling';
const CHART = join(PROJECT, 'helm');
const SECRET = 'prescale-redis';

interface Manifest {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}
type Values = Readonly<Record<string, unknown>>;

const DISTRIBUTED: Values = { mode: 'distributed' };
const PODS: Values = {
  dnsPolicy: 'None',
  dnsConfig: { nameservers: ['10.0.0.10'], options: [{ name: 'ndots', value: '2' }] },
  hostAliases: [{ ip: '10.0.0.1', hostnames: ['prometheus.internal'] }],
  extraVolumes: [{ name: 'authorities', configMap: { name: 'company-ca' } }],
  extraVolumeMounts: [{ name: 'authorities', mountPath: '/etc/prescale/authorities', readOnly: true }],
  commonLabels: { team: 'platform' },
  commonAnnotations: { 'example.com/owner': 'platform' },
  secretMounts: [{ secretName: 'prometheus', mountPath: '/etc/prescale/secrets/prometheus' }],
};
const WRITES: Values = { 'config.takeOverHpa.enabled': true, 'config.deletionCost.enabled': true };

let cluster: Cluster;
let helms: Awaited<ReturnType<typeof bothHelms>>;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  helms = await bothHelms();
  cluster = await startCluster();
  env = { PATH: process.env.PATH, HOME: join(cluster.folder, 'home'), KUBECONFIG: cluster.kubeconfig };
  for (const name of [NAMESPACE, 'shop', 'blog']) {
    await cluster.createNamespace(name, { 'pod-security.kubernetes.io/enforce': 'restricted' });
  }
}, 900_000);
afterAll(() => cluster?.stop());

const given = (values: Values) =>
  Object.entries(values).flatMap(([key, value]) => ['--set-json', `${key}=${JSON.stringify(value)}`]);
/** Without hooks: Argo CD runs these by themselves, and compares none. */
async function rendered(values: Values): Promise<readonly Manifest[]> {
  const args = ['template', 'prescale', CHART, '-n', NAMESPACE, '--kube-version', '1.35.0', ...given(values)];
  return parseAllDocuments(await run(helms['Helm 4'], args))
    .map((document) => document.toJS() as Manifest | null)
    .filter((one) => one !== null)
    .filter(({ metadata }) => metadata.annotations?.['helm.sh/hook'] === undefined);
}
const kubectl = (all: readonly Manifest[], ...args: string[]) =>
  run(join(cluster.binaries, 'kubectl'), [...args, '-f', '-'], {
    env,
    input: all.map((one) => JSON.stringify(one)).join('\n---\n'),
  });

/** What the Job of the chart runs, with the rights of its account. */
async function fillAsTheJob(): Promise<string> {
  const kubeconfig = await cluster.serviceAccountKubeconfig(NAMESPACE, 'prescale-keys');
  const command = [join(PROJECT, 'dist/cli/main.js'), 'redis-keys', '--secret', SECRET];
  return run(process.execPath, command, { env: { ...env, KUBECONFIG: kubeconfig, POD_NAMESPACE: NAMESPACE } });
}
const MADE = `Secret ${NAMESPACE}/${SECRET} was given password and mac-key\n`;
const KEPT = `Secret ${NAMESPACE}/${SECRET} has all its keys; nothing was changed\n`;

async function password(): Promise<string | undefined> {
  type Secret = { data?: { password?: string } };
  return (await cluster.kubectlJson<Secret>('-n', NAMESPACE, 'get', 'secret', SECRET)).data?.password;
}

describe('what is rendered is what the API server keeps, so that nothing is ever out of sync', () => {
  it.each<[string, Values]>([
    ['as shipped', {}],
    ['with all rights, for two namespaces', { ...WRITES, 'config.namespaces': ['shop', 'blog'] }],
    ['on a volume, with all that pods may be given', { ...PODS, 'persistence.enabled': true, replicaCount: 1 }],
    ['in mode distributed', DISTRIBUTED],
    ['in mode distributed, with all of it', { ...DISTRIBUTED, ...WRITES, ...PODS }],
  ])('%s', async (_, values) => {
    const asked = await rendered(values);
    const answer = await kubectl(asked, 'create', '--dry-run=server', '-o', 'json');
    // One after the other, not in a list.
    const kept = answer.split(/\n(?=\{)/).map((one) => JSON.parse(one) as Manifest);
    expect(kept).toHaveLength(asked.length);
    const key = ({ kind, metadata }: Manifest) => `${kind}/${metadata.namespace ?? ''}/${metadata.name}`;
    const byKey = new Map(kept.map((one) => [key(one), one]));
    for (const one of asked) expect(byKey.get(key(one)), key(one)).toMatchObject(one);
  });
});

describe('applied again and again, as Argo CD does', () => {
  afterEach(async () => {
    await kubectl(await rendered(DISTRIBUTED), 'delete', '--ignore-not-found', '--wait=true');
  });

  it.each([
    ['from the client', []],
    ['from the server', ['--server-side', '--force-conflicts', '--field-manager=argocd-controller']],
  ])(
    '%s: the second time changes nothing, and the password that was made meanwhile stays',
    async (_, how) => {
      await kubectl(await rendered(DISTRIBUTED), 'apply', ...how);
      expect(await password()).toBeUndefined();
      expect(await fillAsTheJob()).toBe(MADE);
      const made = await password();
      // Ends with 1 where anything would change, and shows it.
      expect(await kubectl(await rendered(DISTRIBUTED), 'diff', ...how)).toBe('');
      type Objects = { items: { kind: string; metadata: { name: string; generation?: number } }[] };
      const kinds = 'deployments,statefulsets,jobs,networkpolicies,poddisruptionbudgets';
      const generations = async () => {
        const { items } = await cluster.kubectlJson<Objects>('-n', NAMESPACE, 'get', kinds);
        return items.map(({ kind, metadata }) => `${kind}/${metadata.name} ${metadata.generation}`);
      };
      const before = await generations();
      await kubectl(await rendered(DISTRIBUTED), 'apply', ...how);
      expect(await generations()).toEqual(before);
      expect(await password()).toBe(made);
      expect(await fillAsTheJob()).toBe(KEPT);
    },
    300_000,
  );

  it('the account of the Job reads and writes that Secret, and no other', async () => {
    await kubectl(await rendered(DISTRIBUTED), 'apply');
    const user = `--as=system:serviceaccount:${NAMESPACE}:prescale-keys`;
    const mayDo = async (...what: string[]) => {
      const answer = await cluster.kubectl('auth', 'can-i', ...what, '-n', NAMESPACE, user).catch(() => 'no');
      return answer.trim();
    };
    for (const verb of ['get', 'patch']) expect(await mayDo(verb, `secrets/${SECRET}`), verb).toBe('yes');
    for (const verb of ['create', 'list', 'delete', 'get', 'patch'])
      expect(await mayDo(verb, 'secrets'), verb).toBe('no');
  }, 120_000);
});

describe.each(['Helm 3', 'Helm 4'] as const)('%s', (version) => {
  const helm = (...args: string[]) => run(helms[version], [...args, '-n', NAMESPACE], { env });
  afterEach(() => helm('uninstall', 'prescale', '--ignore-not-found', '--wait', '--no-hooks'));

  it('installs, keeps the password of Redis over an upgrade, and leaves nothing', async () => {
    await helm('install', 'prescale', CHART, ...given(DISTRIBUTED));
    expect(await fillAsTheJob()).toBe(MADE);
    const made = await password();
    await helm('upgrade', 'prescale', CHART, ...given({ ...DISTRIBUTED, 'config.log.level': 'debug' }));
    expect(await password()).toBe(made);
    expect(await helm('get', 'manifest', 'prescale')).not.toContain(made);
    await helm('upgrade', 'prescale', CHART, ...given({ mode: 'single', 'image.tag': '9.9.9' }));
    await helm('uninstall', 'prescale', '--wait', '--no-hooks');
    const left = () =>
      cluster.kubectl('-n', NAMESPACE, 'get', 'all,secrets', '-l', 'app.kubernetes.io/instance=prescale', '-o', 'name');
    await cluster.waitFor('nothing left', async () => (await left()).trim() === '', 60);
  }, 300_000);
});

it('a release of Helm 3 is upgraded by Helm 4, and keeps its password', async () => {
  const helm = (version: 'Helm 3' | 'Helm 4', ...args: string[]) =>
    run(helms[version], [...args, '-n', NAMESPACE], { env });
  await helm('Helm 3', 'install', 'prescale', CHART, ...given(DISTRIBUTED));
  await fillAsTheJob();
  const made = await password();
  await helm('Helm 4', 'upgrade', 'prescale', CHART, ...given({ ...DISTRIBUTED, 'config.log.level': 'debug' }));
  expect(await password()).toBe(made);
  await helm('Helm 4', 'uninstall', 'prescale', '--wait', '--no-hooks');
}, 300_000);
