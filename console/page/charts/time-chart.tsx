import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { texts } from '../words.ts';
import { reportCharts } from './report-charts.js';

/** Of the labels at the left: `1,000,000`. */
const LEFT_PIXELS = 66;

export const CHARTS = reportCharts(texts);

export interface Line {
  readonly label: string;
  readonly values: (number | null)[];
  /** A colour of the style sheet. */
  readonly colour: string;
  readonly width?: number;
  readonly dash?: number[];
  readonly stepped?: boolean;
  readonly fill?: string;
}

export interface TimeChartProps {
  readonly id: string;
  readonly label: string;
  readonly times: number[];
  readonly lines: readonly Line[];
  /** Pairs of lines, by place, between which is filled, and with what. */
  readonly bands?: readonly { readonly between: [number, number]; readonly fill: string }[];
  readonly height: number;
  readonly now: number;
  readonly from: number;
  readonly to: number;
  /** Charts of one key have one cursor. */
  readonly sync: string;
  readonly onPoint: (index: number | null) => void;
}

/** One chart over time with a line at now, made as the report's are. Arrow keys move its cursor, with Shift by the hour. */
export function TimeChart(props: TimeChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | undefined>(undefined);
  const newest = useRef(props);
  newest.current = props;
  const { times, lines, from, to } = props;
  useEffect(() => {
    const draw = () => {
      chart.current?.destroy();
      chart.current = new uPlot(
        options(newest.current, host.current!.clientWidth, newest),
        columns(newest.current),
        host.current!,
      );
      const canvas = host.current!.querySelector('canvas')!;
      canvas.setAttribute('aria-hidden', 'true');
    };
    draw();
    let width = host.current!.clientWidth;
    const resized = new ResizeObserver(() => {
      if (host.current!.clientWidth === width) return;
      width = host.current!.clientWidth;
      chart.current?.setSize({ width, height: newest.current.height });
    });
    resized.observe(host.current!);
    const dark = matchMedia('(prefers-color-scheme: dark)');
    dark.addEventListener('change', draw);
    return () => {
      resized.disconnect();
      dark.removeEventListener('change', draw);
      chart.current?.destroy();
    };
    // Other lines need another chart; other values of the same lines do not.
  }, [lines.map(({ label }) => label).join('\n')]);
  useEffect(() => {
    const u = chart.current;
    if (!u) return;
    u.batch(() => {
      u.setData(columns(newest.current) as uPlot.AlignedData, false);
      u.setScale('x', { min: from, max: to });
    });
  }, [times, lines, from, to]);
  const onKeyDown = (event: KeyboardEvent) => {
    const u = chart.current;
    if (!u || times.length === 0) return;
    const hour = Math.max(1, Math.round(3_600 / Math.max(1, (times[1] ?? 60) - (times[0] ?? 0))));
    const step = event.shiftKey ? hour : 1;
    const at = u.cursor.idx ?? times.findLastIndex((time) => time <= newest.current.now);
    const to: Readonly<Record<string, number>> = {
      ArrowLeft: at - step,
      ArrowRight: at + step,
      Home: 0,
      End: times.length - 1,
    };
    const next = to[event.key];
    if (next === undefined) return;
    event.preventDefault();
    const index = Math.min(times.length - 1, Math.max(0, next));
    const left = u.valToPos(times[index]!, 'x');
    u.setCursor({ left: Math.min(u.over.clientWidth, Math.max(0, left)), top: u.over.clientHeight / 2 });
    newest.current.onPoint(index);
  };
  return (
    <div
      class="chart"
      id={props.id}
      ref={host}
      role="group"
      tabIndex={0}
      aria-label={texts.workload.chart(props.label)}
      onKeyDown={onKeyDown}
    />
  );
}

function columns({ times, lines }: TimeChartProps): uPlot.AlignedData {
  return [times, ...lines.map(({ values }) => values)];
}

function options(props: TimeChartProps, width: number, newest: { readonly current: TimeChartProps }): uPlot.Options {
  const { colour, axes, cursor, fromZero, number, stepped, utc, timeValue } = CHARTS;
  const { lines, bands = [], height, from, to, sync } = props;
  return {
    width,
    height,
    tzDate: utc,
    // One width for all: what stands above each other is at the same time.
    axes: axes(false).map((axis, i) => (i === 1 ? { ...axis, size: LEFT_PIXELS } : axis)),
    cursor: { ...cursor, sync: { key: sync } },
    legend: { live: true },
    scales: { x: { min: from, max: to }, y: { range: fromZero } },
    series: [
      { label: texts.workload.time, value: timeValue },
      ...lines.map(
        (line): uPlot.Series => ({
          label: line.label,
          stroke: () => colour(line.colour),
          width: line.width ?? 1.5,
          spanGaps: false,
          points: { show: false },
          value: (_, value) => number(value),
          ...(line.dash && { dash: line.dash }),
          ...(line.stepped && { paths: stepped }),
          ...(line.fill && { fill: () => colour(line.fill!) }),
        }),
      ),
    ],
    bands: bands.map(({ between: [a, b], fill }) => ({
      series: [a + 1, b + 1] as [number, number],
      fill: () => colour(fill),
    })),
    hooks: {
      draw: [(u) => drawNow(u, newest.current.now, colour('muted'))],
      setCursor: [(u) => newest.current.onPoint(u.cursor.idx ?? null)],
    },
  };
}

function drawNow(u: uPlot, now: number, colour: string): void {
  const x = Math.round(u.valToPos(now, 'x', true));
  const { left, top, width, height } = u.bbox;
  if (x < left || x > left + width) return;
  const { ctx } = u;
  ctx.save();
  ctx.strokeStyle = ctx.fillStyle = colour;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio]);
  ctx.beginPath();
  ctx.moveTo(x, top);
  ctx.lineTo(x, top + height);
  ctx.stroke();
  ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
  ctx.textAlign = x > left + width * 0.9 ? 'right' : 'left';
  ctx.fillText(
    texts.workload.now,
    x + (ctx.textAlign === 'left' ? 4 : -4) * devicePixelRatio,
    top + 12 * devicePixelRatio,
  );
  ctx.restore();
}
