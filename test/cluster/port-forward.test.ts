import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PROJECT, run } from './binaries.ts';
import { type Cluster, startCluster } from './harness.ts';
import { attachPrescale, installPrescale, type RunningAddon } from './prescale.ts';

/* The commands find the addon as in any cluster: by its Service, and through a port-forward to its pod. */
const MAIN = join(PROJECT, 'dist/cli/main.js');

let cluster: Cluster;
let addon: RunningAddon;

beforeAll(async () => {
  cluster = await startCluster();
  await cluster.createNamespace('shop');
  await cluster.createDeployment({
    namespace: 'shop',
    name: 'web',
    replicas: 2,
    annotations: { 'prescale.dev/enabled': 'true' },
  });
  await installPrescale(cluster);
  const attached = await attachPrescale(cluster, 'prescale', 'prescale', MAIN, 'a');
  addon = await attached.start('a');
  const running = async () => {
    const selector = 'app.kubernetes.io/component=addon';
    const { items } = await cluster.kubectlJson<{ items: { status?: { phase?: string } }[] }>(
      ...['get', 'pods', '-n', 'prescale', '-l', selector],
    );
    return items.some(({ status }) => status?.phase === 'Running');
  };
  await cluster.waitFor('a running pod of the addon', running, 120);
}, 450_000);

afterAll(() => cluster?.stop());

const prescale = (...args: string[]) =>
  run(process.execPath, [MAIN, ...args], { env: { PATH: process.env.PATH, KUBECONFIG: cluster.kubeconfig } });

it('status and explain answer with nothing but a kubeconfig, and end', async () => {
  const listed = async () => (await addon.console('/api/v1/workloads/shop/Deployment/web')) !== undefined;
  await cluster.waitFor('the first decision', listed, 120);
  expect(await prescale('status')).toMatch(/^shop +Deployment\/web +observe /m);
  expect(await prescale('explain', 'shop/Deployment/web')).toMatch(/^shop\/Deployment\/web: .*mode observe/m);
}, 400_000);

it('where the addon is gone, the pod that was asked is named', async () => {
  await addon.stop();
  await expect(prescale('status')).rejects.toThrow(
    /port 8082 of pod prescale\/prescale-\S+ does not answer .*: does prescale run there/,
  );
}, 400_000);
