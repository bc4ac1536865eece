import type { PodRecord } from '../../core/pod-record.ts';
import type { MetricTarget } from '../../core/policy/policy.ts';
import { TICKS_PER_HOUR } from '../../core/tick.ts';

/** No container of it requests any: `cpu: 0`, or none of its containers has a GPU. */
export const NO_REQUEST =
  'its pods request none of it, so that a share of the request is no number: set a request, or an absolute target';
export const NO_POD = 'no pod of it has run yet, whose request would tell what a share of it is';

/** Capacities that differ by less are one: pods of two templates during a rollout that changes a request a little. */
const SAME_SHARE = 0.05;
/** What was learned is fitted anew once a capacity has stood for five minutes: a rollout passes through all between its two. */
const SETTLED_TICKS = (5 / 60) * TICKS_PER_HOUR;

/** Whether what was fitted for one capacity serves for the other: forecasts are in units of demand, only the margins were tuned to it. */
export function sameCapacity(a: number, b: number): boolean {
  return Math.abs(a / b - 1) <= SAME_SHARE;
}

/**
 * Demand that one Ready pod of a workload serves at its target, for one of its metrics: an absolute number, or a share of what the
 * pods that serve request, on average. As in the HPA's replica calculator, pods that are Pending, finished or leaving say nothing: of ten
 * Ready pods of 500m and one Pending of 2 cores, one serves 500m × target. While none is Ready, the last known request stands.
 */
export class PodCapacity {
  private readonly target: MetricTarget;
  /** Mean request of the pods that served last, in the unit of the demand; undefined: none was seen yet. */
  request: number | undefined;
  /** What a pod serves now; a text: why that is no number; undefined: none was Ready since this process began. */
  present: number | string | undefined;
  /** What forecasts and margins are to be fitted for: the present one, without its changes during a rollout. */
  settled: number | undefined;
  /** The capacity that stands since so many ticks. */
  private standing = Number.NaN;
  private standingTicks = 0;

  /** @param before the same metric's under the last policy, whose request is still known */
  constructor(target: MetricTarget, before?: PodCapacity) {
    this.target = target;
    const { metric } = target;
    const isSame = JSON.stringify(before?.target.metric) === JSON.stringify(metric);
    if (isSame && target.target.kind === 'utilization') this.request = before!.request;
  }

  /** Takes the workload's pods as they are now. */
  update(pods: readonly PodRecord[]): number | string | undefined {
    this.present = this.presentOf(pods);
    if (typeof this.present === 'number' && (this.settled === undefined || this.target.target.kind === 'absolute'))
      this.settled = this.present;
    return this.present;
  }

  /** A tick has passed. */
  tick(): void {
    const { present, settled, standing } = this;
    if (typeof present !== 'number' || settled === undefined) return;
    if (!sameCapacity(present, standing)) {
      this.standing = present;
      this.standingTicks = 0;
    } else if (++this.standingTicks >= SETTLED_TICKS && !sameCapacity(present, settled)) this.settled = present;
  }

  private presentOf(pods: readonly PodRecord[]): number | string | undefined {
    const { metric, target } = this.target;
    if (target.kind === 'absolute') return target.perPod;
    if (metric.kind !== 'resource') return NO_REQUEST;
    const { resource } = metric;
    const serving = servingPods(pods, this.request === undefined);
    const lacking =
      resource === 'gpu' ? undefined : serving.find(({ requests }) => requests.without?.[resource] !== undefined);
    if (lacking && resource !== 'gpu')
      return missingRequest(resource, lacking.requests.without![resource]!, lacking.name);
    if (serving.length > 0) this.request = meanRequest(serving, resource);
    if (this.request === undefined) return undefined;
    return this.request > 0 ? this.request * target.fraction : NO_REQUEST;
  }
}

/** The Ready ones; where none is and nothing is known yet, those that run. */
function servingPods(pods: readonly PodRecord[], orRunning: boolean): readonly PodRecord[] {
  const running = pods.filter(({ phase, deleting }) => phase === 'Running' && !deleting);
  const ready = running.filter(({ readySinceSeconds }) => readySinceSeconds !== undefined);
  return ready.length === 0 && orRunning ? running : ready;
}

function meanRequest(pods: readonly PodRecord[], resource: 'cpu' | 'memory' | 'gpu'): number {
  const field = ({ cpu: 'cpuCores', memory: 'memoryBytes', gpu: 'gpus' } as const)[resource];
  let sum = 0;
  for (const { requests } of pods) sum += requests[field];
  return sum / pods.length;
}

/** The HPA's words, and what would be right. */
function missingRequest(resource: string, container: string, pod: string): string {
  const what =
    container === ''
      ? `missing pod-level request for ${resource} in Pod ${pod}`
      : `missing request for ${resource} in container ${container} of Pod ${pod}`;
  return `${what}: a share of the request is no number then; set one, or an absolute target`;
}
