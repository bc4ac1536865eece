import { z } from '@hono/zod-openapi';
import { InputError } from '../../core/errors.ts';
import { known } from '../fleet/fleet-row.ts';

const number = (least: number, most: number) => z.coerce.number().min(least).max(most);
/** As an annotation takes it. */
const whole = (least: number, most: number) => z.coerce.number().int().min(least).max(most);

/** What somebody would like to know; what is left out is as it is today. */
export const whatIfQuestion = z.object({
  sloPercent: number(90, 99.9999).optional().openapi({ description: 'Share of the demand to be served, %' }),
  startupSeconds: whole(1, 3600).optional().openapi({ description: 'Start-up of a pod, p90: nothing that can be set' }),
  min: whole(0, 100_000).optional(),
  max: whole(1, 100_000).optional(),
  price: number(0, 1_000_000).optional().openapi({ description: 'Of a pod-hour' }),
  startCostSeconds: whole(0, 3600).optional().openapi({ description: 'What a start counts as, seconds of a pod' }),
});
export type WhatIfQuestion = z.output<typeof whatIfQuestion>;

/** `first`: answered once one policy is replayed; asked again, the same replay is waited for. */
export type WhatIfWait = 'first' | 'all';

/** @throws InputError: what is wrong with which of them */
export function readWhatIfQuestion(query: URLSearchParams): WhatIfQuestion {
  const { data, error } = whatIfQuestion.safeParse(Object.fromEntries(query));
  if (error) throw new InputError(error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
  return data;
}

export const whatIfPrepared = z
  .object({ here: z.boolean().openapi({ description: 'Replayed by this process; false: by a forecaster' }) })
  .openapi('WhatIfPrepared');

const policy = z
  .object({
    name: z.string().openapi({ description: 'predictive, hpa, oracle, …' }),
    podHours: z.number(),
    servedPercent: z.number(),
    starts: z.number(),
    underProvisionedMinutes: z.number(),
    savedShare: known.openapi({
      description: '1 − its pod-hours ÷ those of the HPA; null: that one is not replayed yet',
    }),
    cost: known.openapi({ description: 'Pod-hours × price; null: no price was given' }),
  })
  .openapi('ReplayedPolicy');

const hpa = z
  .object({
    source: z.enum(['manifest', 'default']),
    object: z
      .string()
      .nullable()
      .openapi({ description: 'Its namespace and name; null: there is none that can be replayed' }),
    target: z.string().openapi({ example: 'cpu at 60 % of the request' }),
    targetShare: known.openapi({
      description: 'Of what one pod serves; null: it sees another metric than the replayed one',
    }),
    note: z
      .string()
      .openapi({ description: 'What of it is taken otherwise, or why it is not its own; empty: nothing' }),
    windowSeconds: z.number().openapi({ description: 'Stabilization window of its scale-down' }),
    min: z.number(),
    max: z.number(),
  })
  .openapi('ComparedHpa');

export const whatIfAnswer = z
  .object({
    fromSeconds: z.number(),
    toSeconds: z.number(),
    asked: z.object({
      sloPercent: z.number(),
      startupSeconds: z.number(),
      min: z.number(),
      max: z.number(),
      price: known,
      startCostSeconds: z.number(),
      podCapacity: z.number(),
    }),
    hpa,
    policies: z.array(policy),
    pending: z.array(z.string()).openapi({ description: 'Policies that are replayed still; empty: this is all' }),
    leftOut: z
      .array(z.enum(['neural', 'metrics', 'bounds', 'calendar']))
      .openapi({ description: 'What the addon has and the replay does not play' }),
    annotate: z.string().nullable().openapi({
      description: 'The command that makes it so; nothing here writes. null: its names are none of Kubernetes',
    }),
  })
  .openapi('WhatIf');
export type WhatIfAnswer = z.output<typeof whatIfAnswer>;
