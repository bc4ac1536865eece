import type { SimulationClock } from '../clock.ts';
import { type Cluster, NAMESPACE } from './cluster.ts';
import type { SimulatedWorkload } from './workload.ts';

/** kube-controller-manager's defaults: sync period, tolerance, scale-down stabilization, scale-up policy. */
const SYNC_SECONDS = 15;
/** Not in step with the addon's ticks. */
const PHASE_SECONDS = 4;
const TOLERANCE = 0.1;
const STABILIZATION_SECONDS = 300;
const UP_FACTOR = 2;
const UP_PODS = 4;

/** A HorizontalPodAutoscaler as a neighbour: on the same work as the workload's own target, between its bounds as they stand. */
export class HpaController {
  private readonly cluster: Cluster;
  private readonly workload: SimulatedWorkload;
  private readonly clock: SimulationClock;
  private recommendations: { readonly atSeconds: number; readonly replicas: number }[] = [];

  constructor(cluster: Cluster, workload: SimulatedWorkload, clock: SimulationClock) {
    this.cluster = cluster;
    this.workload = workload;
    this.clock = clock;
    clock.every(SYNC_SECONDS, clock.nowSeconds() + PHASE_SECONDS, () => void this.sync());
  }

  private async sync(): Promise<void> {
    const { clock, workload, cluster } = this;
    const { name } = workload.plan;
    const path = `/apis/autoscaling/v2/namespaces/${NAMESPACE}/horizontalpodautoscalers/${name}`;
    const { spec } = await cluster.api.get<{ spec: { minReplicas?: number; maxReplicas: number } }>(path);
    const current = workload.deployment.replicas;
    if (current === 0) return;
    const now = clock.nowSeconds();
    const recommended = this.recommend(current);
    this.recommendations = [...this.recommendations, { atSeconds: now, replicas: recommended }].filter(
      ({ atSeconds }) => atSeconds > now - STABILIZATION_SECONDS,
    );
    const stabilized = Math.max(...this.recommendations.map(({ replicas }) => replicas));
    const wanted = recommended < current ? Math.min(current, stabilized) : recommended;
    const most = Math.max(UP_FACTOR * current, current + UP_PODS);
    const bounded = Math.min(spec.maxReplicas, Math.max(spec.minReplicas ?? 1, Math.min(wanted, most)));
    if (bounded !== current) await cluster.scale(name, bounded);
  }

  /** The replica calculator, on the Ready pods' share of the present minute's work. */
  private recommend(current: number): number {
    const { workload, clock } = this;
    const ready = workload.deployment.ready.length;
    const needed = workload.needOf(workload.meanWork(clock.nowSeconds()));
    if (ready === 0) return current;
    return Math.abs(needed / ready - 1) <= TOLERANCE ? current : Math.max(1, needed);
  }
}
