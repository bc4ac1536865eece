import type { Wanted } from './generate.ts';
import { MUTATIONS } from './mutations.ts';
import { playSeeds } from './workers.ts';

/** How soon a mutation was found. */
export interface Hunted {
  readonly mutation: string;
  /** Simulated hours with the mutation until a scenario failed that holds without it; undefined: it was not found. */
  readonly hours: number | undefined;
  readonly seed: number | undefined;
  readonly invariant: string | undefined;
  readonly text: string;
}

export interface HuntOptions extends Wanted {
  readonly hours: number;
  readonly seed?: number | undefined;
  readonly workers: number;
}

export const MUTATIONS_HELP = `Mutations (--mutation):\n${MUTATIONS.map(({ name, what }) => `  ${name.padEnd(22)} ${what}`).join('\n')}`;

/**
 * For each mutation seeds are played with it until one fails that holds without it: what fails anyway proves nothing. The seeds without a
 * mutation are played once for all of them.
 */
export async function huntMutations(
  names: readonly string[],
  options: HuntOptions,
  progress: (text: string) => void,
): Promise<Hunted[]> {
  const sound = await soundSeeds(options, progress);
  const found: Hunted[] = [];
  for (const mutation of names) {
    const result = await hunt(mutation, sound, options);
    progress(result.text);
    found.push(result);
  }
  return found;
}

/** What each seed violates without a mutation. */
async function soundSeeds(
  options: HuntOptions,
  progress: (text: string) => void,
): Promise<ReadonlyMap<number, ReadonlySet<string>>> {
  const known = new Map<number, ReadonlySet<string>>();
  let hours = 0;
  await playSeeds(
    options.seed ?? 1,
    options.workers,
    { ...options, shrinks: 0 },
    ({ seed, violations, hours: played }) => {
      known.set(seed, new Set(violations.map(({ invariant, workload }) => `${invariant} ${workload}`)));
      hours += played;
      progress(`without a mutation: ${hours} of ${options.hours} h`);
      return hours < options.hours;
    },
  );
  return known;
}

async function hunt(
  mutation: string,
  sound: ReadonlyMap<number, ReadonlySet<string>>,
  options: HuntOptions,
): Promise<Hunted> {
  let hours = 0;
  let found: { seed: number; invariant: string; hours: number } | undefined;
  await playSeeds(options.seed ?? 1, options.workers, { ...options, shrinks: 0, mutation }, (played) => {
    hours += played.hours;
    const anyway = sound.get(played.seed);
    const fresh = played.violations.find(
      ({ invariant, workload }) => anyway && !anyway.has(`${invariant} ${workload}`),
    );
    if (fresh && !found) found = { seed: played.seed, invariant: fresh.invariant, hours };
    return !found && hours < options.hours;
  });
  const text = found
    ? `${mutation}: found after ${found.hours} h by ${found.invariant} (seed ${found.seed})`
    : `${mutation}: not found within ${hours} h`;
  return { mutation, hours: found?.hours, seed: found?.seed, invariant: found?.invariant, text };
}
