import { startDemandExporter } from './demand-exporter.ts';
import { startCluster } from './harness.ts';
import { startMetricsApis } from './metrics-apis.ts';
import { pause } from './server-process.ts';
import { standInForPods } from './stand-in.ts';
import { syntheticWeek } from './synthetic-week.ts';

/*
 * npm run cluster: a Kubernetes to play with until Ctrl-C, with a Deployment whose load of the last seven days is in
 * Prometheus and whose next ramp is five minutes away.
 */
const MINUTES_TO_RAMP = 5;
const SERIES = 'demand{app="shop"}';

const nowSeconds = Math.floor(Date.now() / 1000);
const rampSeconds = nowSeconds + MINUTES_TO_RAMP * 60;
const week = syntheticWeek(rampSeconds);
const exporter = await startDemandExporter();
exporter.follow(SERIES, week.at);

console.error('Starting (the first time builds the servers: about 8 minutes) …');
const cluster = await startCluster({
  backfill: [exporter.backfill(SERIES, week.past(nowSeconds), 60, nowSeconds)],
  scrape: { demand: exporter },
});

let stopping = false;
const stop = async (code: number) => {
  if (stopping) return;
  stopping = true;
  console.error('\nStopping …');
  await cluster.stop();
  await exporter.close();
  process.exit(code);
};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop(0));

try {
  const apis = await startMetricsApis(cluster);
  apis.setExternal('demand', () => exporter.value(SERIES));
  await cluster.createNamespace('shop');
  await cluster.createDeployment({
    ...{ namespace: 'shop', name: 'web', replicas: 2, startupSeconds: 20, jitterSeconds: 10, usageCpu: '100m' },
    annotations: {
      'prescale.dev/enabled': 'true',
      'prescale.dev/mode': 'auto',
      'prescale.dev/metric': 'demand',
      'prescale.dev/metric-args': 'app=shop',
      'prescale.dev/target': '10',
      'prescale.dev/max-replicas': '40',
    },
  });
  console.log(instructions());
  while (!stopping) {
    await standInForPods(cluster).catch((error) => console.error(String(error)));
    await pause(2000);
  }
} catch (error) {
  console.error(error);
  await stop(1);
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
  kubectl -n shop get deployment web --watch

Deployment shop/web has 2 pods of 10 req/s each, which need 20 to 30 s to be Ready. At ${new Date(rampSeconds * 1000).toISOString()}
its load goes from 20 to 200 req/s within ten minutes, as on the seven days before.

Install Prescale. Pods are simulated here: in the place of the chart's this program runs node dist/cli/main.js run (from
\`npm run build\`) with the chart's ServiceAccount and configuration, as long as the release is there.

  helm install prescale ./helm -n prescale --create-namespace \\
    --set config.prometheus.url=${cluster.prometheus.url} \\
    --set-json 'config.prometheus.templates=${template}'

Look. The URL is printed here when the program runs; in a real cluster the commands find the addon's pods without it.

  node dist/cli/main.js status --url http://127.0.0.1:…
  node dist/cli/main.js explain shop/Deployment/web --url http://127.0.0.1:…
  kubectl -n shop get events --field-selector source=prescale

  helm uninstall prescale -n prescale

Logs of the servers and of Prescale: ${cluster.folder}/*.log. Ctrl-C stops everything and removes the folder.`;
}
