import { z } from 'zod';
import { InputError } from '../../core/errors.ts';
import { futureWords, isFuture } from '../../core/plausible-time.ts';
import type { Cell } from './cell.ts';
import type { SavedSketch } from './decaying-sketch.ts';
import { BUCKETS } from './model.ts';

const VERSION = 1;

/** Bins of 1 % from a nanosecond to a thousand years: a sketch makes room for all between its least and its largest. */
const MOST_KEY = 3_000;
/** Effective samples. */
const MOST_WEIGHT = 1e12;

const SKETCH = z.object({
  /** Keys and weights in turn. */
  bins: z
    .array(z.number())
    .max(4 * MOST_KEY)
    .refine(
      (bins) =>
        bins.length % 2 === 0 && bins.every((one, i) => (i % 2 === 0 ? isKey(one) : one >= 0 && one <= MOST_WEIGHT)),
      'expected keys of bins and their weights in turn',
    ),
  zero: z.number().min(0).max(MOST_WEIGHT),
  squares: z
    .number()
    .min(0)
    .max(MOST_WEIGHT ** 2),
});

function isKey(key: number): boolean {
  return Number.isInteger(key) && Math.abs(key) <= MOST_KEY;
}
const BY_BUCKET = z.record(z.string().regex(new RegExp(`^[0-${BUCKETS - 1}]$`)), SKETCH);
const SAVED = z.object({
  version: z.literal(VERSION),
  /** Weights are as of then. */
  atSeconds: z.number().min(0),
  cells: z.record(z.string(), z.object({ ready: BY_BUCKET, unready: BY_BUCKET.optional() })),
});

/** What is stored of start-up latencies. */
export type SavedStartups = z.infer<typeof SAVED>;

/** @param factor what brings weights to those of nowSeconds */
export function saveCells(cells: ReadonlyMap<string, Cell>, nowSeconds: number, factor: number): SavedStartups {
  const all = (sketches: ReadonlyMap<number, { save(factor: number): SavedSketch }>) =>
    Object.fromEntries([...sketches].map(([key, sketch]) => [String(key), sketch.save(factor)]));
  const saved: SavedStartups['cells'] = {};
  for (const [key, { ready, unready }] of cells) {
    // Cells of pods that only wait hold nothing that lasts.
    if (ready.size + unready.size === 0) continue;
    saved[key] = { ready: all(ready), ...(unready.size > 0 && { unready: all(unready) }) };
  }
  return { version: VERSION, atSeconds: nowSeconds, cells: saved };
}

/**
 * @returns the cells that were in it, and its time
 * @param cellOf the cell to add to, made where there is none
 * @param weightAt weight of the moment at which it was saved
 * @throws InputError also for a time in the future: it would outweigh all that comes, and count for what was seen before
 */
export function restoreCells(
  saved: unknown,
  cellOf: (key: string) => Cell,
  weightAt: (seconds: number) => number,
  nowSeconds: number,
): { readonly keys: readonly string[]; readonly atSeconds: number } {
  const read = SAVED.safeParse(saved);
  if (!read.success) {
    const { path, message } = read.error.issues[0]!;
    throw new InputError(
      `saved start-up latencies: ${path.join('.') || 'the whole'}: ${message}; expected version ${VERSION} as serialize() writes it`,
    );
  }
  const { atSeconds } = read.data;
  if (isFuture(atSeconds, nowSeconds)) {
    throw new InputError(
      `saved start-up latencies: atSeconds: found ${futureWords(atSeconds, nowSeconds)}; expected none`,
    );
  }
  const factor = weightAt(atSeconds);
  for (const [key, { ready, unready = {} }] of Object.entries(read.data.cells)) {
    const cell = cellOf(key);
    for (const [bucket, sketch] of Object.entries(ready)) cell.readySketch(Number(bucket)).restore(sketch, factor);
    for (const [bucket, sketch] of Object.entries(unready)) cell.unreadySketch(Number(bucket)).restore(sketch, factor);
    cell.curves.clear();
  }
  return { keys: Object.keys(read.data.cells), atSeconds };
}
