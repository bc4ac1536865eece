import { z } from '@hono/zod-openapi';
import { known } from '../fleet/fleet-row.ts';

const boundRow = z
  .object({
    key: z.string().openapi({ example: 'shop/Deployment/web' }),
    apiVersion: z.string(),
    optedIn: z.boolean(),
    baseline: z.enum(['own-hpa', 'default-hpa', 'assumed-hpa', 'fixed']).openapi({
      description: 'What it has; default-hpa: its own can not be played, assumed-hpa: HPAs can not be listed',
    }),
    label: z.string().openapi({ example: 'cpu at 60 % of the request, 2-20 pods' }),
    hours: z.number().openapi({ description: 'Of the week of which its usage is known' }),
    podHours: z.number().openapi({ description: 'Of a week, of what it has' }),
    leastPodHours: z.number().openapi({ description: 'The least that any policy could do with: a bound, no replay' }),
    servedShare: z.number().openapi({ description: 'Share of the demand, of what it has' }),
    startsPerDay: z.number(),
    notes: z.array(z.string()),
  })
  .openapi('BoundRow');

const unknownRow = z
  .object({ key: z.string(), why: z.string(), fault: z.boolean() })
  .openapi('UnknownBound', { description: 'Nothing is known of it, which is no zero. fault: it may be another time' });

export const savingsAnswer = z
  .object({
    madeSeconds: known.openapi({ description: 'When it was read, epoch seconds; null: not yet' }),
    why: z.string().nullable().openapi({ description: 'Why nothing is known, or is not newer' }),
    prometheus: z.string().nullable(),
    fromSeconds: known,
    toSeconds: known,
    startupSeconds: known.openapi({ description: 'The start-up latency that pods were taken to have, p90' }),
    queries: known.openapi({ description: 'Requests to Prometheus' }),
    unlisted: z.array(z.string()).openapi({ description: 'What can not be listed, and why' }),
    total: z.number().openapi({ description: 'Workloads on all pages' }),
    rows: z.array(z.union([boundRow, unknownRow])).openapi({ description: 'By namespace, kind and name' }),
    next: z.string().nullable().openapi({ description: 'The cursor of the next page; null: this is the last' }),
  })
  .openapi('Savings');
export type SavingsAnswer = z.output<typeof savingsAnswer>;
export type BoundAnswer = z.output<typeof boundRow>;
