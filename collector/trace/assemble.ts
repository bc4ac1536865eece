import { medianStepSeconds, type Samples } from '../../core/series.ts';
import { formatInstant } from '../../core/timestamp.ts';
import type { Assumption } from '../../core/trace-finding-values.ts';
import { namesShown } from './assumption.ts';
import { locate, wallText } from './local-times.ts';
import type { Place, SeriesData, SeriesRows } from './series-rows.ts';
import type { TimeReading } from './table/time-column.ts';
import { type ZoneClock, zoneClock } from './zone-clock.ts';

/** A wider span is nearly always one timestamp in another unit; it would also ask for a grid that fits no memory. */
const MAX_SPAN_SECONDS = 20 * 365.25 * 86_400;
const LAST_SECONDS = 1e11;
/** Series whose times lie between each other's can't be added up time by time. */
const ALIGNED_SHARE = 0.9;

/** What a file's rows are, as one series. */
export interface Assembled {
  readonly samples: Samples;
  readonly assumptions: readonly Assumption[];
}

/** The parts that all series share. */
interface Reading {
  readonly rows: SeriesRows;
  readonly time: TimeReading;
  readonly openValue: (digits: number) => number;
  /** Undefined: the times are instants. */
  readonly clock: ZoneClock | undefined;
  readonly assumptions: Assumption[];
  /** Rows of one time within a series belong together. */
  readonly addsDoubles: boolean;
  /** Where the file ends, for what can't be said of one row. */
  readonly end: Place;
}

/** A series in the order of time, with the line of each row where there are lines. */
interface Ordered extends Samples {
  readonly lines: Float64Array | undefined;
}

/**
 * One series of what a format read.
 * @param end where the file ends, for what can't be said of one row
 * @throws InputError: which line, what was found, what would help
 */
export function assemble(rows: SeriesRows, end: Place): Assembled {
  const chosen = chooseSeries(rows, end);
  const time = rows.time.resolve();
  if (typeof time === 'string') throw rows.refusal(firstLine(chosen) ?? end, time);
  const origin = rows.origin === 'table' && rows.time.isOfPeople ? 'people' : rows.origin;
  const value = rows.value.resolve(origin);
  if (typeof value === 'string') throw rows.refusal(firstLine(chosen) ?? end, value);
  const assumptions = [...rows.assumptions, ...time.assumptions, ...value.assumptions];
  const clock = clockOf(rows, time, assumptions);
  const addsDoubles = rows.options.sum === true && chosen.length === 1;
  const reading: Reading = { rows, time, openValue: value.openValue, clock, assumptions, addsDoubles, end };
  const ordered = chosen.map((data) => inOrder(data, reading));
  const samples = ordered.length === 1 ? single(ordered[0]!, reading) : added(ordered, reading);
  if (rows.empty > 0) assumptions.push({ assumed: 'empty', count: rows.empty });
  return { samples, assumptions: unique(assumptions.map((one) => withPeriod(one, samples))) };
}

function chooseSeries(rows: SeriesRows, end: Place): SeriesData[] {
  const { series, options, otherSeries } = rows;
  if (options.series !== undefined && series.size === 0) {
    if (otherSeries.size === 0) throw rows.refusal(end, 'found no row of a series; expected times and values');
    throw rows.refusal(
      end,
      `found no series "${options.series}" (--series); expected one of ${namesShown([...otherSeries])}`,
    );
  }
  if (series.size > 1 && options.sum !== true) {
    const names = namesShown([...series.keys()].map((name) => `"${name}"`));
    throw rows.refusal(
      end,
      `found ${series.size.toLocaleString('en-US')} series (${names}); expected one: ${rows.seriesOption} <name> picks it, --sum adds all of them up`,
    );
  }
  const withData = [...series.values()].filter(({ values }) => values.length > 0);
  if (withData.length > 0) return withData;
  throw rows.refusal(
    end,
    rows.empty > 0
      ? `found no value in ${rows.empty.toLocaleString('en-US')} rows (all empty, null or NaN); expected numbers`
      : 'found no row with a time and a value; expected a header and rows such as timestamp,value',
  );
}

/** The zone of times that say none. */
function clockOf(rows: SeriesRows, time: TimeReading, assumptions: Assumption[]): ZoneClock | undefined {
  if (!time.isLocal || rows.isUtc) return undefined;
  const { timezone } = rows.options;
  if (timezone !== undefined) return zoneClock(timezone);
  assumptions.push({ assumed: 'zone' });
  return undefined;
}

/** Times and values of a series, in the order of time. */
function inOrder(data: SeriesData, reading: Reading): Ordered {
  const { rows, time, openValue, clock, assumptions, end } = reading;
  const values = data.values.toArray();
  for (const row of data.open.toArray()) values[row] = openValue(values[row]!);
  const read = data.times.toArray().map(time.seconds);
  const lines = data.lines.length === values.length ? data.lines.toArray() : undefined;
  let times: Float64Array = read;
  if (clock !== undefined) {
    const located = locate(read, clock);
    if ('problem' in located) throw rows.refusal(lines?.[located.row] ?? end, located.problem);
    times = located.instants;
    for (const hour of located.doubled) {
      assumptions.push({ assumed: 'clock-set-back', zone: clock.name, ...hour });
    }
  }
  const wrong = times.findIndex((seconds) => !(seconds >= 0 && seconds < LAST_SECONDS));
  if (wrong >= 0) {
    const which = times[wrong]! < 0 ? 'before 1970' : 'after the year 5138';
    throw rows.refusal(lines?.[wrong] ?? end, `found a time ${which}; expected one unit and zone in all rows`);
  }
  if (isAscending(times)) return { times, values, lines };
  assumptions.push({ assumed: 'sorted' });
  const order = Uint32Array.from(times.keys()).sort((a, b) => times[a]! - times[b]! || a - b);
  const pick = (from: Float64Array) => Float64Array.from(order, (row) => from[row]!);
  return { times: pick(times), values: pick(values), lines: lines && pick(lines) };
}

/** One series, each time once. */
function single(series: Ordered, reading: Reading): Samples {
  const { assumptions } = reading;
  checkSpan(series, reading);
  if (isStrictlyAscending(series.times)) return { times: series.times, values: series.values };
  return reading.addsDoubles ? added([series], reading) : withoutDoubles(series, reading, assumptions);
}

function withoutDoubles({ times, values, lines }: Ordered, reading: Reading, assumptions: Assumption[]): Samples {
  const kept: number[] = [];
  for (let row = 0; row < times.length; row++) {
    if (row > 0 && times[row] === times[row - 1]) {
      if (values[row] === values[row - 1]) continue;
      throw reading.rows.refusal(
        lines?.[row] ?? reading.end,
        twice(times[row]!, [values[row - 1]!, values[row]!], reading),
      );
    }
    kept.push(row);
  }
  assumptions.push({ assumed: 'doubled', count: times.length - kept.length });
  return {
    times: Float64Array.from(kept, (row) => times[row]!),
    values: Float64Array.from(kept, (row) => values[row]!),
  };
}

function twice(seconds: number, values: readonly number[], { rows, time, clock }: Reading): string {
  const isLocal = time.isLocal && !rows.isUtc && clock === undefined;
  const what = isLocal ? wallText(seconds) : formatInstant(seconds);
  const help = isLocal
    ? '--timezone <zone> if these are local times over the end of daylight saving, --sum if the rows belong together'
    : '--sum adds them up';
  return `found timestamp ${what} twice, with ${values.join(' and ')}; expected one value a time: ${help}`;
}

/** The sum of all series at each time. */
function added(series: readonly Ordered[], reading: Reading): Samples {
  const { assumptions } = reading;
  const clean = series.length === 1 ? series : series.map((one) => single(one, reading));
  const total = clean.reduce((sum, { times }) => sum + times.length, 0);
  const allTimes = new Float64Array(total);
  const allValues = new Float64Array(total);
  let at = 0;
  for (const { times, values } of clean) {
    allTimes.set(times, at);
    allValues.set(values, at);
    at += times.length;
  }
  const order = Uint32Array.from(allTimes.keys()).sort((a, b) => allTimes[a]! - allTimes[b]! || a - b);
  const times: number[] = [];
  const sums: number[] = [];
  const counts: number[] = [];
  for (const row of order) {
    const [seconds, value] = [allTimes[row]!, allValues[row]!];
    if (seconds === times.at(-1)) {
      sums[sums.length - 1]! += value;
      counts[counts.length - 1]! += 1;
      continue;
    }
    times.push(seconds);
    sums.push(value);
    counts.push(1);
  }
  const samples = { times: Float64Array.from(times), values: Float64Array.from(sums) };
  if (clean.length > 1) refuseUnaligned(clean, samples, reading);
  const most = clean.length > 1 ? clean.length : counts.reduce((a, b) => Math.max(a, b), 1);
  const partial = counts.filter((count) => count < most).length;
  assumptions.push({ assumed: 'summed', series: most, partial, times: times.length });
  checkSpan({ ...samples, lines: undefined }, reading);
  return samples;
}

function refuseUnaligned(series: readonly Samples[], sum: Samples, { rows, end }: Reading): void {
  const steps = series.map(({ times }) => medianStepSeconds(times)).filter((step) => step !== undefined);
  const together = medianStepSeconds(sum.times);
  if (steps.length === 0 || together === undefined || together >= ALIGNED_SHARE * Math.min(...steps)) return;
  throw rows.refusal(
    end,
    `found series whose times differ (a row every ${together} s in all, every ${Math.min(...steps)} s in one), which can't be added up; expected the same times in each: a query that adds them up`,
  );
}

function checkSpan({ times, lines }: Ordered, { rows, end }: Reading): void {
  const [start, last] = [times[0]!, times.at(-1)!];
  if (last - start <= MAX_SPAN_SECONDS) return;
  const row = times.findIndex((seconds) => seconds - start > MAX_SPAN_SECONDS);
  throw rows.refusal(
    lines?.[row] ?? end,
    `found timestamp ${formatInstant(times[row]!)}, over 20 years after the start ${formatInstant(start)}; expected one unit`,
  );
}

function firstLine([data]: readonly SeriesData[]): number | undefined {
  return data !== undefined && data.lines.length > 0 ? data.lines.first : undefined;
}

function isAscending(times: Float64Array): boolean {
  for (let i = 1; i < times.length; i++) if (times[i]! < times[i - 1]!) return false;
  return true;
}

function isStrictlyAscending(times: Float64Array): boolean {
  for (let i = 1; i < times.length; i++) if (!(times[i]! > times[i - 1]!)) return false;
  return true;
}

/** Where the file does not say the period of its sums, its rows do. */
function withPeriod(assumption: Assumption, { times }: Samples): Assumption {
  if (assumption.assumed !== 'sum-per-period' || assumption.periodSeconds !== undefined) return assumption;
  const periodSeconds = medianStepSeconds(times);
  return periodSeconds === undefined ? assumption : { ...assumption, periodSeconds };
}

/** Each assumption once, however many series it holds for. */
function unique(assumptions: readonly Assumption[]): Assumption[] {
  return [...new Map(assumptions.map((one) => [JSON.stringify(one), one])).values()];
}
