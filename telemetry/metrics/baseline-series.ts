import { HOUR_SECONDS } from '../../core/series.ts';
import { workloadKey } from '../../core/workload.ts';
import type { Baseline, NoBaseline, RanFigures, WorkloadStatus } from '../../core/workload-status.ts';
import type { Sample } from './exposition.ts';
import type { MetricName } from './metric-table.ts';
import { workloadLabels } from './workload-labels.ts';

/** Baselines by workloadKey. */
export type Baselines = ReadonlyMap<string, Baseline | NoBaseline>;

const FIGURES: Partial<Record<MetricName, (figures: RanFigures) => number | null>> = {
  prescale_baseline_pod_hours: ({ podHours }) => podHours,
  prescale_baseline_served_ratio: ({ servedShare }) => servedShare,
  prescale_baseline_pod_starts: ({ starts }) => starts,
};

/** Series of one workload that has a baseline: each figure of both, and over how long. */
export const SERIES_OF_BASELINE = 2 * Object.keys(FIGURES).length + 1;

/** What really ran beside what the HPA would have; of a workload without a baseline nothing is shown. @returns undefined: another metric */
export function baselineReader(
  name: MetricName,
  shown: () => readonly WorkloadStatus[],
  baselines: () => Baselines,
): (() => Iterable<Sample>) | undefined {
  const figure = FIGURES[name];
  if (figure === undefined && name !== 'prescale_baseline_seconds') return undefined;
  return function* () {
    const all = baselines();
    for (const { ref } of shown()) {
      const baseline = all.get(workloadKey(ref));
      if (baseline === undefined || 'why' in baseline) continue;
      const { source, own, hpa, hours } = baseline;
      const labels = workloadLabels(ref);
      if (figure === undefined) yield [labels, hours * HOUR_SECONDS];
      else {
        for (const [policy, ran] of [['prescale', own] as const, ['hpa', hpa] as const]) {
          const value = figure(ran);
          if (value !== null) yield [`${labels},policy="${policy}",source="${source}"`, value];
        }
      }
    }
  };
}
