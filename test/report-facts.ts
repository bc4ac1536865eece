import { moneyOf } from '../replay/report/money.ts';
import { recommend } from '../replay/report/recommendation.ts';
import type { Facts } from '../replay/report/recommendation-text.ts';
import type { PolicyFigures, PolicyName, Report } from '../replay/result.ts';

/** A week: costs of 70 are 10 a day. */
const WEEK_TICKS = 7 * 5_760;

/** A policy's figures by its bill of a week, its unmet demand in bp and its starts a day; a pod-hour costs 1. */
export function policyOf(
  cost: number,
  unmetBp: number,
  startsPerDay = 0,
  more: Partial<PolicyFigures> = {},
): PolicyFigures {
  const starts = startsPerDay * 7;
  return {
    podHours: cost,
    starts,
    startsPerDay,
    objectiveHours: cost + starts / 12,
    cost,
    currency: 'USD',
    unmetPercent: unmetBp / 100,
    unmetBp,
    underProvisionedMinutes: unmetBp,
    largestShortage: unmetBp > 0 ? 1.2 : 0,
    saturationP95: 0.9,
    saturationP99: 0.95,
    scaleUps: 1,
    scaleDowns: 1,
    leadTimeSeconds: 30,
    oracleRatio: null,
    savingVs: {},
    objectiveSavingVs: {},
    ...more,
  };
}

/** The facts of a report with these policies; what the reader has is `have`, by default the HPA where it ran. */
export function factsOf(
  policies: Report['policies'],
  { have, ownHpa = false, ...more }: Partial<Facts> & { have?: PolicyName | undefined; ownHpa?: boolean } = {},
): Facts {
  const unmetTargetBp = more.unmetTargetBp ?? 1;
  const table = Object.entries(policies).map(([name, figures]) => ({ ...figures, name: name as PolicyName }));
  const had = have ?? (policies.hpa === undefined ? undefined : 'hpa');
  return {
    schemaVersion: 3,
    tool: { name: 'prescale', version: '0.1.0' },
    trace: { source: 'web.csv', sha256: '', stepSeconds: 60, start: 0, end: 86_400, noDataFraction: 0 },
    podCapacity: 100,
    startup: { p50Seconds: 9, p90Seconds: 20, p99Seconds: 39 },
    sloPercent: 100 - unmetTargetBp / 100,
    unmetTargetBp,
    startCostSeconds: 300,
    observation: { kind: 'exact', scrapeSeconds: 15, windowSeconds: 60 },
    findings: [],
    seed: 1,
    bounds: { min: 1, max: null },
    prices: {
      book: 'a cloud',
      source: 'a contract',
      date: '2026-01-31',
      podHour: 1,
      elastic: 'ECI',
      minimumSeconds: 0,
      resident: { name: 'ECS', instance: '4 vCPU, 8 GiB', assumption: 'derived from 16 hours a day' },
    },
    period: { found: true, seconds: [86_400, 604_800], strength: 0.83, reason: 'acf' },
    forecast: { model: 'flat', why: '', leadTimeSeconds: 75, wape: 0.1, wql: 0.1, coverage95: 0.95 },
    policies,
    breakEven: { hoursPerDay: [24, 20, 3], thresholdHoursPerDay: 16, basePods: 2, savingVsAllElastic: 0.12 },
    money: moneyOf(policies, WEEK_TICKS, 'USD'),
    verdict: { ...recommend(table, unmetTargetBp, had), ownHpa },
    ...more,
  };
}
