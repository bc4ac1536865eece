import { podsFor } from '../../core/pods.ts';
import { levelAt } from '../demand.ts';
import type { WorkloadPlan } from '../scenarios/scenario.ts';
import type { SimulatedDeployment } from './deployment.ts';
import type { SimulatedPod } from './pod.ts';

/** Samples of a minute's mean. */
const MEAN_STEP_SECONDS = 5;
const MINUTE_SECONDS = 60;

/** The HPA's tolerance. */
const TOLERANCE = 0.1;
/** An ordinary measurement is off by less than this, and its error has room in the HPA's tolerance. */
const ORDINARY_ERROR = 0.05;

/** What is asked of one workload, what its pods do with it, and how many it truly needs. All instants are epoch seconds. */
export class SimulatedWorkload {
  /** As it is now: a person may set another target. */
  plan: WorkloadPlan;
  readonly deployment: SimulatedDeployment;
  /** What is measured ends so long before anybody can ask at an instant: the last scrape that was not lost. */
  lagSeconds: (atSeconds: number) => number = () => 0;
  /** The share of the work by which a measurement may be off, without a fault. */
  errorShare = 0.05;
  /** What is measured is the mean of so long. */
  windowSeconds = MINUTE_SECONDS;
  private readonly startSeconds: number;
  private readonly seed: number;
  /** Work of one pods' worth: fixed at the start, so that another request changes what a pod serves, and not what is asked. */
  private readonly unit: number;
  private usedSeconds: number;

  constructor(plan: WorkloadPlan, deployment: SimulatedDeployment, startSeconds: number, seed: number) {
    this.plan = plan;
    this.deployment = deployment;
    this.startSeconds = startSeconds;
    this.seed = seed;
    this.usedSeconds = startSeconds;
    this.unit = this.servesAtTarget(plan.request);
  }

  /** Whether adding pods adds load: what is measured is measured on the pods. */
  get isClosed(): boolean {
    return this.plan.metric === 'cpu' || this.plan.metric === 'memory';
  }

  /** Work that is asked at an instant, in the metric's unit, baselines left out. */
  workAt(seconds: number): number {
    return this.unit * levelAt(this.plan.demand, seconds - this.startSeconds, this.seed);
  }

  /** Of the minute that ends there, or of the window that it is measured over: what an observer can know of it. */
  meanWork(endSeconds: number): number {
    let sum = 0;
    for (let back = 0; back < this.windowSeconds; back += MEAN_STEP_SECONDS) sum += this.workAt(endSeconds - back);
    return (sum * MEAN_STEP_SECONDS) / this.windowSeconds;
  }

  /** Core-seconds of a pod at an instant since what it uses was last reckoned. */
  coreSecondsAt({ coreSeconds, cores }: SimulatedPod, seconds: number): number {
    return coreSeconds + cores * (seconds - this.usedSeconds);
  }

  /**
   * Pods that this work needs at the target: in closed loop the smallest n with n · baseline + work ≤ n · target.
   * @param tolerance pods may be over their target by this share, baselines and all
   */
  needOf(work: number, tolerance = 0): number {
    return podsFor(work, this.servesAtTarget(this.deployment.request, 1 + tolerance));
  }

  /** Pods that this work needs within the HPA's tolerance: they are at most 10 % over their target, baselines and all. */
  toleratedNeedOf(work: number): number {
    return this.needOf(work, TOLERANCE);
  }

  /**
   * The same where what is measured is off by more than an ordinary measurement: what the pods use looks smaller by that, their baselines
   * too, so that they are within the tolerance a little longer.
   */
  seenNeedOf(work: number): number {
    const beyond = Math.max(0, this.errorShare - ORDINARY_ERROR);
    return this.needOf(work, (1 + TOLERANCE) / (1 - beyond) - 1);
  }

  /** Whether the HPA's replica calculator, with all of these pods Ready, asks for no fewer. @param replicas at least 1 */
  hpaStays(work: number, replicas: number): boolean {
    const { baseline } = this.plan;
    const usage = work + (this.isClosed ? replicas * baseline : 0);
    const atTarget = this.servesAtTarget(this.deployment.request) + (this.isClosed ? baseline : 0);
    return usage / (replicas * atTarget) >= 1 - TOLERANCE || podsFor(usage, atTarget) >= replicas;
  }

  needAt(seconds: number): number {
    return this.needOf(this.workAt(seconds));
  }

  /** Work that a Ready pod does at its target, its baseline left out. */
  private servesAtTarget(request: number, times = 1): number {
    const { target, ofRequest, baseline } = this.plan;
    return times * (ofRequest ? targetShare(this.plan) * request : target) - (this.isClosed ? baseline : 0);
  }

  /** What the pods use from now on. */
  use(nowSeconds: number): void {
    const { deployment, plan, isClosed } = this;
    const ready = deployment.ready;
    const share = ready.length > 0 ? this.workAt(nowSeconds) / ready.length : 0;
    const { baseline, metric, startup } = plan;
    const idle = isClosed ? baseline : 0;
    for (const pod of deployment.lives.pods.values()) {
      const serves = pod.readySeconds !== undefined && pod.deletedSeconds === undefined;
      const runs = pod.startedSeconds !== undefined && pod.startedSeconds <= nowSeconds && pod.phase === 'Running';
      const usage = !runs ? 0 : serves ? idle + share : idle;
      pod.coreSeconds += pod.cores * (nowSeconds - this.usedSeconds);
      if (metric === 'memory') pod.gib = usage;
      else
        pod.cores =
          metric === 'cpu' ? limited(pod, usage + (runs ? burn(pod, startup, nowSeconds) : 0)) : runs ? 0.1 : 0;
    }
    this.usedSeconds = nowSeconds;
  }

  /** The past, as the source of demand or the addon's own store has it: work and, in closed loop, as many pods' baselines as it needed. */
  pastDemand(endSeconds: number): number {
    const work = this.meanWork(endSeconds);
    return this.isClosed ? work + this.plan.baseline * Math.max(1, this.needOf(work)) : work;
  }
}

function limited({ limitCores }: SimulatedPod, cores: number): number {
  return limitCores > 0 ? Math.min(limitCores, cores) : cores;
}

/** Class loading, caches: from the start of the containers until a while after Ready. */
function burn(
  { startedSeconds, readySeconds }: SimulatedPod,
  { burnCores, burnSeconds }: WorkloadPlan['startup'],
  nowSeconds: number,
): number {
  if (burnCores === 0 || startedSeconds === undefined) return 0;
  return readySeconds === undefined || nowSeconds < readySeconds + burnSeconds ? burnCores : 0;
}

/** The target as a share of the request, in whole percent, as an annotation says it. */
export function targetShare({ target, request }: WorkloadPlan): number {
  return Math.round((100 * target) / request) / 100;
}
