import {
  DEFAULT_BEHAVIOR,
  DEFAULT_DOWN_WINDOW_SECONDS,
  DEFAULT_TOLERANCE,
  type HpaBehavior,
  hpaNormalizer,
  type ReplicaBounds,
} from '../../actuator/scaler/hpa-behavior.ts';
import { calculateReplicas, calculateReplicasOfWhole, type Tolerances } from '../../actuator/scaler/reactive.ts';
import type { HpaManifest } from '../hpa-manifest/hpa-manifest.ts';
import type { Autoscaler } from '../pods.ts';
import { TICK_SECONDS } from '../result.ts';

/** The targets that `hpa-tuned` picks from: 30, 35, … 95 %. */
export const TUNED_TARGETS: readonly number[] = Array.from({ length: 14 }, (_, i) => (30 + 5 * i) / 100);

/** The scale-down windows that it picks from, seconds. */
const TUNED_WINDOWS: readonly number[] = [0, 60, 120, 300, 600];

/** An HPA on a trace's load. */
export interface HpaRule {
  /** Load that one pod is to have, in the trace's unit. */
  readonly loadPerPod: number;
  /** `ready`: the load is measured at the Ready pods; `all`: it belongs to no pod. */
  readonly counts: 'ready' | 'all';
  /** undefined: the manifest says nothing about it. */
  readonly behavior: HpaBehavior | undefined;
  readonly tolerances: Tolerances;
  readonly bounds: ReplicaBounds;
  /** It is new at the first replayed tick: what is there then counts as recommended. */
  readonly begins: boolean;
}

/** The HPA with the defaults of `autoscaling/v2` on a utilisation target, a fraction. @param windowSeconds of the scale-down */
export function defaultHpa(
  podCapacity: number,
  target: number,
  windowSeconds: number,
  { min, max }: ReplicaBounds,
): HpaRule {
  const { scaleUp, scaleDown } = DEFAULT_BEHAVIOR;
  return {
    loadPerPod: podCapacity * target,
    counts: 'ready',
    behavior: { scaleUp, scaleDown: { ...scaleDown, stabilizationSeconds: windowSeconds } },
    tolerances: { down: scaleDown.tolerance, up: scaleUp.tolerance },
    bounds: { min, max },
    begins: false,
  };
}

/** The HPA of a manifest, within the bounds of the replay. */
export function manifestHpa(manifest: HpaManifest, podCapacity: number, { min, max }: ReplicaBounds): HpaRule {
  const { behavior } = manifest;
  return {
    loadPerPod: podCapacity * targetShare(manifest, podCapacity),
    counts: manifest.metric.counts,
    behavior,
    tolerances: {
      down: behavior?.scaleDown.tolerance ?? DEFAULT_TOLERANCE,
      up: behavior?.scaleUp.tolerance ?? DEFAULT_TOLERANCE,
    },
    bounds: { min: Math.max(min, manifest.min), max: Math.min(max, manifest.max) },
    begins: true,
  };
}

/** The manifest's target as a share of what a pod can serve. */
export function targetShare({ metric: { target } }: HpaManifest, podCapacity: number): number {
  return 'share' in target ? target.share : target.amount / podCapacity;
}

export function downWindowSeconds(behavior: HpaBehavior | undefined): number {
  return behavior?.scaleDown.stabilizationSeconds ?? DEFAULT_DOWN_WINDOW_SECONDS;
}

/** @param observed by tick of the grid; NaN is no data: nothing is done. */
export function hpa(observed: Float64Array, rule: HpaRule): Autoscaler {
  const { loadPerPod, counts, behavior, tolerances, bounds, begins } = rule;
  const normalizer = hpaNormalizer(behavior);
  let begun = !begins;
  // One object for all ticks: the grid of hpa-tuned asks millions of times.
  const pods = { counted: 0, unmeasured: 0, starting: 0 };
  return {
    decide(tick, { total, ready }) {
      const now = tick * TICK_SECONDS;
      if (!begun) normalizer.begin(total, now);
      begun = true;
      const load = observed[tick]!;
      if (Number.isNaN(load)) return total;
      pods.counted = ready;
      pods.starting = total - ready;
      const recommended =
        counts === 'ready'
          ? calculateReplicas(load, loadPerPod, total, pods, tolerances)
          : calculateReplicasOfWhole(load, loadPerPod, total, tolerances);
      const wanted = normalizer.replicas(recommended, total, bounds, now);
      if (wanted !== total) normalizer.scaled(total, wanted, now);
      return wanted;
    },
  };
}

/**
 * What `hpa-tuned` picks from. Where a start costs nothing, a window has no price either and the shortest always wins: there it keeps
 * the HPA's own, and the target alone is tuned.
 */
export function tunedGrid(startCostSeconds: number): { readonly target: number; readonly windowSeconds: number }[] {
  const windows = startCostSeconds > 0 ? TUNED_WINDOWS : [DEFAULT_DOWN_WINDOW_SECONDS];
  return TUNED_TARGETS.flatMap((target) => windows.map((windowSeconds) => ({ target, windowSeconds })));
}
