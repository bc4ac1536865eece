import type { DemandQuery, DemandReading, DemandSource } from '../../collector/demand/demand-source.ts';
import { type PodUsage, readyDemand } from '../../collector/demand/ready-demand.ts';
import type { OwnHistory } from '../../collector/resource-metrics/resource-metrics.ts';
import { InputError, messageOf } from '../../core/errors.ts';
import { parseTimestamp } from '../../core/timestamp.ts';
import { workloadKey } from '../../core/workload.ts';
import type { KubernetesApi } from '../../kubernetes/api.ts';

/** An older measurement counts as none. */
const STALE_SECONDS = 150;
/** cAdvisor refreshes at least so often; the kubelet does not say over which window a value is the mean. */
const WINDOW_SECONDS = 30;

/** The part of `/api/v1/nodes/<node>/proxy/stats/summary` that is read. */
interface Summary {
  readonly pods: readonly {
    readonly podRef: { readonly name: string; readonly namespace: string };
    readonly cpu?: { readonly time: string; readonly usageNanoCores?: number };
  }[];
}

/** CPU as each node's kubelet reports it: for clusters without Prometheus and without metrics-server. Needs `get` on nodes/proxy. */
export function kubeletSource(api: KubernetesApi, nodes: readonly string[], ownHistory: OwnHistory): DemandSource {
  return {
    name: `${api.server}/api/v1/nodes/…/proxy/stats/summary`,
    close: async () => {},
    async history({ id, metric }, { startSeconds, endSeconds }) {
      const problem = unmeasurable(metric);
      if (problem !== undefined) throw new InputError(problem);
      const { times, values } = await ownHistory.read(id);
      const isWithin = (time: number) => time >= startSeconds && time <= endSeconds;
      return { times: times.filter(isWithin), values: values.filter((_, i) => isWithin(times[i]!)) };
    },
    async latest(queries, atSeconds, pods) {
      const answers = await Promise.all(nodes.map((node) => summaryOf(api, node)));
      const failed = answers.filter((answer) => typeof answer === 'string');
      const usage = usageByNamespace(answers, atSeconds);
      const reading = ({ workload, metric }: DemandQuery): DemandReading => {
        const why = unmeasurable(metric) ?? failed[0];
        // One node that does not answer hides pods of any workload: a part is never taken for the whole.
        if (why !== undefined) return { kind: 'missing', why };
        return readyDemand(pods(workloadKey(workload)), usage.get(workload.namespace) ?? new Map(), 'cpu', atSeconds);
      };
      return new Map(queries.map((query) => [query.id, reading(query)]));
    },
  };
}

/** The summary, or why there is none. */
async function summaryOf(api: KubernetesApi, node: string): Promise<Summary | string> {
  try {
    return await api.get<Summary>(`/api/v1/nodes/${node}/proxy/stats/summary`);
  } catch (error) {
    return `the kubelet of ${node} does not answer: ${messageOf(error)}`;
  }
}

function usageByNamespace(answers: readonly (Summary | string)[], atSeconds: number) {
  const found = new Map<string, Map<string, PodUsage>>();
  for (const { podRef, cpu } of answers.flatMap((answer) => (typeof answer === 'string' ? [] : answer.pods))) {
    const endSeconds = parseTimestamp(cpu?.time ?? '');
    if (typeof endSeconds === 'string' || endSeconds < atSeconds - STALE_SECONDS) continue;
    if (cpu?.usageNanoCores === undefined) continue;
    const usage = { value: cpu.usageNanoCores / 1e9, endSeconds, windowSeconds: WINDOW_SECONDS };
    found.set(podRef.namespace, (found.get(podRef.namespace) ?? new Map<string, PodUsage>()).set(podRef.name, usage));
  }
  return found;
}

function unmeasurable(metric: DemandQuery['metric']): string | undefined {
  if (metric.kind === 'resource' && metric.resource === 'cpu') return undefined;
  return `${metric.kind === 'template' ? metric.template : metric.kind} needs a Prometheus; a kubelet is asked for cpu only`;
}
