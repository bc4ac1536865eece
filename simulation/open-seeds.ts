import { z } from 'zod';
import { InputError, messageOf } from '../core/errors.ts';

const OPEN_SEEDS = z.array(z.strictObject({ seed: z.int(), what: z.string().min(1) }));

/** Seeds that are known to violate and are not mended yet, each with what goes wrong. @throws InputError */
export function parseOpenSeeds(json: string, path: string): ReadonlySet<number> {
  try {
    return new Set(OPEN_SEEDS.parse(JSON.parse(json)).map(({ seed }) => seed));
  } catch (error) {
    throw new InputError(`${path}: expected [{"seed": 4711, "what": "…"}, …]: ${messageOf(error)}`);
  }
}
