import { chunks } from '../../core/concurrency/chunks.ts';
import { InputError } from '../../core/errors.ts';
import { AnsweredInPart, TookTooLong, TooMuchAtOnce } from './answer.ts';

/** A part that failed is asked again in so many parts: 200 → 25 → 4 → 1. */
const SPLIT = 8;

/**
 * Asks about many things by few requests, and finds those that fail: a part that is refused (one bad query among many),
 * takes too long (one expensive among many), is too much for one answer or has warnings is asked again in smaller parts, until what is at fault stands
 * alone. Where all parts of a slow part are slow too, the server is, and nothing more is asked; likewise with warnings.
 * @param ask settles everything in the part; throws where the part as a whole failed
 * @param failed told of what has no answer; `alone` where it was asked for by itself
 */
export async function askInParts<T>(
  items: readonly T[],
  partSize: number,
  ask: (part: readonly T[]) => Promise<void>,
  failed: (item: T, error: Error, alone: boolean) => void,
): Promise<void> {
  const whole = (part: readonly T[], error: Error) => {
    for (const item of part) failed(item, error, part.length === 1);
  };
  const split = async (part: readonly T[]): Promise<void> => {
    const parts = chunks(part, Math.ceil(part.length / SPLIT));
    const again = await Promise.all(parts.map(async (one) => ({ one, error: await attempt(ask, one) })));
    const ofServer = parts.length > 1 && again.every((outcome) => mayBeServer(outcome.error));
    await Promise.all(
      again.map(({ one, error: its }) => {
        if (!its) return undefined;
        return ofServer || !canSplit(one, its) ? whole(one, its) : split(one);
      }),
    );
  };
  await Promise.all(
    chunks(items, partSize).map(async (part) => {
      const error = await attempt(ask, part);
      if (error) await (canSplit(part, error) ? split(part) : whole(part, error));
    }),
  );
}

function canSplit(part: readonly unknown[], error: Error): boolean {
  return part.length > 1 && (error instanceof InputError || error instanceof TooMuchAtOnce || mayBeServer(error));
}

/** A failure for which one query, or else the server as a whole, may be the reason. */
export function mayBeServer(error: Error | undefined): boolean {
  return error instanceof TookTooLong || error instanceof AnsweredInPart;
}

async function attempt<T>(ask: (part: readonly T[]) => Promise<void>, part: readonly T[]): Promise<Error | undefined> {
  try {
    await ask(part);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
