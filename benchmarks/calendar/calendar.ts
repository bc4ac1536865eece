import { readFile } from 'node:fs/promises';
import { type Calendar, UTC } from '../../core/calendar/calendar.ts';
import { countryHolidays } from '../../core/calendar/country-holidays.ts';
import { zoneOffset } from '../../core/calendar/time-zone.ts';
import { normalQuantile, seededRandom } from '../../core/random.ts';
import { DAY_SECONDS, HOUR_SECONDS, type Series, WEEK_SECONDS } from '../../core/series.ts';
import type { BenchOptions, BenchResult } from '../bench.ts';
import { geometricMean } from '../peers/verdicts.ts';
import { Score } from '../score.ts';
import { readTraces, type Trace } from '../traces.ts';
import { changesOf, dateOf } from './days.ts';
import { decisionTables } from './decisions.ts';
import { scoreOf } from './score-of-day.ts';
import { WEEKLY_KINDS, weeklyDemand } from './weekly-demand.ts';

const WEEK_DAYS = 7;
const MOST_DAYS = 28;
/** end − 1, − 2, − 3 days, as the benchmark peers has them. */
const LAST_ORIGINS = 3;
const MAX_ORIGINS = 14;
const MADE_SEEDS = [1, 2, 3];
const MADE_DAYS = [33, 36];
const PEERS = 'benchmarks/results/peers/peers-loss-24h.csv';
/** Its timestamps are New York's clock written as UTC. */
const HOLIDAY_TRACE = 'demand_nyctaxi_30m';
const ZONES = ['Europe/Berlin', 'America/New_York'] as const;

/** What more history, holidays and the local clock are worth to the day-ahead forecast; the last two to decisions, too: --only forecasts, decisions. */
export async function run(options: BenchOptions): Promise<BenchResult> {
  const traces = await readTraces(options.traces);
  if (options.only === 'decisions') {
    const [first, ...more] = await decisionTables(typeof traces === 'string' ? undefined : traces.find(isHolidayTrace));
    return { ...first!, more };
  }
  const clocks = clockTable();
  const made = madeTable();
  if (typeof traces === 'string') return { ...made, notes: [...made.notes, traces], more: [clocks] };
  const taxi = traces.find(isHolidayTrace);
  const decisions = options.only === 'forecasts' ? [] : await decisionTables(taxi);
  const more = [made, ...(taxi ? [await holidayTable(taxi)] : []), clocks, ...decisions];
  return { ...(await historyTable(traces, options)), more };
}

function isHolidayTrace({ name }: Trace): boolean {
  return name === HOLIDAY_TRACE;
}

async function historyTable(traces: readonly Trace[], { quick, progress }: BenchOptions): Promise<BenchResult> {
  const peers = await bestPeers();
  const rows: (string | number)[][] = [];
  for (const trace of traces) {
    const day = Math.round(DAY_SECONDS / trace.series.stepSeconds);
    const origins = originsOf(trace.series.values.length, day, quick ? LAST_ORIGINS : MAX_ORIGINS);
    const figures = [WEEK_DAYS, MOST_DAYS].map((days) => {
      const all = new Score();
      const last = origins.map((origin) => scoreOf(trace, origin, days, {}, [new Score(), all]).loss);
      return { last: meanOf(last.slice(0, LAST_ORIGINS)), all: all.loss };
    });
    const [week, most] = figures as [(typeof figures)[number], (typeof figures)[number]];
    const peer = peers.get(trace.name) ?? Number.NaN;
    const known = Math.min(MOST_DAYS, origins[0]! / day);
    rows.push([trace.name, known, week.last, most.last, week.last / peer, most.last / peer, week.all, most.all]);
    progress?.(
      `${trace.name}: ${week.last.toFixed(4)} with a week, ${most.last.toFixed(4)} with ${known.toFixed(0)} days`,
    );
  }
  const means = [2, 3, 4, 5, 6, 7].map((c) => geometricMean(rows.map((row) => Number(row[c]))));
  return {
    title: 'more history',
    columns: ['trace', 'days', 'loss, 7 d', 'loss, ≤ 28 d', '7 d ÷ peer', '≤ 28 d ÷ peer', 'all, 7 d', 'all, ≤ 28 d'],
    rows: [...rows, ['all traces', Number.NaN, ...means]],
    notes: [
      `a day ahead, joined with the newest load; loss: the mean of origins end − 3, − 2, − 1 days; all: pooled over up to ${quick ? LAST_ORIGINS : MAX_ORIGINS} origins; days: what the newest origin has, ${MOST_DAYS} at most`,
      `peer: the best peer of each load, with seven days (${PEERS})`,
      'all traces: geometric means',
    ],
  };
}

/** The same on made loads, of which one half ends on a Friday, the other on a Monday. */
function madeTable(): BenchResult {
  const rows = WEEKLY_KINDS.map((kind): (string | number)[] => {
    const losses = [WEEK_DAYS, MOST_DAYS].map((days) => {
      const each = MADE_SEEDS.flatMap((seed) => MADE_DAYS.map((length) => weeklyDemand(kind, seed, length))).map(
        (series) => {
          const day = DAY_SECONDS / series.stepSeconds;
          const backs = [1, 2, 3].map((back) => series.values.length - back * day);
          return meanOf(backs.map((origin) => scoreOf({ series }, origin, days, {}, [new Score()]).loss));
        },
      );
      return geometricMean(each);
    });
    return [kind, ...losses, losses[1]! / losses[0]!];
  });
  const means = [1, 2, 3].map((c) => geometricMean(rows.map((row) => Number(row[c]))));
  return {
    title: 'more history: made loads',
    columns: ['kind', 'loss, 7 d', 'loss, 28 d', '28 d ÷ 7 d'],
    rows: [...rows, ['all kinds', ...means]],
    notes: [
      'an office with quiet weekends by five minutes, and what happened to it; six of each kind, the last three days of each; seeded; geometric means',
    ],
  };
}

/** Indices of origins, newest first: the last three, and others spread over what is before them. */
function originsOf(length: number, day: number, most: number): number[] {
  const least = Math.max(3, Math.min(WEEK_DAYS, length / day - LAST_ORIGINS)) * day;
  const all: number[] = [];
  for (let days = 1; length - days * day >= least; days++) all.push(length - days * day);
  const rest = all.slice(LAST_ORIGINS);
  const count = Math.min(most - LAST_ORIGINS, rest.length);
  const spread = Array.from({ length: count }, (_, i) => rest[Math.floor((i * rest.length) / count)]!);
  return [...all.slice(0, LAST_ORIGINS), ...spread];
}

/** The least loss of any peer by load; empty where peers were not measured. */
async function bestPeers(): Promise<ReadonlyMap<string, number>> {
  const text = await readFile(PEERS, 'utf8').catch(() => '');
  const lines = text.trim().split('\n').slice(1);
  return new Map(
    lines.map((line) => {
      const [name = '', , ...losses] = line.split(',');
      return [name, Math.min(...losses.map(Number))];
    }),
  );
}

async function holidayTable({ series }: Trace): Promise<BenchResult> {
  const isHoliday = await countryHolidays('US', 'the benchmark');
  const calendar: Calendar = { ...UTC, isHoliday };
  const day = Math.round(DAY_SECONDS / series.stepSeconds);
  const groups = new Map<string, { readonly without: Score; readonly with: Score; days: number }>();
  const group = (name: string) => {
    const known = groups.get(name) ?? { without: new Score(), with: new Score(), days: 0 };
    known.days++;
    groups.set(name, known);
    return known;
  };
  const add = (names: readonly string[], origin: number): void => {
    const own = names.map(group);
    scoreOf(
      { series },
      origin,
      MOST_DAYS,
      {},
      own.map((one) => one.without),
    );
    scoreOf(
      { series },
      origin,
      MOST_DAYS,
      { calendar },
      own.map((one) => one.with),
    );
  };
  const first = Math.ceil(series.startSeconds / DAY_SECONDS) + MOST_DAYS;
  for (let at = first; ; at++) {
    const origin = Math.round((at * DAY_SECONDS - series.startSeconds) / series.stepSeconds);
    if (origin + day > series.values.length) break;
    if (isHoliday(at)) add([dateOf(at), 'all holidays'], origin);
    else if (isHoliday(at - 1)) add(['the day after'], origin);
    else if (isHoliday(at - 7)) add(['the weekday a week after'], origin);
  }
  return {
    title: `holidays of the US: ${HOLIDAY_TRACE}`,
    columns: ['day', 'days', 'loss without', 'loss with', 'with ÷ without', 'cover95 without', 'cover95 with'],
    rows: [...groups].map(([name, { without: a, with: b, days }]) => [
      name,
      days,
      a.loss,
      b.loss,
      b.loss / a.loss,
      a.coverage,
      b.coverage,
    ]),
    notes: [`${MOST_DAYS} days of history, forecast at midnight; public holidays of package date-holidays`],
  };
}

/** A made load of office hours, by the local clock: the days about both changes of it. */
function clockTable(): BenchResult {
  const rows: (string | number)[][] = [];
  for (const zone of ZONES) {
    const offsetSeconds = zoneOffset(zone);
    for (const [season, date] of changesOf(offsetSeconds)) {
      for (const [name, from, to] of [
        ['the day before', -1, -1],
        ['the day itself', 0, 0],
        ['the day after', 1, 1],
        ['the week after that', 2, 8],
      ] as const) {
        const scores = [new Score(), new Score()] as const;
        for (let days = from; days <= to; days++) {
          const series = officeLoad(date + days, offsetSeconds);
          const origin = series.values.length - 288;
          scoreOf({ series }, origin, MOST_DAYS, {}, [scores[0]]);
          scoreOf({ series }, origin, MOST_DAYS, { calendar: { ...UTC, offsetSeconds } }, [scores[1]]);
        }
        rows.push([`${zone}, ${season}`, name, scores[0].loss, scores[1].loss, scores[1].loss / scores[0].loss]);
      }
    }
  }
  return {
    title: 'the local clock: a made load of office hours about a change of the clocks',
    columns: ['zone and change', 'day', 'loss by UTC', 'loss by the local clock', 'local ÷ UTC'],
    rows,
    notes: [
      `${MOST_DAYS} days of history by five minutes, forecast at midnight UTC; noise of 5 %, weekends at 40 %; seeded`,
    ],
  };
}

/** 28 days by five minutes before a day (UTC) and that day. */
function officeLoad(utcDay: number, offset: (epochSeconds: number) => number): Series {
  const random = seededRandom(utcDay);
  const startSeconds = (utcDay - MOST_DAYS) * DAY_SECONDS;
  const values = Float64Array.from({ length: (MOST_DAYS + 1) * 288 }, (_, i) => {
    const local = startSeconds + i * 300 + offset(startSeconds + i * 300);
    const hour = (local % DAY_SECONDS) / HOUR_SECONDS;
    const isWeekend = (local + 3 * DAY_SECONDS) % WEEK_SECONDS >= 5 * DAY_SECONDS;
    const office = 1 / (1 + Math.exp(-4 * (hour - 8))) - 1 / (1 + Math.exp(-4 * (hour - 18)));
    return (20 + 100 * office * (isWeekend ? 0.4 : 1)) * Math.exp(0.05 * normalQuantile(random()));
  });
  return { startSeconds, stepSeconds: 300, values };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
