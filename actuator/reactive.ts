import { podsFor } from '../core/pods.ts';
import { TICK_SECONDS } from '../core/tick.ts';

/** HPA defaults: tolerance 0.1, scale-down stabilization 300 s, at most max(100 %, 4 pods) more each 15 s. */
const TOLERANCE = 0.1;
const STABILIZATION_TICKS = 300 / TICK_SECONDS;
const SCALE_UP_PODS = 4;

/**
 * The Kubernetes HPA on a utilisation target: desired = ceil(observed ÷ (capacity × target)) outside the tolerance,
 * where pods that are not Ready count as 0 % when scaling up; hold on no data.
 * Source: kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/ (algorithm details, default behavior).
 */
export class ReactiveRule {
  private recommendations: Float64Array;
  private next = 0;
  /** Demand that one Ready pod serves; a rollout may change it. */
  podCapacity: number;

  /** @param leastTicks of the scale-down stabilization, where that is more than the HPA's five minutes */
  constructor(podCapacity: number, leastTicks = STABILIZATION_TICKS) {
    this.podCapacity = podCapacity;
    this.recommendations = new Float64Array(Math.max(STABILIZATION_TICKS, leastTicks));
  }

  /** Goes on with what another one recommended. */
  goOnFrom({ recommendations, next }: ReactiveRule): void {
    if (recommendations.length !== this.recommendations.length) return;
    this.recommendations = recommendations;
    this.next = next;
  }

  /** @param load observed demand, NaN: none. @param target utilisation, a fraction. @returns replicas. */
  replicas(load: number, target: number, total: number, ready: number): number {
    if (Number.isNaN(load)) {
      this.push(0);
      return total;
    }
    const recommended = this.recommend(load, this.podCapacity * target, total, ready);
    this.push(recommended);
    if (recommended >= total) return Math.min(recommended, Math.max(2 * total, total + SCALE_UP_PODS));
    let largest = recommended;
    for (const other of this.recommendations) if (other > largest) largest = other;
    return Math.min(total, largest);
  }

  /** The replica calculator of the HPA. */
  private recommend(load: number, loadPerPod: number, total: number, ready: number): number {
    const needed = load / loadPerPod;
    const ratio = ready > 0 ? needed / ready : needed > 0 ? Number.POSITIVE_INFINITY : 1;
    if (Math.abs(ratio - 1) <= TOLERANCE) return total;
    const replicas = podsFor(load, loadPerPod);
    if (ratio < 1) return Math.min(total, replicas);
    // Pods that are starting count as 0 %: the ratio over all pods decides whether more are needed.
    if (ready < total && needed / total <= 1 + TOLERANCE) return total;
    return replicas;
  }

  /** A tick without a recommendation pushes 0: the oldest one still ages out. */
  private push(value: number): void {
    this.recommendations[this.next] = value;
    this.next = (this.next + 1) % this.recommendations.length;
  }
}
