import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/random.ts';
import { runs } from '../../test/property.ts';
import { syntheticReplay } from '../../test/synthetic-replay.ts';
import { readPriceBook } from '../cost/price-book-file.io.ts';
import type { PolicyFigures, PolicyName, PolicyRun, ReplayResult, Report } from '../result.ts';
import { buildReport } from './build.ts';
import { timelineCsv } from './timeline-csv.ts';

/*
 * Every figure of report.json again, from the text of timeline.csv, the report's settings and the prices alone. Written
 * to be read beside docs on replay's semantics, not to be fast; it shares no code with replay/figures.ts.
 */

const prices = readPriceBook('prices/alibaba-cloud.yaml');
const context = { source: 'web.csv', sha256: 'ab'.repeat(32), version: '0.1.0', prices };

interface Table {
  readonly rows: readonly (readonly (number | undefined)[])[];
  column(name: string): (number | undefined)[];
  readonly policies: readonly PolicyName[];
}

function read(csv: string): Table {
  const [head, ...lines] = csv
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','));
  const rows = lines.map((cells) => cells.map((cell) => (cell === '' ? undefined : Number(cell))));
  const policies = head!.filter((name) => name.endsWith('_ready')).map((name) => name.slice(0, -6) as PolicyName);
  return { rows, policies, column: (name) => rows.map((row) => row[head!.indexOf(name)]) };
}

const add = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

function recomputed(csv: string, report: Report): Pick<Report, 'policies' | 'forecast' | 'breakEven' | 'trace'> {
  const table = read(csv);
  const times = table.column('time') as number[];
  const demand = table.column('demand');
  const perPolicy = new Map(table.policies.map((name) => [name, ofPolicy(table, name, report)]));
  const cost = (name: PolicyName) => perPolicy.get(name)?.cost;
  const policies: Partial<Record<PolicyName, PolicyFigures>> = {};
  for (const [name, own] of perPolicy) {
    const savingVs: Partial<Record<PolicyName, number>> = {};
    const objectiveSavingVs: Partial<Record<PolicyName, number>> = {};
    for (const other of ['fixed-max', 'fixed', 'hpa', 'hpa-tuned'] as const) {
      const theirs = cost(other);
      if (other !== name && theirs !== undefined && theirs > 0) savingVs[other] = (theirs - own.cost) / theirs;
      const hours = perPolicy.get(other)?.objectiveHours;
      if (other !== name && hours !== undefined && hours > 0)
        objectiveSavingVs[other] = (hours - own.objectiveHours) / hours;
    }
    const oracle = perPolicy.get('oracle')?.objectiveHours;
    policies[name] = {
      ...own,
      savingVs,
      objectiveSavingVs,
      oracleRatio: oracle === undefined || oracle === 0 ? null : own.objectiveHours / oracle,
    };
  }
  return {
    policies,
    forecast: { ...report.forecast, ...accuracy(table, report.forecast.leadTimeSeconds) },
    breakEven: ranks(table),
    trace: {
      ...report.trace,
      start: times[0]!,
      end: times.at(-1)!,
      noDataFraction: demand.filter((d) => d === undefined).length / demand.length,
    },
  };
}

function ofPolicy(table: Table, name: PolicyName, report: Report) {
  const demand = table.column('demand');
  const total = table.column(`${name}_total`) as number[];
  const ready = table.column(`${name}_ready`) as number[];
  const starts = add(table.column(`${name}_started`) as number[]);
  const capacity = report.podCapacity;
  const podHours = (add(total) * 15) / 3600;
  const asked = add(demand.map((d) => d ?? 0));
  const unmet = add(demand.map((d, i) => (d === undefined ? 0 : Math.max(0, d - ready[i]! * capacity))));
  const tooFew = demand.filter((d, i) => d !== undefined && d > ready[i]! * capacity).length;
  const max = report.bounds.max ?? 1e12;
  const first = demand[0] === undefined ? report.bounds.min : Math.ceil(demand[0] / capacity - 1e-9);
  const before = [Math.min(max, Math.max(report.bounds.min, first)), ...total];
  const missing = demand.map((d, i) => (d === undefined ? 0 : Math.max(0, d / capacity - ready[i]!)));
  const saturations = demand.flatMap((d, i) => (d === undefined ? [] : d === 0 ? [0] : [d / (ready[i]! * capacity)]));
  const saturation = (share: number) => {
    // The largest may be left out one by one as long as enough ticks stay.
    const left = [...saturations].sort((a, b) => a - b);
    while (100 * (left.length - 1) >= share * saturations.length) left.pop();
    const largest = left.at(-1) ?? Number.POSITIVE_INFINITY;
    return Number.isFinite(largest) ? largest : null;
  };
  const perSecond =
    (prices.pod.vcpu * prices.elastic.perVcpuHour + prices.pod.memoryGib * prices.elastic.perGibHour) / 3600;
  return {
    podHours,
    starts,
    startsPerDay: starts / ((total.length * 15) / 86_400),
    objectiveHours: podHours + (starts * report.startCostSeconds) / 3600,
    cost: add(total) * 15 * perSecond,
    currency: 'USD',
    unmetPercent: asked === 0 ? 0 : (100 * unmet) / asked,
    unmetBp: asked === 0 ? 0 : (10_000 * unmet) / asked,
    underProvisionedMinutes: tooFew / 4,
    largestShortage: missing.reduce((a, b) => Math.max(a, b), 0),
    saturationP95: saturation(95),
    saturationP99: saturation(99),
    scaleUps: total.filter((pods, i) => pods > before[i]!).length,
    scaleDowns: total.filter((pods, i) => pods < before[i]!).length,
    leadTimeSeconds: lead(demand, ready, capacity),
  };
}

/** Rank by rank, run by run, tick by tick. */
function lead(demand: readonly (number | undefined)[], ready: readonly number[], capacity: number): number | null {
  const need = demand.map((d) => (d === undefined ? 0 : Math.ceil(d / capacity - 1e-9)));
  const leads: number[] = [];
  for (let rank = 1; rank <= Math.max(...ready); rank++) {
    for (let a = 1; a < ready.length; a++) {
      if (!(ready[a]! >= rank && ready[a - 1]! < rank)) continue;
      if (need[a]! >= rank) {
        let since = a;
        while (since > 0 && need[since - 1]! >= rank && ready[since - 1]! < rank) since--;
        leads.push((since - a) * 15);
        continue;
      }
      let t = a;
      while (t < ready.length && ready[t]! >= rank && need[t]! < rank) t++;
      if (t < ready.length && ready[t]! >= rank) leads.push((t - a) * 15);
    }
  }
  if (leads.length === 0) return null;
  leads.sort((x, y) => x - y);
  return (leads[Math.floor((leads.length - 1) / 2)]! + leads[Math.ceil((leads.length - 1) / 2)]!) / 2;
}

function accuracy(table: Table, leadTimeSeconds: number) {
  const demand = table.column('demand');
  const came = demand.map((_, i) => demand[i + leadTimeSeconds / 15]);
  const pairs = (column: string) =>
    table
      .column(column)
      .map((forecast, i) => [came[i], forecast])
      .filter((pair): pair is [number, number] => pair[0] !== undefined && pair[1] !== undefined);
  const loss = (level: number, of: [number, number][]) =>
    (2 * add(of.map(([y, q]) => (y >= q ? level * (y - q) : (1 - level) * (q - y))))) / add(of.map(([y]) => y));
  const median = pairs('forecast_p50');
  const upper = pairs('forecast_upper');
  const asked = add(median.map(([y]) => y));
  return {
    wape: asked > 0 ? add(median.map(([y, q]) => Math.abs(y - q))) / asked : null,
    wql: asked > 0 && add(upper.map(([y]) => y)) > 0 ? (loss(0.5, median) + loss(0.95, upper)) / 2 : null,
    coverage95: upper.length > 0 ? upper.filter(([y, q]) => y <= q).length / upper.length : null,
  };
}

function ranks(table: Table): Report['breakEven'] {
  const total = table.policies.includes('predictive') ? (table.column('predictive_total') as number[]) : [];
  const hoursPerDay: number[] = [];
  for (let rank = 1; rank <= Math.max(0, ...total); rank++) {
    hoursPerDay.push((24 * total.filter((pods) => pods >= rank).length) / total.length);
  }
  const hour = prices.pod.vcpu * prices.elastic.perVcpuHour + prices.pod.memoryGib * prices.elastic.perGibHour;
  const slotDay = ((prices.resident!.monthly! * 12) / 365) * (1 / 4);
  const thresholdHoursPerDay = slotDay / hour;
  const onBase = hoursPerDay.filter((hours) => hours > thresholdHoursPerDay);
  const elastic = add(hoursPerDay) * hour;
  const mixed = onBase.length * slotDay + (add(hoursPerDay) - add(onBase)) * hour;
  return {
    hoursPerDay,
    thresholdHoursPerDay,
    basePods: onBase.length,
    savingVsAllElastic: elastic === 0 ? 0 : 1 - mixed / elastic,
  };
}

/** Every number within 1e-9 of the other (relative, or absolute below 1); everything else equal, key order included. */
function expectSame(actual: unknown, expected: unknown, path = 'report'): void {
  if (typeof actual === 'number' && typeof expected === 'number') {
    expect(Math.abs(actual - expected), `${path}: ${actual} or ${expected}`).toBeLessThanOrEqual(
      1e-9 * Math.max(1, Math.abs(expected)),
    );
  } else if (typeof actual === 'object' && actual !== null && typeof expected === 'object' && expected !== null) {
    expect(Object.keys(actual).sort(), path).toEqual(Object.keys(expected).sort());
    for (const [key, value] of Object.entries(actual)) {
      expectSame(value, (expected as Record<string, unknown>)[key], `${path}.${key}`);
    }
  } else expect(actual, path).toBe(expected);
}

function check(result: ReplayResult): Report {
  const report: Report = JSON.parse(JSON.stringify(buildReport(result, context)));
  const again = recomputed([...timelineCsv(result.timeline)].join(''), report);
  const { policies, forecast, breakEven, trace } = report;
  const withoutTargets = Object.fromEntries(
    Object.entries(policies).map(([name, { target: _, windowSeconds: __, ...figures }]) => [name, figures]),
  );
  expectSame({ policies: withoutTargets, forecast, breakEven, trace }, again);
  return report;
}

/** What `wildReplay` changes everything of but the settings. */
const base = syntheticReplay({ days: 1, policies: ['predictive'] });

/** A timeline of steps, ramps, outages and gaps, with runs that have nothing to do with it. */
function wildReplay(seed: number, ticks: number, policies: readonly PolicyName[]): ReplayResult {
  const random = seededRandom(seed);
  const walk = (start: number, step: number, most: number) => {
    let value = start;
    return () => {
      if (random() < 0.3) value = Math.min(most, Math.max(0, value + (random() - 0.5) * step));
      if (random() < 0.01) value = 0;
      return value;
    };
  };
  const series = (gaps: number) => {
    const next = walk(400 * random(), 300, 900);
    let gap = false;
    return Float64Array.from({ length: ticks }, () => {
      if (random() < gaps) gap = !gap;
      const value = next();
      return gap ? Number.NaN : value;
    });
  };
  const pods = () => {
    const next = walk(5 * random(), 6, 9);
    return Int32Array.from({ length: ticks }, () => Math.round(next()));
  };
  const runs = policies.map((name): PolicyRun => {
    const total = pods();
    const ready = pods().map((pods, i) => Math.min(pods, total[i]!));
    return { name, desired: pods(), total, ready, started: pods() };
  });
  const timeline = { startSeconds: 1_772_409_600, demand: series(0.03), observed: series(0.03), runs };
  const forecasts = { forecastP50: series(0.01), forecastUpper: series(0.01) };
  const max = random() < 0.5 ? Number.POSITIVE_INFINITY : 1 + Math.floor(random() * 8);
  const settings = { ...base.settings, policies, max, min: random() < 0.5 ? 1 : 0 };
  return { ...base, settings, timeline: { ...timeline, ...forecasts }, leadTimeSeconds: 15 * Math.floor(random() * 9) };
}

describe('report.json from timeline.csv by other code', () => {
  it('agrees on a week with a season, a spike and a gap', () => {
    const report = check(syntheticReplay({ days: 4 }));
    expect(report.trace.noDataFraction).toBeGreaterThan(0);
    expect(report.policies.predictive!.leadTimeSeconds).toBeGreaterThan(0);
    expect(report.breakEven.basePods).toBeGreaterThan(0);
  });

  it('agrees on any timeline', () => {
    const names = fc.subarray(['predictive', 'hpa', 'hpa-tuned', 'fixed', 'oracle'] as const, { minLength: 1 });
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 240 }), names, (seed, ticks, policies) => {
        check(wildReplay(seed, ticks, policies));
      }),
      { numRuns: runs(60), seed: 7 },
    );
  });

  it('agrees where there is no data, or no demand, at all', () => {
    const empty = wildReplay(3, 40, ['predictive', 'oracle']);
    for (const value of [Number.NaN, 0]) {
      const demand = empty.timeline.demand.map(() => value);
      const report = check({ ...empty, timeline: { ...empty.timeline, demand } });
      expect(report.policies.predictive!.unmetBp).toBe(0);
      expect(report.forecast.wape).toBeNull();
    }
  });
});
