import { createHash } from 'node:crypto';
import { deserialize, serialize } from 'node:v8';
import { type RefitRequest, type Refitted, refit } from '../addon/refits/refit.ts';

/** A result takes about 100 kB. */
const MOST = 300;

/** Results by the hash of their request, the oldest first. */
const results = new Map<string, Buffer>();

/**
 * A refit, carried out once for each request: the same request gives the same result (`addon/refits/refit.test.ts`), and many stories
 * begin with the same load. Each caller gets a copy of its own, as a live scaler takes its refit over.
 */
export function rememberedRefit(request: RefitRequest): Refitted {
  const key = createHash('sha256').update(serialize(request)).digest('base64');
  const known = results.get(key);
  if (known) return deserialize(known) as Refitted;
  const result = refit(request);
  results.set(key, serialize(result));
  if (results.size > MOST) results.delete(results.keys().next().value!);
  return result;
}
