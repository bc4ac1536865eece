import { z } from 'zod';
import type { ScalingPolicy } from '../../actuator/scaler/scaling-policy.ts';
import type { StartupSpec } from '../../core/startup.ts';
import { policyProblem, startupProblem } from './refit-bounds.ts';

/** A week of ticks: no forecast looks further ahead. */
const MOST_AHEAD_TICKS = 40_320;
const MOST_LEAD_TIME_SECONDS = 86_400;
const MOST_BP = 10_000;
const MOST_NAME = 253;
/** No more days are looked at. */
const MOST_HOLIDAYS = 100;

const JOB = z.strictObject({
  policy: z.strictObject({
    podCapacity: z.number(),
    unmetTargetBp: z.number(),
    min: z.number(),
    max: z.number(),
    mode: z.enum(['auto', 'predictive', 'reactive']).optional(),
    youngTarget: z.number().optional(),
    leastStabilizationTicks: z.int().optional(),
    startCostSeconds: z.number().optional(),
    calendarNames: z.strictObject({ timeZone: z.string(), holidays: z.string().max(MOST_NAME).optional() }).optional(),
    measurement: z
      .discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('exact') }),
        z.strictObject({ kind: z.literal('rate'), windowSeconds: z.number() }),
        z.strictObject({ kind: z.literal('gauge'), windowSeconds: z.number() }),
        z.strictObject({ kind: z.literal('unknown') }),
      ])
      .optional(),
  }),
  startup: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('log-normal'), p50Seconds: z.number(), p90Seconds: z.number() }),
    z.strictObject({ kind: z.literal('measured'), seconds: z.array(z.number()) }),
  ]),
  leadTimeSeconds: z.number().gt(0).max(MOST_LEAD_TIME_SECONDS).optional(),
  seed: z.int(),
  aimBp: z.union([z.number().min(0).max(MOST_BP), z.literal('fresh')]).optional(),
  aheadTicks: z.int().min(0).max(MOST_AHEAD_TICKS),
  holidayDays: z.array(z.int()).max(MOST_HOLIDAYS).optional(),
});

/** What is wrong with a refit that is asked for, in words; undefined: nothing. It may come from a queue that others can write to. */
export function jobProblem(job: unknown): string | undefined {
  const { data, error } = JOB.safeParse(job);
  if (error) {
    const { path, message } = error.issues[0]!;
    return `${path.join('.') || 'the whole'}: ${message}`;
  }
  const policy = policyProblem(data.policy as ScalingPolicy);
  if (policy !== undefined) return `policy: ${policy}`;
  const startup = startupProblem(data.startup as StartupSpec);
  return startup && `startup: ${startup}`;
}
