import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from './harness.ts';

const NAMESPACE = 'scaling';
const ROLES = ['actuator', 'collector', 'forecaster'];

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
  await cluster.createNamespace(NAMESPACE, { 'pod-security.kubernetes.io/enforce': 'restricted' });
});
afterAll(() => cluster?.stop());
afterEach(() => helm('uninstall', 'prescale', '--ignore-not-found', '--wait', '--no-hooks'));

const helm = (...args: string[]) => cluster.helm(...args, '-n', NAMESPACE);
const get = (...what: string[]) => cluster.kubectl('-n', NAMESPACE, 'get', ...what);
const upgrade = (...values: string[]) =>
  helm('upgrade', '--install', 'prescale', 'helm', ...values.flatMap((value) => ['--set', value]));
const DISTRIBUTED = 'mode=distributed';

describe('the chart in mode distributed, on a real API server', () => {
  it('is let in under the restricted standard: a pod of each role, and of Redis', async () => {
    expect(await upgrade(DISTRIBUTED)).toContain('2 actuator(s), 2 collector(s), 2 forecaster(s)');
    for (const component of [...ROLES, 'redis']) {
      const pods = () => get('pods', '-l', `app.kubernetes.io/component=${component}`, '-o', 'name');
      await cluster.waitFor(`a pod of ${component}`, async () => (await pods()).trim() !== '', 30);
    }
  }, 300_000);

  it('warns of a Redis without a volume or a fence, and of one that mode single does not use', async () => {
    expect(await upgrade(DISTRIBUTED)).not.toContain('WARNING');
    const bare = await upgrade(
      DISTRIBUTED,
      'redis.bundled.persistence.enabled=false',
      'networkPolicy.enabled=false',
    ).catch(String);
    // A StatefulSet's volume can't be taken away from it.
    expect(bare).toContain('updates to statefulset spec');
    await helm('uninstall', 'prescale', '--wait', '--no-hooks');
    const warned = await upgrade(DISTRIBUTED, 'redis.bundled.persistence.enabled=false', 'networkPolicy.enabled=false');
    expect(warned).toContain('WARNING: Redis has no volume');
    expect(warned).toContain('WARNING: without networkPolicy.enabled');
    expect(await upgrade('mode=single', 'config.redis.url=redis://a')).toContain('mode is single');
  }, 300_000);

  it('goes from single to distributed and back: the Lease, the status and the account of who acts stay', async () => {
    await upgrade();
    // As the addon creates it; the chart doesn't know of it.
    const metadata = `{name: prescale, namespace: ${NAMESPACE}}`;
    await cluster.applyYaml(
      `{apiVersion: coordination.k8s.io/v1, kind: Lease, metadata: ${metadata}, spec: {holderIdentity: prescale-1}}`,
    );
    const uid = () => get('serviceaccount', 'prescale', '-o', 'jsonpath={.metadata.uid}');
    const account = await uid();
    await upgrade(DISTRIBUTED);
    const deployments = async () => (await get('deployments', '-o', 'name')).trim().split('\n').sort();
    expect(await deployments()).toEqual(ROLES.map((role) => `deployment.apps/prescale-${role}`));
    expect(await get('lease', 'prescale', '-o', 'jsonpath={.spec.holderIdentity}')).toBe('prescale-1');
    expect(await uid()).toBe(account);
    await upgrade('mode=single');
    expect(await deployments()).toEqual(['deployment.apps/prescale']);
    expect(await get('lease', 'prescale', '-o', 'jsonpath={.spec.holderIdentity}')).toBe('prescale-1');
  }, 300_000);

  it.each([
    ['actuator', 'prescale', { patch: 'yes', watchPods: 'yes' }],
    ['collector', 'prescale-collector', { patch: 'no', watchPods: 'yes' }],
    ['forecaster', 'prescale-forecaster', { patch: 'no', watchPods: 'no' }],
    ['Redis', 'prescale-redis', { patch: 'no', watchPods: 'no' }],
  ])(
    '%s may do what it has to, and no more',
    async (_, account, { patch, watchPods }) => {
      await upgrade(DISTRIBUTED);
      const mayDo = (...what: string[]) => canI(`system:serviceaccount:${NAMESPACE}:${account}`, ...what);
      expect(await mayDo('patch', 'deployments.apps', '--subresource=scale')).toBe(patch);
      expect(await mayDo('watch', 'pods')).toBe(watchPods);
      for (const verb of ['get', 'list']) expect(await mayDo(verb, 'secrets'), `${verb} secrets`).toBe('no');
      const itsSecret = ['secrets/prescale-redis', '-n', NAMESPACE];
      for (const verb of ['get', 'patch']) expect(await mayDo(verb, ...itsSecret), `${verb} its Secret`).toBe('no');
    },
    120_000,
  );

  it('leaves nothing behind, the volume of its Redis neither', async () => {
    await upgrade(DISTRIBUTED);
    const kinds = 'all,secrets,configmaps,persistentvolumeclaims,serviceaccounts,networkpolicies,poddisruptionbudgets';
    const left = () => get(kinds, '-l', 'app.kubernetes.io/instance=prescale', '-o', 'name');
    // Kubernetes makes the claim, and then ties it to its StatefulSet; taken away between the two, it stays, as that of an earlier test
    // does until it is tied to this one.
    const uid = await get('statefulset', 'prescale-redis', '-o', 'jsonpath={.metadata.uid}');
    const owner = () => get('pvc', 'data-prescale-redis-0', '-o', 'jsonpath={.metadata.ownerReferences[*].uid}');
    await cluster.waitFor('the claim of this StatefulSet', async () => (await owner()) === uid, 120);
    expect(await left()).toContain('persistentvolumeclaim/data-prescale-redis-0');
    await helm('uninstall', 'prescale', '--wait', '--no-hooks');
    const gone = async () => {
      const names = (await left()).trim();
      if (names !== '') throw new Error(`left is ${names}`);
      return true;
    };
    await cluster.waitFor('nothing left', gone, 120);
  }, 750_000);
});

/** kubectl answers no with exit code 1. */
async function canI(user: string, ...what: string[]): Promise<string> {
  try {
    const where = what.includes('-n') ? [] : ['-n', 'default'];
    return (await cluster.kubectl('auth', 'can-i', ...what, ...where, `--as=${user}`)).trim();
  } catch (error) {
    if (/failed \(1\): *$/.test((error as Error).message)) return 'no';
    throw error;
  }
}
