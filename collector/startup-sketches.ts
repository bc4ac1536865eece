import type { NodeClass } from '../core/pod-record.ts';
import type { StartupLatency } from '../core/startup.ts';
import type { Stage } from './lifecycle.ts';
import { Cell, ENOUGH_SAMPLES, type StartedPod, type WaitingPod } from './startup-cell.ts';
import { type HistogramCounts, StartupHistogram } from './startup-histogram.ts';
import {
  BUCKETS,
  batchQuantile,
  bucketName,
  bucketOf,
  DEFAULT_STARTUP,
  mixture,
  queueSeconds,
} from './startup-model.ts';
import { restoreCells, type SavedStartups, saveCells } from './startup-saved.ts';

/**
 * After three days a start-up weighs half. Images change with releases, days to weeks apart, and a week-old start-up still weighs
 * a fifth: so a workload that starts pods each morning has its week, and a new image rules after a few days.
 */
export const HALF_LIFE_SECONDS = 3 * 86_400;
export const NODE_CLASSES: readonly NodeClass[] = ['virtual', 'ordinary'];

/** Created → Ready, beside the stages that it is made of. */
export type Span = Stage | 'total';

/** Shares of a workload's pods by node class; they need not add up to 1. */
export type ClassMix = Readonly<Record<NodeClass, number>>;

export interface LatencyQuestion {
  readonly workload: string;
  /** Where the pods will run; left out: where the workload's (namespace's, cluster's) pods ran so far. */
  readonly nodes?: NodeClass | ClassMix;
  /** Pods about to be created at once. */
  readonly batch: number;
  readonly nowSeconds: number;
}

export interface LatencyEstimate {
  readonly latency: StartupLatency;
  /** Measured on this workload at this batch size; borrowed from other sizes or workloads; assumed. The worst of its node classes. */
  readonly source: 'measured' | 'borrowed' | 'default';
  /** Effective samples behind it; 0 for a default. */
  readonly samples: number;
}

/**
 * Start-up latencies by workload × node class × size of the batch, each also in its namespace and in the cluster, for those that
 * have few of their own. Stages are kept without the batch sizes: they explain, they don't plan.
 */
export class StartupSketches {
  /** By `scope class`: `shop/Deployment/web virtual`, `shop virtual`, ` virtual`. */
  readonly #cells = new Map<string, Cell>();
  readonly #histograms = new Map<string, Map<Span, StartupHistogram>>();
  readonly #waiting = new Map<string, WaitingPod>();
  /** Workloads that came back by `restore`, and from when. */
  readonly #restored = new Map<string, number>();
  readonly #landmarkSeconds: number;

  /** @param nowSeconds weights are counted from here; any time near the present will do, for some years */
  constructor(nowSeconds: number) {
    this.#landmarkSeconds = nowSeconds;
  }

  started(pod: StartedPod): void {
    const weight = this.#weight(pod.atSeconds);
    const bucket = bucketOf(pod.batch);
    for (const cell of this.#cellsOf(pod)) {
      cell.readySketch(bucket).add(pod.totalSeconds, weight);
      cell.curves.delete(bucket);
    }
    if (!pod.live) return;
    const spans = Object.entries({ ...pod.stageSeconds, total: pod.totalSeconds }) as [Span, number][];
    const key = `${pod.workload} ${pod.nodeClass}`;
    const histograms = this.#histograms.get(key) ?? new Map<Span, StartupHistogram>();
    this.#histograms.set(key, histograms);
    for (const [span, seconds] of spans) {
      const histogram = histograms.get(span) ?? new StartupHistogram();
      histograms.set(span, histogram);
      histogram.observe(seconds);
    }
  }

  /** A pod waits: it counts as not Ready by its age until it is settled. The same uid again replaces what was said of it. */
  waits(pod: WaitingPod): void {
    const before = this.#waiting.get(pod.uid);
    if (before?.workload === pod.workload && before.nodeClass === pod.nodeClass) return;
    this.settled(pod.uid);
    this.#waiting.set(pod.uid, pod);
    for (const cell of this.#cellsOf(pod)) cell.waiting.set(pod.uid, pod);
  }

  /** The pod no longer waits: it is Ready, or was only announced. */
  settled(uid: string): void {
    const pod = this.#waiting.get(uid);
    if (pod === undefined) return;
    this.#waiting.delete(uid);
    for (const cell of this.#cellsOf(pod)) cell.waiting.delete(uid);
  }

  /** A waiting pod was deleted or failed: it is remembered as not Ready by the age it had. */
  gaveUp(uid: string, nowSeconds: number): void {
    const pod = this.#waiting.get(uid);
    if (pod === undefined) return;
    const bucket = bucketOf(pod.batch());
    const age = Math.max(0, nowSeconds - pod.createdSeconds);
    for (const cell of this.#cellsOf(pod)) {
      cell.unreadySketch(bucket).add(age, this.#weight(nowSeconds));
      cell.curves.delete(bucket);
    }
    this.settled(uid);
  }

  /** Lets go of a workload; what it taught its namespace and the cluster stays. */
  forget(workload: string): void {
    this.#restored.delete(workload);
    for (const pod of [...this.#waiting.values()]) if (pod.workload === workload) this.settled(pod.uid);
    for (const nodeClass of NODE_CLASSES) {
      this.#cells.delete(`${workload} ${nodeClass}`);
      this.#histograms.delete(`${workload} ${nodeClass}`);
    }
  }

  /** Never of a larger batch less than of a smaller one. */
  latency({ workload, nodes, batch, nowSeconds }: LatencyQuestion): LatencyEstimate {
    const mix = typeof nodes === 'string' ? only(nodes) : (nodes ?? this.classMix(workload));
    const parts = NODE_CLASSES.filter((nodeClass) => mix[nodeClass] > 0).map((nodeClass) => ({
      share: mix[nodeClass],
      ...this.#ofClass(workload, nodeClass, bucketOf(batch), nowSeconds),
    }));
    const worst = (['default', 'borrowed', 'measured'] as const).find((one) =>
      parts.some(({ source }) => source === one),
    )!;
    return {
      latency: { quantile: mixture(parts), description: parts.map(({ description }) => description).join('; ') },
      source: worst,
      samples: Math.round(parts.reduce((sum, { samples }) => sum + samples, 0)),
    };
  }

  /** Where the workload's pods ran, by their weight; else its namespace's or the cluster's; all ordinary where nothing is known. */
  classMix(workload: string): ClassMix {
    for (const scope of scopesOf(workload)) {
      const [virtual, ordinary] = NODE_CLASSES.map((nodeClass) =>
        totalWeight(this.#cells.get(`${scope} ${nodeClass}`)),
      );
      const whole = virtual! + ordinary!;
      if (whole > 0) return { virtual: virtual! / whole, ordinary: ordinary! / whole };
    }
    return only('ordinary');
  }

  /** Of what was seen since the process started. */
  histograms(): { workload: string; nodeClass: NodeClass; span: Span; counts: HistogramCounts }[] {
    return [...this.#histograms].flatMap(([key, spans]) => {
      const [workload, nodeClass] = key.split(' ') as [string, NodeClass];
      return [...spans].map(([span, histogram]) => ({ workload, nodeClass, span, counts: histogram.counts() }));
    });
  }

  /** Everything but the pods that wait and the histograms, as versioned JSON. */
  serialize(nowSeconds: number): SavedStartups {
    return saveCells(this.#cells, nowSeconds, 1 / this.#weight(nowSeconds));
  }

  /** Adds what was saved; decays it by its age. @throws InputError for a version or shape that isn't ours */
  restore(saved: unknown): void {
    const { keys, atSeconds } = restoreCells(saved, this.#cell, (seconds) => this.#weight(seconds));
    for (const key of keys) this.#restored.set(key.split(' ')[0]!, atSeconds);
  }

  /** Whether a start-up of then is among those that were restored. */
  countedBefore(workload: string, atSeconds: number): boolean {
    return atSeconds <= (this.#restored.get(workload) ?? Number.NEGATIVE_INFINITY);
  }

  /** Adds what another one knows. */
  merge(other: StartupSketches): void {
    const factor = this.#weight(other.#landmarkSeconds);
    for (const [key, from] of other.#cells) {
      const cell = this.#cell(key);
      for (const [bucket, sketch] of from.ready) cell.readySketch(bucket).merge(sketch, factor);
      for (const [bucket, sketch] of from.unready) cell.unreadySketch(bucket).merge(sketch, factor);
      cell.curves.clear();
    }
  }

  /** Weights double each half-life, so that what came before weighs half. 2^1000 is 8 years of one process. */
  #weight(atSeconds: number): number {
    return 2 ** ((atSeconds - this.#landmarkSeconds) / HALF_LIFE_SECONDS);
  }

  readonly #cell = (key: string): Cell => {
    const found = this.#cells.get(key) ?? new Cell();
    this.#cells.set(key, found);
    return found;
  };

  #cellsOf({ workload, nodeClass }: Pick<StartedPod, 'workload' | 'nodeClass'>): Cell[] {
    return scopesOf(workload).map((scope) => this.#cell(`${scope} ${nodeClass}`));
  }

  #ofClass(workload: string, nodeClass: NodeClass, bucket: number, nowSeconds: number) {
    for (const scope of scopesOf(workload)) {
      const cell = this.#cells.get(`${scope} ${nodeClass}`);
      if (cell === undefined) continue;
      const measured = new Map<number, (level: number) => number>();
      let samples = 0;
      for (let one = 0; one < BUCKETS; one++) {
        const curve = cell.curve(one, nowSeconds, this.#weight(nowSeconds));
        // Ten pods of not quite the same age are 9.9.
        if (Math.round(curve.samples) < ENOUGH_SAMPLES) continue;
        measured.set(one, (level) => curve.survival.quantile(level));
        samples += curve.samples;
      }
      if (measured.size === 0) continue;
      const exact = scope === workload && measured.has(bucket);
      return {
        quantile: (level: number) => batchQuantile(measured, bucket, level),
        source: exact ? ('measured' as const) : ('borrowed' as const),
        samples,
        description: describe(scope, workload, nodeClass, bucket, measured.has(bucket), samples),
      };
    }
    const start = DEFAULT_STARTUP[nodeClass];
    return {
      quantile: (level: number) => start.quantile(level) + queueSeconds(bucket),
      source: 'default' as const,
      samples: 0,
      description: `${nodeClass} nodes: assumed ${start.description} for one pod, ${bucketName(bucket)}: +${queueSeconds(bucket).toFixed(1)} s`,
    };
  }
}

/** The workload, its namespace, the cluster. */
function scopesOf(workload: string): readonly string[] {
  return [workload, workload.slice(0, workload.indexOf('/')), ''];
}

function only(nodeClass: NodeClass): ClassMix {
  return { virtual: nodeClass === 'virtual' ? 1 : 0, ordinary: nodeClass === 'ordinary' ? 1 : 0 };
}

function totalWeight(cell: Cell | undefined): number {
  return [...(cell?.ready.values() ?? [])].reduce((sum, { weight }) => sum + weight, 0);
}

function describe(
  scope: string,
  workload: string,
  nodeClass: NodeClass,
  bucket: number,
  seen: boolean,
  samples: number,
) {
  const whose = scope === workload ? 'of its own' : scope === '' ? 'in the cluster' : `in namespace ${scope}`;
  const size = seen ? bucketName(bucket) : `${bucketName(bucket)} not seen yet, reckoned from other batches`;
  return `${nodeClass} nodes: ${Math.round(samples)} start-ups ${whose}; ${size}`;
}
