import type { WorkloadPods } from '../addon/engine/engine-parts.ts';
import type { PodRecord } from '../core/pod-record.ts';
import { type WorkloadRef, workloadKey } from '../core/workload.ts';
import { type MemoryKubernetesApi, memoryKubernetes } from '../kubernetes/fake/memory-api.ts';

interface Pod {
  readonly name: string;
  readonly createdSeconds: number;
  /** Infinite while no node has room for it. */
  readySeconds: number;
  unscheduled?: boolean;
}

interface Held {
  readonly ref: WorkloadRef;
  readonly startupSeconds: (k: number) => number;
  pods: Pod[];
  created: number;
  records: readonly PodRecord[] | undefined;
}

/**
 * Deployments on an API server in memory and pods that become Ready after a start-up of their own, on a virtual clock: a
 * cluster in a test or a benchmark, for as many workloads as fit. `settle` is its controller manager.
 */
export class VirtualCluster implements WorkloadPods {
  readonly api: MemoryKubernetesApi = memoryKubernetes();
  /** Pods of one workload that a quota allows, and that its nodes have room for. */
  quota = Number.POSITIVE_INFINITY;
  room = Number.POSITIVE_INFINITY;
  private readonly held = new Map<string, Held>();
  private now = 0;

  /** @param startupSeconds of the k-th pod that is created. The pods it begins with are Ready. */
  deploy(namespace: string, name: string, replicas: number, startupSeconds: (k: number) => number): WorkloadRef {
    const ref: WorkloadRef = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name };
    const labels = { app: name };
    this.api.seed(this.path(ref), {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace },
      spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels } } },
      status: { replicas },
    });
    const pods = Array.from({ length: replicas }, (_, i) => ({
      name: `${name}-${i}`,
      createdSeconds: this.now - 3_600,
      readySeconds: this.now - 3_600,
    }));
    this.held.set(workloadKey(ref), { ref, startupSeconds, pods, created: 0, records: undefined });
    return ref;
  }

  path({ namespace, name }: WorkloadRef): string {
    return `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`;
  }

  async replicas(ref: WorkloadRef): Promise<number> {
    const scale = await this.api.get<{ spec: { replicas?: number } }>(`${this.path(ref)}/scale`);
    return scale.spec.replicas ?? 0;
  }

  /** Time goes on: pods become Ready. */
  at(nowSeconds: number): void {
    this.now = nowSeconds;
    for (const held of this.held.values()) held.records = undefined;
  }

  /** Creates and removes pods until there are as many as asked for: those that aren't Ready go first, then the newest. */
  async settle(): Promise<void> {
    for (const held of this.held.values()) {
      const wanted = await this.replicas(held.ref);
      const { pods } = held;
      if (pods.length === wanted) continue;
      while (pods.length < Math.min(wanted, this.quota)) {
        const k = held.created++;
        const name = `${held.ref.name}-n${k}`;
        pods.push({ name, createdSeconds: this.now, readySeconds: this.now + held.startupSeconds(k) });
      }
      while (pods.length > wanted) {
        const starting = pods.findLastIndex(({ readySeconds }) => readySeconds > this.now);
        pods.splice(starting >= 0 ? starting : pods.length - 1, 1);
      }
      held.records = undefined;
      this.schedule(held);
    }
  }

  async register(): Promise<void> {}

  unregister(): void {}

  podsOf(key: string): readonly PodRecord[] {
    const held = this.held.get(key);
    if (!held) return [];
    this.schedule(held);
    held.records ??= held.pods.map((pod) => recordOf(held.ref.namespace, pod, this.now));
    return held.records;
  }

  /** Pods beyond the room wait; they start once there is some. */
  private schedule({ pods, startupSeconds }: Held): void {
    if (this.room === Number.POSITIVE_INFINITY) return;
    for (const [i, pod] of pods.entries()) {
      if (i < this.room && pod.unscheduled)
        Object.assign(pod, { unscheduled: false, readySeconds: this.now + startupSeconds(i) });
      else if (i >= this.room && pod.readySeconds > this.now)
        Object.assign(pod, { unscheduled: true, readySeconds: Number.POSITIVE_INFINITY });
    }
  }

  countsOf(key: string): { readonly total: number; readonly ready: number } {
    const held = this.held.get(key);
    if (held) this.schedule(held);
    const pods = held?.pods ?? [];
    let ready = 0;
    for (const { readySeconds } of pods) if (readySeconds <= this.now) ready++;
    return { total: pods.length, ready };
  }
}

/** What a scheduler says where no node has room. */
const FULL = '0/3 nodes are available: 3 Insufficient cpu.';

function recordOf(namespace: string, { name, createdSeconds, readySeconds, unscheduled }: Pod, now: number): PodRecord {
  const ready = readySeconds <= now;
  return {
    namespace,
    name,
    uid: name,
    createdSeconds,
    readySinceSeconds: ready ? readySeconds : undefined,
    startedSeconds: createdSeconds,
    phase: ready ? 'Running' : 'Pending',
    deleting: false,
    nodeClass: 'virtual',
    nodeName: 'virtual-kubelet-0',
    requests: { cpuCores: 1, memoryBytes: 2 ** 30, gpus: 0 },
    deletionCost: undefined,
    ...(unscheduled ? { obstacle: { reason: 'Unschedulable', message: FULL } } : {}),
  };
}
