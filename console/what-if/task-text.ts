import { z } from 'zod';
import { messageOf, WorldError } from '../../core/errors.ts';
import type { WhatIfTask } from './what-if-task.ts';

/** More than any task has. */
const MOST_TEXT = 100_000;
const MOST_WORDS = 2_000;

const words = z.string().max(MOST_WORDS);
const amount = z.number().nonnegative();
const replicas = z.number().int().min(0).max(1_000_000);
const place = z.strictObject({ index: z.number().int().min(0).max(100), name: words });
const rules = z.strictObject({
  stabilizationSeconds: amount,
  select: z.enum(['Max', 'Min', 'Disabled']),
  policies: z
    .array(z.strictObject({ type: z.enum(['Pods', 'Percent']), value: amount, periodSeconds: z.number().positive() }))
    .max(100),
  tolerance: amount,
});

const SHAPE = z.strictObject({
  key: words,
  podCapacity: z.number().positive(),
  metric: place,
  hpaMetric: place.nullable(),
  hpa: z.strictObject({
    source: z.enum(['manifest', 'default']),
    name: words,
    note: words,
    object: words.nullable(),
    target: words,
    rule: z.strictObject({
      loadPerPod: z.number().positive(),
      counts: z.enum(['ready', 'all']),
      behavior: z.strictObject({ scaleUp: rules, scaleDown: rules }).optional(),
      tolerances: z.strictObject({ down: amount, up: amount }),
      bounds: z.strictObject({ min: replicas, max: replicas }),
      begins: z.boolean(),
    }),
    metric: z.number().int().min(0).max(100).optional(),
  }),
  asked: z.strictObject({
    sloPercent: z.number().min(90).lt(100),
    startupSeconds: amount,
    min: replicas,
    max: replicas,
    startCostSeconds: amount,
    price: amount.nullable(),
    podCapacity: z.number().positive(),
  }),
  leastStabilizationTicks: z.number().int().min(0).max(100_000).nullable(),
  startupRatio: z.number().positive().max(1),
  leftOut: z.array(z.enum(['neural', 'metrics', 'bounds', 'calendar'])),
  annotate: words.nullable(),
});

/** A task as text, for another process. */
export function encodeTask(task: WhatIfTask): string {
  return JSON.stringify(task);
}

/** @throws WorldError where it is none that this version knows */
export function decodeTask(text: string): WhatIfTask {
  if (text.length > MOST_TEXT)
    throw new WorldError(`the question: found ${text.length} characters; expected at most ${MOST_TEXT}`);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new WorldError(`the question: found no JSON (${messageOf(error).slice(0, 60)})`);
  }
  const { data, error } = SHAPE.safeParse(json);
  if (error) {
    const { path, message } = error.issues[0]!;
    throw new WorldError(
      `the question is not of this version (${path.join('.')}: ${message}): are all roles of the same one?`,
    );
  }
  const { hpa } = data;
  // What JSON leaves out is undefined.
  return { ...data, hpa: { ...hpa, metric: hpa.metric, rule: { ...hpa.rule, behavior: hpa.rule.behavior } } };
}
