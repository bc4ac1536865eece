import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Job and instance of the exporter's series, in Prometheus and in what is backfilled. */
export const EXPORTER = 'demand';

/**
 * Serves series that a test sets, for Prometheus to scrape. A series is written as in PromQL: `demand{app="shop"}`. Names
 * that end in `_total` are counters and are given by their rate; all others are gauges.
 */
export interface DemandExporter {
  readonly port: number;
  /** A gauge's value, or a counter's growth a second, from now on. */
  set(series: string, value: number): void;
  /** The same as a function of epoch seconds, asked at each scrape; NaN leaves the sample out. */
  follow(series: string, at: (epochSeconds: number) => number): void;
  /** What the next scrape would see (a counter's rate); NaN where there is none. */
  value(series: string): number;
  /** The series is there no more. */
  remove(series: string): void;
  /** While true, scrapes fail. */
  broken: boolean;
  /**
   * OpenMetrics text of a series' past, one value each step, the last at `endSeconds` (epoch, rounded down to whole
   * seconds). For a counter the values are rates, and the counter goes on from their sum.
   */
  backfill(series: string, values: ArrayLike<number>, stepSeconds: number, endSeconds: number): string;
  close(): Promise<void>;
}

interface Exported {
  at: (epochSeconds: number) => number;
  /** A counter's state. */
  total: number;
  seenSeconds: number;
}

export async function startDemandExporter(): Promise<DemandExporter> {
  const all = new Map<string, Exported>();
  const nowSeconds = () => Date.now() / 1000;
  const follow = (series: string, at: Exported['at'], total = 0) => {
    const before = all.get(series);
    if (before !== undefined) grow(before, nowSeconds());
    all.set(series, { at, total: before?.total ?? total, seenSeconds: before?.seenSeconds ?? nowSeconds() });
  };
  const exporter: Omit<DemandExporter, 'port' | 'close'> = {
    broken: false,
    set: (series, value) => follow(series, () => value),
    follow,
    value: (series) => all.get(series)?.at(nowSeconds()) ?? Number.NaN,
    remove: (series) => void all.delete(series),
    backfill: (series, values, stepSeconds, endSeconds) => {
      const { text, total } = openMetrics(series, values, stepSeconds, Math.floor(endSeconds));
      if (isCounter(series)) {
        // The rate of the last step holds until the test says otherwise, and counts from the last sample on.
        const rate = values[values.length - 1] ?? 0;
        all.set(series, { at: () => rate, total, seenSeconds: Math.floor(endSeconds) });
      }
      return text;
    },
  };
  const server = createServer((_, response) => {
    response.writeHead(exporter.broken ? 503 : 200, { 'content-type': 'text/plain; version=0.0.4' });
    response.end(exporter.broken ? '' : exposition(all, nowSeconds()));
  });
  const port = await listen(server);
  return Object.assign(exporter, {
    port,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}

/** Counts on, by the rate of now. Seconds of a test are short steps, so that the middle of a ramp is not needed. */
function grow(state: Exported, now: number): void {
  const rate = state.at(now);
  if (Number.isFinite(rate)) state.total += Math.max(0, rate) * Math.max(0, now - state.seenSeconds);
  state.seenSeconds = now;
}

function exposition(all: ReadonlyMap<string, Exported>, now: number): string {
  const lines: string[] = [];
  // Names before labels: a family's series must stand together.
  const sorted = [...all].sort(([a], [b]) => nameOf(a).localeCompare(nameOf(b)) || a.localeCompare(b));
  let family = '';
  for (const [series, state] of sorted) {
    if (nameOf(series) !== family) {
      family = nameOf(series);
      lines.push(`# TYPE ${family} ${isCounter(series) ? 'counter' : 'gauge'}`);
    }
    if (isCounter(series)) grow(state, now);
    const value = isCounter(series) ? state.total : state.at(now);
    if (!Number.isNaN(value)) lines.push(`${series} ${value}`);
  }
  return `${lines.join('\n')}\n`;
}

function openMetrics(series: string, values: ArrayLike<number>, stepSeconds: number, endSeconds: number) {
  const counter = isCounter(series);
  const name = nameOf(series);
  const labelled = withLabels(series);
  const lines = [`# TYPE ${counter ? name.replace(/_total$/, '') : name} ${counter ? 'counter' : 'gauge'}`];
  let total = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (counter && !Number.isNaN(value)) total += value * stepSeconds;
    const time = endSeconds - (values.length - 1 - i) * stepSeconds;
    // A gap is left out.
    if (!Number.isNaN(value)) lines.push(`${labelled} ${counter ? total : value} ${time}`);
  }
  return { text: `${lines.join('\n')}\n# EOF\n`, total };
}

/** The series as Prometheus stores it: with the job and instance that a scrape gives it. */
function withLabels(series: string): string {
  const own = /\{(.*)\}$/.exec(series)?.[1] ?? '';
  const labels = [own.replace(/,\s*$/, ''), `instance="${EXPORTER}"`, `job="${EXPORTER}"`];
  return `${nameOf(series)}{${labels.filter((label) => label !== '').join(',')}}`;
}

function nameOf(series: string): string {
  return series.replace(/\{.*$/, '');
}

function isCounter(series: string): boolean {
  return nameOf(series).endsWith('_total');
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}
