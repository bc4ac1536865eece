import type { StartupSketches } from '../../collector/startup/sketches.ts';
import { messageOf } from '../../core/errors.ts';
import type { WorkloadPolicy } from '../../core/policy/policy.ts';
import { MINUTE_SECONDS, type Series } from '../../core/series.ts';
import { workloadKey } from '../../core/workload.ts';
import type { ExpectedChange, MetricStatus, WorkloadStatus } from '../../core/workload-status.ts';
import type { HistoryStore } from '../../storage/history-store.ts';
import type { NightlyBaselines } from '../baseline/nightly-baselines.ts';
import type { Journal } from '../journal/journal-text.ts';
import type { Records } from '../record/records.ts';
import { decidingNeed, describeReason } from '../status/describe.ts';
import { explainChain } from '../status/explain-chain.ts';
import type { RecentDecisions } from '../status/recent-decisions.ts';
import type {
  ConsoleChange,
  ConsoleData,
  FiguresOrigin,
  FleetRow,
  MetricSeries,
  MinuteSeries,
  ObjectDetail,
  SourceFault,
  Sparkline,
  Sparklines,
  StartupFigures,
  WorkloadDetail,
  WorkloadSeries,
} from './console-data.ts';

import { NextChanges } from './next-changes.ts';
import { SPARKLINE_STEP_SECONDS, sparkline, sparklineStart } from './sparkline.ts';
import { understoodSettings } from './understood-settings.ts';
import { type WhatIfBaseParts, whatIfBase } from './what-if-base.ts';
import type { WorkloadObjects } from './workload-object.ts';

const TOTAL = 'total';
/** A question for more is answered with so many. */
const MOST_CHANGES = 1_000;
/** A page shows no more. */
const MOST_EVENTS = 100;
/** Minutes of eight days: no question costs more. */
const MOST_MINUTES = 8 * 1_440;

export interface ConsoleParts {
  readonly version: string;
  /** This replica's name. */
  readonly replica: string;
  /** The replica that acts; undefined: none does, or it is not known. */
  readonly acting: () => string | undefined;
  readonly isLeader: () => boolean;
  readonly epochSeconds: () => number;
  readonly lastTickSeconds: () => number;
  readonly statuses: () => readonly WorkloadStatus[];
  readonly recent: RecentDecisions;
  readonly records: Pick<Records, 'journal' | 'forecasts'>;
  readonly baselines: Pick<NightlyBaselines, 'baselines' | 'of'>;
  readonly bounds: ConsoleData['bounds'];
  readonly history: Pick<HistoryStore, 'read'>;
  /** Of five minutes; without it, nothing is known of the weeks before. */
  readonly weeks?: Pick<HistoryStore, 'read'> | undefined;
  readonly sketches: Pick<StartupSketches, 'latency' | 'histogramsOf'>;
  /** Upper bounds of the histograms' buckets, seconds. */
  readonly boundsSeconds: readonly number[];
  /** Records are in a store that all replicas share. */
  readonly shared: boolean;
  /** Id of a metric's history. @param index its place in the policy */
  readonly metricId: (key: string, index: number) => string;
  /** What it asked for, with all defaults; undefined: something that it asked for is wrong. */
  readonly policyOf: (key: string) => WorkloadPolicy | undefined;
  readonly objects: WorkloadObjects;
  readonly whatIf: WhatIfBaseParts;
  /** The next change of a workload's replicas; undefined: none is known. */
  readonly nextChange: (key: string) => ExpectedChange | undefined;
  /** Why the addon can't act now, each with the fix. */
  readonly unready: () => readonly string[];
}

/** What the console reads of the addon, from what there is in memory and in its stores. */
export function consoleData(parts: ConsoleParts): ConsoleData {
  const { statuses, baselines, records, recent } = parts;
  const faults = faultsOf(parts);
  const nextChanges = new NextChanges(parts.nextChange);
  const statusOf = (key: string) => {
    const [namespace, kind, name] = key.split('/');
    return statuses().find(({ ref }) => ref.name === name && ref.namespace === namespace && ref.kind === kind);
  };
  const rowOf = (status: WorkloadStatus): FleetRow => {
    const key = workloadKey(status.ref);
    return { key, status, why: describeReason(status), baseline: baselines.of(key) };
  };
  return {
    faults,
    origin: () => originOf(parts),
    baselines: () => baselines.baselines,
    bounds: () => parts.bounds(),
    nextChanges: () => nextChanges.after(statuses(), parts.epochSeconds()),
    fleet: () => ({
      ...originOf(parts),
      version: parts.version,
      rows: statuses()
        .map(rowOf)
        .sort((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key))),
      faults: faults(),
    }),
    workload: (key): WorkloadDetail | undefined => {
      const status = statusOf(key);
      if (!status) return undefined;
      const row = rowOf(status);
      const origin = originOf(parts);
      const [startup, stages] = [startupOf(parts, key), stagesOf(parts, key)];
      return {
        ...origin,
        row,
        chain: explainChain(status),
        minutes: recent.minutes(key),
        decisions: recent.decisions(key),
        decisionsTruncated: recent.truncated(key),
        startup,
        stages,
      };
    },
    whatIfBase: async (key) => {
      const status = statusOf(key);
      return status && whatIfBase(parts.whatIf, status, parts.policyOf(key));
    },
    object: async (key) => {
      const status = statusOf(key);
      return status && objectOf(parts, status);
    },
    sparklines: (keys) =>
      sparklinesOf(
        parts,
        keys.flatMap((key) => statusOf(key) ?? []),
      ),
    series: async (key, fromSeconds, toSeconds) => {
      const status = statusOf(key);
      return status && seriesOf(parts, status, fromSeconds, toSeconds);
    },
    journal: async (key, { beforeSeconds = Number.POSITIVE_INFINITY, limit }) => {
      if (!statusOf(key)) return undefined;
      return pageOf(await records.journal.read(key), beforeSeconds, limit);
    },
  };
}

function originOf({ replica, acting, isLeader, shared, epochSeconds, lastTickSeconds }: ConsoleParts): FiguresOrigin {
  const leads = isLeader();
  const leader = leads ? replica : (acting() ?? null);
  const who = leader === null ? 'no replica acts, or it is not known which' : `${leader} acts`;
  return {
    replica,
    leads,
    leader,
    figuresSeconds: lastTickSeconds(),
    nowSeconds: epochSeconds(),
    stored: shared ? 'shared' : 'own',
    note: leads ? null : `Figures as ${replica} sees them, which waits; ${who}.`,
  };
}

async function objectOf({ objects, policyOf }: ConsoleParts, { ref }: WorkloadStatus): Promise<ObjectDetail> {
  const [written, events] = await Promise.allSettled([objects.annotations(ref), objects.events(ref)]);
  const found = events.status === 'fulfilled' ? events.value : undefined;
  const problem = (read: PromiseSettledResult<unknown>) => (read.status === 'rejected' ? messageOf(read.reason) : null);
  return {
    settings: understoodSettings(written.status === 'fulfilled' ? written.value : {}, policyOf(workloadKey(ref))),
    settingsProblem: problem(written),
    events: found ? found.events.slice(0, MOST_EVENTS) : null,
    eventsTruncated: found ? found.truncated || found.events.length > MOST_EVENTS : false,
    eventsProblem: problem(events),
  };
}

/** What is the matter, and since when it was seen by whoever asks again and again. */
function faultsOf({ unready, epochSeconds, statuses }: ConsoleParts): () => readonly SourceFault[] {
  let since = new Map<string, SourceFault>();
  return () => {
    const now = epochSeconds();
    const metrics = metricsFault(statuses());
    const found = [
      ...unready().map((message) => ({ what: sourceOf(message), message })),
      ...(metrics === undefined ? [] : [{ what: 'metrics' as const, message: metrics }]),
    ].map(({ what, message }): SourceFault => {
      // Another number in it is the same fault.
      const known = since.get(message.replace(/\d+/g, ''));
      return { what, sinceSeconds: known?.sinceSeconds ?? now, message };
    });
    since = new Map(found.map((fault) => [fault.message.replace(/\d+/g, ''), fault]));
    return found;
  };
}

/** Where no demand is measured at all, as a server fails: its words. What is wrong with one workload's metric names no address. */
function metricsFault(statuses: readonly WorkloadStatus[]): string | undefined {
  let failure: string | undefined;
  for (const { metrics } of statuses) {
    for (const { missing } of metrics) {
      if (missing === undefined) return undefined;
      if (/https?:\/\//.test(missing)) failure ??= missing;
    }
  }
  return failure;
}

const SOURCES: readonly (readonly [SourceFault['what'], RegExp])[] = [
  ['store', /redis|history|store/i],
  ['leader', /lease/i],
  ['metrics', /prometheus|metrics/i],
  ['api-server', /first lists|silent|https?:\/\//i],
];

function sourceOf(message: string): SourceFault['what'] {
  return SOURCES.find(([, words]) => words.test(message))?.[0] ?? 'other';
}

function startupOf({ sketches, epochSeconds }: ConsoleParts, workload: string): StartupFigures {
  const batch = 1;
  const { latency, source, samples } = sketches.latency({ workload, batch, nowSeconds: epochSeconds() });
  const [p50Seconds, p90Seconds, p99Seconds] = [0.5, 0.9, 0.99].map((level) => latency.quantile(level));
  return { source, samples, batch, p50Seconds: p50Seconds!, p90Seconds: p90Seconds!, p99Seconds: p99Seconds! };
}

function stagesOf({ sketches, boundsSeconds }: ConsoleParts, key: string): WorkloadDetail['stages'] {
  return sketches
    .histogramsOf(key)
    .filter(({ span }) => span !== TOTAL)
    .map(({ nodeClass, span, counts }) => ({ nodeClass, stage: span, boundsSeconds, ...counts }));
}

/** One after the other: a page of the fleet has time, and the tick none to give away. */
async function sparklinesOf(
  { history, metricId, epochSeconds }: ConsoleParts,
  found: readonly WorkloadStatus[],
): Promise<Sparklines> {
  const startSeconds = sparklineStart(epochSeconds());
  const lines = new Map<string, Sparkline>();
  for (const status of found) {
    const key = workloadKey(status.ref);
    const decider = decidingNeed(status)?.metric;
    const demand = await history.read(metricId(key, decider ? status.metrics.indexOf(decider) : 0));
    if (demand)
      lines.set(key, { startSeconds, stepSeconds: SPARKLINE_STEP_SECONDS, values: sparkline(demand, startSeconds) });
  }
  return lines;
}

async function seriesOf(
  { records, history, weeks, metricId }: ConsoleParts,
  status: WorkloadStatus,
  fromSeconds: number,
  toSeconds: number,
): Promise<WorkloadSeries> {
  const key = workloadKey(status.ref);
  const within = (series: Series | undefined) => minutesWithin(series, fromSeconds, toSeconds);
  const read = async ({ name, unit }: MetricStatus, index: number): Promise<MetricSeries> => {
    const id = metricId(key, index);
    const [demand, before, made] = await Promise.all([
      history.read(id),
      weeks?.read(id),
      records.forecasts.read(key, { index, name }),
    ]);
    return {
      metric: name,
      unit,
      demand: within(demand),
      forecast: within(made.median),
      upper: within(made.upper),
      ...(before && { weeks: { ...before, values: Float32Array.from(before.values) } }),
    };
  };
  const [metrics, journal] = await Promise.all([Promise.all(status.metrics.map(read)), records.journal.read(key)]);
  const decider = decidingNeed(status)?.metric;
  const deciding = decider && metrics[status.metrics.indexOf(decider)];
  const { seconds } = status.leadTime;
  return {
    metrics: deciding ? [deciding, ...metrics.filter((one) => one !== deciding)] : metrics,
    leadTimeSeconds: Number.isNaN(seconds) ? null : seconds,
    replicas: journal ? stepsWithin(journal, fromSeconds, toSeconds) : [],
  };
}

function minutesWithin(series: Series | undefined, fromSeconds: number, toSeconds: number): MinuteSeries | null {
  if (series === undefined) return null;
  const { startSeconds, values } = series;
  const last = Math.min(values.length - 1, Math.floor((toSeconds - startSeconds) / MINUTE_SECONDS));
  const first = Math.max(0, last - MOST_MINUTES + 1, Math.ceil((fromSeconds - startSeconds) / MINUTE_SECONDS));
  if (!(first <= last)) return null;
  return {
    startSeconds: startSeconds + first * MINUTE_SECONDS,
    stepSeconds: MINUTE_SECONDS,
    values: Float32Array.from(values.subarray(first, last + 1)),
  };
}

/** Replicas as they changed, of the workload itself; under an HPA its minReplicas are none. */
function stepsWithin(journal: Journal, fromSeconds: number, toSeconds: number): [number, number][] {
  const begin: [number, number][] = journal.field === 'replicas' ? [[journal.sinceSeconds, journal.replicas]] : [];
  const steps = journal.entries
    .filter(({ field }) => field === 'replicas')
    .map(({ atSeconds, to }): [number, number] => [atSeconds, to]);
  const all = [...begin, ...steps];
  const before = all.filter(([atSeconds]) => atSeconds <= fromSeconds).at(-1);
  const inside = all.filter(([atSeconds]) => atSeconds > fromSeconds && atSeconds <= toSeconds);
  return before ? [[fromSeconds, before[1]], ...inside] : inside;
}

function pageOf(journal: Journal | undefined, beforeSeconds: number, limit: number) {
  const most = Math.min(MOST_CHANGES, Math.max(1, Math.floor(limit)));
  const older = (journal?.entries ?? []).filter(({ atSeconds }) => atSeconds < beforeSeconds);
  let first = Math.max(0, older.length - most);
  // What happened in one second stays on one page: the next one begins before it.
  while (first > 0 && older[first - 1]!.atSeconds === older[first]!.atSeconds) first--;
  const entries = older
    .slice(first)
    .reverse()
    .map(({ reason, ...entry }): ConsoleChange => ({ ...entry, reason: reason ?? null }));
  return {
    entries,
    nextBeforeSeconds: first > 0 ? entries.at(-1)!.atSeconds : null,
    sinceSeconds: journal?.sinceSeconds ?? null,
  };
}
