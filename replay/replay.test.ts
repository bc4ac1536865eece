import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_SECONDS, HOUR_SECONDS, type Samples } from '../core/series.ts';
import { eciStartup, logNormalStartup } from '../core/startup.ts';
import { TICK_SECONDS } from '../core/tick.ts';
import { dailyLoad, MONDAY_SECONDS, SETTINGS, sampled } from '../test/generated-traces.ts';
import { runs } from '../test/property.ts';
import { readPriceBook } from './cost/price-book-file.io.ts';
import { runFigures, startingPods } from './figures.ts';
import { EXACT_OBSERVATION } from './observation.ts';
import { replay } from './replay.ts';
import { buildReport } from './report/build.ts';
import { timelineCsv } from './report/timeline-csv.ts';
import type { ReplayResult, ReplaySettings } from './result.ts';

const runOf = (result: ReplayResult, name: string) => result.timeline.runs.find((run) => run.name === name)!;

/** All policies on a load of the seconds since Monday. */
function play(load: (t: number) => number, hours: number, settings: Partial<ReplaySettings> = {}, step = 60) {
  return replay(sampled(hours * HOUR_SECONDS, load, step), eciStartup(), { ...SETTINGS, ...settings });
}

/** The first tick at which two arrays differ, or the length of the shorter one. (A diff of a day's ticks takes minutes.) */
function firstDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) if (!Object.is(a[i], b[i])) return i;
  return length;
}

/** What must hold of every replay, whatever the load was. */
function expectSound(result: ReplayResult): void {
  const { timeline, settings, dayAhead } = result;
  for (const run of timeline.runs) {
    expect(run.total.length).toBe(timeline.demand.length);
    const wrong = run.total.findIndex((total, i) => {
      const bounded = total >= settings.min && total <= settings.max;
      return !bounded || run.ready[i]! < 0 || run.ready[i]! > total || run.desired[i] !== total;
    });
    expect(wrong, `${run.name}, tick`).toBe(-1);
    // Pods are started where their number rises, and nowhere else.
    const before = [startingPods(timeline.demand[0]!, settings), ...run.total];
    const rises = run.total.map((total, i) => Math.max(0, total - before[i]!));
    expect(firstDifference(run.started, rises), run.name).toBe(run.total.length);
    const figures = runFigures(timeline, run, settings);
    for (const [name, figure] of Object.entries(figures)) expect(figure, `${run.name} ${name}`).not.toBeNaN();
  }
  timeline.observed.forEach((observed, i) => {
    // A forecast wherever there is an observation, and nowhere else.
    expect(Number.isFinite(timeline.forecastP50[i]!)).toBe(!Number.isNaN(observed));
    expect(Number.isFinite(timeline.forecastUpper[i]!)).toBe(!Number.isNaN(observed));
  });
  for (const values of dayAhead.values) expect(values.every((v) => Number.isFinite(v) && v >= 0)).toBe(true);
}

describe('honesty', () => {
  /** These decide in hindsight or see the future, by their definition. */
  const HINDSIGHT = ['hpa-tuned', 'fixed-max', 'oracle'];
  const policies = SETTINGS.policies.filter((name) => !HINDSIGHT.includes(name));

  /** Another load after sample `kept`: other values, rows that are missing, an earlier end. */
  function changedAfter({ times, values }: Samples, kept: number, others: readonly number[]): Samples {
    const rows = [...times.keys()].filter((i) => i <= kept || others[i % others.length] !== 0);
    return {
      times: Float64Array.from(rows, (i) => times[i]!),
      values: Float64Array.from(rows, (i) => (i <= kept ? values[i]! : others[i % others.length]!)),
    };
  }

  it('changing the trace after t changes no decision and no forecast up to t', () => {
    const samples = sampled(28 * HOUR_SECONDS, dailyLoad(1));
    const startup = logNormalStartup(40, 90);
    const settings = { ...SETTINGS, policies };
    const before = replay(samples, startup, settings);
    const others = fc.array(fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e4, noNaN: true })), {
      minLength: 1,
      maxLength: 40,
    });
    fc.assert(
      fc.property(fc.integer({ min: 24 * 60, max: 28 * 60 - 1 }), others, (kept, changes) => {
        const after = replay(changedAfter(samples, kept, changes), startup, settings);
        // The demand is the same up to the last kept sample; a tick later sees it.
        const same = Math.min(after.timeline.demand.length, ((kept - 24 * 60) * 60) / TICK_SECONDS + 2);
        for (const name of policies) {
          for (const part of ['desired', 'total', 'ready'] as const)
            expect(firstDifference(runOf(after, name)[part], runOf(before, name)[part]), name).toBeGreaterThanOrEqual(
              same,
            );
        }
        for (const part of ['forecastP50', 'forecastUpper', 'observed'] as const)
          expect(firstDifference(after.timeline[part], before.timeline[part]), part).toBeGreaterThanOrEqual(same);
        expect(after.dayAhead).toEqual(before.dayAhead);
      }),
      { numRuns: runs(6) },
    );
  });

  it('holds past the days at which the margins are calibrated, too', () => {
    const samples = sampled(5 * DAY_SECONDS + 16 * HOUR_SECONDS, dailyLoad(2));
    const settings: ReplaySettings = { ...SETTINGS, historySeconds: 5 * DAY_SECONDS, policies: ['predictive'] };
    const kept = 5 * 1_440 + 14 * 60;
    const before = replay(samples, eciStartup(), settings);
    const after = replay(changedAfter(samples, kept, [400, 0, 3]), eciStartup(), settings);
    const same = (14 * HOUR_SECONDS) / TICK_SECONDS + 2;
    const difference = firstDifference(runOf(after, 'predictive').total, runOf(before, 'predictive').total);
    expect(difference).toBeGreaterThanOrEqual(same);
    expect(difference).toBeLessThan(before.timeline.demand.length);
  });

  it('two runs give the same report.json and timeline.csv, byte for byte', () => {
    const context = {
      source: 'web.csv',
      sha256: 'ab'.repeat(32),
      version: '0.1.0',
      prices: readPriceBook('prices/alibaba-cloud.yaml'),
    };
    const [one, two] = [1, 2].map(() => {
      const result = play(dailyLoad(3), 30);
      return JSON.stringify(buildReport(result, context)) + [...timelineCsv(result.timeline)].join('');
    });
    expect(one === two).toBe(true);
  });

  it('another seed draws other start-ups and another phase of the scrapes; the demand and its exact mean stay', () => {
    const [one, two] = [1, 2].map((seed) => play(dailyLoad(3), 30, { seed, observation: EXACT_OBSERVATION }));
    const ticks = one!.timeline.demand.length;
    expect(firstDifference(one!.timeline.observed, two!.timeline.observed)).toBe(ticks);
    const [three, four] = [1, 2].map((seed) => play(dailyLoad(3), 30, { seed, policies: ['hpa'] }));
    expect(firstDifference(three!.timeline.demand, four!.timeline.demand)).toBe(ticks);
    expect(firstDifference(three!.timeline.observed, four!.timeline.observed)).toBe(0);
    expect(firstDifference(runOf(one!, 'hpa').ready, runOf(two!, 'hpa').ready)).toBeLessThan(ticks);
  });
});

describe('the span', () => {
  it('begins after the history and ends with the trace, a tick each 15 s', () => {
    const { timeline } = play(dailyLoad(1), 26);
    expect(timeline.startSeconds).toBe(MONDAY_SECONDS + DAY_SECONDS);
    expect(timeline.demand.length).toBe((2 * HOUR_SECONDS) / TICK_SECONDS + 1);
  });

  it('starts with the pods that the first demand needs', () => {
    const result = play(() => 43, 25);
    for (const name of ['predictive', 'hpa', 'cron', 'oracle']) expect(runOf(result, name).ready[0], name).toBe(9);
  });

  it('has the forecasts of predictive also where predictive itself was not asked for', () => {
    const result = play(dailyLoad(1), 25, { policies: ['hpa'] });
    expect(result.timeline.runs.map(({ name }) => name)).toEqual(['hpa']);
    expect(result.timeline.forecastP50.every(Number.isFinite)).toBe(true);
  });

  it('tells its progress, never backwards, to the end', () => {
    const told: number[] = [];
    replay(sampled(25 * HOUR_SECONDS, dailyLoad(1)), eciStartup(), SETTINGS, (fraction) => told.push(fraction));
    expect(told.at(-1)).toBe(1);
    expect([...told].sort((a, b) => a - b)).toEqual(told);
  });
});

describe('policies side by side', () => {
  const result = play(dailyLoad(4), 40);
  const hours = (name: string) => runFigures(result.timeline, runOf(result, name), SETTINGS).podHours;
  const unmet = (name: string) => runFigures(result.timeline, runOf(result, name), SETTINGS).unmetBp;

  it('the tuned HPA keeps the SLO that the load allows, no dearer than the usual target', () => {
    expect(unmet('hpa-tuned')).toBeLessThanOrEqual(SETTINGS.unmetTargetBp);
    if (unmet('hpa') <= SETTINGS.unmetTargetBp) expect(hours('hpa-tuned')).toBeLessThanOrEqual(hours('hpa'));
  });

  it('the oracle is the cheapest of those that serve', () => {
    for (const name of ['hpa-tuned', 'cron', 'fixed-max']) expect(hours(name), name).toBeGreaterThan(hours('oracle'));
  });

  it('fixed-max never fails, and has as many pods as the peak needs', () => {
    expect(unmet('fixed-max')).toBe(0);
    expect(new Set(runOf(result, 'fixed-max').total)).toEqual(
      new Set([Math.ceil(Math.max(...result.timeline.demand) / 5)]),
    );
  });

  it('fixed has what was asked', () => {
    expect(new Set(runOf(result, 'fixed').total)).toEqual(new Set([12]));
  });
});

describe('any load ends in a sound report', () => {
  it('whatever the bounds are, no policy leaves them', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 14 }), fc.integer(), (min, more, seed) => {
        expectSound(play(dailyLoad(seed), 25, { min, max: min + more }));
      }),
      { numRuns: runs(4) },
    );
  });

  /** What a load of 100 needs, 5 a pod: more than ten times of it is no forecast but a runaway. */
  const PEAK_PODS = 20;
  const mostPods = (result: ReplayResult) => runOf(result, 'predictive').total.reduce((a, b) => Math.max(a, b), 0);

  const odd: Readonly<Record<string, (t: number) => number>> = {
    'all zero': () => 0,
    constant: () => 42,
    'a history without any data but its ends': (t) => (t > 120 && t < 24 * HOUR_SECONDS - 120 ? Number.NaN : 30),
    'a service born in the last hour': (t) => (t < 24 * HOUR_SECONDS ? 0 : 60),
    'an outage recorded as zero': (t) => (t > 9 * HOUR_SECONDS && t < 11 * HOUR_SECONDS ? 0 : 50),
    'an outage of the metrics in the replayed span': (t) =>
      t > 24.2 * HOUR_SECONDS && t < 24.7 * HOUR_SECONDS ? Number.NaN : 50,
    'every second row missing': (t) => ((t / 60) % 2 === 1 ? Number.NaN : 50),
    'one minute a thousand times the rest': (t) => (t === 24.5 * HOUR_SECONDS ? 100 : 0.1),
    'all load in one minute of the history': (t) => (t === 12 * HOUR_SECONDS ? 100 : 0),
  };
  for (const [name, load] of Object.entries(odd)) {
    it(name, () => {
      expectSound(play(load, 25));
    });
  }

  it('no load ends in a runaway', () => {
    const loads = [
      odd['a history without any data but its ends']!,
      (t: number) => (Math.floor(t / 1_800) % 2 === 0 ? 1 : 100),
      (t: number) => (Math.floor(t / 3_600) % 2 === 0 ? 10 : 100),
    ];
    for (const load of loads) expect(mostPods(play(load, 25))).toBeLessThanOrEqual(10 * PEAK_PODS);
  });

  it('of any magnitude: the unit of the demand changes no decision', () => {
    const plain = play(dailyLoad(5), 26, { policies: ['predictive', 'hpa'] });
    for (const unit of [2 ** -40, 2 ** 40]) {
      const other = play(() => unit, 25, { podCapacity: unit });
      expectSound(other);
      const load = dailyLoad(5);
      const scaled = play((t) => unit * load(t), 26, { policies: ['predictive', 'hpa'], podCapacity: 5 * unit });
      expectSound(scaled);
      const ticks = plain.timeline.demand.length;
      expect(firstDifference(runOf(scaled, 'hpa').total, runOf(plain, 'hpa').total)).toBe(ticks);
      // Logarithms round: a pod may come a tick sooner or later.
      const hours = (r: ReplayResult) => runFigures(r.timeline, runOf(r, 'predictive'), r.settings).podHours;
      expect(hours(scaled) / hours(plain)).toBeCloseTo(1, 3);
    }
  });

  it('sampled each 5 s, each 7 s or each half hour', () => {
    for (const step of [5, 7, 1_800]) expectSound(play(dailyLoad(6), 25, {}, step));
  });

  it('holds all pods while there is no data', () => {
    const gap = (t: number) => t > 24.3 * HOUR_SECONDS && t < 24.6 * HOUR_SECONDS;
    const load = dailyLoad(7);
    const result = play((t) => (gap(t) ? Number.NaN : load(t)), 25);
    const blind = [...result.timeline.observed.keys()].filter((i) => Number.isNaN(result.timeline.observed[i]!));
    expect(blind.length).toBeGreaterThan(60);
    for (const name of ['predictive', 'hpa', 'hpa-tuned']) {
      const { total } = runOf(result, name);
      for (const i of blind) expect(total[i], name).toBe(total[i - 1]);
    }
    expect(result.reasons['no-data']).toBe(blind.length);
  });
});
