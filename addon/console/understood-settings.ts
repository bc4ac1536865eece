import { ANNOTATION_SPECS, ANNOTATIONS, type AnnotationName, annotation } from '../../core/policy/annotations.ts';
import type { MetricTarget, ScheduledBounds, WorkloadPolicy } from '../../core/policy/policy.ts';
import { formatBytes, formatCores, formatPercent, formatSeconds } from '../../core/quantity.ts';
import { sloDigits } from '../../core/slo.ts';

/** One annotation of a workload: as somebody wrote it, and what holds. */
export interface Setting {
  /** `prescale.dev/slo` */
  readonly annotation: string;
  /** null: it is not on the workload. */
  readonly written: string | null;
  /** As it would have to be written to say the same; null: it is ignored, as its name or another annotation is wrong. */
  readonly understood: string | null;
}

/**
 * All annotations that a workload may have, in the order of the documented table, and after them what it has besides.
 * @param written those of the workload that begin with our prefix; its own notes left out
 * @param policy undefined: something that was written is wrong, so nothing holds
 */
export function understoodSettings(
  written: Readonly<Record<string, string>>,
  policy: WorkloadPolicy | undefined,
): Setting[] {
  const holds = new Map(policy ? values(policy) : []);
  const names = [...ANNOTATION_SPECS.keys()].filter((name) => holds.has(name) || name in written);
  const unknown = Object.keys(written).filter((name) => !ANNOTATION_SPECS.has(name));
  return [...names, ...unknown].map((name) => ({
    annotation: name,
    written: written[name] ?? null,
    understood: holds.get(name) ?? null,
  }));
}

function values(policy: WorkloadPolicy): [string, string][] {
  const single = ANNOTATIONS.flatMap(({ name }): [string, string][] => {
    const value = SINGLE[name]?.(policy);
    return value === undefined ? [] : [[annotation(name), value]];
  });
  return [...single, ...policy.metrics.flatMap((metric, i) => metricValues(metric, i + 1))];
}

const auto = (value: 'auto' | number) => (value === 'auto' ? value : formatSeconds(value));

const SINGLE: Readonly<Partial<Record<AnnotationName, (policy: WorkloadPolicy) => string | undefined>>> = {
  enabled: () => 'true',
  mode: ({ mode }) => mode,
  'min-replicas': ({ minReplicas }) => String(minReplicas),
  'max-replicas': ({ maxReplicas }) => String(maxReplicas),
  slo: ({ unmetTargetBp }) => `${sloDigits(unmetTargetBp)}%`,
  'lead-time': ({ leadTime }) => auto(leadTime),
  stabilization: ({ stabilization }) => auto(stabilization),
  'start-cost': ({ startCost }) => auto(startCost),
  bounds: ({ bounds }) => (bounds.length === 0 ? undefined : JSON.stringify(bounds.map(boundsRule))),
  'time-zone': ({ calendarNames }) => calendarNames?.timeZone ?? 'UTC',
  holidays: ({ calendarNames }) => calendarNames?.holidays ?? 'none',
  paused: ({ paused }) => ({ no: 'false', all: 'true', 'scale-in': 'scale-in', 'scale-out': 'scale-out' })[paused],
  'take-over-hpa': ({ takeOverHpa }) => takeOverHpa,
};

function metricValues({ metric, target }: MetricTarget, index: number): [string, string][] {
  const named = (name: AnnotationName, value: string): [string, string] => [annotation(name, index), value];
  const args = metric.kind === 'template' ? Object.entries(metric.args) : [];
  return [
    metric.kind === 'query'
      ? named('query', metric.query)
      : named('metric', metric.kind === 'resource' ? metric.resource : metric.template),
    ...(args.length === 0 ? [] : [named('metric-args', args.map(([key, value]) => `${key}=${value}`).join(','))]),
    named('target', targetText({ metric, target })),
  ];
}

function targetText({ metric, target }: MetricTarget): string {
  if (target.kind === 'utilization') return formatPercent(target.fraction);
  if (metric.kind === 'resource' && metric.resource === 'cpu') return formatCores(target.perPod);
  if (metric.kind === 'resource' && metric.resource === 'memory') return formatBytes(target.perPod);
  return String(target.perPod);
}

/** As parse-bounds.ts reads it. */
function boundsRule({ cron, timeZone, durationSeconds, min, max, except }: ScheduledBounds) {
  return { cron, timeZone, duration: formatSeconds(durationSeconds), min, max, ...(except.length > 0 && { except }) };
}
