import type { DemandReading } from '../../collector/demand/demand-source.ts';
import { futureWords, isFuture } from '../../core/plausible-time.ts';
import type { PodCoverage } from '../../core/pod-record.ts';

/** Raised whenever the shape changes. */
const VERSION = 2;

/** Of the words why one is missing. */
const MOST_WHY = 2_000;

/**
 * Value, time; then counted, unmeasured, starting pods or 0; then 1 where it is censored, 0 where not, nothing or null where that is to be
 * told; then the window where it is another one.
 */
type PackedValue = readonly [number, number, (readonly [number, number, number] | 0)?, (0 | 1 | null)?, number?];
/** A text is why it is missing. */
type Packed = string | PackedValue;

/** What a collector published last. */
export interface PublishedReadings {
  /** The tick, epoch seconds. */
  readonly atSeconds: number;
  readonly readings: ReadonlyMap<string, DemandReading>;
}

/** JSON with names left out: 10,000 readings are 0.6 MB. */
export function encodeReadings(atSeconds: number, readings: ReadonlyMap<string, DemandReading>): string {
  const packed: Record<string, Packed> = Object.create(null);
  for (const [id, reading] of readings) packed[id] = pack(reading);
  return JSON.stringify({ version: VERSION, atSeconds, readings: packed });
}

/**
 * @param nowSeconds what is from after it is damage
 * @param onDamage told in words what was found
 * @returns without those that can't be read; undefined: nothing of it can
 */
export function decodeReadings(
  text: string,
  nowSeconds: number,
  onDamage: (message: string) => void,
): PublishedReadings | undefined {
  let found: { version?: unknown; atSeconds?: unknown; readings?: unknown } | null;
  try {
    found = JSON.parse(text);
  } catch {
    onDamage(`found ${JSON.stringify(text.slice(0, 60))}; expected JSON`);
    return undefined;
  }
  if (found?.version !== VERSION || typeof found.readings !== 'object' || found.readings === null) {
    onDamage(`found version ${JSON.stringify(found?.version)}; expected ${VERSION}`);
    return undefined;
  }
  const { atSeconds } = found;
  if (typeof atSeconds !== 'number' || isFuture(atSeconds, nowSeconds)) {
    const time =
      typeof atSeconds === 'number' ? futureWords(atSeconds, nowSeconds) : `time ${JSON.stringify(atSeconds)}`;
    onDamage(`found ${time}; expected that of a tick`);
    return undefined;
  }
  const readings = new Map<string, DemandReading>();
  for (const [id, packed] of Object.entries(found.readings)) {
    const reading = unpack(packed, nowSeconds);
    if (reading) readings.set(id, reading);
    else onDamage(`found ${JSON.stringify(packed)?.slice(0, 60)} for ${id}; expected a reading`);
  }
  return { atSeconds, readings };
}

function pack(reading: DemandReading): Packed {
  if (reading.kind === 'missing') return reading.why;
  const { value, timeSeconds, pods, censored, windowSeconds } = reading;
  if (pods === undefined && censored === undefined && windowSeconds === undefined) return [value, timeSeconds];
  const counts = pods === undefined ? 0 : ([pods.counted, pods.unmeasured, pods.starting] as const);
  const limited = censored === undefined ? null : censored ? 1 : 0;
  if (windowSeconds !== undefined) return [value, timeSeconds, counts, limited, windowSeconds];
  return limited === null ? [value, timeSeconds, counts] : [value, timeSeconds, counts, limited];
}

function unpack(packed: unknown, nowSeconds: number): DemandReading | undefined {
  if (typeof packed === 'string') return { kind: 'missing', why: packed.slice(0, MOST_WHY) };
  if (!Array.isArray(packed)) return undefined;
  const [value, timeSeconds, counts, censored, windowSeconds] = packed as unknown[];
  // JSON has no NaN, but null, and 1e999 is infinite.
  if (!isDemand(value) || typeof timeSeconds !== 'number' || isFuture(timeSeconds, nowSeconds)) return undefined;
  const pods = podCounts(counts);
  return {
    kind: 'value',
    value,
    timeSeconds,
    ...(pods && { pods }),
    ...(censored !== undefined && censored !== null && { censored: censored === 1 }),
    ...(isDemand(windowSeconds) && { windowSeconds }),
  };
}

function isDemand(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function podCounts(counts: unknown): PodCoverage | undefined {
  if (!Array.isArray(counts) || !counts.every(isDemand)) return undefined;
  const [counted = 0, unmeasured = 0, starting = 0] = counts;
  return { counted, unmeasured, starting };
}
