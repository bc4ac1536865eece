import type { NodeClass } from '../../core/pod-record.ts';
import type { Stage } from '../pods/lifecycle.ts';
import { DecayingSketch, Survival } from './decaying-sketch.ts';
import { bucketOf } from './model.ts';

/** Effective samples from which a bucket counts as measured: a p90 needs ten values to have one beside it. */
export const ENOUGH_SAMPLES = 10;
/** A pod that waits longer than this is a sample of its own: ten that hang say something, though none was ever Ready. */
const HANGING_SECONDS = 120;
/** … and one that waits longer than this is stuck: it says nothing of how long a start takes, and would lengthen the lead time for ever. */
const STUCK_SECONDS = 600;
/** A curve over pods that still wait is good for one tick. */
const CURVE_SECONDS = 15;

interface StartedWhere {
  /** Its key: `shop/Deployment/web`. */
  readonly workload: string;
  readonly nodeClass: NodeClass;
}

/** A pod that got Ready. */
export interface StartedPod extends StartedWhere {
  /** Pods of its batch, itself included. */
  readonly batch: number;
  readonly totalSeconds: number;
  readonly stageSeconds: Readonly<Partial<Record<Stage, number>>>;
  /** When it got Ready: older ones weigh less. */
  readonly atSeconds: number;
  /** Seen as it happened, and so counted in the histograms; what a restarted addon finds was counted before. */
  readonly live: boolean;
}

/** A pod that waits to be Ready. */
export interface WaitingPod extends StartedWhere {
  readonly uid: string;
  readonly createdSeconds: number;
  /** Asked when needed: a batch grows while it is created. */
  readonly batch: () => number;
}

/** One bucket's distribution with the pods that wait now. */
export interface Curve {
  readonly survival: Survival;
  readonly samples: number;
  /** Whether pods that wait are in it, so that it changes as they age. */
  readonly ageing: boolean;
  readonly untilSeconds: number;
}

const NO_CURVE: Curve = { survival: new Survival([], []), samples: 0, ageing: false, untilSeconds: 0 };

/** What is known of one workload, namespace or the cluster on one class of node. */
export class Cell {
  /** Created → Ready by bucket. */
  readonly ready = new Map<number, DecayingSketch>();
  /** Ages at which pods were given up without having been Ready. */
  readonly unready = new Map<number, DecayingSketch>();
  readonly waiting = new Map<string, WaitingPod>();
  readonly curves = new Map<number, Curve>();

  readySketch(bucket: number): DecayingSketch {
    return sketchOf(this.ready, bucket);
  }

  unreadySketch(bucket: number): DecayingSketch {
    return sketchOf(this.unready, bucket);
  }

  /** @param weight of a pod that waits now */
  curve(bucket: number, nowSeconds: number, weight: number): Curve {
    // Most workloads know one or two sizes of batches: nothing is kept for the others.
    if (this.waiting.size === 0 && !this.ready.has(bucket) && !this.unready.has(bucket)) return NO_CURVE;
    const cached = this.curves.get(bucket);
    if (cached !== undefined && this.holds(cached, nowSeconds)) return cached;
    const ages = [...this.waiting.values()]
      .filter(({ batch }) => bucketOf(batch()) === bucket)
      .map(({ createdSeconds }) => Math.max(0, nowSeconds - createdSeconds))
      .filter((age) => age <= STUCK_SECONDS);
    const ready = this.ready.get(bucket);
    const unready = this.unready.get(bucket)?.bins() ?? [];
    const survival = new Survival(ready?.bins() ?? [], [...unready, ...ages.map((age) => [age, weight] as const)]);
    const hanging = ages.filter((age) => age > HANGING_SECONDS).length;
    const samples = (ready?.samples ?? 0) + hanging;
    const curve = { survival, samples, ageing: ages.length > 0, untilSeconds: nowSeconds + CURVE_SECONDS };
    this.curves.set(bucket, curve);
    return curve;
  }

  /** Ratios of weights don't change with time: without pods that wait, a curve holds until something is added. */
  private holds({ ageing, untilSeconds }: Curve, nowSeconds: number): boolean {
    if (!ageing && this.waiting.size === 0) return true;
    // Times may be asked for in any order, by a test or after a step of the clock.
    return nowSeconds <= untilSeconds && nowSeconds > untilSeconds - CURVE_SECONDS;
  }
}

function sketchOf(sketches: Map<number, DecayingSketch>, bucket: number): DecayingSketch {
  const found = sketches.get(bucket) ?? new DecayingSketch();
  sketches.set(bucket, found);
  return found;
}
