import { DEFAULT_BEHAVIOR, DEFAULT_TOLERANCE, hpaNormalizer } from '../../actuator/scaler/hpa-behavior.ts';
import { hpaPath } from '../../actuator/targets/hpa.ts';
import type { SimulationClock } from '../clock.ts';
import { type Cluster, NAMESPACE } from './cluster.ts';
import type { SimulatedWorkload } from './workload.ts';

/** kube-controller-manager's sync period. */
const SYNC_SECONDS = 15;
/** Not in step with the addon's ticks. */
const PHASE_SECONDS = 4;

/** A HorizontalPodAutoscaler as a neighbour: on the same work as the workload's own target, between its bounds as they stand. */
export class HpaController {
  /** minReplicas as its last sync saw them. */
  minReplicas: number;
  private readonly cluster: Cluster;
  private readonly workload: SimulatedWorkload;
  private readonly clock: SimulationClock;
  private readonly normalizer = hpaNormalizer(DEFAULT_BEHAVIOR);

  constructor(cluster: Cluster, workload: SimulatedWorkload, clock: SimulationClock) {
    this.cluster = cluster;
    this.workload = workload;
    this.clock = clock;
    this.minReplicas = workload.plan.hpa!.min;
    clock.every(SYNC_SECONDS, clock.nowSeconds() + PHASE_SECONDS, () => void this.sync());
  }

  private async sync(): Promise<void> {
    const { clock, workload, cluster } = this;
    const { name } = workload.plan;
    const { spec } = await cluster.api.get<{ spec: { minReplicas?: number; maxReplicas: number } }>(
      hpaPath(NAMESPACE, name),
    );
    this.minReplicas = spec.minReplicas ?? 1;
    const current = workload.deployment.replicas;
    if (current === 0) return;
    const now = clock.nowSeconds();
    const bounds = { min: this.minReplicas, max: spec.maxReplicas };
    const wanted = this.normalizer.replicas(this.recommend(current), current, bounds, now);
    if (wanted === current) return;
    await cluster.scale(name, wanted);
    this.normalizer.scaled(current, wanted, now);
  }

  /** The replica calculator, on the Ready pods' share of the present minute's work. */
  private recommend(current: number): number {
    const { workload, clock } = this;
    const ready = workload.deployment.ready.length;
    const needed = workload.needOf(workload.meanWork(clock.nowSeconds()));
    if (ready === 0) return current;
    return Math.abs(needed / ready - 1) <= DEFAULT_TOLERANCE ? current : Math.max(1, needed);
  }
}
