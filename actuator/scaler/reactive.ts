import { podsFor } from '../../core/pods.ts';
import { TICK_SECONDS } from '../../core/tick.ts';
import { DEFAULT_DOWN_WINDOW_SECONDS, DEFAULT_TOLERANCE } from './hpa-behavior.ts';

/** HPA defaults: scale-down stabilization 300 s, at most max(100 %, 4 pods) more each 15 s. */
const STABILIZATION_TICKS = DEFAULT_DOWN_WINDOW_SECONDS / TICK_SECONDS;
const SCALE_UP_PODS = 4;
/** Floating-point dust: 1.1000000000000003 of the target is 1.1 of it. */
const DUST = 1e-9;

/** Shares of the target by which the load may be under or over it. */
export interface Tolerances {
  readonly down: number;
  readonly up: number;
}

const DEFAULT_TOLERANCES: Tolerances = { down: DEFAULT_TOLERANCE, up: DEFAULT_TOLERANCE };

/** How the pods of a workload are measured. */
export interface MeasuredPods {
  /** Their usage is the load. */
  readonly counted: number;
  /** Running without a measurement: what they use is not known. */
  readonly unmeasured: number;
  /** Pending, not Ready, or (cpu) in their first minutes: left out of the load. */
  readonly starting: number;
  /** Usage of a pod that is taken for full: its request, or its target where that is more. Default: the target. */
  readonly fullPerPod?: number;
}

/**
 * The Kubernetes HPA on a utilisation target: desired = ceil(observed ÷ (capacity × target)) outside the tolerance,
 * where pods that are not Ready count as 0 % when scaling up, and pods without a measurement as full when scaling down and as 0 % when
 * scaling up; hold on no data.
 * Source: kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/ (algorithm details, default behavior), and
 * kubernetes v1.35 pkg/controller/podautoscaler/replica_calculator.go.
 */
export class ReactiveRule {
  private recommendations: Float64Array;
  private next = 0;
  private pushed = 0;
  /** Demand that one Ready pod serves; a rollout may change it. */
  podCapacity: number;

  /** @param leastTicks of the scale-down stabilization, where that is more than the HPA's five minutes */
  constructor(podCapacity: number, leastTicks = STABILIZATION_TICKS) {
    this.podCapacity = podCapacity;
    this.recommendations = new Float64Array(Math.max(STABILIZATION_TICKS, leastTicks));
  }

  /** Goes on with what another one recommended. */
  goOnFrom({ recommendations, next, pushed }: ReactiveRule): void {
    if (recommendations.length !== this.recommendations.length) return;
    this.recommendations = recommendations;
    this.next = next;
    this.pushed = pushed;
  }

  /** Another rule decides: what was recommended before it is no window of the ticks to come. */
  forget(): void {
    if (this.pushed === 0) return;
    this.pushed = 0;
    this.recommendations.fill(0);
  }

  /** It has recommended all through its stabilization window. */
  get covered(): boolean {
    return this.pushed >= this.recommendations.length;
  }

  /**
   * @param load observed demand, NaN: none. @param target utilisation, a fraction.
   * @param measured by default the Ready pods are counted, and the others are starting
   * @returns replicas.
   */
  replicas(load: number, target: number, total: number, ready: number, measured?: MeasuredPods): number {
    if (Number.isNaN(load)) {
      this.push(0);
      return total;
    }
    const pods = measured ?? { counted: ready, unmeasured: 0, starting: Math.max(0, total - ready) };
    const recommended = calculateReplicas(load, this.podCapacity * target, total, pods);
    this.push(recommended);
    if (recommended >= total) return Math.min(recommended, Math.max(2 * total, total + SCALE_UP_PODS));
    let largest = recommended;
    for (const other of this.recommendations) if (other > largest) largest = other;
    return Math.min(total, largest);
  }

  /** A tick without a recommendation pushes 0: the oldest one still ages out. */
  private push(value: number): void {
    this.pushed++;
    this.recommendations[this.next] = value;
    this.next = (this.next + 1) % this.recommendations.length;
  }
}

/**
 * The HPA's replica calculator, before its behavior (steps, stabilization): total where the load is within the tolerance, or where what is
 * assumed of pods that are not measured would turn the direction.
 */
export function calculateReplicas(
  load: number,
  loadPerPod: number,
  total: number,
  pods: MeasuredPods,
  tolerance = DEFAULT_TOLERANCES,
): number {
  const { counted, unmeasured, starting, fullPerPod = loadPerPod } = pods;
  const needed = load / loadPerPod;
  const ratio = counted > 0 ? needed / counted : needed > 0 ? Number.POSITIVE_INFINITY : 1;
  const up = ratio > 1;
  // On a scale-down, pods that nobody measured are taken for full; on a scale-up they are taken for idle, as those that are starting.
  const assumed = up ? load : load + unmeasured * Math.max(fullPerPod, loadPerPod);
  const among = counted + unmeasured + (up ? starting : 0);
  const newRatio = among > 0 ? assumed / loadPerPod / among : ratio;
  if (isWithin(newRatio, tolerance) || up !== newRatio > 1) return total;
  const replicas = podsFor(assumed, loadPerPod);
  // What is assumed of them must not turn the direction, either.
  return up ? Math.max(total, replicas) : Math.min(total, replicas);
}

/**
 * The HPA's calculator for an average of an object or of something external: such a metric belongs to no pod, so all pods
 * count, Ready or not. Source: GetObjectPerPodMetricReplicas, GetExternalPerPodMetricReplicas of the same file.
 */
export function calculateReplicasOfWhole(
  load: number,
  loadPerPod: number,
  total: number,
  tolerance = DEFAULT_TOLERANCES,
): number {
  return total > 0 && isWithin(load / (loadPerPod * total), tolerance) ? total : podsFor(load, loadPerPod);
}

function isWithin(ratio: number, { down, up }: Tolerances): boolean {
  return ratio >= 1 - down - DUST && ratio <= 1 + up + DUST;
}
