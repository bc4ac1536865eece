import { sloDigits } from '../../core/slo.ts';
import { breakEven, elasticCost, minimumChargeHours } from '../cost/cost.ts';
import { elasticPodHour, type PriceBook } from '../cost/price-book.ts';
import { forecastAccuracy, hoursPerDayByRank, noDataFraction, runFigures } from '../figures.ts';
import { type FillingFacts, fillingFacts } from '../filling/filling.ts';
import { hpaFacts } from '../hpa-manifest/hpa-facts.ts';
import { observationFacts } from '../observation.ts';
import {
  type Finding,
  type PolicyFigures,
  type PolicyName,
  type PolicyRun,
  type ReplayResult,
  type ReplaySettings,
  type Report,
  TICK_SECONDS,
} from '../result.ts';
import { moneyOf } from './money.ts';
import { annotationsYaml } from './next-step.ts';
import { recommend } from './recommendation.ts';
import { type Facts, recommendationSentences } from './recommendation-text.ts';
import { orderedRuns } from './timeline-csv.ts';

/** What a report says about its own making. */
export interface ReportContext {
  /** The trace as its owner named it, and the SHA-256 of its bytes in hex. */
  readonly source: string;
  readonly sha256: string;
  /** Prescale's version. */
  readonly version: string;
  readonly prices: PriceBook;
  /** The trace's own step where `result.trace` is coarser than it; default: the step of `result.trace`. */
  readonly stepSeconds?: number;
  /** What is known of the trace; default: nothing. */
  readonly findings?: readonly Finding[];
  /** The PromQL that the trace was read with; default: it came from a file. */
  readonly query?: string;
}

/** The policies whose cost a saving is stated against. */
const SAVING_AGAINST = ['fixed-max', 'fixed', 'hpa', 'hpa-tuned'] as const;

/** The content of report.json. The same result and context give the same report, key order included. */
export function buildReport(result: ReplayResult, context: ReportContext): Report {
  const { settings, timeline, dayAhead } = result;
  const { periods, reason } = dayAhead.periodicity;
  const stepSeconds = context.stepSeconds ?? result.trace.stepSeconds;
  const filling = fillingFacts(stepSeconds, settings.filling);
  const policies = policyFigures(result, context.prices);
  const facts: Facts = {
    schemaVersion: 3,
    tool: { name: 'prescale', version: context.version },
    trace: {
      source: context.source,
      sha256: context.sha256,
      stepSeconds,
      start: timeline.startSeconds,
      end: timeline.startSeconds + (timeline.demand.length - 1) * TICK_SECONDS,
      noDataFraction: noDataFraction(timeline.demand),
    },
    podCapacity: settings.podCapacity,
    startup: {
      p50Seconds: result.startup.p50Seconds,
      p90Seconds: result.startup.p90Seconds,
      p99Seconds: result.startup.p99Seconds,
    },
    sloPercent: Number(sloDigits(settings.unmetTargetBp)),
    unmetTargetBp: settings.unmetTargetBp,
    startCostSeconds: settings.startCostSeconds,
    observation: observationFacts(settings.observation),
    findings: findingsOf(context.findings ?? [], filling),
    ...(filling ? { filling } : {}),
    ...(settings.hpa === undefined ? {} : { hpa: hpaFacts(settings.hpa, settings.podCapacity) }),
    seed: settings.seed,
    bounds: { min: settings.min, max: Number.isFinite(settings.max) ? settings.max : null },
    prices: priceFacts(context.prices),
    period: {
      found: periods.length > 0,
      seconds: periods.map(({ seconds }) => seconds),
      strength: periods[0]?.strength ?? 0,
      reason,
    },
    forecast: {
      model: dayAhead.model,
      why: dayAhead.why,
      leadTimeSeconds: result.leadTimeSeconds,
      ...forecastAccuracy(timeline, result.leadTimeSeconds),
    },
    policies,
    breakEven: breakEven(hoursByRank(result), context.prices),
    money: moneyOf(policies, timeline.demand.length, context.prices.currency),
    verdict: verdictOf(policies, settings),
  };
  return {
    ...facts,
    recommendation: recommendationSentences(facts).join(' '),
    annotations: annotationsYaml({ facts, peakPods: hoursByRank(result).length || undefined, query: context.query }),
  };
}

/** The reader has the HPA of `--hpa`; else the replicas of `--fixed`; else, as far as anybody knows, the default HPA. */
function verdictOf(policies: Report['policies'], settings: ReplaySettings): Report['verdict'] {
  const ownHpa = settings.hpa !== undefined;
  const have: readonly PolicyName[] = ownHpa ? ['hpa', 'fixed'] : ['fixed', 'hpa'];
  const table = Object.entries(policies).map(([name, figures]) => ({ ...figures, name: name as PolicyName }));
  return {
    ...recommend(
      table,
      settings.unmetTargetBp,
      have.find((name) => policies[name] !== undefined),
    ),
    ownHpa,
  };
}

function priceFacts(prices: PriceBook): NonNullable<Report['prices']> {
  const { name, source, date, elastic, resident } = prices;
  return {
    book: name,
    source,
    date,
    podHour: elasticPodHour(prices),
    elastic: elastic.name,
    minimumSeconds: elastic.minimumSeconds,
    ...(resident === undefined
      ? {}
      : { resident: { name: resident.name, instance: resident.instance, ...resident.from } }),
  };
}

/** Pod-hours, and what pods are billed for beyond their lives, at the price of a pod-hour. */
function bill(run: PolicyRun, podHours: number, prices: PriceBook): number {
  return elasticCost(podHours + minimumChargeHours(run, prices.elastic.minimumSeconds), prices);
}

/** What is made up changes how every figure must be read, and is said with its numbers in place of the step alone. */
function findingsOf(known: readonly Finding[], filling: FillingFacts | undefined): readonly Finding[] {
  return filling ? [...known.filter(({ name }) => name !== 'coarse-step'), fillingFinding(filling)] : known;
}

function fillingFinding({ text, stepSeconds, measured }: FillingFacts): Finding {
  const values = { stepSeconds, ...(measured === undefined ? {} : { measured }) };
  return { name: 'filled-demand', severity: 'warning', text, values };
}

function hoursByRank({ timeline }: ReplayResult): number[] {
  const predictive = timeline.runs.find(({ name }) => name === 'predictive');
  return predictive === undefined ? [] : hoursPerDayByRank(predictive.total);
}

function policyFigures({ timeline, settings }: ReplayResult, prices: PriceBook): Report['policies'] {
  const figures = orderedRuns(timeline.runs).map((run) => {
    const own = runFigures(timeline, run, settings);
    return { run, own, cost: bill(run, own.podHours, prices) };
  });
  const costs = new Map(figures.map(({ run, cost }) => [run.name, cost]));
  const objectives = new Map(figures.map(({ run, own }) => [run.name, own.objectiveHours]));
  const oracleHours = objectives.get('oracle') ?? 0;
  const entries = figures.map(({ run: { name, target, windowSeconds }, own, cost }): [PolicyName, PolicyFigures] => [
    name,
    {
      podHours: own.podHours,
      starts: own.starts,
      startsPerDay: own.startsPerDay,
      objectiveHours: own.objectiveHours,
      cost,
      currency: prices.currency,
      unmetPercent: own.unmetBp / 100,
      unmetBp: own.unmetBp,
      underProvisionedMinutes: own.underProvisionedMinutes,
      largestShortage: own.largestShortage,
      saturationP95: own.saturationP95,
      saturationP99: own.saturationP99,
      scaleUps: own.scaleUps,
      scaleDowns: own.scaleDowns,
      leadTimeSeconds: own.leadTimeSeconds,
      oracleRatio: oracleHours > 0 ? own.objectiveHours / oracleHours : null,
      savingVs: savings(name, costs),
      objectiveSavingVs: savings(name, objectives),
      ...(target === undefined ? {} : { target }),
      ...(windowSeconds === undefined ? {} : { windowSeconds }),
    },
  ]);
  return Object.fromEntries(entries);
}

/** 1 − ours ÷ the other's, against those that ran and cost anything. */
function savings(name: PolicyName, amounts: ReadonlyMap<PolicyName, number>): PolicyFigures['savingVs'] {
  const saved: Partial<Record<PolicyName, number>> = {};
  for (const other of SAVING_AGAINST) {
    const theirs = amounts.get(other) ?? 0;
    if (other !== name && theirs > 0) saved[other] = 1 - amounts.get(name)! / theirs;
  }
  return saved;
}
