import type { Addon } from '../../addon/addon.ts';
import type { ConsoleData, FiguresOrigin, MetricSeries } from '../../addon/console-data.ts';
import { decidingNeed, describeReason } from '../../addon/status/describe.ts';
import { explainChain } from '../../addon/status/explain-chain.ts';
import { workloadKey } from '../../core/workload.ts';
import type { MetricStatus, WorkloadStatus } from '../../core/workload-status.ts';
import type { HistoryStore } from '../../storage/history-store.ts';

export interface TodaysDataParts {
  readonly addon: Pick<Addon, 'statuses' | 'recent' | 'lastRoundSeconds' | 'unready'>;
  readonly history: Pick<HistoryStore, 'read'>;
  readonly version: string;
  readonly replica: string;
  readonly isLeader: () => boolean;
  readonly stored: FiguresOrigin['stored'];
  readonly epochSeconds: () => number;
}

const NOT_SIMULATED = { why: 'the HPA was not simulated yet', madeSeconds: null };

/** What the console reads, as far as it is in memory and in the store of the demand. */
export function todaysData(parts: TodaysDataParts): ConsoleData & { origin(): FiguresOrigin } {
  const { addon, history, version, replica, isLeader, stored, epochSeconds } = parts;
  const known = (key: string) => addon.statuses.find(({ ref }) => workloadKey(ref) === key);
  const row = (status: WorkloadStatus) => ({
    key: workloadKey(status.ref),
    status,
    why: describeReason(status),
    baseline: NOT_SIMULATED,
  });
  const origin = (): FiguresOrigin => ({
    replica,
    leads: isLeader(),
    leader: isLeader() ? replica : null,
    figuresSeconds: addon.lastRoundSeconds,
    nowSeconds: epochSeconds(),
    stored,
    note: isLeader() ? null : `figures of ${replica}, which waits: another replica leads`,
  });
  return {
    origin,
    fleet: () => ({ ...origin(), version, rows: addon.statuses.map(row), faults: [] }),
    workload: (key) => {
      const status = known(key);
      if (!status) return undefined;
      const minutes = addon.recent.minutes(key);
      return { ...origin(), row: row(status), chain: explainChain(status), minutes, startup: null, stages: [] };
    },
    baselines: () => new Map(),
    faults: () => [],
    series: async (key, fromSeconds, toSeconds) => {
      const status = known(key);
      if (!status) return undefined;
      const deciding = decidingNeed(status)?.metric;
      const numbered = status.metrics.map((metric, i) => ({ metric, id: `${key}#${i}` }));
      const ordered = numbered.sort((a, b) => Number(b.metric === deciding) - Number(a.metric === deciding));
      const read = async ({
        metric,
        id,
      }: {
        readonly metric: MetricStatus;
        readonly id: string;
      }): Promise<MetricSeries> => {
        const series = await history.read(id);
        const first = series ? Math.max(0, Math.ceil((fromSeconds - series.startSeconds) / series.stepSeconds)) : 0;
        const end = series ? Math.floor((toSeconds - series.startSeconds) / series.stepSeconds) + 1 : 0;
        const demand = series &&
          end > first && {
            startSeconds: series.startSeconds + first * series.stepSeconds,
            stepSeconds: series.stepSeconds,
            values: Float32Array.from(series.values.subarray(first, end)),
          };
        return { metric: metric.name, unit: metric.unit, demand: demand || null, forecast: null, upper: null };
      };
      const decisions = addon.recent.decisions(key).filter(({ atSeconds }) => atSeconds >= fromSeconds);
      return {
        metrics: await Promise.all(ordered.map(read)),
        leadSeconds: Number.isFinite(status.lead.seconds) ? status.lead.seconds : null,
        replicas: decisions.map(({ atSeconds, to }) => [atSeconds, to] as const),
      };
    },
    journal: async (key, { beforeSeconds = Number.POSITIVE_INFINITY, limit }) => {
      const status = known(key);
      if (!status) return undefined;
      const before = addon.recent.decisions(key).filter(({ atSeconds }) => atSeconds < beforeSeconds);
      const entries = before.slice(-limit).reverse();
      return {
        entries: entries.map(({ atSeconds, from, to, reasons, words }) => ({
          ...({ atSeconds, from, to, by: 'prescale', field: 'replicas', why: words } as const),
          reason: (reasons.at(-1) ?? null) as never,
        })),
        nextBeforeSeconds: before.length > limit ? entries.at(-1)!.atSeconds : null,
        sinceSeconds: addon.recent.decisions(key)[0]?.atSeconds ?? null,
      };
    },
  };
}
