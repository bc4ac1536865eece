import { z } from 'zod';
import type { CollectedMetric } from '../../collector/demand/collection.ts';
import { isNamespaceName, isObjectName } from '../../core/text/object-name.ts';
import { workloadKey } from '../../core/workload.ts';

const MOST_TEXT = 10_000;

const WORKLOAD = z.strictObject({
  apiVersion: z
    .string()
    .max(253)
    .regex(/^([a-z0-9.-]+\/)?v[0-9][a-z0-9]*$/, 'expected a version such as apps/v1'),
  kind: z
    .string()
    .max(63)
    .regex(/^[A-Z][A-Za-z0-9]*$/, 'expected a kind such as Deployment'),
  namespace: z.string().refine(isNamespaceName, 'expected the name of a namespace'),
  name: z.string().refine(isObjectName, 'expected the name of an object'),
});

const METRIC = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('resource'), resource: z.enum(['cpu', 'memory', 'gpu']) }),
  z.strictObject({
    kind: z.literal('template'),
    template: z.string().min(1).max(253),
    args: z.record(z.string().max(253), z.string().max(MOST_TEXT)),
  }),
  z.strictObject({ kind: z.literal('query'), query: z.string().min(1).max(MOST_TEXT) }),
]);

const COLLECTED = z.strictObject({
  query: z.strictObject({ id: z.string(), workload: WORKLOAD, metric: METRIC }),
  selector: z.string().max(MOST_TEXT),
});

/** @param id under which it stands. @throws Error in words: what was found and what would be right */
export function collectedMetric(text: string, id: string): CollectedMetric {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Error(`found ${text.slice(0, 60)}; expected a query as JSON`);
  }
  const { data, error } = COLLECTED.safeParse(json);
  if (error) {
    const { path, message } = error.issues[0]!;
    throw new Error(
      `found ${text.slice(0, 60)}; expected a query as JSON (${path.join('.') || 'the whole'}: ${message})`,
    );
  }
  const { query } = data;
  const key = workloadKey(query.workload);
  if (query.id !== id || !query.id.startsWith(`${key}#`)) {
    throw new Error(`found the query of ${query.id} for ${key}; expected ${id}`);
  }
  return data;
}
