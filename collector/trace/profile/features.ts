import type { Period } from '../../../core/forecast.ts';
import type { Samples } from '../../../core/series.ts';
import { formatInstant } from '../../../core/timestamp.ts';
import { outlierRows } from './anomalies.ts';
import { gapsOf, HOURS_A_WEEK, hourOfWeekAt, profileTrace } from './profile.ts';

/** One figure of a trace, a row of a long table: `value` is the `measure` of the thing `name` of the kind `feature`. */
export interface TraceFeature {
  readonly feature: 'trace' | 'season' | 'hour of week' | 'gap' | 'outlier' | 'zero outage' | 'level shift';
  /** "Mon 00" of an hour of the week; of what happened at an instant that instant; else empty. */
  readonly name: string;
  /** Units: seconds and shares say so; all else is in the trace's unit, or a number of rows. */
  readonly measure: string;
  readonly value: number;
}

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/**
 * All that can be told of a trace in figures: its summary, seasons with their strength, mean, median, p99, maximum and rows of each hour of the week
 * (UTC; hours without rows are left out), and every gap, outlier, outage recorded as zero and level shift.
 * @param samples at least one
 * @param periods detected on it
 */
export function traceFeatures(samples: Samples, periods: readonly Period[]): TraceFeature[] {
  const profile = profileTrace(samples);
  const { values, stepSeconds } = profile;
  const at = formatInstant;
  return [
    ...measures('trace', '', {
      rows: profile.rows,
      'step seconds': stepSeconds ?? Number.NaN,
      'span seconds': profile.endSeconds - profile.startSeconds,
      'irregular share': profile.irregularFraction,
      zeros: profile.zeros,
      'gap seconds': profile.gaps.seconds,
      min: values.min,
      median: values.median,
      mean: values.mean,
      p99: values.p99,
      max: values.max,
    }),
    ...periods.flatMap(({ seconds, strength }, i) =>
      measures('season', String(i + 1), { 'length seconds': seconds, 'strength share': strength }),
    ),
    ...hoursOfWeek(samples),
    ...[...gapsOf(samples.times, stepSeconds ?? Number.POSITIVE_INFINITY)].flatMap((gap) =>
      measures('gap', at(gap.startSeconds), { seconds: gap.seconds }),
    ),
    ...[...outlierRows(samples)].flatMap(({ timeSeconds, value, around }) =>
      measures('outlier', at(timeSeconds), { value, 'usual value': around }),
    ),
    ...profile.zeroOutages.flatMap(({ startSeconds, seconds, levelBefore }) =>
      measures('zero outage', at(startSeconds), { seconds, 'level before': levelBefore }),
    ),
    ...profile.levelShifts.flatMap(({ timeSeconds, before, after }) =>
      measures('level shift', at(timeSeconds), { 'level before': before, 'level after': after }),
    ),
  ];
}

function measures(
  feature: TraceFeature['feature'],
  name: string,
  figures: Readonly<Record<string, number>>,
): TraceFeature[] {
  return Object.entries(figures).map(([measure, value]) => ({ feature, name, measure, value }));
}

function hoursOfWeek({ times, values }: Samples): TraceFeature[] {
  const counts = new Uint32Array(HOURS_A_WEEK + 1);
  for (const time of times) counts[hourOfWeekAt(time) + 1]!++;
  const ends = counts.map((_, hour) => counts.subarray(0, hour + 1).reduce((sum, count) => sum + count, 0));
  const next = ends.slice();
  const sorted = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) sorted[next[hourOfWeekAt(times[i]!)]!++] = values[i]!;
  return Array.from({ length: HOURS_A_WEEK }, (_, hour) => {
    const own = sorted.subarray(ends[hour]!, ends[hour + 1]!).sort();
    if (own.length === 0) return [];
    const level = (share: number) => own[Math.round(share * (own.length - 1))]!;
    const name = `${WEEKDAYS[Math.floor(hour / 24)]} ${String(hour % 24).padStart(2, '0')}`;
    const mean = own.reduce((sum, value) => sum + value, 0) / own.length;
    const figures = { mean, median: level(0.5), p99: level(0.99), max: own.at(-1)!, rows: own.length };
    return measures('hour of week', name, figures);
  }).flat();
}
