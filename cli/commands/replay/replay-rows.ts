import { HOUR_SECONDS } from '../../../core/series.ts';
import type { Texts } from '../../../replay/report/texts/en.ts';
import { texts } from '../../../replay/report/texts/texts.ts';
import { type PolicyName, type ReplayResult, type Report, TICK_SECONDS } from '../../../replay/result.ts';
import { verdictWords } from './replay-verdict.ts';
import type { NotReplayed } from './trace-list.ts';

/** One trace of many, as its report has it. */
export interface ReplayRow {
  readonly name: string;
  /** The file as it was named. */
  readonly path: string;
  /** The policy of the figures: `predictive`, or the first that ran. */
  readonly policy: PolicyName;
  /** What the reader has (the report's verdict), which it is compared with; null where that did not run, or is the policy itself. */
  readonly baseline: PolicyName | null;
  /** The same in words: "the default HPA at 70 %". */
  readonly baselineLabel: string | null;
  /** Of the bill: 1 − cost ÷ the baseline's. */
  readonly saving: number | null;
  /** Of the replayed span. */
  readonly cost: number;
  readonly baselineCost: number | null;
  readonly currency: string;
  readonly days: number;
  readonly unmetBp: number;
  /** Demand ÷ pod capacity over the ticks with data, hours: what a share of unmet demand is a share of. */
  readonly demandPodHours: number;
  readonly startsPerDay: number;
  readonly keepsSlo: boolean;
  readonly verdict: string;
  readonly findings: readonly { readonly name: string; readonly severity: 'note' | 'warning' }[];
  /** Its report, below the folder of all. */
  readonly report: string;
}

/** What is said of a row, in one language. */
export interface RowWords {
  readonly verdict: string;
  /** What the reader has; null as in the row. */
  readonly baseline: string | null;
}

/** All of them together. */
export interface ReplayTotals {
  readonly traces: number;
  readonly saving: number | null;
  readonly cost: number;
  readonly baselineCost: number | null;
  /** Of all demand, in pods: units differ from trace to trace, pods don't. */
  readonly unmetBp: number;
  readonly startsPerDay: number;
  readonly keepSlo: number;
}

/** index.json, and what `-o json` prints; its schema is schemas/replay-index.schema.json. */
export interface ReplayIndex {
  readonly schemaVersion: 1;
  readonly tool: { readonly name: 'prescale'; readonly version: string };
  readonly unmetTargetBp: number;
  readonly rows: readonly ReplayRow[];
  readonly totals: ReplayTotals;
  /** Not traces, or traces that don't go with the options. */
  readonly skipped: readonly NotReplayed[];
  /** Something outside failed, or a bug. */
  readonly failed: readonly NotReplayed[];
  readonly notEntered: readonly string[];
}

/** Demand in pods over the replayed span, hours. */
export function demandPodHours({ timeline, settings }: ReplayResult): number {
  let sum = 0;
  for (const demand of timeline.demand) if (!Number.isNaN(demand)) sum += demand;
  return (sum / settings.podCapacity) * (TICK_SECONDS / HOUR_SECONDS);
}

/** As index.json has it. */
export function inEnglish({ verdict, baselineLabel }: ReplayRow): RowWords {
  return { verdict, baseline: baselineLabel };
}

/** @param baseline of its row */
export function rowWords(report: Report, baseline: PolicyName | null, language: Texts): RowWords {
  return {
    verdict: verdictWords(report, language),
    baseline: baseline === null ? null : language.index.baseline(baseline, report),
  };
}

/** @param report of a replay in which a policy ran */
export function replayRow(name: string, path: string, report: Report, demandHours: number): ReplayRow {
  const names = Object.keys(report.policies) as PolicyName[];
  const policy = names.find((candidate) => candidate === 'predictive') ?? names[0]!;
  const own = report.policies[policy]!;
  const { have } = report.verdict;
  const baselineCost = have === null || have === policy ? null : report.policies[have]!.cost;
  const baseline = baselineCost === null ? null : have;
  const words = rowWords(report, baseline, texts('en'));
  return {
    name,
    path,
    policy,
    baseline,
    baselineLabel: words.baseline,
    saving: baselineCost === null || baselineCost === 0 ? null : 1 - own.cost / baselineCost,
    cost: own.cost,
    baselineCost,
    currency: own.currency,
    days: (report.trace.end - report.trace.start + TICK_SECONDS) / (24 * HOUR_SECONDS),
    unmetBp: own.unmetBp,
    demandPodHours: demandHours,
    startsPerDay: own.startsPerDay,
    keepsSlo: own.unmetBp <= report.unmetTargetBp,
    verdict: words.verdict,
    findings: report.findings.map(({ name: finding, severity }) => ({ name: finding, severity })),
    report: `${encodeURIComponent(name)}/report.html`,
  };
}

/** The largest saving first; those without a baseline last; of equals by name. */
export function rankedBySaving(rows: readonly ReplayRow[]): ReplayRow[] {
  const key = ({ saving }: ReplayRow) => saving ?? Number.NEGATIVE_INFINITY;
  return rows.toSorted((a, b) => {
    const [one, two] = [key(a), key(b)];
    if (one !== two) return two > one ? 1 : -1;
    return a.name < b.name ? -1 : 1;
  });
}

export function totalsOf(rows: readonly ReplayRow[]): ReplayTotals {
  const sum = (of: (row: ReplayRow) => number) => rows.reduce((total, row) => total + of(row), 0);
  const cost = sum((row) => row.cost);
  const compared = rows.filter(({ baselineCost }) => baselineCost !== null);
  const baselineCost = compared.length === 0 ? null : compared.reduce((total, row) => total + row.baselineCost!, 0);
  const comparedCost = compared.reduce((total, row) => total + row.cost, 0);
  const demand = sum((row) => row.demandPodHours);
  return {
    traces: rows.length,
    saving: baselineCost === null || baselineCost === 0 ? null : 1 - comparedCost / baselineCost,
    cost,
    baselineCost,
    unmetBp: demand > 0 ? sum((row) => row.unmetBp * row.demandPodHours) / demand : 0,
    startsPerDay: sum((row) => row.startsPerDay),
    keepSlo: rows.filter(({ keepsSlo }) => keepsSlo).length,
  };
}
