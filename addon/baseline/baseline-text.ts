import { z } from 'zod';
import { futureWords, isFuture } from '../../core/plausible-time.ts';
import type { Baseline, NoBaseline } from '../../core/workload-status.ts';

/** Raised whenever it is to be read otherwise. */
export const BASELINE_VERSION = 1;
const MOST_TEXT = 1_000;

const count = z.number().min(0);
const share = z.number().min(0).max(1).nullable();
const figures = z.strictObject({ podHours: count, servedShare: share, starts: count });

const BASELINE: z.ZodType<Baseline> = z.strictObject({
  source: z.enum(['manifest', 'default']),
  name: z.string().max(MOST_TEXT),
  note: z.string().max(MOST_TEXT),
  fromSeconds: count,
  toSeconds: count,
  hours: count,
  own: figures,
  hpa: figures,
  savedShare: z.number().max(1).nullable(),
  madeSeconds: count,
});
const NONE: z.ZodType<NoBaseline> = z.strictObject({ why: z.string().max(MOST_TEXT), madeSeconds: count.nullable() });
const SHAPE = z.strictObject({ v: z.literal(BASELINE_VERSION), of: z.union([BASELINE, NONE]) });

export function encodeBaseline(of: Baseline | NoBaseline): string {
  const cut = (text: string) => text.slice(0, MOST_TEXT);
  const short = 'why' in of ? { ...of, why: cut(of.why) } : { ...of, name: cut(of.name), note: cut(of.note) };
  return JSON.stringify({ v: BASELINE_VERSION, of: short });
}

/** @returns words where it can't be understood: no JSON, of another version, numbers or times that can't be */
export function decodeBaseline(text: string, nowSeconds: number): Baseline | NoBaseline | { readonly damage: string } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { damage: `it is no JSON (${text.slice(0, 60)})` };
  }
  const { success, data, error } = SHAPE.safeParse(json);
  if (!success) return { damage: `it is not of version ${BASELINE_VERSION} (${error.issues[0]!.message})` };
  const { madeSeconds } = data.of;
  if (madeSeconds !== null && isFuture(madeSeconds, nowSeconds))
    return { damage: `found ${futureWords(madeSeconds, nowSeconds)}` };
  return data.of;
}
