import { z } from 'zod';
import { futureWords, isFuture } from '../../core/plausible-time.ts';
import { MOST_METRICS } from '../../core/policy/annotations.ts';
import { REMEMBERED_CHANGES } from '../scaler/pod-baseline.ts';

/** The version of all this; one that reads more, or reads it otherwise, has another. */
export const GUARD_RECORD_VERSION = 3;

const MOST_PODS = 1_000_000_000;
const MOST_CHANGES = 20;
/** Pauses of a conflict, see external-changes.ts. */
const LEAST_PAUSE_SECONDS = 300;
const MOST_PAUSE_SECONDS = 3_600;

const replicas = z.int().min(0).max(MOST_PODS);
const pods = z.number().min(0).max(MOST_PODS);
const epochSeconds = z.int().min(0);
/** In the unit of a metric. */
const demand = z.number().min(0);

const EXTERNAL_CHANGES = {
  /** What should stand there. */
  expected: replicas.optional(),
  /** Another writer set it to 0. */
  switchedOff: z.boolean().optional(),
  /** Changes by others within ten minutes: when, to what. */
  changes: z
    .array(z.tuple([epochSeconds, replicas]))
    .max(MOST_CHANGES)
    .optional(),
  /** The newest of them, which is respected. */
  latest: z.strictObject({ from: replicas, to: replicas, seconds: epochSeconds }).optional(),
  /** Somebody puts a number back each time: nothing is written for `pauseSeconds` from `pausedSeconds` on. */
  conflict: z
    .strictObject({
      replicas,
      anyNumber: z.boolean(),
      pauseSeconds: z.int().min(LEAST_PAUSE_SECONDS).max(MOST_PAUSE_SECONDS),
      pausedSeconds: epochSeconds,
      attemptSeconds: epochSeconds.optional(),
    })
    .optional(),
};

/** Ticks of two hours: no load that breaks off again and again is held for nearly as long. */
const MOST_HELD_TICKS = 480;
const heldTicks = z.int().min(0).max(MOST_HELD_TICKS);

const FALSE_ZERO = {
  /** The load broke off: what it was in pods, and how many replicas are kept. */
  brokenOff: z.strictObject({ pods, replicas, seconds: epochSeconds }).optional(),
  /** For how long it was held since its first break, before the newest hold; and when and for how long that one is at most. */
  held: z.strictObject({ beforeTicks: heldTicks, fromSeconds: epochSeconds, forTicks: heldTicks }).optional(),
};

/** A metric's values that are not believed: by no other metric of the workload, or of another query. */
const DOUBT = z.strictObject({
  /** Of which metric: its hash. */
  metric: z.int().min(0),
  /** They are no load that was observed, since then: the largest of the hour before, and of the minute. */
  implausible: z.strictObject({ seconds: epochSeconds, largest: demand, minute: demand }).optional(),
  /** The metric has shown this value, and no other one, since then. */
  still: z.strictObject({ seconds: epochSeconds, value: demand }).optional(),
});

/** What a pod uses that serves nothing, by the newest changes of pods: see pod-baseline.ts. */
const BASELINE = z.strictObject({
  /** Of which metric: its hash. */
  metric: z.int().min(0),
  perPod: z.array(demand).min(1).max(REMEMBERED_CHANGES),
});

const WORKLOAD = z.strictObject({
  /** metadata.uid: another object under the same name has another past. */
  uid: z.string().max(100),
  ...EXTERNAL_CHANGES,
  /** The most pods that any demand needed. */
  mostPods: pods,
  /** A write that was about to be made. */
  intent: z.strictObject({ from: replicas, to: replicas, seconds: epochSeconds }).optional(),
  ...FALSE_ZERO,
  /** Data was missing until then. */
  gapSeconds: epochSeconds.optional(),
  doubts: z.array(DOUBT).max(MOST_METRICS).optional(),
  baselines: z.array(BASELINE).max(MOST_METRICS).optional(),
  /** Of our last write. */
  direction: z.enum(['in', 'out']).optional(),
  reversals: z.array(epochSeconds).max(MOST_CHANGES).optional(),
  /** Of the fleet breaker: the newest removal within its window, from the most replicas within it. */
  lowered: z.strictObject({ seconds: epochSeconds, from: replicas, to: replicas }).optional(),
});

const FLEET = z.strictObject({
  version: z.int().min(1),
  /** The leader's last heartbeat: until then, what is stored is all there is. */
  seconds: epochSeconds,
  /** The fleet breaker is open since then. */
  openSeconds: epochSeconds.optional(),
});

/** What the guards remember of one workload, as it is stored: under 1 kB, all times epoch seconds in the past. */
export type GuardRecord = z.infer<typeof WORKLOAD>;

/** The part of it that external-changes.ts knows. */
export type ExternalChangesRecord = Pick<GuardRecord, keyof typeof EXTERNAL_CHANGES>;

/** The part of it that false-zero.ts knows. */
export type FalseZeroRecord = Pick<GuardRecord, keyof typeof FALSE_ZERO>;

/** What is not believed of a metric. */
export type DoubtRecord = z.infer<typeof DOUBT>;

/** What idle pods use of a metric. */
export type BaselineRecord = z.infer<typeof BASELINE>;

/** What is known of the metrics themselves, whoever leads. */
export type MetricsRecord = Pick<GuardRecord, 'baselines' | 'doubts'>;

/** What is stored once for all workloads. */
export type FleetRecord = z.infer<typeof FLEET>;

/** What is stored can't be understood, in words. */
export interface Damaged {
  readonly damage: string;
}

/** Damaged: no JSON, unknown fields, numbers out of bounds, times in the future. */
export function decodeGuardRecord(text: string, nowSeconds: number): GuardRecord | Damaged {
  return decode(WORKLOAD, text, nowSeconds);
}

/** `newer`: a later version wrote it. */
export function decodeFleetRecord(text: string, nowSeconds: number): FleetRecord | Damaged | 'newer' {
  const json = parsed(text);
  const version = typeof json === 'object' && json !== null && 'version' in json ? json.version : undefined;
  if (typeof version === 'number' && version > GUARD_RECORD_VERSION) return 'newer';
  return decode(FLEET, text, nowSeconds);
}

function decode<T>(schema: z.ZodType<T>, text: string, nowSeconds: number): T | Damaged {
  const { success, data, error } = schema.safeParse(parsed(text));
  if (!success) {
    const { path, message } = error.issues[0]!;
    const where = path.length > 0 ? `${path.join('.')}: ` : '';
    return { damage: `found ${text.slice(0, 60)}; expected what guards store (${where}${message})` };
  }
  const newest = newestSeconds(data);
  if (!isFuture(newest, nowSeconds)) return data;
  return { damage: `found ${futureWords(newest, nowSeconds)}; expected none` };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The newest of all its times: fields whose names end in `seconds`, but for durations, and the times of lists. */
function newestSeconds(record: unknown): number {
  if (typeof record !== 'object' || record === null) return 0;
  const { changes = [], reversals = [], doubts = [] } = record as Partial<GuardRecord>;
  let newest = Math.max(0, ...changes.map(([seconds]) => seconds), ...reversals, ...doubts.map(newestSeconds));
  for (const [name, value] of Object.entries(record)) {
    if (typeof value === 'number' && /seconds$/i.test(name) && name !== 'pauseSeconds')
      newest = Math.max(newest, value);
    else if (typeof value === 'object' && !Array.isArray(value)) newest = Math.max(newest, newestSeconds(value));
  }
  return newest;
}
