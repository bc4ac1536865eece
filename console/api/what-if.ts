import { z } from '@hono/zod-openapi';
import { InputError } from '../../core/errors.ts';
import { known } from '../fleet/fleet-row.ts';

const number = (least: number, most: number) => z.coerce.number().min(least).max(most);

/** What somebody would like to know; what is left out is as it is today. */
export const whatIfQuestion = z.object({
  sloPercent: number(90, 99.9999).optional().openapi({ description: 'Share of the demand to be served, %' }),
  startupSeconds: number(1, 3600).optional().openapi({ description: 'Start-up of a pod, p90' }),
  min: number(0, 100_000).optional(),
  max: number(1, 100_000).optional(),
  price: number(0, 1_000_000).optional().openapi({ description: 'Of a pod-hour' }),
  startCostSeconds: number(0, 86_400).optional().openapi({ description: 'What a start counts as, seconds of a pod' }),
});
export type WhatIfQuestion = z.output<typeof whatIfQuestion>;

/** @throws InputError: what is wrong with which of them */
export function readWhatIfQuestion(query: URLSearchParams): WhatIfQuestion {
  const { data, error } = whatIfQuestion.safeParse(Object.fromEntries(query));
  if (error) throw new InputError(error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
  return data;
}

const policy = z
  .object({
    name: z.string().openapi({ description: 'predictive, hpa, oracle, …' }),
    podHours: z.number(),
    servedPercent: z.number(),
    starts: z.number(),
    underProvisionedMinutes: z.number(),
    savedShare: known.openapi({ description: '1 − its pod-hours ÷ those of the HPA' }),
    cost: known.openapi({ description: 'Pod-hours × price; null: no price was given' }),
  })
  .openapi('ReplayedPolicy');

export const whatIfAnswer = z
  .object({
    fromSeconds: z.number(),
    toSeconds: z.number(),
    asked: z.object({
      sloPercent: z.number(),
      startupSeconds: z.number(),
      min: z.number(),
      max: known,
      price: known,
      startCostSeconds: z.number(),
      podCapacity: z.number(),
    }),
    policies: z.array(policy),
    annotate: z.string().openapi({ description: 'The command that makes it so; nothing here writes' }),
    note: z.string(),
  })
  .openapi('WhatIf');
export type WhatIfAnswer = z.output<typeof whatIfAnswer>;
