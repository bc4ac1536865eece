import { z } from 'zod';
import { futureWords, isFuture } from '../../core/plausible-time.ts';

/*
 * What Prescale could save at most where it does not act yet: every workload's CPU usage of the past week under what it has, and under a
 * policy that knows the demand. Nothing here is a replay of Prescale: it is a ceiling. Plain data.
 */

/** Raised whenever what is stored is to be read otherwise. */
export const BOUNDS_VERSION = 1;

const words = z.string();
const amount = z.number().min(0);

const row = z.strictObject({
  key: words,
  apiVersion: words,
  optedIn: z.boolean(),
  /** What it has: its HPA, an HPA that stands for one that can't be played or is not known, or a fixed number of pods. */
  baseline: z.enum(['own-hpa', 'default-hpa', 'assumed-hpa', 'fixed']),
  /** "cpu at 60 % of the request, 2-20 pods" */
  label: words,
  /** Hours of which its usage is known. */
  hours: amount,
  /** A week's pod-hours of what it has, and the least that any policy could do with. */
  podHours: amount,
  leastPodHours: amount,
  /** Of what it has. */
  servedShare: z.number().min(0).max(1),
  startsPerDay: amount,
  notes: z.array(words),
});
/** A workload of which the bound is known. */
export type BoundRow = z.output<typeof row>;

const unknown = z.strictObject({ key: words, why: words, fault: z.boolean() });
/** A workload of which nothing is known, which is no zero. `fault`: it may be another time. */
export type UnknownBound = z.output<typeof unknown>;

const summary = z.strictObject({
  v: z.literal(BOUNDS_VERSION),
  madeSeconds: amount,
  prometheus: words,
  fromSeconds: amount,
  toSeconds: amount,
  /** Requests that Prometheus was asked. */
  queries: amount,
  /** The start-up latency that pods were taken to have, p90. */
  startupSeconds: amount,
  /** What can't be listed, and why: nobody knows how many workloads that is. */
  unlisted: z.array(words),
  /** Texts that hold the rows. */
  texts: z.number().int().min(0).max(100_000),
});
export type BoundsSummary = Omit<z.output<typeof summary>, 'v' | 'texts'>;

/** All workloads of the cluster, by key. */
export interface ClusterBounds extends BoundsSummary {
  readonly rows: readonly BoundRow[];
  readonly unknown: readonly UnknownBound[];
}

/** Why there are none. */
export interface NoBounds {
  readonly why: string;
}

const part = z.strictObject({
  v: z.literal(BOUNDS_VERSION),
  madeSeconds: amount,
  rows: z.array(row),
  unknown: z.array(unknown),
});

export const SUMMARY_KEY = 'summary';
/** Rows of one text: under 20 kB. */
const ROWS_AT_ONCE = 40;

/** As it is stored: texts by key. */
export function encodeBounds({ rows, unknown: others, ...rest }: ClusterBounds): Map<string, string> {
  const v = BOUNDS_VERSION;
  const { madeSeconds } = rest;
  const texts = new Map<string, string>();
  for (let i = 0; i < Math.max(rows.length, others.length); i += ROWS_AT_ONCE) {
    const some = { rows: rows.slice(i, i + ROWS_AT_ONCE), unknown: others.slice(i, i + ROWS_AT_ONCE) };
    texts.set(partKey(texts.size), JSON.stringify({ v, madeSeconds, ...some }));
  }
  texts.set(SUMMARY_KEY, JSON.stringify({ v, ...rest, texts: texts.size } satisfies z.input<typeof summary>));
  return texts;
}

/** @returns words where they can't be understood; undefined where there are none */
export function decodeBounds(
  texts: ReadonlyMap<string, string>,
  nowSeconds: number,
): ClusterBounds | { readonly damage: string } | undefined {
  const text = texts.get(SUMMARY_KEY);
  if (text === undefined) return undefined;
  const found = understood(summary, text);
  if ('damage' in found) return found;
  const { v: _, texts: count, ...head } = found;
  if (isFuture(head.madeSeconds, nowSeconds)) return { damage: `found ${futureWords(head.madeSeconds, nowSeconds)}` };
  const rows: BoundRow[] = [];
  const others: UnknownBound[] = [];
  for (let i = 0; i < count; i++) {
    const one = understood(part, texts.get(partKey(i)) ?? '');
    if ('damage' in one) return one;
    // One of them was written by another replica, or is left of another night.
    if (one.madeSeconds !== head.madeSeconds) return { damage: 'its parts are of different nights' };
    rows.push(...one.rows);
    others.push(...one.unknown);
  }
  return { ...head, rows, unknown: others };
}

function understood<Schema extends z.ZodType>(
  schema: Schema,
  text: string,
): z.output<Schema> | { readonly damage: string } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { damage: `it is no JSON (${text.slice(0, 60)})` };
  }
  const { data, error } = schema.safeParse(json);
  return error ? { damage: `it is not of version ${BOUNDS_VERSION} (${error.issues[0]!.message})` } : data;
}

function partKey(index: number): string {
  return `part-${index}`;
}
