import type { ShownWorkload } from '../../cli/cluster/shown.ts';
import type { ConditionType, WorkloadStatus } from '../../core/workload-status.ts';
import type { KubernetesObject } from './api-client.ts';
import { explained, shownStatus } from './console-answers.ts';
import type { Cluster } from './harness.ts';
import type { RunningAddon } from './prescale.ts';

type Texts = Readonly<Record<string, string | null>>;

export interface WarningEvent {
  readonly reason: string;
  readonly message: string;
  readonly count: number;
}

/** What tests change and look at of annotated workloads: in the cluster as a user, and as the addon shows them. */
export interface Workloads {
  /** null removes. @param resource of apps/v1 */
  annotate(namespace: string, name: string, annotations: Texts, resource?: string): Promise<void>;
  labelNamespace(namespace: string, labels: Texts): Promise<void>;
  /** spec.replicas. @param path of the object, by default a Deployment's */
  replicas(namespace: string, name: string, path?: string): Promise<number>;
  /** What the addon shows of `shop/Deployment/web`; undefined: nothing. */
  status(key: string): Promise<(WorkloadStatus & { readonly why: string }) | undefined>;
  explained(key: string): Promise<ShownWorkload>;
  condition(key: string, type: ConditionType): Promise<WorkloadStatus['conditions'][number] | undefined>;
  /** Until the workload was decided on so many times more. */
  decisions(key: string, count: number): Promise<void>;
  /** Seconds until it has so many replicas: at least, or where `below` at most. */
  reaches(namespace: string, name: string, replicas: number, seconds: number, below?: 'below'): Promise<number>;
  warnings(namespace: string): Promise<WarningEvent[]>;
}

/** @param addon asked each time, so that it may be restarted */
export function workloadsOf(cluster: Cluster, addon: () => RunningAddon): Workloads {
  const { api } = cluster;
  const deployment = (namespace: string, name: string, resource = 'deployments') =>
    `/apis/apps/v1/namespaces/${namespace}/${resource}/${name}`;
  const status: Workloads['status'] = (key) => shownStatus(addon(), key);
  const replicas: Workloads['replicas'] = async (namespace, name, path = deployment(namespace, name)) =>
    (await api.request<{ spec: { replicas?: number } }>('GET', path)).spec.replicas ?? 0;
  return {
    annotate: async (namespace, name, annotations, resource) => {
      await api.request('PATCH', deployment(namespace, name, resource), { metadata: { annotations } });
    },
    labelNamespace: async (namespace, labels) => {
      await api.request('PATCH', `/api/v1/namespaces/${namespace}`, { metadata: { labels } });
    },
    replicas,
    status,
    explained: (key) => explained(addon(), key),
    condition: async (key, wanted) => (await status(key))?.conditions.find(({ type }) => type === wanted),
    decisions: async (key, count) => {
      const seen = new Set<number>();
      const more = async () => {
        const found = await status(key);
        if (found) seen.add(found.decidedSeconds);
        // The newest one when we began was made before.
        return seen.size > count;
      };
      await cluster.waitFor(`${count} decisions on ${key}`, more, 30 + 30 * count);
    },
    reaches: async (namespace, name, wanted, seconds, below) => {
      const started = Date.now();
      const there = async () => {
        const found = await replicas(namespace, name);
        return below ? found <= wanted : found >= wanted;
      };
      try {
        await cluster.waitFor(`${namespace}/${name} to have ${wanted} replicas`, there, seconds);
      } catch (error) {
        console.error((await status(`${namespace}/Deployment/${name}`).catch(() => undefined)) ?? 'no status');
        throw error;
      }
      return (Date.now() - started) / 1000;
    },
    warnings: async (namespace) => {
      type Event = KubernetesObject & WarningEvent & { readonly type: string };
      const { items } = await api.request<{ items: Event[] }>('GET', `/api/v1/namespaces/${namespace}/events`);
      return items.filter(({ type, reason }) => type === 'Warning' && !reason.startsWith('Failed'));
    },
  };
}
