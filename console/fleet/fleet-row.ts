import { z } from '@hono/zod-openapi';

/** A number that may not be known: null, never a zero. */
export const known = z.number().nullable();

export const workloadRef = z
  .object({ apiVersion: z.string(), kind: z.string(), namespace: z.string(), name: z.string() })
  .openapi('WorkloadRef');

export const condition = z
  .object({
    type: z.string(),
    status: z.boolean(),
    reason: z.string().openapi({ description: 'One word, CamelCase' }),
    message: z.string(),
    sinceSeconds: z.number().openapi({ description: 'Epoch seconds of the last change of status' }),
  })
  .openapi('Condition');

/** What needs a person, the gravest first. */
export const ATTENTION = [
  'not-ready',
  'conflict',
  'replica-failure',
  'budget-overspent',
  'failing',
  'stale-forecast',
] as const;

export const attention = z.enum(ATTENTION).openapi('Attention');
export type Attention = z.output<typeof attention>;

const ranFigures = z
  .object({
    podHours: z.number(),
    servedShare: known.openapi({
      description: 'Share of the demand that found a Ready pod; null: there was no demand',
    }),
    starts: z.number(),
  })
  .openapi('RanFigures');

/** What really ran against the HPA that would have, over the same hours of the last week. */
const baseline = z
  .object({
    source: z.enum(['manifest', 'default']),
    name: z.string(),
    note: z.string(),
    fromSeconds: z.number(),
    toSeconds: z.number(),
    hours: z.number().openapi({ description: 'Hours within it that are compared' }),
    own: ranFigures,
    hpa: ranFigures,
    savedShare: known.openapi({ description: '1 − own ÷ HPA pod-hours; negative: the HPA would have needed fewer' }),
    madeSeconds: z.number(),
  })
  .openapi('Baseline');

const noBaseline = z.object({ why: z.string(), madeSeconds: known }).openapi('NoBaseline');

/** One workload of the fleet. Loads are in `unit`, summed over the workload. */
export const fleetRow = z
  .object({
    key: z.string().openapi({ example: 'shop/Deployment/web' }),
    ref: workloadRef,
    mode: z.enum(['observe', 'auto', 'predictive', 'reactive']).nullable(),
    target: z.enum(['scale', 'hpa', 'dry-run']),
    attention: z.array(attention),
    replicas: z
      .object({
        current: known,
        ready: known,
        wanted: known,
        proactive: known,
        reactive: known,
        min: known,
        max: known,
      })
      .openapi({ description: 'Pods that exist, that are Ready, and as each rule would have them' }),
    unit: z.string(),
    load: known,
    podCapacity: known.openapi({ description: 'Demand that one Ready pod serves' }),
    forecastError: known.openapi({ description: 'Σ|error| ÷ Σ load of past forecasts' }),
    leadTimeSeconds: known.openapi({ description: 'By so much pods are asked for ahead of the load' }),
    leadTimeSource: z.enum(['measured', 'borrowed', 'default', 'annotation']),
    learnedDays: z.number(),
    budgetUsed: known.openapi({ description: "Share of the SLO's error budget, 0…; over 1 it is overspent" }),
    reason: z.string().nullable().openapi({ description: 'The rule that decided' }),
    why: z.string().openapi({ description: 'The same in words, as of the decision' }),
    error: z.string().nullable(),
    conditions: z.array(condition),
    decidedSeconds: known.openapi({ description: 'Epoch seconds; null: nothing was decided yet' }),
    next: z.object({ atSeconds: z.number(), replicas: z.number() }).nullable().openapi({
      description:
        'The next change of what is wanted, from the days before and scheduled bounds: an hour or two ahead; null: none is known',
    }),
    baseline: z.union([baseline, noBaseline]),
  })
  .openapi('FleetRow');
export type FleetRow = z.output<typeof fleetRow>;
