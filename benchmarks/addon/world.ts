import { seededRandom } from '../../core/random.ts';
import { DAY_SECONDS } from '../../core/series.ts';
import { type MemoryKubernetesApi, memoryKubernetes } from '../../kubernetes/fake/memory-api.ts';

const NAMESPACES = 20;
const STARTUP_SECONDS = 8;
const MINUTE = 60;

interface Placed {
  readonly namespace: string;
  readonly name: string;
  pods: number;
  created: number;
}

/** A cluster of many Deployments on an API server in memory, whose controllers and kubelet are `settle`. */
export class World {
  readonly api: MemoryKubernetesApi;
  private readonly placed: Placed[];
  private readonly now: () => number;

  constructor(workloads: number, nowSeconds: () => number) {
    this.now = nowSeconds;
    this.api = memoryKubernetes({ epochSeconds: nowSeconds });
    this.placed = Array.from({ length: workloads }, (_, i) => ({
      namespace: `team-${i % NAMESPACES}`,
      name: `w${i}`,
      pods: 0,
      created: 0,
    }));
    this.api.seed(
      '/api/v1/namespaces/prescale/configmaps/prescale-status',
      object('v1', 'ConfigMap', 'prescale-status'),
    );
    this.api.seed('/apis/coordination.k8s.io/v1/namespaces/prescale/leases/prescale', {
      ...object('coordination.k8s.io/v1', 'Lease', 'prescale'),
      spec: {},
    });
    this.api.seed('/api/v1/nodes/virtual-kubelet-0', {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'virtual-kubelet-0', labels: { type: 'virtual-kubelet' } },
    });
    for (const { namespace, name } of this.placed) {
      this.api.seed(`/apis/apps/v1/namespaces/${namespace}/deployments/${name}`, {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name, namespace },
        spec: { replicas: podsAt(name, nowSeconds()), selector: { matchLabels: { app: name } } },
      });
    }
  }

  /** Opts workloads in. */
  async annotate(from: number, to: number): Promise<void> {
    for (const { namespace, name } of this.placed.slice(from, to)) {
      const annotations = {
        'prescale.dev/enabled': 'true',
        'prescale.dev/mode': 'auto',
        'prescale.dev/metric': 'load',
        'prescale.dev/target': '10',
        'prescale.dev/max-replicas': '100',
      };
      await this.api.patch(`/apis/apps/v1/namespaces/${namespace}/deployments/${name}`, 'merge', {
        metadata: { annotations },
      });
    }
  }

  /** Creates and deletes pods until each Deployment has as many as it asks for. */
  async settle(): Promise<void> {
    for (const placed of this.placed) {
      const { namespace, name } = placed;
      const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`;
      const { spec } = await this.api.get<{ spec: { replicas?: number } }>(path);
      const wanted = spec.replicas ?? 0;
      for (; placed.pods < wanted; placed.pods++) this.startPod(placed);
      for (; placed.pods > wanted; placed.pods--) {
        await this.api.delete(podPath(placed, placed.created - placed.pods)).catch(() => {});
      }
    }
  }

  private startPod(placed: Placed): void {
    const { namespace, name } = placed;
    const k = placed.created++;
    const now = this.now();
    const at = (seconds: number) => new Date(seconds * 1000).toISOString().replace(/\.\d+/, '');
    const condition = (type: string, seconds: number) => ({ type, status: 'True', lastTransitionTime: at(seconds) });
    // Made as one that is Ready already: a minute of the benchmark needs no slow starts.
    this.api.seed(podPath(placed, k), {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: `${name}-${k}`,
        namespace,
        creationTimestamp: at(now - MINUTE),
        labels: { app: name, 'pod-template-hash': '6d4cf56db6' },
        ownerReferences: [
          { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `${name}-6d4cf56db6`, uid: name, controller: true },
        ],
      },
      spec: { nodeName: 'virtual-kubelet-0', containers: [{ name: 'app', resources: { requests: { cpu: '500m' } } }] },
      status: {
        phase: 'Running',
        startTime: at(now - MINUTE),
        conditions: [
          condition('PodScheduled', now - MINUTE),
          condition('ContainersReady', now - MINUTE + STARTUP_SECONDS),
          condition('Ready', now - MINUTE + STARTUP_SECONDS),
        ],
      },
    });
  }
}

function podPath({ namespace, name }: Placed, k: number): string {
  return `/api/v1/namespaces/${namespace}/pods/${name}-${k}`;
}

function object(apiVersion: string, kind: string, name: string) {
  return { apiVersion, kind, metadata: { name, namespace: 'prescale' } };
}

/** Every workload has a day of its own: a wave between 10 and 60 with a shifted peak and 3 % noise by minute. */
export function loadAt(name: string, epochSeconds: number): number {
  const index = Number(name.slice(1));
  const phase = (index % 24) / 24;
  const noise = seededRandom((index * 131_071) ^ Math.floor(epochSeconds / MINUTE))();
  return (35 - 25 * Math.cos(2 * Math.PI * (epochSeconds / DAY_SECONDS + phase))) * (0.985 + 0.03 * noise);
}

function podsAt(name: string, epochSeconds: number): number {
  return Math.ceil(loadAt(name, epochSeconds) / 10) + 1;
}
