import { DAY_SECONDS } from '../../core/series.ts';
import { workloadKey } from '../../core/workload.ts';
import type { MetricStatus, WorkloadStatus } from '../../core/workload-status.ts';
import { CONDITION_TYPES, POLICY_ERROR } from '../../core/workload-status.ts';
import type { StartupHistogram } from './addon-metrics.ts';
import { type Baselines, baselineReader, SERIES_OF_BASELINE } from './baseline-series.ts';
import { type LabelledHistogram, type LabelText, labelText, type Sample } from './exposition.ts';
import type { MetricName } from './metric-table.ts';
import { workloadLabels } from './workload-labels.ts';

/** undefined: no series. */
type OfWorkload = (status: WorkloadStatus) => number | undefined;
type OfMetric = (metric: MetricStatus) => number | undefined;

/** The span that StartupSketches calls created → Ready. */
const TOTAL = 'total';

const OF_WORKLOAD: Partial<Record<MetricName, OfWorkload>> = {
  prescale_current_replicas: ({ replicas }) => replicas.current,
  prescale_ready_replicas: ({ replicas }) => replicas.ready,
  prescale_requested_replicas: ({ replicas }) => replicas.wanted,
  prescale_proactive_replicas: ({ replicas }) => replicas.proactive,
  prescale_reactive_replicas: ({ replicas }) => replicas.reactive,
  prescale_min_replicas: ({ replicas }) => replicas.min,
  prescale_max_replicas: ({ replicas }) => replicas.max,
  prescale_lead_time_seconds: ({ leadTime }) => leadTime.seconds,
  prescale_lead_time_measured_startups: ({ leadTime }) => leadTime.samples,
  prescale_slo_ratio: ({ model }) => model.slo,
  prescale_unmet_ratio: ({ model }) => model.unmetShare,
  // Of what is left alone nothing is ever decided: no stuck workload.
  prescale_last_decision_timestamp_seconds: (status) => (hasPolicyError(status) ? undefined : status.decidedSeconds),
  prescale_last_write_timestamp_seconds: ({ writtenSeconds }) => writtenSeconds,
};

const OF_METRIC: Partial<Record<MetricName, OfMetric>> = {
  prescale_load: ({ load }) => load,
  prescale_demand_estimate: ({ demandEstimate }) => demandEstimate,
  prescale_expected_peak_load: ({ expectedPeak }) => expectedPeak,
  prescale_expected_peak_error_load: ({ expectedError }) => expectedError,
  prescale_pod_capacity_load: ({ podCapacity }) => podCapacity,
  prescale_load_missing: ({ missing }) => Number(missing !== undefined),
  prescale_load_censored: ({ censored }) => Number(censored),
  prescale_history_seconds: ({ learnedDays }) => learnedDays * DAY_SECONDS,
  prescale_forecast_error_ratio: ({ wape }) => wape,
};

/** Series of a workload: those above, two quantiles a metric of two forecasts, its conditions, about four reasons and its baseline. */
const SERIES_OF_WORKLOAD = Object.keys(OF_WORKLOAD).length + CONDITION_TYPES.length + 4 + SERIES_OF_BASELINE;
const SERIES_OF_METRIC = Object.keys(OF_METRIC).length + 4;

interface Counted {
  decidedSeconds: number;
  readonly reasons: Map<string, number>;
}

/** What workloads show, from their newest statuses, up to a number of series; beyond it whole workloads are left out. */
export class WorkloadSeries {
  private statuses: readonly WorkloadStatus[] = [];
  private shown: readonly WorkloadStatus[] = [];
  private shownKeys = new Set<string>();
  private boundsSeconds: readonly number[] = [];
  private readBaselines: () => Baselines = () => new Map();
  private readStartups: () => Iterable<StartupHistogram> = () => [];
  private readonly counted = new Map<string, Counted>();
  private capReached = false;
  private readonly maxSeries: number;
  private readonly onCapReached: (hiddenWorkloads: number, maxSeries: number) => void;

  constructor(maxSeries: number, onCapReached: (hiddenWorkloads: number, maxSeries: number) => void = () => {}) {
    this.maxSeries = maxSeries;
    this.onCapReached = onCapReached;
  }

  observe(statuses: readonly WorkloadStatus[]): void {
    this.statuses = statuses;
    let room = this.maxSeries;
    // By order, not by size: a workload that was shown is shown again as long as those before it stay.
    this.shown = statuses.filter((status) => {
      room -= SERIES_OF_WORKLOAD + status.metrics.length * SERIES_OF_METRIC;
      return room >= 0;
    });
    this.shownKeys = new Set(this.shown.map(({ ref }) => workloadKey(ref)));
    for (const status of this.shown) this.countReasons(status);
    for (const key of this.counted.keys()) if (!this.shownKeys.has(key)) this.counted.delete(key);
    const hidden = statuses.length - this.shown.length;
    if (hidden > 0 && !this.capReached) this.onCapReached(hidden, this.maxSeries);
    this.capReached = hidden > 0;
  }

  baselines(read: () => Baselines): void {
    this.readBaselines = read;
  }

  startups(boundsSeconds: readonly number[], read: () => Iterable<StartupHistogram>): void {
    this.boundsSeconds = boundsSeconds;
    this.readStartups = read;
  }

  /** How a histogram's are read; undefined for what is none of workloads. */
  histograms(name: MetricName): (() => Iterable<LabelledHistogram>) | undefined {
    if (name === 'prescale_pod_startup_seconds') return () => this.startupsOfWorkloads();
    if (name === 'prescale_pod_startup_stage_seconds') return () => this.startupStages();
    return undefined;
  }

  /** Created → Ready of each shown workload, as far as they fit under the cap on their own count. */
  private *startupsOfWorkloads(): Iterable<LabelledHistogram> {
    let room = this.maxSeries;
    for (const { workload, nodeClass, span, counts } of this.readStartups()) {
      if (span !== TOTAL || !this.shownKeys.has(workload)) continue;
      room -= counts.buckets.length + 3;
      if (room < 0) return;
      const [namespace, kind, name] = workload.split('/') as [string, string, string];
      const labels = labelText({ namespace, kind, workload: name, node_class: nodeClass });
      yield { ...counts, labels, boundsSeconds: this.boundsSeconds };
    }
  }

  /**
   * Stages summed over workloads: by workload they were 200 series each. A workload that leaves takes its counts along, which
   * Prometheus takes for a restart of the counter.
   */
  private *startupStages(): Iterable<LabelledHistogram> {
    const sums = new Map<string, { labels: LabelText; buckets: number[]; sumSeconds: number; count: number }>();
    for (const { nodeClass, span, counts } of this.readStartups()) {
      if (span === TOTAL) continue;
      const key = `${nodeClass} ${span}`;
      const { buckets, sumSeconds, count } = counts;
      let sum = sums.get(key);
      if (sum === undefined) {
        const labels = labelText({ node_class: nodeClass, stage: span });
        sum = { labels, buckets: buckets.map(() => 0), sumSeconds: 0, count: 0 };
        sums.set(key, sum);
      }
      for (const [i, own] of buckets.entries()) sum.buckets[i]! += own;
      sum.sumSeconds += sumSeconds;
      sum.count += count;
    }
    for (const sum of sums.values()) yield { boundsSeconds: this.boundsSeconds, ...sum };
  }

  /** How a metric's samples are read; undefined for one that is not of workloads. */
  reader(name: MetricName): (() => Iterable<Sample>) | undefined {
    const ofWorkload = OF_WORKLOAD[name];
    if (ofWorkload) return () => this.perWorkload(ofWorkload);
    const ofMetric = OF_METRIC[name];
    if (ofMetric) return () => this.perMetric(ofMetric);
    const special: Partial<Record<MetricName, () => Iterable<Sample>>> = {
      prescale_forecast_load: () => this.quantiles((metric) => [metric.forecastMedian, metric.forecastUpper]),
      prescale_forecast_for_now_load: () =>
        this.quantiles(({ forecastForNow }) => [forecastForNow?.median, forecastForNow?.upper]),
      prescale_condition: () => this.conditions(),
      prescale_decision_reasons_total: () => this.reasons(),
      prescale_workloads: () =>
        tally(this.statuses.map(({ mode = 'unknown', target }) => `mode="${mode}",target="${target}"`)),
      prescale_workload_conditions: () =>
        tally(
          this.statuses.flatMap((one) => one.conditions.map(({ type, status }) => `type="${type}",status="${status}"`)),
        ),
      prescale_policy_errors: () => [['', this.statuses.filter(hasPolicyError).length]],
      prescale_series_limited_workloads: () => [['', this.statuses.length - this.shown.length]],
      prescale_oldest_forecast_seconds: () => sample('', oldestForecast(this.statuses)),
    };
    return (
      special[name] ??
      baselineReader(
        name,
        () => this.shown,
        () => this.readBaselines(),
      )
    );
  }

  private countReasons(status: WorkloadStatus): void {
    const key = workloadKey(status.ref);
    let counted = this.counted.get(key);
    if (counted === undefined) {
      counted = { decidedSeconds: Number.NEGATIVE_INFINITY, reasons: new Map() };
      this.counted.set(key, counted);
    }
    // A status that is shown again without a new decision counts no second time.
    if (status.decidedSeconds <= counted.decidedSeconds) return;
    counted.decidedSeconds = status.decidedSeconds;
    for (const reason of status.reasons) counted.reasons.set(reason, (counted.reasons.get(reason) ?? 0) + 1);
  }

  private *perWorkload(of: OfWorkload): Iterable<Sample> {
    for (const status of this.shown) yield* sample(workloadLabels(status.ref), of(status));
  }

  private *perMetric(of: OfMetric): Iterable<Sample> {
    for (const status of this.shown)
      for (const metric of status.metrics) yield* sample(loadLabels(status, metric), of(metric));
  }

  private *quantiles(
    of: (metric: MetricStatus) => readonly [number | undefined, number | undefined],
  ): Iterable<Sample> {
    for (const status of this.shown) {
      for (const metric of status.metrics) {
        const labels = loadLabels(status, metric);
        const [median, upper] = of(metric);
        yield* sample(`${labels},level="0.5"`, median);
        yield* sample(`${labels},level="0.95"`, upper);
      }
    }
  }

  private *conditions(): Iterable<Sample> {
    for (const status of this.shown) {
      const labels = workloadLabels(status.ref);
      for (const { type, status: holds } of status.conditions) yield [`${labels},type="${type}"`, Number(holds)];
    }
  }

  private *reasons(): Iterable<Sample> {
    for (const status of this.shown) {
      const labels = workloadLabels(status.ref);
      const counted = this.counted.get(workloadKey(status.ref));
      for (const [reason, count] of counted?.reasons ?? []) yield [`${labels},reason="${reason}"`, count];
    }
  }
}

function loadLabels({ ref }: WorkloadStatus, { name, unit }: MetricStatus): LabelText {
  return `${workloadLabels(ref)},${labelText({ metric: name, unit })}`;
}

/** No number, no series: a gap in a graph is honest, a zero is not. */
function sample(labels: LabelText, value: number | undefined): Sample[] {
  return value === undefined || Number.isNaN(value) ? [] : [[labels, value]];
}

function hasPolicyError({ conditions }: WorkloadStatus): boolean {
  return conditions.some(({ type, status, reason }) => type === 'Ready' && !status && reason === POLICY_ERROR);
}

/** Seconds at the last decision, hidden workloads included; expired forecasts count on. Undefined: none is in use. */
function oldestForecast(statuses: readonly WorkloadStatus[]): number | undefined {
  let oldest: number | undefined;
  for (const { decidedSeconds, metrics } of statuses) {
    for (const { load, learnedSeconds } of metrics) {
      // Without a value nothing is refitted, and nothing is decided on the forecast.
      if (load === undefined || learnedSeconds === undefined) continue;
      oldest = Math.max(oldest ?? 0, decidedSeconds - learnedSeconds);
    }
  }
  return oldest;
}

/** How often each set of labels occurs. */
function tally(all: Iterable<LabelText>): Sample[] {
  const counts = new Map<LabelText, number>();
  for (const labels of all) counts.set(labels, (counts.get(labels) ?? 0) + 1);
  return [...counts];
}
