import type { ForecastAnswer, SeriesAnswer, WorkloadAnswer } from '../../api/answers.ts';

type Values = (number | null)[];

/** What the charts of one workload show, all by the same times: the past by minute, the next day by the forecast's step. */
export interface ChartData {
  readonly times: number[];
  readonly demand: Values;
  readonly forecast: Values;
  readonly upper: Values;
  /** By level, the highest first. */
  readonly fan: readonly { readonly level: number; readonly values: Values }[];
  readonly replicas: Values;
  readonly needed: Values;
  readonly planned: Values;
}

/** @param forecast undefined: there is none. @param podCapacity what a pod serves now; null: not known */
export function chartData(
  series: SeriesAnswer,
  forecast: ForecastAnswer | undefined,
  { row, status }: Pick<WorkloadAnswer, 'row' | 'status'>,
  nowSeconds: number,
): ChartData {
  const [metric] = series.metrics;
  const past = pastTimes(series);
  const ahead = forecast ? futureTimes(forecast, past.at(-1) ?? nowSeconds) : [];
  const times = [...past, ...ahead.map(({ at }) => at)];
  const known = [metric?.demand, metric?.forecast, metric?.upper].map((one) => valuesAt(times, one));
  const [demand, made, upper] = known as [Values, Values, Values];
  const empty = (): Values => past.map(() => null);
  const { podCapacity } = row;
  return {
    times,
    demand,
    forecast: made,
    upper,
    fan: [...(forecast?.quantiles ?? [])]
      .sort((a, b) => b.level - a.level)
      .map(({ level, values }) => ({ level, values: [...empty(), ...ahead.map(({ step }) => values[step] ?? null)] })),
    replicas: replicasAt(times, series.replicas, status.replicas.current, nowSeconds),
    needed: demand.map((value) =>
      value === null || podCapacity === null || !(podCapacity > 0) ? null : Math.ceil(value / podCapacity - 1e-9),
    ),
    planned: [...empty(), ...ahead.map(({ step }) => forecast!.planned[step] ?? null)],
  };
}

/** Each minute from the first that is recorded of anything. */
function pastTimes({ metrics, fromSeconds, toSeconds }: SeriesAnswer): number[] {
  const [metric] = metrics;
  const step = metric?.demand?.stepSeconds ?? metric?.forecast?.stepSeconds ?? 60;
  const starts = [metric?.demand, metric?.forecast].flatMap((one) => (one ? one.startSeconds : []));
  const start = starts.length === 0 ? fromSeconds : Math.max(fromSeconds, Math.min(...starts));
  const times: number[] = [];
  for (let at = start; at <= toSeconds; at += step) times.push(at);
  return times;
}

function futureTimes({ startSeconds, stepSeconds, planned }: ForecastAnswer, after: number) {
  return planned.map((_, step) => ({ at: startSeconds + step * stepSeconds, step })).filter(({ at }) => at > after);
}

function valuesAt(times: readonly number[], series: SeriesAnswer['metrics'][number]['demand'] | undefined): Values {
  if (!series) return times.map(() => null);
  const { startSeconds, stepSeconds, values } = series;
  return times.map((at) => {
    const place = (at - startSeconds) / stepSeconds;
    return Number.isInteger(place) ? (values[place] ?? null) : null;
  });
}

/** The number that stood at each time; before the first known change and after now it is not known. */
function replicasAt(
  times: readonly number[],
  changes: SeriesAnswer['replicas'],
  current: number | null,
  nowSeconds: number,
): Values {
  const all: (readonly [number, number | null])[] = [...changes, [nowSeconds - 1, current]];
  let place = -1;
  return times.map((at) => {
    if (at > nowSeconds) return null;
    while (place + 1 < all.length && all[place + 1]![0] <= at) place++;
    return place < 0 ? null : (all[place]![1] ?? null);
  });
}

/** The index of the time that is nearest. @param times ascending, not empty */
export function nearest(times: readonly number[], at: number): number {
  let low = 0;
  let high = times.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle]! < at) low = middle + 1;
    else high = middle;
  }
  return low > 0 && at - times[low - 1]! < times[low]! - at ? low - 1 : low;
}
