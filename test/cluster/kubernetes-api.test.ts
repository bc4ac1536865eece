import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kubernetesContract } from '../../kubernetes/api.contract.ts';
import { type ConnectOptions, connectKubernetes, type HttpKubernetesApi } from '../../kubernetes/http-api.ts';
import { type Cluster, startCluster } from './harness.ts';

let cluster: Cluster;
const folder = mkdtempSync(join(tmpdir(), 'prescale-api-'));

beforeAll(async () => {
  cluster = await startCluster();
  // What is written here must stay as it was written: no controller adds revisions, no node runs pods.
  await Promise.all([
    cluster.controllerManager.stop('SIGKILL'),
    cluster.scheduler.stop('SIGKILL'),
    cluster.kwok.stop('SIGKILL'),
  ]);
});
afterAll(async () => {
  await cluster?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const world = {
  userAgent: 'prescale/test',
  random: Math.random,
  nowSeconds: () => performance.now() / 1000,
  sleep: (seconds: number) => new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000)),
};
const connect = (options: Partial<ConnectOptions> = {}): Promise<HttpKubernetesApi> =>
  connectKubernetes({ kubeconfig: cluster.kubeconfig, ...world, ...options });

kubernetesContract('a kube-apiserver over HTTPS', async () => ({ api: await connect(), namespace: 'contract' }));

/** A pod's mounted folder, with the token of a kubeconfig. */
function mounted(kubeconfig: string): { host: string; port: string; folder: string } {
  const text = readFileSync(kubeconfig, 'utf8');
  writeFileSync(join(folder, 'token'), /"?token"?:\s*"?([^"\s]+)/.exec(text)![1]!);
  writeFileSync(join(folder, 'ca.crt'), readFileSync(cluster.certificates.ca));
  writeFileSync(join(folder, 'namespace'), 'shop');
  const { hostname, port } = new URL(cluster.apiUrl);
  return { host: hostname, port, folder };
}

describe('a connection to a kube-apiserver', () => {
  it('uses the mounted token, rotated ones too, and says what is forbidden', async () => {
    await cluster.createNamespace('shop');
    await cluster.kubectl('create', 'serviceaccount', 'addon', '-n', 'shop');
    const kubeconfig = await cluster.serviceAccountKubeconfig('shop', 'addon');
    const inCluster = mounted(kubeconfig);
    const api = await connect({ inCluster });
    expect(api.namespace).toBe('shop');
    const denied = { status: 403, reason: 'Forbidden' };
    await expect(api.get('/apis/apps/v1/namespaces/shop/deployments')).rejects.toMatchObject(denied);
    await expect(api.get('/apis/apps/v1/namespaces/shop/deployments')).rejects.toThrow(
      'User "system:serviceaccount:shop:addon" cannot list resource "deployments"',
    );
    const good = readFileSync(join(folder, 'token'), 'utf8');
    writeFileSync(join(folder, 'token'), 'worn-out');
    const other = await connect({ inCluster });
    await expect(other.get('/api')).rejects.toMatchObject({ status: 401, reason: 'Unauthorized' });
    writeFileSync(join(folder, 'token'), good);
    expect(await other.get('/api')).toMatchObject({ kind: 'APIVersions' });
    await Promise.all([api.close(), other.close()]);
  });

  it('trusts no other authority', async () => {
    const inCluster = mounted(cluster.kubeconfig);
    writeFileSync(join(folder, 'ca.crt'), readFileSync(cluster.certificates.frontProxyCa));
    const api = await connect({ inCluster });
    await expect(api.get('/api')).rejects.toMatchObject({ status: 0, reason: 'UntrustedCertificate' });
    await api.close();
  });

  it('gets over a restart of the server, watches end with an error', async () => {
    const api = await connect();
    const path = '/api/v1/namespaces/default/configmaps';
    const { metadata } = await api.get<{ metadata: { resourceVersion: string } }>(path);
    const query = { resourceVersion: metadata.resourceVersion };
    const watching = api.watch(path, query, () => {}, new AbortController().signal);
    const broken = expect(watching).rejects.toMatchObject({ status: 0 });
    await cluster.apiServer.stop('SIGKILL');
    await broken;
    await expect(api.get('/api')).rejects.toMatchObject({ status: 0, reason: 'ConnectionRefused' });
    await cluster.apiServer.start();
    expect(await api.get('/api')).toMatchObject({ kind: 'APIVersions' });
    await api.close();
  });
});
