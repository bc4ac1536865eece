import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addonConfig } from '../../addon/config.ts';
import { examine } from '../../cli/doctor.ts';
import { parseWorkload } from '../../cli/explain.ts';
import { connectKubernetes } from '../../kubernetes/http-api.ts';
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

async function look(kubeconfig: string, account: { namespace: string; name: string } | undefined, url?: string) {
  const api = await connectKubernetes({
    kubeconfig,
    userAgent: 'prescale/test',
    random: Math.random,
    nowSeconds: () => performance.now() / 1000,
    sleep: (seconds) => new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000)),
  });
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
    expect(lines[1]).toMatch(/^ok: you may do (\d+) of the \1 things/);
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
