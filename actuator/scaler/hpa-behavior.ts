/** How many pods a rule may add or take within a period. */
export interface ScalingPolicy {
  readonly type: 'Pods' | 'Percent';
  readonly value: number;
  readonly periodSeconds: number;
}

/** `spec.behavior.scaleUp` or `scaleDown` of an `autoscaling/v2` HorizontalPodAutoscaler, defaults filled in. */
export interface ScalingRules {
  readonly stabilizationSeconds: number;
  readonly select: 'Max' | 'Min' | 'Disabled';
  readonly policies: readonly ScalingPolicy[];
  /** Share of the target by which the load may be off before anything happens. */
  readonly tolerance: number;
}

export interface HpaBehavior {
  readonly scaleUp: ScalingRules;
  readonly scaleDown: ScalingRules;
}

/** kube-controller-manager's `--horizontal-pod-autoscaler-tolerance` and `-downscale-stabilization`. */
export const DEFAULT_TOLERANCE = 0.1;
export const DEFAULT_DOWN_WINDOW_SECONDS = 300;

/** What the API server fills in where `behavior` is there and says nothing more (pkg/apis/autoscaling/v2/defaults.go). */
export const DEFAULT_BEHAVIOR: HpaBehavior = {
  scaleUp: {
    stabilizationSeconds: 0,
    select: 'Max',
    policies: [
      { type: 'Pods', value: 4, periodSeconds: 15 },
      { type: 'Percent', value: 100, periodSeconds: 15 },
    ],
    tolerance: DEFAULT_TOLERANCE,
  },
  scaleDown: {
    stabilizationSeconds: DEFAULT_DOWN_WINDOW_SECONDS,
    select: 'Max',
    policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
    tolerance: DEFAULT_TOLERANCE,
  },
};

/** Without `behavior` a step up goes to twice the pods or to these, whichever is more. */
const LEAST_STEP_UP = 4;

export interface ReplicaBounds {
  readonly min: number;
  readonly max: number;
}

/** What the HPA makes of a recommendation of its replica calculator: one recommendation or none a sync. */
export interface HpaNormalizer {
  /**
   * Remembers the recommendation and gives the replicas to set, within the bounds. A sync without a recommendation (no metric) is
   * left out: the older ones age by the clock.
   */
  replicas(recommended: number, current: number, bounds: ReplicaBounds, nowSeconds: number): number;
  /** The pods were changed: counts against the policies of the periods to come. */
  scaled(from: number, to: number, nowSeconds: number): void;
  /** The first sync of all: what is there counts as recommended, so that a new HPA takes nothing away within its window. */
  begin(current: number, nowSeconds: number): void;
}

/** @param behavior undefined: the manifest has none, which the controller treats by other, older rules. */
export function hpaNormalizer(behavior: HpaBehavior | undefined): HpaNormalizer {
  return behavior === undefined ? new PlainNormalizer() : new BehaviorNormalizer(behavior);
}

/**
 * With `behavior`. Source: kubernetes v1.35 pkg/controller/podautoscaler/horizontal.go, stabilizeRecommendationWithBehaviors,
 * convertDesiredReplicasWithBehaviorRate, calculateScaleUpLimitWithScalingRules, calculateScaleDownLimitWithBehaviors.
 */
class BehaviorNormalizer implements HpaNormalizer {
  private readonly behavior: HpaBehavior;
  private readonly recommendations: Window;
  private readonly added: Window;
  private readonly removed: Window;

  constructor(behavior: HpaBehavior) {
    const { scaleUp, scaleDown } = behavior;
    this.behavior = behavior;
    this.recommendations = new Window(Math.max(scaleUp.stabilizationSeconds, scaleDown.stabilizationSeconds));
    // An event of one direction counts in the periods of both.
    const periods = [...scaleUp.policies, ...scaleDown.policies].map(({ periodSeconds }) => periodSeconds);
    const longest = Math.max(0, ...periods);
    this.added = new Window(longest);
    this.removed = new Window(longest);
  }

  begin(current: number, now: number): void {
    this.recommendations.push(current, now);
  }

  scaled(from: number, to: number, now: number): void {
    if (to > from) this.added.push(to - from, now);
    else if (to < from) this.removed.push(from - to, now);
  }

  replicas(recommended: number, current: number, { min, max }: ReplicaBounds, now: number): number {
    const { scaleUp, scaleDown } = this.behavior;
    let wanted = recommended;
    // Up to the smallest, down to the largest recommendation of its window; never past what is there.
    if (recommended > current)
      wanted = Math.max(current, this.recommendations.least(recommended, scaleUp.stabilizationSeconds, now));
    else if (recommended < current)
      wanted = Math.min(current, this.recommendations.largest(recommended, scaleDown.stabilizationSeconds, now));
    this.recommendations.push(recommended, now);
    if (wanted > current) wanted = Math.min(wanted, Math.max(current, this.upLimit(current, now)));
    else if (wanted < current) wanted = Math.max(wanted, Math.min(current, this.downLimit(current, now)));
    return Math.max(min, Math.min(max, wanted));
  }

  private upLimit(current: number, now: number): number {
    const { select, policies } = this.behavior.scaleUp;
    if (select === 'Disabled') return current;
    let limit = select === 'Min' ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
    for (const { type, value, periodSeconds } of policies) {
      const start = this.periodStart(current, periodSeconds, now);
      // Rounded up: 10 % more than 3 pods is one more.
      const proposed = type === 'Pods' ? start + value : Math.ceil(start * (1 + value / 100));
      limit = select === 'Min' ? Math.min(limit, proposed) : Math.max(limit, proposed);
    }
    return limit;
  }

  private downLimit(current: number, now: number): number {
    const { select, policies } = this.behavior.scaleDown;
    if (select === 'Disabled') return current;
    // The smallest change leaves the most pods.
    let limit = select === 'Min' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
    for (const { type, value, periodSeconds } of policies) {
      const start = this.periodStart(current, periodSeconds, now);
      const proposed = type === 'Pods' ? start - value : Math.trunc(start * (1 - value / 100));
      limit = select === 'Min' ? Math.max(limit, proposed) : Math.min(limit, proposed);
    }
    return limit;
  }

  /** The pods that there were before the changes of the period. */
  private periodStart(current: number, periodSeconds: number, now: number): number {
    return current - this.added.sum(periodSeconds, now) + this.removed.sum(periodSeconds, now);
  }
}

/**
 * Without `behavior`: the largest recommendation of five minutes counts in both directions. Source: normalizeDesiredReplicas,
 * stabilizeRecommendation and calculateScaleUpLimit of the same file.
 */
class PlainNormalizer implements HpaNormalizer {
  private readonly recommendations = new Window(DEFAULT_DOWN_WINDOW_SECONDS);

  begin(current: number, now: number): void {
    this.recommendations.push(current, now);
  }

  scaled(): void {}

  replicas(recommended: number, current: number, { min, max }: ReplicaBounds, now: number): number {
    const wanted = this.recommendations.largest(recommended, DEFAULT_DOWN_WINDOW_SECONDS, now);
    this.recommendations.push(recommended, now);
    return Math.max(min, Math.min(wanted, max, Math.max(2 * current, LEAST_STEP_UP)));
  }
}

/** Values with their instants, the oldest first, for as long as the longest question reaches back. */
class Window {
  private readonly seconds: number;
  private times: number[] = [];
  private values: number[] = [];
  private first = 0;

  constructor(seconds: number) {
    this.seconds = seconds;
  }

  push(value: number, now: number): void {
    const { times, values } = this;
    while (this.first < times.length && times[this.first]! <= now - this.seconds) this.first++;
    if (this.first > 256) {
      this.times = times.slice(this.first);
      this.values = values.slice(this.first);
      this.first = 0;
    }
    this.times.push(now);
    this.values.push(value);
  }

  /** Of the given value and all that are younger than `seconds`. */
  largest(value: number, seconds: number, now: number): number {
    let most = value;
    for (let i = this.times.length - 1; i >= this.first && this.times[i]! > now - seconds; i--)
      if (this.values[i]! > most) most = this.values[i]!;
    return most;
  }

  least(value: number, seconds: number, now: number): number {
    let least = value;
    for (let i = this.times.length - 1; i >= this.first && this.times[i]! > now - seconds; i--)
      if (this.values[i]! < least) least = this.values[i]!;
    return least;
  }

  sum(seconds: number, now: number): number {
    let all = 0;
    for (let i = this.times.length - 1; i >= this.first && this.times[i]! > now - seconds; i--) all += this.values[i]!;
    return all;
  }
}
