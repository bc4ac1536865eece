import { z } from '@hono/zod-openapi';
import { condition, fleetRow, known, workloadRef } from '../fleet/fleet-row.ts';

const fault = z
  .object({
    what: z.enum(['store', 'metrics', 'leader', 'api-server', 'other']),
    sinceSeconds: z.number().openapi({ description: 'What is shown of it is the last known, of this time' }),
    message: z.string(),
  })
  .openapi('Fault');

/** Whose figures these are, and how old. Ages are told by the reader: the header Date has the time now. */
const origin = {
  version: z.string(),
  replica: z.string().openapi({ description: 'The replica whose figures these are' }),
  leads: z.boolean().openapi({ description: 'Whether that replica acts' }),
  leader: z
    .string()
    .nullable()
    .openapi({ description: 'The replica that holds the Lease; null: nobody, or not known' }),
  figuresSeconds: known.openapi({ description: 'When they were made, epoch seconds; null: no tick ended yet' }),
  stored: z.enum(['shared', 'own']),
  note: z.string().nullable(),
  faults: z.array(fault),
};

export const statusAnswer = z
  .object({
    ...origin,
    nowSeconds: z.number().openapi({ description: "The addon's clock, epoch seconds" }),
    auth: z.enum(['none', 'token']),
    workloads: z.number(),
    attention: z.number().openapi({ description: 'Workloads that need a person' }),
  })
  .openapi('Status');
export type StatusAnswer = z.output<typeof statusAnswer>;

export const fleetAnswer = z
  .object({
    ...origin,
    total: z.number().openapi({ description: 'Workloads that match, on all pages' }),
    rows: z.array(fleetRow).openapi({ description: 'By namespace, kind and name' }),
    next: z.string().nullable().openapi({ description: 'The cursor of the next page; null: this is the last' }),
  })
  .openapi('Fleet');
export type FleetAnswer = z.output<typeof fleetAnswer>;

const metricStatus = z
  .object({
    name: z.string(),
    unit: z.string(),
    load: known,
    demandEstimate: known,
    forecastMedian: known,
    forecastUpper: known,
    expectedPeak: known,
    expectedError: known,
    podCapacity: known,
    need: z.object({ forecast: known, floor: known, pods: known }).nullable(),
    censored: z.boolean(),
    missing: z.string().nullable(),
    pods: z.looseObject({ counted: z.number(), unmeasured: z.number() }).nullable(),
    learnedDays: z.number(),
    learnedSeconds: known,
    wape: known,
  })
  .openapi('MetricStatus');

const workloadStatus = z
  .object({
    ref: workloadRef,
    mode: z.enum(['observe', 'auto', 'predictive', 'reactive']).nullable(),
    target: z.enum(['scale', 'hpa', 'dry-run']),
    replicas: z.object({
      current: known,
      ready: known,
      wanted: known,
      proactive: known,
      reactive: known,
      min: known,
      max: known,
    }),
    metrics: z.array(metricStatus),
    leadTime: z.object({
      seconds: known,
      source: z.enum(['measured', 'borrowed', 'default', 'annotation']),
      samples: z.number(),
    }),
    model: z.object({
      kind: z.enum(['predictive', 'reactive', 'learning']),
      why: z.string(),
      neural: z.string().nullable(),
      safetyMultiplier: known,
      headroom: known,
      stabilizationSeconds: known,
      reactiveTarget: known,
      slo: known.openapi({ description: 'Share of the demand that is to be served, 0…1' }),
      unmetShare: known.openapi({
        description: 'Share of the demand that found no Ready pod of late, 0…1; null: not known, as on the first day',
      }),
    }),
    reasons: z.array(z.string()),
    conditions: z.array(condition),
    decidedSeconds: z.number().openapi({ description: '0: nothing was decided yet' }),
    writtenSeconds: known,
    error: z.string().nullable(),
  })
  .openapi('WorkloadStatus');

const startup = z
  .object({
    source: z.enum(['measured', 'borrowed', 'default']),
    samples: z.number(),
    batch: z.number(),
    p50Seconds: z.number(),
    p90Seconds: z.number(),
    p99Seconds: z.number(),
  })
  .openapi('Startup');

export const workloadAnswer = z
  .object({
    ...origin,
    row: fleetRow,
    status: workloadStatus,
    why: z.string(),
    chain: z
      .array(z.object({ label: z.string(), value: z.string(), note: z.string() }))
      .openapi({ description: 'From the load to what was written, a step each' }),
    minutes: z
      .array(z.object({ atSeconds: z.number(), load: known, forecastUpper: known, capacity: known, wanted: known }))
      .openapi({ description: 'The last hour, oldest first' }),
    decisions: z
      .array(
        z.object({
          atSeconds: z.number(),
          ticks: z.number(),
          from: z.number(),
          to: z.number(),
          reasons: z.array(z.string()),
          words: z.string(),
        }),
      )
      .openapi({ description: 'The last ones that differ, oldest first; also those that were not carried out' }),
    decisionsTruncated: z.boolean().openapi({ description: 'There were earlier ones, which are not kept' }),
    startup: startup.nullable(),
    stages: z.array(
      z.object({
        nodeClass: z.string(),
        stage: z.string(),
        boundsSeconds: z.array(z.number()),
        buckets: z.array(z.number()),
        sumSeconds: z.number(),
        count: z.number(),
      }),
    ),
  })
  .openapi('Workload');
export type WorkloadAnswer = z.output<typeof workloadAnswer>;

export const objectAnswer = z
  .object({
    settings: z
      .array(
        z.object({
          annotation: z.string(),
          written: z.string().nullable().openapi({ description: 'null: it is not on the workload' }),
          understood: z
            .string()
            .nullable()
            .openapi({ description: 'As it would be written; null: it is ignored, as something is wrong' }),
        }),
      )
      .openapi({ description: 'Annotations as written, and as understood' }),
    settingsProblem: z.string().nullable(),
    events: z
      .array(
        z.object({
          type: z.string(),
          reason: z.string(),
          message: z.string(),
          count: z.number(),
          atSeconds: known,
          by: z.string(),
        }),
      )
      .nullable()
      .openapi({ description: 'Events on the workload, newest first, whoever wrote them' }),
    eventsTruncated: z.boolean().openapi({ description: 'There are more Events than these' }),
    eventsProblem: z.string().nullable(),
  })
  .openapi('ObjectInCluster');
export type ObjectAnswer = z.output<typeof objectAnswer>;

export const decisionsAnswer = z
  .object({
    decisions: z
      .array(
        z.object({
          atSeconds: z.number(),
          from: z.number(),
          to: z.number(),
          by: z.enum(['prescale', 'external', 'unknown']),
          field: z.enum(['replicas', 'minReplicas']),
          reason: z.string().nullable(),
          why: z.string(),
        }),
      )
      .openapi({ description: 'Newest first' }),
    sinceSeconds: known.openapi({ description: 'Since when all changes are known' }),
    next: z.string().nullable(),
  })
  .openapi('Decisions');
export type DecisionsAnswer = z.output<typeof decisionsAnswer>;

const minuteSeries = z
  .object({ startSeconds: z.number(), stepSeconds: z.number(), values: z.array(known) })
  .openapi('MinuteSeries');

export const seriesAnswer = z
  .object({
    fromSeconds: z.number(),
    toSeconds: z.number(),
    leadTimeSeconds: known,
    metrics: z.array(
      z.object({
        metric: z.string(),
        unit: z.string(),
        demand: minuteSeries.nullable(),
        forecast: minuteSeries.nullable().openapi({ description: 'Of each minute, as forecast one lead time before' }),
        upper: minuteSeries.nullable().openapi({ description: 'Its 0.95 quantile' }),
      }),
    ),
    replicas: z.array(z.tuple([z.number(), z.number()])).openapi({ description: 'Changes: epoch seconds, replicas' }),
  })
  .openapi('Series');
export type SeriesAnswer = z.output<typeof seriesAnswer>;

export const sparklinesAnswer = z
  .object({
    lines: z
      .array(z.object({ key: z.string(), startSeconds: z.number(), stepSeconds: z.number(), values: z.array(known) }))
      .openapi({ description: 'Of the workloads that are known, of which demand is recorded and that are shown' }),
  })
  .openapi('Sparklines');
export type SparklinesAnswer = z.output<typeof sparklinesAnswer>;

export const forecastAnswer = z
  .object({
    metric: z.string(),
    unit: z.string(),
    startSeconds: z.number(),
    stepSeconds: z.number(),
    model: z.string(),
    why: z.string(),
    historyDays: z.number(),
    quantiles: z.array(z.object({ level: z.number(), values: z.array(z.number()) })),
    planned: z.array(known).openapi({
      description: 'Pods for the 0.5 quantile within minimum and maximum; null: what a pod serves is not known',
    }),
  })
  .openapi('Forecast');
export type ForecastAnswer = z.output<typeof forecastAnswer>;

export const errorAnswer = z.object({ error: z.string() }).openapi('Error');
