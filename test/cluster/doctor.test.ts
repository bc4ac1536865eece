import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LeaseObject, microTime } from '../../actuator/leader/lease.ts';
import { addonConfig } from '../../addon/config/config.ts';
import { StatusMap } from '../../addon/status/status-map.ts';
import { examine, examineRelease } from '../../cli/commands/doctor/doctor.ts';
import { findingLines } from '../../cli/commands/doctor/finding.ts';
import { parseWorkload } from '../../cli/commands/explain/explain.ts';
import { connectKubernetes } from '../../kubernetes/client/http-api.io.ts';
import { exampleStatus } from '../example-status.ts';
import { type Cluster, startCluster } from './harness.ts';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
  await cluster.createNamespace('shop');
  await cluster.kubectl('create', 'serviceaccount', 'addon', '-n', 'shop');
  // Without pods, so that no scrape brings the metric that is missed.
  await cluster.kubectl('create', 'deployment', 'web', '-n', 'shop', '--image=x', '--replicas=0');
  await cluster.kubectl('annotate', 'deployment', 'web', '-n', 'shop', 'prescale.dev/enabled=true');
});
afterAll(async () => {
  await cluster?.stop();
});

const sleep = (seconds: number) => new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000));
const epochSeconds = () => Date.now() / 1000;

function connect(kubeconfig: string) {
  const nowSeconds = () => performance.now() / 1000;
  return connectKubernetes({ kubeconfig, userAgent: 'prescale/test', random: Math.random, nowSeconds, sleep });
}

async function look(kubeconfig: string, account: { namespace: string; name: string } | undefined, url?: string) {
  const api = await connect(kubeconfig);
  try {
    const config = addonConfig({ prometheus: { url: url ?? '' } }, 'test');
    const subject = { serviceAccount: account, ownNamespace: 'shop' };
    const findings = await examine(api, config, subject, parseWorkload('shop/deploy/web', undefined), false);
    return findings.map(({ level, what, fix }) => `${level}: ${what}${fix === undefined ? '' : ` → ${fix}`}`);
  } finally {
    await api.close();
  }
}

describe('doctor on a real API server and a real Prometheus', () => {
  it('as the administrator: everything is allowed, and the metric that Prometheus lacks is named', async () => {
    const lines = await look(cluster.kubeconfig, undefined, cluster.prometheus.url);
    expect(lines[0]).toMatch(/^ok: API server https:\S+ answers, version v1\./);
    expect(lines[1]).toMatch(/^ok: you \(\S+\) may do (\d+) of the \1 things/);
    expect(lines).toContain(`ok: Prometheus: ${cluster.prometheus.url}, as configured`);
    expect(lines.find((line) => line.includes('metrics.k8s.io'))).toMatch(/^warning: .* → install metrics-server/);
    expect(lines).toContain('ok: 1 of 2 nodes are virtual; start-up latency is learned for each class on its own');
    expect(lines.find((line) => line.includes('container_cpu_usage_seconds_total'))).toMatch(/^failed: .* → /);
    expect(lines.at(-1)).toBe('ok: no HPA owns it: its replicas are set directly');
  });

  it('for a ServiceAccount without rights: each is named, and a Role that grants one is seen', async () => {
    const account = { namespace: 'shop', name: 'addon' };
    const before = await look(cluster.kubeconfig, account);
    const lacking = before.filter((line) => line.startsWith('failed: ServiceAccount shop/addon may not '));
    expect(lacking.length).toBeGreaterThan(20);
    await cluster.kubectl('create', 'clusterrole', 'pods', '--verb=get,list,watch', '--resource=pods');
    await cluster.kubectl('create', 'clusterrolebinding', 'pods', '--clusterrole=pods', '--serviceaccount=shop:addon');
    const gone = (lines: readonly string[]) => lines.filter((line) => /may not (?:get|list|watch) pods in/.test(line));
    expect(gone(before)).toHaveLength(3);
    await expect.poll(async () => gone(await look(cluster.kubeconfig, account)), { timeout: 60_000 }).toEqual([]);
  });

  it('with the own rights of such an account: what can not be looked at is said, none of it throws', async () => {
    const kubeconfig = await cluster.serviceAccountKubeconfig('shop', 'addon');
    const lines = await look(kubeconfig, undefined);
    expect(lines.filter((line) => /^failed: Prometheus can't be looked for: .*services/.test(line))).toHaveLength(1);
    expect(lines.at(-1)).toMatch(/^failed: shop\/Deployment\/web can't be read: /);
  });
});

describe("doctor on the chart's own install", () => {
  const NAMESPACE = 'scaling';
  const install = (values: object) =>
    cluster.helm(
      ...['upgrade', '--install', 'prescale', 'helm', '-n', NAMESPACE, '--create-namespace'],
      ...Object.entries(values).flatMap(([key, value]) => ['--set-json', `${key}=${JSON.stringify(value)}`]),
    );
  /** As the administrator, or with a kubeconfig of somebody else. */
  const doctor = async (kubeconfig = cluster.kubeconfig) => {
    const api = await connect(kubeconfig);
    const subject = { serviceAccount: undefined, ownNamespace: 'default' };
    try {
      return findingLines(await examineRelease(api, NAMESPACE, subject, undefined, false, { epochSeconds, sleep }));
    } finally {
      await api.close();
    }
  };
  /** What the leader of a release does; KWOK's pods run nothing. */
  const lead = async (ready: boolean) => {
    const kubeconfig = await cluster.serviceAccountKubeconfig(NAMESPACE, 'prescale');
    const api = await connect(kubeconfig);
    try {
      const lease = new LeaseObject(api, NAMESPACE, 'prescale');
      const times = { acquireTime: microTime(epochSeconds()), renewTime: microTime(epochSeconds()) };
      const spec = { holderIdentity: 'prescale-0_0a1b2c3d', leaseDurationSeconds: 600, ...times };
      const found = await lease.read();
      expect(found ? await lease.write(found, spec) : await lease.create(spec)).toBeDefined();
      const message = 'no data, so nothing changes';
      const trouble = { type: 'Ready', status: false, reason: 'NoMetric', message, sinceSeconds: 0 } as const;
      const status = exampleStatus(ready ? {} : { conditions: [trouble] });
      await new StatusMap(api, NAMESPACE).write([status], epochSeconds() + 1);
    } finally {
      await api.close();
    }
  };
  const bad = (lines: readonly string[]) => lines.filter((line) => line.startsWith('✘'));

  it.each([
    ['the whole cluster', {}],
    ['the namespaces of a list', { 'config.namespaces': ['shop'], 'config.takeOverHpa.enabled': true }],
    ['mode distributed', { mode: 'distributed', 'config.namespaces': ['shop'] }],
  ])(
    'over %s: every right that is asked for is granted, and without a leader it is red',
    async (_, values) => {
      await install(values);
      await cluster.kubectl('-n', NAMESPACE, 'delete', 'lease', 'prescale', '--ignore-not-found');
      // A Role that was just made is in force a moment later.
      await expect
        .poll(async () => bad(await doctor()).filter((line) => line.includes('may not')), { timeout: 30_000 })
        .toEqual([]);
      const lines = await doctor();
      expect(lines[1]).toMatch(/^✔ configuration of the release: ConfigMap scaling\/prescale/);
      expect(bad(lines)[0]).toMatch(/^✘ there is no Lease scaling\/prescale, so nobody leads/);
      await cluster.helm('uninstall', 'prescale', '-n', NAMESPACE, '--no-hooks');
    },
    180_000,
  );

  it('the account of the release creates its own Lease; who leads is named, and doctor says what status says', async () => {
    await install({ 'config.namespaces': ['shop'] });
    await expect.poll(() => lead(true).then(() => 'leads', String), { timeout: 30_000 }).toBe('leads');
    const well = await doctor();
    expect(bad(well)).toEqual([]);
    expect(well.find((line) => line.includes(' leads'))).toMatch(
      /^✔ prescale-0 leads: it renewed the Lease scaling\/prescale/,
    );
    await lead(false);
    expect(bad(await doctor())).toEqual(['✘ shop/Deployment/web is not Ready: NoMetric: no data, so nothing changes']);
  }, 180_000);

  it('an upgrade from a chart that shipped the Lease deletes it, and the account creates it again', async () => {
    const metadata = { name: 'prescale', namespace: NAMESPACE };
    const shipped = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata };
    await cluster.kubectl('-n', NAMESPACE, 'delete', 'lease', 'prescale', '--ignore-not-found');
    await install({ extraManifests: [shipped] });
    await expect.poll(() => lead(true).then(() => 'leads', String), { timeout: 30_000 }).toBe('leads');
    await install({ extraManifests: [] });
    const lease = await cluster.kubectl('-n', NAMESPACE, 'get', 'lease', '-o', 'name');
    expect(lease.trim()).toBe('');
    await lead(true);
    expect((await doctor()).find((line) => line.includes(' leads'))).toMatch(/^✔ prescale-0 leads/);
  }, 180_000);

  it("without the rights to look, the API server's own words are shown", async () => {
    const kubeconfig = await cluster.serviceAccountKubeconfig('shop', 'addon');
    const lines = await doctor(kubeconfig);
    expect(lines[1]).toMatch(
      /^✘ the installed release can't be looked for: .*403 Forbidden: configmaps is forbidden: User "system:serviceaccount:shop:addon" cannot list resource "configmaps"/,
    );
  });

  it('annotations on a DaemonSet are found', async () => {
    await cluster.applyYaml(`apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: shop, annotations: {prescale.dev/enabled: 'true'}}
spec:
  selector: {matchLabels: {app: agent}}
  template: {metadata: {labels: {app: agent}}, spec: {containers: [{name: a, image: x}]}}
`);
    expect(await doctor()).toContain(
      '! shop/DaemonSet/agent has prescale.dev/enabled, without effect: a DaemonSet has one pod a node, and no replicas',
    );
  });
});
