import type { DemandQuery } from '../../collector/demand/demand-source.ts';
import type { PodRecord } from '../../core/pod-record.ts';
import { type WorkloadRef, workloadKey } from '../../core/workload.ts';

/** What is asked of whom: workloads over namespaces, by a query of their own or by the cpu of their pods. */
export interface CollectorLoad {
  readonly workloads: number;
  readonly namespaces: number;
  readonly kind: 'template' | 'cpu';
}

/** What is the newest instant in the server's data. */
export const AT_SECONDS = 1_790_000_040;
const SPAN_SECONDS = 300;
const SCRAPE_SECONDS = 15;

/** What one would write for requests a second. */
export const TEMPLATES = {
  requests: { query: 'sum(rate(http_requests_total{namespace="$namespace",service="$name"}[1m]))', args: [] },
};

const podsOfApp = (i: number) => 1 + (i % 3);
const podName = (i: number, pod: number) => `app-${i}-6d4cf56db6-${'bcd'[pod]!.repeat(5)}`;

function ref({ namespaces }: CollectorLoad, i: number): WorkloadRef {
  return { apiVersion: 'apps/v1', kind: 'Deployment', namespace: `team-${i % namespaces}`, name: `app-${i}` };
}

export function queriesOf(load: CollectorLoad): DemandQuery[] {
  const metric =
    load.kind === 'cpu'
      ? ({ kind: 'resource', resource: 'cpu' } as const)
      : ({ kind: 'template', template: 'requests', args: {} } as const);
  return Array.from({ length: load.workloads }, (_, i) => {
    const workload = ref(load, i);
    return { id: `${workloadKey(workload)}#0`, workload, metric };
  });
}

/** Ready pods that started long ago, by workloadKey. */
export function podsOf(load: CollectorLoad): ReadonlyMap<string, readonly PodRecord[]> {
  const requests = { cpuCores: 1, memoryBytes: 1e9, gpus: 0, cpuLimitCores: 2 };
  const pod = (i: number, index: number): PodRecord => ({
    namespace: ref(load, i).namespace,
    name: podName(i, index),
    uid: podName(i, index),
    createdSeconds: AT_SECONDS - 86_400,
    readySinceSeconds: AT_SECONDS - 86_000,
    startedSeconds: AT_SECONDS - 86_300,
    phase: 'Running',
    deleting: false,
    nodeClass: 'ordinary',
    nodeName: `node-${i % 200}`,
    requests,
    deletionCost: undefined,
  });
  return new Map(
    Array.from({ length: load.workloads }, (_, i) => [
      workloadKey(ref(load, i)),
      Array.from({ length: podsOfApp(i) }, (_, index) => pod(i, index)),
    ]),
  );
}

/** The server's series: each pod's requests, and its cpu as cAdvisor shows it, its sandbox and its sum included. */
export function* series(load: CollectorLoad): Generator<string> {
  const points = (labels: string, rate: number) => {
    let text = '';
    for (let ago = SPAN_SECONDS; ago >= 0; ago -= SCRAPE_SECONDS) {
      text += `${labels} ${(rate * (SPAN_SECONDS - ago)).toFixed(3)} ${AT_SECONDS - ago}\n`;
    }
    return text;
  };
  for (let i = 0; i < load.workloads; i++) {
    const { namespace, name } = ref(load, i);
    for (let index = 0; index < podsOfApp(i); index++) {
      const pod = podName(i, index);
      if (load.kind === 'template') {
        yield points(`http_requests_total{namespace="${namespace}",service="${name}",pod="${pod}"}`, 1 + (i % 50));
        continue;
      }
      for (const container of ['app', '', 'POD']) {
        const labels = `container="${container}",namespace="${namespace}",pod="${pod}"`;
        yield points(`container_cpu_usage_seconds_total{${labels}}`, 0.01 * (1 + (i % 50)));
      }
    }
  }
}
