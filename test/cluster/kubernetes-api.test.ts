import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventRecorder } from '../../actuator/events.ts';
import { leaderElection } from '../../actuator/leader/leader.ts';
import { kubernetesContract } from '../../kubernetes/api.contract.ts';
import type { MetadataObject } from '../../kubernetes/api.ts';
import { type ConnectOptions, connectKubernetes, type HttpKubernetesApi } from '../../kubernetes/client/http-api.io.ts';
import { informer } from '../../kubernetes/informer.ts';
import { discoverResources } from '../../kubernetes/resources.ts';
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
    // Not the cluster's own way, which waits for controllers.
    await cluster.kubectl('create', 'namespace', 'shop');
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

describe('what stands on the connection', () => {
  it('an informer is in step again after the server was killed, deletions meanwhile included', async () => {
    const api = await connect();
    const path = '/api/v1/namespaces/default/configmaps';
    for (const name of ['one', 'two']) await api.post(path, { metadata: { name } });
    const stop = new AbortController();
    const errors: Error[] = [];
    const held = informer<MetadataObject, string>({
      ...world,
      sleep: (seconds, signal) =>
        new Promise((resolve) => {
          const timer = setTimeout(resolve, seconds * 1000);
          signal?.addEventListener('abort', () => {
            clearTimeout(timer);
            resolve();
          });
        }),
      api,
      path,
      query: { fieldSelector: 'metadata.name!=kube-root-ca.crt' },
      metadataOnly: true,
      keep: ({ metadata }) => metadata.name,
      onError: (error) => errors.push(error),
      signal: stop.signal,
    });
    const holds = (names: string) => async () => [...held.values()].sort().join() === names;
    await cluster.waitFor('the informer', holds('one,two'), 60);
    await cluster.apiServer.stop('SIGKILL');
    await cluster.apiServer.start();
    await api.delete(`${path}/one`);
    await api.post(path, { metadata: { name: 'three' } });
    await cluster.waitFor('the informer to be in step', holds('three,two'), 30);
    expect(errors.length).toBeGreaterThan(0);
    stop.abort();
    await held.done;
    await api.close();
  });

  it('a graceful stop hands the lease over at once', async () => {
    const api = await connect();
    const told: string[] = [];
    const contend = (identity: string) => {
      const stop = new AbortController();
      const leadership = leaderElection({
        api,
        namespace: 'default',
        name: 'prescale',
        identity,
        sleep: world.sleep,
        random: world.random,
        monotonicNow: world.nowSeconds,
        wallNow: () => Date.now() / 1000,
        onStarted: () => told.push(`${identity} leads`),
        onStopped: () => void told.push(`${identity} stops`),
        onLost: (why) => told.push(why),
        onError: (error) => told.push(error.message),
        signal: stop.signal,
      });
      return { stop, leadership };
    };
    const a = contend('a');
    await cluster.waitFor('a to lead', async () => a.leadership.isLeader(), 60);
    const b = contend('b');
    await world.sleep(3);
    expect(b.leadership.isLeader()).toBe(false);
    a.stop.abort();
    await cluster.waitFor('b to lead', async () => b.leadership.isLeader(), 60);
    b.stop.abort();
    await Promise.all([a.leadership.done, b.leadership.done]);
    expect(told).toEqual(['a leads', 'a stops', 'b leads', 'b stops']);
    await api.close();
  });

  it('events are taken, counted, and shown by kubectl', async () => {
    const api = await connect();
    const errors: Error[] = [];
    let now = 0;
    const recorder = eventRecorder({
      api,
      instance: 'prescale-0',
      monotonicNow: () => now,
      wallNow: () => Date.now() / 1000,
      onError: (error) => errors.push(error),
    });
    const web = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'web' };
    for (now = 0; now < 300; now += 60) {
      recorder.record(web, { type: 'Normal', reason: 'Scaled', note: '6 → 9: 840 req/s expected', action: 'Scale' });
    }
    recorder.record(web, { type: 'Warning', reason: 'WrongAnnotation', note: '→'.repeat(2000), action: 'Read' });
    await recorder.flush();
    expect(errors).toEqual([]);
    const shown = await cluster.kubectl('get', 'events', '-n', 'default', '-o', 'wide');
    expect(shown).toMatch(/Normal\s+Scaled\s+deployment\/web\s.*6 → 9: 840 req\/s expected\s+\S+\s+5\s/);
    expect(shown).toMatch(/Warning\s+WrongAnnotation\s+deployment\/web/);
    await api.close();
  });

  it('kinds are found by discovery', async () => {
    const api = await connect();
    const resources = discoverResources(api, world.nowSeconds);
    const web = { apiVersion: 'apps/v1', kind: 'StatefulSet', namespace: 'shop', name: 'web' };
    expect(await resources.scale(web)).toBe('/apis/apps/v1/namespaces/shop/statefulsets/web/scale');
    await expect(resources.scale({ ...web, kind: 'DaemonSet' })).rejects.toThrow('found no scale subresource');
    await expect(resources.kind('keda.sh/v1alpha1', 'ScaledObject')).rejects.toThrow(
      'the server has no keda.sh/v1alpha1',
    );
    await api.close();
  });
});
