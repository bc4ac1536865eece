import { readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DemandExporter, EXPORTER, startDemandExporter } from './demand-exporter.ts';
import { backfillAll, DEMAND_TEMPLATE, flatLoad, POD_CAPACITY } from './fault-load.ts';
import { secondsUntil, shown, statusOf } from './fault-watch.ts';
import { type Cluster, startCluster } from './harness.ts';
import { type InstalledPrescale, installPrescale, type RunningAddon } from './prescale.ts';

/** A change that a dead watch hid is known within a minute; the rest is for two loaded cores. */
const IN_STEP_SECONDS = 60;

/** Forwards TCP, and can forget to: connections stay open on both sides and fallBack nothing more. */
interface Proxy {
  readonly port: number;
  /** From now on; connections made later are forwarded. @returns how many went silent */
  silence(): number;
  close(): Promise<void>;
}

function startProxy(targetPort: number): Promise<Proxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  const server = createServer((client) => {
    const upstream = connect(targetPort, '127.0.0.1');
    const pair = [client, upstream] as const;
    pairs.add(pair);
    client.pipe(upstream);
    upstream.pipe(client);
    for (const socket of pair) {
      socket.on('error', () => undefined);
      socket.once('close', () => {
        pairs.delete(pair);
        for (const each of pair) each.destroy();
      });
    }
  });
  const silence = () => {
    for (const [client, upstream] of pairs) {
      client.unpipe(upstream);
      upstream.unpipe(client);
      client.pause();
      upstream.pause();
    }
    return pairs.size;
  };
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () =>
      resolve({
        port: (server.address() as AddressInfo).port,
        silence,
        close: () =>
          new Promise((closed) => {
            for (const pair of pairs) for (const socket of pair) socket.destroy();
            server.close(() => closed());
          }),
      }),
    );
  });
}

let cluster: Cluster;
let exporter: DemandExporter;
let proxy: Proxy;
let addon: RunningAddon;
let installed: InstalledPrescale;

const deploy = (name: string) =>
  cluster.createDeployment({
    namespace: 'shop',
    name,
    replicas: 3,
    startupSeconds: 1,
    annotations: {
      'prescale.dev/enabled': 'true',
      'prescale.dev/mode': 'auto',
      'prescale.dev/metric': 'requests',
      'prescale.dev/target': String(POD_CAPACITY),
    },
  });

beforeAll(async () => {
  exporter = await startDemandExporter();
  const now = Math.floor(Date.now() / 60_000) * 60;
  const past = backfillAll(exporter, { 'shop/web': flatLoad(1) }, now);
  cluster = await startCluster({ backfill: [past], scrape: { [EXPORTER]: exporter } });
  proxy = await startProxy(Number(new URL(cluster.apiUrl).port));
  await cluster.createNamespace('shop');
  const config = { prometheus: { templates: { requests: DEMAND_TEMPLATE } } };
  installed = await installPrescale(cluster, { values: { config } });
  const direct = readFileSync(installed.kubeconfig, 'utf8');
  writeFileSync(installed.kubeconfig, direct.replaceAll(cluster.apiUrl, `https://127.0.0.1:${proxy.port}`));
  addon = await installed.start();
});

afterAll(async () => {
  await exporter?.close();
  await cluster?.stop();
  await proxy?.close();
});

describe('connections to the API server that went half-open', () => {
  it('a change that they hid is known within a minute, and the addon goes on leading', async () => {
    await deploy('web');
    const known = async (name: string) => (await statusOf(addon, `shop/${name}`)) !== undefined;
    await cluster.waitFor('the workload', () => known('web'), 60);
    const { pid } = addon;
    const silent = proxy.silence();
    expect(silent).toBeGreaterThan(3);
    await deploy('late');
    await cluster.kubectl('annotate', 'deployment', '-n', 'shop', 'web', 'prescale.dev/enabled=false', '--overwrite');
    const inStep = await secondsUntil(
      cluster,
      'both changes',
      async () => (await known('late')) && !(await known('web')),
      IN_STEP_SECONDS + 15,
    );
    console.log(
      `${silent} connections went silent; both changes were shown after ${inStep.toFixed(1)} s (a tick is 15 s)`,
    );
    expect(addon.pid).toBe(pid);
    expect(await shown(addon)).toMatchObject({ leader: true });
    expect((await fetch(`${addon.url}/readyz`)).status).toBe(200);
  }, 450_000);
});
