import type { z } from '@hono/zod-openapi';
import { expect } from 'vitest';

/** The answer, which has to be what the description says, and no more. */
export async function checked<Schema extends z.ZodObject>(schema: Schema, answer: Response): Promise<z.output<Schema>> {
  expect(answer.status).toBe(200);
  return schema.strict().parse(await answer.json()) as z.output<Schema>;
}
