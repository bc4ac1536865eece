/** Ticks before and after a change of pods that are compared, and the ticks between them: a pod that starts serves, and is counted, a minute later. */
const COMPARED_TICKS = 4;
const BETWEEN_TICKS = 8;
const SPAN = 2 * COMPARED_TICKS + BETWEEN_TICKS;
/** A change of fewer pods than this share of them is lost in the noise of the load. */
const LEAST_CHANGE = 0.05;
/** So many of the newest changes are remembered; their median counts, as the load may have changed at the same time. */
export const REMEMBERED_CHANGES = 7;
/** A baseline this close to the target leaves pods with nothing to serve with. */
const MOST_SHARE = 0.9;

/**
 * What each pod uses whatever it serves, learned from the workload's own changes of pods: usage = pods × baseline + work, so that a
 * change of pods alone changes usage by the baseline. A load that rises while pods are added makes it look too large, which is the safe
 * side: see `workFactor`.
 */
export class PodBaseline {
  /** Usage and counted pods of the last ticks, rings; NaN: not measured. */
  private readonly usage = new Float32Array(SPAN).fill(Number.NaN);
  private readonly pods = new Float32Array(SPAN);
  private tick = 0;
  private comparedTick = Number.NEGATIVE_INFINITY;
  private changes: number[] = [];

  /** One tick. @param usage of all counted pods, NaN: none. @param counted pods that are in it */
  observe(usage: number, counted: number): void {
    const at = this.tick++ % SPAN;
    this.usage[at] = usage;
    this.pods[at] = counted;
    if (this.tick < SPAN || this.tick - this.comparedTick < SPAN) return;
    const before = this.mean(this.tick - SPAN);
    const after = this.mean(this.tick - COMPARED_TICKS);
    if (before === undefined || after === undefined) return;
    const change = after.pods - before.pods;
    if (Math.abs(change) < Math.max(1, LEAST_CHANGE * before.pods)) return;
    this.comparedTick = this.tick;
    const baseline = (after.usage - before.usage) / change;
    // As many digits as are stored.
    this.changes.push(Number(Math.min(after.usage / after.pods, Math.max(0, baseline)).toPrecision(6)));
    if (this.changes.length > REMEMBERED_CHANGES) this.changes.shift();
  }

  /** Usage of a pod that serves nothing, in the unit of the metric; undefined: no change was seen yet. */
  get perPod(): number | undefined {
    if (this.changes.length === 0) return undefined;
    const sorted = [...this.changes].sort((a, b) => a - b);
    return sorted[sorted.length >> 1];
  }

  /** What the newest changes of pods told, the oldest first: what another process goes on from. */
  get told(): readonly number[] {
    return this.changes;
  }

  /** Goes on from what another process was told; one that was told something itself needs it no more. */
  restore(told: readonly number[]): void {
    if (this.changes.length === 0) this.changes = told.slice(-REMEMBERED_CHANGES);
  }

  /** Over ticks with the same pods all along; undefined: they changed meanwhile, or there is no measurement. */
  private mean(fromTick: number): { readonly usage: number; readonly pods: number } | undefined {
    const pods = this.pods[fromTick % SPAN]!;
    let sum = 0;
    for (let tick = fromTick; tick < fromTick + COMPARED_TICKS; tick++) {
      if (this.pods[tick % SPAN] !== pods) return undefined;
      sum += this.usage[tick % SPAN]!;
    }
    return Number.isNaN(sum) || pods === 0 ? undefined : { usage: sum / COMPARED_TICKS, pods };
  }
}

/** Usage of a pod that serves nothing; `unknown` until the pods of a workload changed for the first time. */
export type Baseline = number | 'unknown';

/**
 * By what factor a demand of the pods' own usage asks for other pods than demand ÷ target does, because pods that are added add their
 * baseline: n pods at the target T serve n · (T − b), so a usage U of n pods grows to that of a work (U − n · b) · growth. At U = n · T it
 * is 1, whatever the baseline: one that is taken for too large changes nothing there. One that is not known may be all of the usage: a
 * margin then asks for no pod that the HPA, which has none, would not add, as each would be an own reason for the next.
 * @param usage now, of `counted` pods. @param target usage of one pod. @param baseline of one pod.
 */
export function workFactor(usage: number, counted: number, target: number, baseline: Baseline): number {
  if (!(usage > 0) || counted === 0) return 1;
  const idle = MOST_SHARE * Math.min(target, usage / counted);
  const b = baseline === 'unknown' ? idle : Math.min(baseline, idle);
  const factor = (target * (1 - (counted * b) / usage)) / (target - b);
  return baseline === 'unknown' ? Math.min(1, factor) : factor;
}

/**
 * What the reactive rule holds against a target of its own, below the one that was asked for: the spare room is for work, and idle pods
 * need none. With it for their baselines too, each pod that is added is an own reason for the next: pods that use 60 % of their target
 * whatever they serve would be 14 for a need of 8. Never less than leads to the pods of the asked target, as the baseline is an estimate.
 * A baseline that is not known may be all of the usage: it is judged by the asked target, as the HPA does.
 * @param baseline of one pod; undefined: the demand is not the pods' usage. @param share of the asked target
 */
export function usageJudged(
  usage: number,
  counted: number,
  target: number,
  baseline: Baseline | undefined,
  share: number,
): number {
  if (baseline === undefined || share >= 1) return usage;
  if (baseline === 'unknown') return usage * share;
  return usage * Math.min(1, Math.max(share, workFactor(usage, counted, target, baseline)));
}
