import type { NodeClass } from '../../core/pod-record.ts';
import type { StartupLatency } from '../../core/startup.ts';
import type { Stage } from '../pods/lifecycle.ts';
import { type Borrowed, BorrowedCurves, ENOUGH_LENDERS, withOwn } from './borrowing.ts';
import { Cell, ENOUGH_SAMPLES, type StartedPod, type WaitingPod } from './cell.ts';
import { type ExportedHistogram, StartupHistogram } from './histogram.ts';
import { BUCKETS, batchQuantile, bucketName, bucketOf, DEFAULT_STARTUP, mixture, queueSeconds } from './model.ts';
import { restoreCells, type SavedStartups, saveCells } from './saved.ts';

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
  /** Effective samples behind it; 0 where nothing was measured. */
  readonly samples: number;
}

/**
 * Start-up latencies by workload × node class × size of the batch, each also in its namespace and in the cluster, for those that
 * have few of their own. Stages are kept without the batch sizes: they explain, they don't plan.
 */
export class StartupSketches {
  /** By `scope class`: `shop/Deployment/web virtual`, `shop virtual`, ` virtual`. */
  private readonly cells = new Map<string, Cell>();
  private readonly histogramsByKey = new Map<string, Map<Span, StartupHistogram>>();
  private readonly waiting = new Map<string, WaitingPod>();
  /** Workloads that came back by `restore`, and from when. */
  private readonly restored = new Map<string, number>();
  private readonly curves = new BorrowedCurves();
  /** Start-ups counted: what is borrowed changes with them. */
  private starts = 0;
  private readonly landmarkSeconds: number;

  /** @param nowSeconds weights are counted from here; any time near the present will do, for some years */
  constructor(nowSeconds: number) {
    this.landmarkSeconds = nowSeconds;
  }

  started(pod: StartedPod): void {
    this.starts++;
    const weight = this.weight(pod.atSeconds);
    const bucket = bucketOf(pod.batch);
    for (const cell of this.cellsOf(pod)) {
      cell.readySketch(bucket).add(pod.totalSeconds, weight);
      cell.curves.delete(bucket);
    }
    if (!pod.live) return;
    const spans = Object.entries({ ...pod.stageSeconds, total: pod.totalSeconds }) as [Span, number][];
    const key = `${pod.workload} ${pod.nodeClass}`;
    const histograms = this.histogramsByKey.get(key) ?? new Map<Span, StartupHistogram>();
    this.histogramsByKey.set(key, histograms);
    for (const [span, seconds] of spans) {
      const histogram = histograms.get(span) ?? new StartupHistogram();
      histograms.set(span, histogram);
      histogram.observe(seconds);
    }
  }

  /** A pod waits: it counts as not Ready by its age until it is settled. The same uid again replaces what was said of it. */
  waits(pod: WaitingPod): void {
    const before = this.waiting.get(pod.uid);
    if (before?.workload === pod.workload && before.nodeClass === pod.nodeClass) return;
    this.settled(pod.uid);
    this.waiting.set(pod.uid, pod);
    for (const cell of this.cellsOf(pod)) cell.waiting.set(pod.uid, pod);
  }

  /** The pod no longer waits: it is Ready, or was only announced. */
  settled(uid: string): void {
    const pod = this.waiting.get(uid);
    if (pod === undefined) return;
    this.waiting.delete(uid);
    for (const cell of this.cellsOf(pod)) cell.waiting.delete(uid);
  }

  /** A waiting pod was deleted or failed: it is remembered as not Ready by the age it had. */
  gaveUp(uid: string, nowSeconds: number): void {
    const pod = this.waiting.get(uid);
    if (pod === undefined) return;
    const bucket = bucketOf(pod.batch());
    const age = Math.max(0, nowSeconds - pod.createdSeconds);
    for (const cell of this.cellsOf(pod)) {
      cell.unreadySketch(bucket).add(age, this.weight(nowSeconds));
      cell.curves.delete(bucket);
    }
    this.settled(uid);
  }

  /** Lets go of a workload; what it taught its namespace and the cluster stays. */
  forget(workload: string): void {
    this.restored.delete(workload);
    for (const pod of [...this.waiting.values()]) if (pod.workload === workload) this.settled(pod.uid);
    for (const nodeClass of NODE_CLASSES) {
      this.cells.delete(`${workload} ${nodeClass}`);
      this.histogramsByKey.delete(`${workload} ${nodeClass}`);
    }
  }

  /** Never of a larger batch less than of a smaller one. */
  latency({ workload, nodes, batch, nowSeconds }: LatencyQuestion): LatencyEstimate {
    const mix = typeof nodes === 'string' ? only(nodes) : (nodes ?? this.classMix(workload));
    const parts = NODE_CLASSES.filter((nodeClass) => mix[nodeClass] > 0).map((nodeClass) => ({
      share: mix[nodeClass],
      ...this.ofClass(workload, nodeClass, bucketOf(batch), nowSeconds),
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
      const [virtual, ordinary] = NODE_CLASSES.map((nodeClass) => totalWeight(this.cells.get(`${scope} ${nodeClass}`)));
      const whole = virtual! + ordinary!;
      if (whole > 0) return { virtual: virtual! / whole, ordinary: ordinary! / whole };
    }
    return only('ordinary');
  }

  /** Of what was seen since the process started, one after the other: those of thousands of workloads are many. */
  *histograms(): Iterable<ExportedHistogram<Span>> {
    for (const key of this.histogramsByKey.keys()) yield* this.histogramsAt(key);
  }

  /** The same of one workload. */
  histogramsOf(workload: string): ExportedHistogram<Span>[] {
    return NODE_CLASSES.flatMap((nodeClass) => [...this.histogramsAt(`${workload} ${nodeClass}`)]);
  }

  private *histogramsAt(key: string): Iterable<ExportedHistogram<Span>> {
    const [workload, nodeClass] = key.split(' ') as [string, NodeClass];
    for (const [span, histogram] of this.histogramsByKey.get(key) ?? [])
      yield { workload, nodeClass, span, counts: histogram.counts() };
  }

  /** Everything but the pods that wait and the histograms, as versioned JSON. */
  serialize(nowSeconds: number): SavedStartups {
    return saveCells(this.cells, nowSeconds, 1 / this.weight(nowSeconds));
  }

  /** Adds what was saved; decays it by its age. @throws InputError for a version, shape or time that can't be ours */
  restore(saved: unknown, nowSeconds: number): void {
    this.curves.clear();
    const { keys, atSeconds } = restoreCells(saved, this.cell, (seconds) => this.weight(seconds), nowSeconds);
    for (const key of keys) this.restored.set(key.split(' ')[0]!, atSeconds);
  }

  /** Whether a start-up of then is among those that were restored. */
  countedBefore(workload: string, atSeconds: number): boolean {
    return atSeconds <= (this.restored.get(workload) ?? Number.NEGATIVE_INFINITY);
  }

  /** Adds what another one knows. */
  merge(other: StartupSketches): void {
    this.curves.clear();
    const factor = this.weight(other.landmarkSeconds);
    for (const [key, from] of other.cells) {
      const cell = this.cell(key);
      for (const [bucket, sketch] of from.ready) cell.readySketch(bucket).merge(sketch, factor);
      for (const [bucket, sketch] of from.unready) cell.unreadySketch(bucket).merge(sketch, factor);
      cell.curves.clear();
    }
  }

  /** Weights double each half-life, so that what came before weighs half. 2^1000 is 8 years of one process. */
  private weight(atSeconds: number): number {
    return 2 ** ((atSeconds - this.landmarkSeconds) / HALF_LIFE_SECONDS);
  }

  private readonly cell = (key: string): Cell => {
    const found = this.cells.get(key) ?? new Cell();
    this.cells.set(key, found);
    return found;
  };

  private cellsOf({ workload, nodeClass }: Pick<StartedPod, 'workload' | 'nodeClass'>): Cell[] {
    return scopesOf(workload).map((scope) => this.cell(`${scope} ${nodeClass}`));
  }

  private ofClass(workload: string, nodeClass: NodeClass, bucket: number, nowSeconds: number): ClassLatency {
    const cell = this.cells.get(`${workload} ${nodeClass}`);
    const own = cell && this.measured(cell, nowSeconds);
    if (own && own.curves.size > 0) {
      const seen = own.curves.has(bucket);
      return {
        quantile: (level) => batchQuantile(own.curves, bucket, level),
        source: seen ? 'measured' : 'borrowed',
        samples: own.samples,
        description: `${nodeClass} nodes: ${startUps(own.samples)} of its own; ${sizeOf(bucket, seen)}`,
      };
    }
    const borrowed = this.borrowed(workload, nodeClass, bucket, nowSeconds);
    const few = fewOf(cell);
    if (few.curves.size === 0) return borrowed;
    const first = (level: number) => batchQuantile(few.curves, bucket, level);
    return {
      quantile: withOwn(first, few.samples, ENOUGH_SAMPLES, borrowed.quantile),
      source: borrowed.source,
      // Its own are among those of its namespace and of the cluster.
      samples: Math.max(borrowed.samples, few.samples),
      description: `${borrowed.description}; ${startUps(few.samples)} of its own so far`,
    };
  }

  /** What other workloads take, of its namespace where there are enough of them; else what is assumed. */
  private borrowed(workload: string, nodeClass: NodeClass, bucket: number, nowSeconds: number): ClassLatency {
    const start = DEFAULT_STARTUP[nodeClass];
    const assumed = (level: number) => start.quantile(level) + queueSeconds(bucket);
    const [, namespace] = scopesOf(workload);
    const near = this.lent(namespace!, nodeClass, bucket, nowSeconds);
    const isNear = near.lenders >= ENOUGH_LENDERS;
    const scope = isNear ? namespace! : '';
    const { quantile, lenders } = isNear ? near : this.lent('', nodeClass, bucket, nowSeconds);
    const cell = this.cells.get(`${scope} ${nodeClass}`);
    const all = cell && this.measured(cell, nowSeconds);
    if (!all || all.curves.size === 0) {
      return {
        quantile: assumed,
        source: 'default',
        samples: 0,
        description: `${nodeClass} nodes: assumed ${start.description} for one pod, ${bucketName(bucket)}: +${queueSeconds(bucket).toFixed(1)} s`,
      };
    }
    const least = lenders < ENOUGH_LENDERS ? assumed : () => 0;
    const whose = `${lenders} workloads ${isNear ? `in namespace ${scope}` : 'in the cluster'}`;
    const upper = lenders < ENOUGH_LENDERS ? 'the slowest of them, or what is assumed' : 'the slow ones of them';
    return {
      quantile: (level) => Math.max(quantile(level), batchQuantile(all.curves, bucket, level), least(level)),
      source: 'borrowed',
      samples: all.samples,
      description: `${nodeClass} nodes: borrowed from ${startUps(all.samples)} of ${whose}: ${upper}; ${sizeOf(bucket, all.curves.has(bucket))}`,
    };
  }

  private lent(scope: string, nodeClass: NodeClass, bucket: number, nowSeconds: number): Borrowed {
    return this.curves.of(`${scope} ${nodeClass} ${bucket}`, nowSeconds, this.starts, () => {
      // Where the scope has too few start-ups, its workloads need not be looked for.
      if (!isEnough(fewOf(this.cells.get(`${scope} ${nodeClass}`)).samples)) return [];
      const begin = scope === '' ? '' : `${scope}/`;
      const lenders = [...this.cells].filter(
        ([key, cell]) => key.includes('/') && key.startsWith(begin) && key.endsWith(` ${nodeClass}`) && canLend(cell),
      );
      return lenders.map(([, cell]) => {
        let curves: Measured['curves'] | undefined;
        return (level: number) => {
          curves ??= this.measured(cell, nowSeconds).curves;
          return batchQuantile(curves, bucket, level);
        };
      });
    });
  }

  /** The batches that a cell has enough start-ups of. */
  private measured(cell: Cell, nowSeconds: number): Measured {
    const curves = new Map<number, (level: number) => number>();
    let samples = 0;
    for (let one = 0; one < BUCKETS; one++) {
      const curve = cell.curve(one, nowSeconds, this.weight(nowSeconds));
      if (!isEnough(curve.samples)) continue;
      curves.set(one, (level) => curve.survival.quantile(level));
      samples += curve.samples;
    }
    return { curves, samples };
  }
}

/** Latencies by size of the batch. */
interface Measured {
  readonly curves: ReadonlyMap<number, (level: number) => number>;
  readonly samples: number;
}

interface ClassLatency {
  readonly quantile: (level: number) => number;
  readonly source: LatencyEstimate['source'];
  readonly samples: number;
  readonly description: string;
}

/** Ten pods of not quite the same age are 9.9. */
function isEnough(samples: number): boolean {
  return Math.round(samples) >= ENOUGH_SAMPLES;
}

function canLend(cell: Cell): boolean {
  return [...cell.ready.values()].some(({ samples }) => isEnough(samples));
}

/** What a cell has of Ready pods, be it a single one. Pods that wait say too little beside so few. */
function fewOf(cell: Cell | undefined): Measured {
  const curves = new Map<number, (level: number) => number>();
  let samples = 0;
  for (const [bucket, sketch] of cell?.ready ?? []) {
    if (sketch.samples === 0) continue;
    curves.set(bucket, (level) => sketch.quantile(level));
    samples += sketch.samples;
  }
  return { curves, samples };
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

function startUps(samples: number): string {
  const count = Math.round(samples);
  return `${count} start-up${count === 1 ? '' : 's'}`;
}

function sizeOf(bucket: number, seen: boolean): string {
  return seen ? bucketName(bucket) : `${bucketName(bucket)} not seen yet, reckoned from other batches`;
}
