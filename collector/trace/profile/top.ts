import { MINUTE_SECONDS, medianStepSeconds, type Samples } from '../../../core/series.ts';

/** Many rows at one height and next to none above: a limit was measured, not the demand. In the trace's unit. */
export interface FlatTop {
  readonly from: number;
  readonly to: number;
  readonly rows: number;
  /** Of all rows. */
  readonly share: number;
}

/** The largest row, and the largest of all others. In the trace's unit. */
export interface Peak {
  readonly timeSeconds: number;
  readonly value: number;
  /** The largest value outside the half hour around it. */
  readonly next: number;
  /** Rows of that half hour that are above `next`. */
  readonly rows: number;
}

/** Under this share of the rows, what is above a flat top are accidents. */
const ABOVE_SHARE = 0.002;
/** Heights of the top that are tried, as shares of it: a limit that is met exactly, and one that usage trembles at. */
const HEIGHTS = [0.002, 0.005, 0.01, 0.015, 0.02, 0.03];
/** A round peak has half of the rows of four such heights in the uppermost, a pointed one a quarter, a blunt one (fourth power) 0.71. */
const DENSITY = 0.8;
const LEAST_ROWS = 20;
const LEAST_TOP_SHARE = 0.005;
/** A load that is always there has no top. */
const MOST_TOP_SHARE = 0.9;
/** Fewer different values, and one of them is the largest often by chance. */
const LEAST_VALUES = 10;
const PEAK_REACH_SECONDS = 30 * MINUTE_SECONDS;
const PEAK_REACH_STEPS = 3;

/** @returns undefined where the top is as round or as pointed as that of a load */
export function flatTopOf({ values }: Samples): FlatTop | undefined {
  const sorted = values.toSorted();
  const count = sorted.length;
  const top = sorted[Math.floor((1 - ABOVE_SHARE) * (count - 1))] ?? 0;
  if (!(top > 0) || distinct(sorted) < LEAST_VALUES) return undefined;
  const below = (level: number) => firstAtLeast(sorted, level);
  for (const height of HEIGHTS) {
    const [from, to] = [top * (1 - height), top * (1 + height)];
    const rows = below(to) - below(from);
    const wider = count - below(top * (1 - 4 * height));
    const share = rows / count;
    if (rows < LEAST_ROWS || share < LEAST_TOP_SHARE || share > MOST_TOP_SHARE) continue;
    if (rows >= DENSITY * wider) return { from: sorted[below(from)]!, to: sorted[below(to) - 1]!, rows, share };
  }
  return undefined;
}

/** Whether and by how much the peak stands out. @param samples at least one */
export function peakOf({ times, values }: Samples): Peak {
  let at = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[at]!) at = i;
  const reach = Math.max(PEAK_REACH_SECONDS, PEAK_REACH_STEPS * (medianStepSeconds(times) ?? 0));
  const isNear = (i: number) => Math.abs(times[i]! - times[at]!) <= reach;
  let next = 0;
  for (let i = 0; i < values.length; i++) if (!isNear(i)) next = Math.max(next, values[i]!);
  let rows = 0;
  for (let i = at; i >= 0 && isNear(i); i--) if (values[i]! > next) rows++;
  for (let i = at + 1; i < values.length && isNear(i); i++) if (values[i]! > next) rows++;
  return { timeSeconds: times[at]!, value: values[at]!, next, rows };
}

/** At most as many as asked for are counted. @param sorted ascending */
function distinct(sorted: Float64Array): number {
  let found = sorted.length > 0 ? 1 : 0;
  for (let i = 1; i < sorted.length && found < LEAST_VALUES; i++) if (sorted[i] !== sorted[i - 1]) found++;
  return found;
}

/** The index of the first value of at least so much; the length where there is none. @param sorted ascending */
function firstAtLeast(sorted: Float64Array, level: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < level) low = middle + 1;
    else high = middle;
  }
  return low;
}
