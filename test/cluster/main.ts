import { startDemandExporter } from './demand-exporter.ts';
import { startCluster } from './harness.ts';
import { LiveScore } from './live-score.ts';
import { startMetricsApis } from './metrics-apis.ts';
import { pause } from './server-process.ts';
import type { Load } from './shifted-trace.ts';
import { standInForPods, standIns } from './stand-in.ts';
import { syntheticWeek } from './synthetic-week.ts';

/*
 * npm run cluster: a Kubernetes to play with until Ctrl-C, with a Deployment whose load of the last seven days is in
 * Prometheus and whose next ramp is eight minutes away, and a twin of it under an HPA. Prescale observes first; once it is
 * allowed to act, both are scored.
 */
const MINUTES_TO_RAMP = 8;
const SCORE_SECONDS = 60;
const SERIES = 'demand{app="shop"}';
/** Demand that one Ready pod serves. */
const TARGET = 10;
const [OURS, TWIN] = ['web', 'web-hpa'];
const PODS = { namespace: 'shop', replicas: 3, startupSeconds: 20, jitterSeconds: 10, usageCpu: '100m' };

const nowSeconds = Math.floor(Date.now() / 1000);
const rampSeconds = nowSeconds + MINUTES_TO_RAMP * 60;
const week = syntheticWeek(rampSeconds);
const exporter = await startDemandExporter();
exporter.follow(SERIES, week.at);

console.error('Starting (the first time builds the servers: about 8 minutes) …');
const cluster = await startCluster({
  backfill: [exporter.backfill(SERIES, minuteMeans(week, nowSeconds), 60, nowSeconds)],
  scrape: { demand: exporter },
});

const score = new LiveScore({
  cluster,
  namespace: PODS.namespace,
  ours: OURS,
  twin: TWIN,
  podCapacity: TARGET,
  demand: () => exporter.value(SERIES),
  addons: standIns,
});

let stopping = false;
const stop = async (code: number) => {
  if (stopping) return;
  stopping = true;
  if (code === 0) console.log(`\n${new Date().toISOString()} at the end: ${score.text()}`);
  console.error('\nStopping …');
  await cluster.stop();
  await exporter.close();
  process.exit(code);
};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop(0));

/** Of a cluster that is being stopped nothing is asked. */
const complain = (error: unknown) => stopping || console.error(String(error));

try {
  const apis = await startMetricsApis(cluster);
  apis.setExternal('demand', () => exporter.value(SERIES));
  await cluster.createNamespace('shop');
  await cluster.createDeployment({ ...PODS, name: TWIN });
  await cluster.api.request('POST', '/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers', hpa());
  await cluster.createDeployment({
    ...PODS,
    name: OURS,
    // Without a mode: it observes.
    annotations: {
      'prescale.dev/enabled': 'true',
      'prescale.dev/metric': 'demand',
      'prescale.dev/metric-args': 'app=shop',
      'prescale.dev/target': String(TARGET),
      'prescale.dev/max-replicas': '40',
    },
  });
  console.log(instructions());
  for (let printed = Date.now(); !stopping; await pause(2000)) {
    await standInForPods(cluster).catch(complain);
    await score.look().catch(complain);
    if (stopping || Date.now() - printed < 1000 * SCORE_SECONDS) continue;
    printed += 1000 * SCORE_SECONDS;
    console.log(`${new Date().toISOString()} ${score.text()}`);
  }
} catch (error) {
  console.error(error);
  await stop(1);
}

/** The past as the query sees the present: the mean of each minute, not what its last instant shows. */
function minuteMeans(load: Load, endSeconds: number): Float64Array {
  const [minute, step] = [60, 5];
  return load.past(endSeconds).map((_, i, all) => {
    const end = endSeconds - (all.length - 1 - i) * minute;
    let sum = 0;
    for (let back = 0; back < minute; back += step) sum += load.at(end - back);
    return (sum * step) / minute;
  });
}

/** Kubernetes' own autoscaler on the same figure and target, with its default behavior. */
function hpa(): object {
  const target = { type: 'AverageValue', averageValue: String(TARGET) };
  return {
    metadata: { name: TWIN },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: TWIN },
      minReplicas: 1,
      maxReplicas: 40,
      metrics: [{ type: 'External', external: { metric: { name: 'demand' }, target } }],
    },
  };
}

function instructions(): string {
  const seconds = Math.max(...Object.values(cluster.readySeconds)).toFixed(1);
  const template =
    '{"demand":{"query":"max(avg_over_time(demand{app=\\"$arg.app\\"}[1m]))","args":["app"],"unit":"req/s"}}';
  return `
Kubernetes is up after ${seconds} s: ${cluster.apiUrl}
Prometheus, with seven days of demand: ${cluster.prometheus.url}/graph?g0.expr=demand&g0.range_input=1w&g0.tab=0

In another terminal:

  export KUBECONFIG=${cluster.kubeconfig}
  export PATH="${cluster.binaries}:$PATH"      # kubectl, helm
  kubectl get nodes
  kubectl -n shop get deployments --watch

Deployments shop/${OURS} and shop/${TWIN} have 3 pods each, of ${TARGET} req/s, which need 20 to 30 s to be Ready. At
${new Date(rampSeconds * 1000).toISOString()} the load of each goes from 20 to 200 req/s within ten minutes, as on the seven days before.
An HPA with the same target scales shop/${TWIN}; shop/${OURS} waits for Prescale. Each minute this program prints how both fare.

Install Prescale. Pods are simulated here: in the place of the chart's this program runs node dist/cli/main.js run (from
\`npm run build\`) with the chart's ServiceAccount and configuration, as long as the release is there.

  helm install prescale ./helm -n prescale --create-namespace \\
    --set config.prometheus.url=${cluster.prometheus.url} \\
    --set-json 'config.prometheus.templates=${template}'

It observes: it decides, shows it, and changes nothing. Look, as soon as it is said here that it runs:

  node dist/cli/main.js status
  node dist/cli/main.js explain shop/Deployment/web
  kubectl -n prescale port-forward deploy/prescale 8082      # the console, at http://localhost:8082/
  kubectl -n shop get events --field-selector source=prescale.dev/prescale

Let it act, before the ramp:

  kubectl -n shop annotate deployment ${OURS} prescale.dev/mode=auto

And away with it:

  helm uninstall prescale -n prescale

Logs of the servers and of Prescale: ${cluster.folder}/*.log. Ctrl-C stops everything and removes the folder.`;
}
