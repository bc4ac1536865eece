import { type Calendar, localDayOf, UTC } from '../../core/calendar/calendar.ts';
import { countryHolidays } from '../../core/calendar/country-holidays.ts';
import { zoneOffset } from '../../core/calendar/time-zone.ts';
import { normalQuantile, seededRandom } from '../../core/random.ts';
import {
  DAY_SECONDS,
  HOUR_SECONDS,
  MINUTE_SECONDS,
  type Samples,
  type Series,
  timeAt,
  WEEK_SECONDS,
} from '../../core/series.ts';
import { eciStartup } from '../../core/startup.ts';
import { TICK_SECONDS } from '../../core/tick.ts';
import { LeadTimeLearner } from '../../forecaster/lead-time/learner.ts';
import { EXACT_GRID, type Grid, type GridSettings, toGrid } from '../../replay/clock.ts';
import { runFigures } from '../../replay/figures.ts';
import { DEFAULT_OBSERVATION } from '../../replay/observation.ts';
import { replay } from '../../replay/replay.ts';
import type { ReplaySettings } from '../../replay/result.ts';
import type { BenchResult } from '../bench.ts';
import type { Trace } from '../traces.ts';
import { changesOf, dateOf } from './days.ts';

const LEAD_TIME_SECONDS = 180;
const PEAK_PODS = 20;
const LEARNED_DAYS = 8;
const SEED = 1;

/** Σ |expected peak − largest demand of the lead time|, and Σ of that demand. */
interface Missed {
  absolute: number;
  demand: number;
  days: number;
}

/** As a recording has it, and as Prometheus says it. */
const OBSERVATIONS: readonly GridSettings[] = [EXACT_GRID, { observation: DEFAULT_OBSERVATION, seed: SEED }];
const ERRORS = ['exact, without', 'exact, with', 'with ÷ without', 'rate, without', 'rate, with', 'with ÷ without'];

/** The figures of ERRORS. */
function errorsOf(missed: readonly [Missed, Missed][]): number[] {
  return missed.flatMap(([a, b]) => [a.absolute / a.demand, b.absolute / b.demand, b.absolute / a.absolute]);
}

/** What zone and holidays are worth to the forecasts that decisions are made from, and to the decisions. */
export async function decisionTables(taxi: Trace | undefined): Promise<BenchResult[]> {
  return [...(taxi ? await holidayTables(taxi) : []), clockTable()];
}

async function holidayTables({ name, series }: Trace): Promise<BenchResult[]> {
  const isHoliday = await countryHolidays('US', 'the benchmark');
  const calendar: Calendar = { ...UTC, isHoliday };
  const first = Math.ceil(series.startSeconds / DAY_SECONDS) + LEARNED_DAYS;
  const groups = (day: number): string[] => {
    if (day < first) return [];
    if (isHoliday(day)) return [dateOf(day), 'all holidays'];
    if (isHoliday(day - 1)) return ['the day after'];
    return isHoliday(day - 7) ? ['the weekday a week after'] : ['all other days'];
  };
  const missed = compareAll(samplesOf(series), calendar, groups);
  return [
    {
      title: `decisions, holidays of the US: ${name}`,
      columns: ['day', 'days', ...ERRORS],
      rows: [...missed].map(([group, both]) => [group, both[0]![0].days, ...errorsOf(both)]),
      notes: [
        `the expected largest demand of the next ${LEAD_TIME_SECONDS} s, each tick: Σ |error| ÷ Σ demand`,
        'exact: observations are means of a minute; rate: as Prometheus gives them, with what that measurement adds to the peak',
      ],
    },
    podTable(name, series, calendar),
  ];
}

/** The same with pods: what the calendar changes in what a replay costs and leaves unserved. */
function podTable(name: string, series: Series, calendar: Calendar): BenchResult {
  const peak = series.values.reduce((most, value) => Math.max(most, value || 0), 0);
  const settings: ReplaySettings = {
    podCapacity: peak / PEAK_PODS,
    unmetTargetBp: 1,
    min: 1,
    max: Number.POSITIVE_INFINITY,
    hpaTarget: 0.7,
    observation: DEFAULT_OBSERVATION,
    startCostSeconds: 300,
    historySeconds: WEEK_SECONDS,
    seed: SEED,
    policies: ['predictive'],
  };
  const rows = [undefined, calendar].map((own): (string | number)[] => {
    const { timeline } = replay(samplesOf(series), eciStartup(), { ...settings, ...(own && { calendar: own }) });
    const { objectiveHours, unmetBp, scaleUps } = runFigures(timeline, timeline.runs[0]!, settings);
    return [own ? 'with' : 'without', objectiveHours, unmetBp / 100, scaleUps];
  });
  return {
    title: `pods, holidays of the US: ${name}`,
    columns: ['calendar', 'objective, pod-hours', 'unmet %', 'pods added'],
    rows,
    notes: [
      `the whole trace after a week of history; a peak of ${PEAK_PODS} pods, start-ups of an ECI, an SLO of 99.99 %`,
    ],
  };
}

/** A made office by the local clock, by minute: the days about a change of the clocks. */
function clockTable(): BenchResult {
  const rows: (string | number)[][] = [];
  for (const zone of ['Europe/Berlin', 'America/New_York']) {
    const offsetSeconds = zoneOffset(zone);
    for (const [season, change] of changesOf(offsetSeconds)) {
      const groups = (day: number): string[] => {
        const after = day - change;
        if (after === -1) return ['the day before'];
        if (after === 0) return ['the day itself'];
        if (after === 1) return ['the day after'];
        return after > 1 && after <= 8 ? ['the week after that'] : [];
      };
      for (const [group, both] of compareAll(office(change, offsetSeconds), { ...UTC, offsetSeconds }, groups)) {
        rows.push([`${zone}, ${season}`, group, ...errorsOf(both)]);
      }
    }
  }
  return {
    title: 'decisions, the local clock: a made load of office hours about a change of the clocks',
    columns: ['zone and change', 'day', ...ERRORS],
    rows,
    notes: [
      `as above, with and without the local clock; ${LEARNED_DAYS} days before the first of them, noise of 3 %, weekends at 40 %; seeded`,
    ],
  };
}

type Groups = (localDay: number) => readonly string[];

/** What `compare` says, for each of OBSERVATIONS. */
function compareAll(samples: Samples, calendar: Calendar, groups: Groups): Map<string, [Missed, Missed][]> {
  const all = OBSERVATIONS.map((settings) => compare(toGrid(samples, settings), calendar, groups));
  return new Map([...all[0]!.keys()].map((group) => [group, all.map((missed) => missed.get(group)!)]));
}

/** The learner's errors by group of local days: [by UTC without holidays, by the calendar]. */
function compare(
  { demand, observed, startSeconds }: Grid,
  calendar: Calendar,
  groups: Groups,
): Map<string, [Missed, Missed]> {
  const capacity = demand.reduce((most, value) => Math.max(most, value || 0), 0) / PEAK_PODS;
  const missed = new Map<string, [Missed, Missed]>();
  for (const [which, clock] of ([undefined, { calendar, startSeconds }] as const).entries()) {
    const learner = new LeadTimeLearner(LEAD_TIME_SECONDS, capacity, undefined, undefined, undefined, undefined, clock);
    let [day, own]: [number, Missed[]] = [Number.NaN, []];
    for (let t = 0; t + learner.leadTimeTicks < demand.length; t++) {
      learner.observe(observed[t]!);
      const at = startSeconds + t * TICK_SECONDS;
      const today = localDayOf(at + calendar.offsetSeconds(at));
      if (today !== day) {
        day = today;
        own = groups(day).map((name) => groupOf(missed, name)[which]!);
        for (const one of own) one.days++;
      }
      if (own.length > 0) add(own, learner, demand, t);
    }
  }
  return missed;
}

function add(own: readonly Missed[], learner: LeadTimeLearner, demand: Float64Array, t: number): void {
  let peak = 0;
  for (let i = t + 1; i <= t + learner.leadTimeTicks; i++) peak = Math.max(peak, demand[i]!);
  if (Number.isNaN(peak)) return;
  const { peakPlusFloor, floor } = learner.forecast!;
  const error = Math.abs(peak - (peakPlusFloor - floor));
  for (const one of own) {
    one.absolute += error;
    one.demand += peak;
  }
}

function groupOf(missed: Map<string, [Missed, Missed]>, name: string): [Missed, Missed] {
  const none = (): Missed => ({ absolute: 0, demand: 0, days: 0 });
  const known = missed.get(name) ?? [none(), none()];
  missed.set(name, known);
  return known;
}

function samplesOf(series: Series): Samples {
  const times = Float64Array.from(series.values, (_, i) => timeAt(series, i));
  const kept = Array.from(times.keys()).filter((i) => !Number.isNaN(series.values[i]!));
  return {
    times: Float64Array.from(kept, (i) => times[i]!),
    values: Float64Array.from(kept, (i) => series.values[i]!),
  };
}

/** By minute, from some days before a day until nine after it. */
function office(day: number, offset: (epochSeconds: number) => number): Samples {
  const random = seededRandom(day);
  const start = (day - 1 - LEARNED_DAYS) * DAY_SECONDS;
  const minutes = (LEARNED_DAYS + 11) * (DAY_SECONDS / MINUTE_SECONDS);
  const times = Float64Array.from({ length: minutes }, (_, i) => start + i * MINUTE_SECONDS);
  const values = times.map((at) => {
    const local = at + offset(at);
    const hour = (local % DAY_SECONDS) / HOUR_SECONDS;
    const isWeekend = (local + 3 * DAY_SECONDS) % WEEK_SECONDS >= 5 * DAY_SECONDS;
    const open = 1 / (1 + Math.exp(-12 * (hour - 8))) - 1 / (1 + Math.exp(-4 * (hour - 18)));
    return (20 + 200 * open * (isWeekend ? 0.4 : 1)) * Math.exp(0.03 * normalQuantile(random()));
  });
  return { times, values };
}
