import { useMemo, useState } from 'preact/hooks';
import type { DecisionsAnswer, ForecastAnswer, SeriesAnswer, WorkloadAnswer } from '../api/answers.ts';
import { type ChartData, chartData } from './charts/chart-data.ts';
import { CHARTS, type Line, TimeChart } from './charts/time-chart.tsx';
import { count, load, texts } from './words.ts';

const DAY_SECONDS = 86_400;
const HOUR_SECONDS = 3_600;
const words = texts.workload;

export interface WorkloadChartsProps {
  /** Of whole days. */
  readonly series: SeriesAnswer;
  /** Less than a day: so much of the past, and a third of it of what comes; else all that there is. */
  readonly days: number;
  readonly forecast: ForecastAnswer | undefined;
  readonly workload: WorkloadAnswer;
  readonly decisions: DecisionsAnswer['decisions'];
  readonly now: number;
  readonly narrow: boolean;
}

/** Demand and pods over one time axis: what was, what was forecast for it, and what is expected. */
export function WorkloadCharts({ series, days, forecast, workload, decisions, now, narrow }: WorkloadChartsProps) {
  const [point, setPoint] = useState<number | null>(null);
  const minute = Math.floor(now / 60) * 60;
  const data = useMemo(() => chartData(series, forecast, workload, minute), [series, forecast, workload]);
  const demand = useMemo(() => demandLines(data), [data]);
  const pods = useMemo(() => podLines(data, workload), [data, workload]);
  const unit = series.metrics[0]?.unit ?? '';
  const first = Math.max(series.fromSeconds, data.times[0] ?? series.fromSeconds);
  const last = forecast ? Math.max(data.times.at(-1) ?? now, now) : now + 0.04 * (now - first);
  const [from, to] =
    days < 1
      ? [Math.max(first, minute - days * DAY_SECONDS), Math.min(last, minute + (days * DAY_SECONDS) / 3)]
      : [first, last];
  const common = { times: data.times, now: minute, from, to, sync: 'workload', onPoint: setPoint };
  return (
    <>
      <h3>
        {words.demand}
        {unit !== '' && ` (${unit})`}
      </h3>
      <TimeChart
        {...common}
        id="demand-chart"
        label={words.demand}
        lines={demand.lines}
        bands={demand.bands}
        height={narrow ? 220 : 300}
      />
      <h3>{words.pods}</h3>
      <TimeChart {...common} id="pods-chart" label={words.pods} lines={pods} height={narrow ? 180 : 220} />
      <p class="readout" role="status" aria-label={words.readout}>
        {point === null || data.times[point] === undefined ? words.point : readout(data, point, unit, decisions, now)}
      </p>
      <HourTable data={data} unit={unit} />
    </>
  );
}

function demandLines({ demand, forecast, upper, fan }: ChartData) {
  const lines: Line[] = fan.map(({ level, values }) => ({
    label: level === 0.5 ? words.median : words.quantile(String(level)),
    values,
    colour: 'predictive',
    width: level === 0.5 ? 2 : 0.5,
  }));
  // The widest first: each next one is drawn over it.
  const bands = fan
    .slice(1)
    .map((_, i) => ({ between: [i, i + 1] as [number, number], fill: `fan-${Math.min(3, i + 1)}` }));
  if (upper.some((value) => value !== null))
    lines.push({ label: words.upper, values: upper, colour: 'hpa-tuned', width: 0.75 });
  if (forecast.some((value) => value !== null))
    lines.push({ label: words.forecast, values: forecast, colour: 'predictive', width: 1 });
  lines.push({ label: words.demand, values: demand, colour: 'demand', width: 1.5, fill: 'demand-fill' });
  return { lines, bands };
}

function podLines({ times, replicas, needed, planned }: ChartData, { status }: WorkloadAnswer): Line[] {
  const { min, max } = status.replicas;
  const level = (value: number) => times.map(() => value);
  const most = [...replicas, ...needed, ...planned].reduce<number>((a, b) => Math.max(a, b ?? 0), 0);
  return [
    { label: words.needed, values: needed, colour: 'demand', width: 1, stepped: true },
    { label: words.replicas, values: replicas, colour: 'predictive', width: 2, stepped: true },
    { label: words.planned, values: planned, colour: 'predictive', width: 1, dash: [5, 4], stepped: true },
    ...(min === null ? [] : [{ label: words.min, values: level(min), colour: 'fixed', width: 1, dash: [2, 4] }]),
    // A maximum far above all that is shown would press the rest flat.
    ...(max === null || max > 3 * Math.max(1, most)
      ? []
      : [{ label: words.max, values: level(max), colour: 'bad', width: 1, dash: [2, 4] }]),
  ];
}

function readout(
  data: ChartData,
  at: number,
  unit: string,
  decisions: DecisionsAnswer['decisions'],
  now: number,
): string {
  const time = data.times[at]!;
  const value = (name: string, text: string | undefined) => (text === undefined ? [] : [`${name} ${text}`]);
  const some = (one: number | null | undefined) => (one === null || one === undefined ? undefined : load(one, unit));
  const pods = (one: number | null | undefined) => (one === null || one === undefined ? undefined : count(one));
  // The change that held then, as the newest not after it.
  const decision = time <= now ? decisions.find(({ atSeconds }) => atSeconds <= time + 60) : undefined;
  return [
    `${CHARTS.when(time)} UTC`,
    ...value(words.demand, some(data.demand[at])),
    ...value(words.forecast, some(data.forecast[at])),
    ...data.fan.flatMap(({ level, values }) =>
      value(level === 0.5 ? words.median : words.quantile(String(level)), some(values[at])),
    ),
    ...value(words.replicas, pods(data.replicas[at])),
    ...value(words.needed, pods(data.needed[at])),
    ...value(words.planned, pods(data.planned[at])),
    ...(decision ? [`${decision.from} → ${decision.to} ${CHARTS.clock(decision.atSeconds)}: ${decision.why}`] : []),
  ].join(' · ');
}

/** What the charts show, for whoever sees none: each hour. */
function HourTable({ data, unit }: { readonly data: ChartData; readonly unit: string }) {
  const [open, setOpen] = useState(false);
  const hours = open ? data.times.flatMap((time, i) => (time % HOUR_SECONDS === 0 ? i : [])) : [];
  const median = data.fan.find(({ level }) => level === 0.5)?.values;
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{words.asTable}</summary>
      <div class="scroll" tabIndex={0} role="group" aria-label={words.asTable}>
        <table>
          <thead>
            <tr>
              {[
                words.time,
                words.demand,
                words.forecast,
                words.median,
                words.replicas,
                words.needed,
                words.planned,
              ].map((name) => (
                <th scope="col" key={name}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {hours.map((i) => (
              <tr key={i}>
                <th scope="row">{CHARTS.when(data.times[i]!)}</th>
                <td>{load(data.demand[i], unit)}</td>
                <td>{load(data.forecast[i], unit)}</td>
                <td>{load(median?.[i], unit)}</td>
                <td>{count(data.replicas[i])}</td>
                <td>{count(data.needed[i])}</td>
                <td>{count(data.planned[i])}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

export const SHOWN_DAYS = [0.25, 1, 3, 7] as const;
export const LEAST_POINTS = DAY_SECONDS / HOUR_SECONDS;
