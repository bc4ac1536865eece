import type { NodeClass } from '../../core/pod-record.ts';
import { logNormalStartup, type StartupLatency } from '../../core/startup.ts';

/** Pods of one workload created within so many seconds are one batch. */
export const BATCH_WINDOW_SECONDS = 30;
/** The largest batch of each bucket but the last. */
const BUCKET_TOPS = [1, 4, 16, 64, 256] as const;
/** What a batch of more than 256 is reckoned as. */
const LARGEST_BATCH = 500;
export const BUCKETS = BUCKET_TOPS.length + 1;

/** 0 for one pod, 1 for 2–4, 2 for 5–16, 3 for 17–64, 4 for 65–256, 5 for more. */
export function bucketOf(batch: number): number {
  const found = BUCKET_TOPS.findIndex((top) => batch <= top);
  return found < 0 ? BUCKET_TOPS.length : found;
}

/** In words, for a description. */
export function bucketName(bucket: number): string {
  if (bucket === 0) return '1 pod';
  const from = BUCKET_TOPS[bucket - 1]! + 1;
  return bucket < BUCKET_TOPS.length
    ? `${from}–${BUCKET_TOPS[bucket]} pods at once`
    : `more than ${from - 1} pods at once`;
}

/**
 * What a batch of that bucket waits longer than one pod, until it is measured. Alibaba Cloud says of ECI: one pod in under 10 s,
 * 500 within 30 s. So 500 pods cost 20 s, 25 are started in a second; 64 cost 2.6 s.
 */
export function queueSeconds(bucket: number): number {
  return ((BUCKET_TOPS[bucket] ?? LARGEST_BATCH) - 1) / ((LARGEST_BATCH - 1) / 20);
}

/**
 * One pod's start-up before any was measured. Virtual: an elastic instance with its image in a cache. Ordinary: a node with room
 * that must pull the image (JVM services take minutes, small ones seconds): a guess on the slow side that ten pods replace.
 */
export const DEFAULT_STARTUP: Readonly<Record<NodeClass, StartupLatency>> = {
  virtual: logNormalStartup(9, 20),
  ordinary: logNormalStartup(30, 60),
};

type Quantile = StartupLatency['quantile'];

/**
 * The quantile of a bucket's latency from those buckets that were measured, never less than that of a smaller batch: measured
 * where it was; above a measured one, that and the queue's growth, but between two no more than the upper one; below all
 * measured ones, the least of them.
 * @param measured at least one
 */
export function batchQuantile(measured: ReadonlyMap<number, Quantile>, bucket: number, level: number): number {
  const known = [...measured.keys()].sort((a, b) => a - b);
  let best = Number.NaN;
  let from = -1;
  for (const one of known) {
    if (one > bucket) break;
    const seconds = measured.get(one)!(level);
    best = from < 0 ? seconds : Math.max(best, seconds);
    from = one;
  }
  if (from === bucket) return best;
  const above = known.find((one) => one > bucket);
  if (from < 0) return measured.get(above!)!(level);
  const grown = best + queueSeconds(bucket) - queueSeconds(from);
  return above === undefined ? grown : Math.min(grown, Math.max(best, measured.get(above)!(level)));
}

/** Steps in which a mixture is made: shares of 0.5 %. */
const MIXTURE_STEPS = 200;

/** Pods on two classes of node: of 70 % on ordinary and 30 % on virtual ones, each class gives its share of all latencies. */
export function mixture(parts: readonly { readonly share: number; readonly quantile: Quantile }[]): Quantile {
  const used = parts.filter(({ share }) => share > 0);
  if (used.length === 1) return used[0]!.quantile;
  const whole = used.reduce((sum, { share }) => sum + share, 0);
  const points = used.flatMap(({ share, quantile }) =>
    Array.from({ length: MIXTURE_STEPS }, (_, i) => ({
      seconds: quantile((i + 0.5) / MIXTURE_STEPS),
      weight: share / whole / MIXTURE_STEPS,
    })),
  );
  points.sort((a, b) => a.seconds - b.seconds);
  return (level) => {
    let sum = 0;
    for (const { seconds, weight } of points) {
      sum += weight;
      if (sum >= level - 1e-9) return seconds;
    }
    return points.at(-1)!.seconds;
  };
}
