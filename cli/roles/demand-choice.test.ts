import { expect, it } from 'vitest';
import { defaultConfig } from '../../addon/config/config.ts';
import { memoryKubernetes } from '../../kubernetes/fake/memory-api.ts';
import { SILENT } from '../../telemetry/log/log.ts';
import { chooseSource } from './demand-choice.ts';

const HISTORY = { read: async () => ({ startSeconds: 0, stepSeconds: 60, values: new Float64Array(0) }) };
const QUERY = {
  id: 'shop/Deployment/web#0',
  workload: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' },
  metric: { kind: 'resource', resource: 'cpu' },
} as const;

/** A cluster with a Prometheus in each of these namespaces, and metrics.k8s.io. */
function cluster(...namespaces: readonly string[]) {
  const api = memoryKubernetes({ namespaces: ['prescale', ...namespaces] });
  for (const namespace of namespaces) {
    api.seed(`/api/v1/namespaces/${namespace}/services`, {
      metadata: { name: 'prometheus', labels: { 'app.kubernetes.io/name': 'prometheus' } },
      spec: { clusterIP: '10.0.0.1', ports: [{ name: 'http', port: 9090 }] },
    });
  }
  api.intercept = ({ path }) => (path === '/apis/metrics.k8s.io/v1beta1' ? { answer: {} } : undefined);
  return api;
}

const choose = (api: ReturnType<typeof cluster>, config = defaultConfig()) =>
  chooseSource(config, api, HISTORY, true, 'prescale', SILENT);

it("a tenant's Service is no source of demand: metrics.k8s.io is", async () => {
  const choice = await choose(cluster('shop'));
  expect(choice).toMatchObject({ source: { name: expect.stringContaining('metrics.k8s.io') } });
});

it('two in different namespaces are none, though another source is there, and that is said', async () => {
  expect(await choose(cluster('monitoring', 'observability', 'shop'))).toEqual({
    none: expect.stringMatching(/^none is chosen among .*monitoring\/prometheus, .*: prometheus\.url names the one/),
  });
});

it('one that was found is given no credential, though the configuration had some', async () => {
  const { prometheus, ...rest } = defaultConfig();
  // The schema refuses it; it is not relied on here.
  const config = {
    ...rest,
    prometheus: { ...prometheus, bearerTokenFile: '/nowhere/token', headers: { 'X-Scope-OrgID': 'ours' } },
  };
  const choice = await choose(cluster('monitoring'), config);
  expect(choice).toMatchObject({ source: { name: 'http://prometheus.monitoring:9090' } });
  if (!('source' in choice)) return;
  const reading = (await choice.source.latest([QUERY], 1_800_000_000, () => [])).get(QUERY.id);
  // Nobody has this name here; the token, which is not there either, was not looked for.
  expect(reading).toMatchObject({ kind: 'missing', why: expect.not.stringContaining('/nowhere/token') });
  await choice.source.close();
});
