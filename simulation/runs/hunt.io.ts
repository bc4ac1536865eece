import type { InvariantName, Violation } from '../invariants/invariant.ts';
import { applyMutation, MUTATIONS, mutationOf, type OrdinaryTest } from '../mutations.ts';
import { KeptRefits } from '../processes/refits.ts';
import { generated, type Wanted } from '../scenarios/generate.io.ts';
import { type Simulated, simulate } from '../simulate.ts';
import { timeText } from '../timeline.ts';

const TICKS_PER_HOUR = 240;
/** What is covered is looked for alone for so long. */
const COVERED_HOURS = 4;

/** How soon a mutation was found. Plain data. */
export interface Hunted {
  /** Names joined by `+` were off together. */
  readonly mutation: string;
  readonly what: string;
  /** The only situation, or class of faults, that was played. */
  readonly where: string | undefined;
  /** Simulated hours with the mutation until a scenario failed that holds without it, or all that were played. */
  readonly hours: number;
  /** Undefined: it was not found. */
  readonly found: Found | undefined;
}

/** One row of the table. */
export interface HuntedRow extends Hunted {
  /** With what covers it off as well. */
  readonly together?: Hunted;
  readonly test?: OrdinaryTest;
}

export interface Found {
  readonly seed: number;
  readonly mode: 'one' | 'distributed';
  readonly invariant: InvariantName;
  /** Since the start of its scenario, and what it says: the first violation. */
  readonly at: string;
  readonly says: string;
}

export interface HuntOptions extends Wanted {
  readonly hours: number;
  readonly seed?: number | undefined;
}

export const MUTATIONS_HELP = `Mutations (--mutation; several at once with + between them):\n${MUTATIONS.map(({ name, what }) => `  ${name.padEnd(24)} ${what}`).join('\n')}`;

/**
 * Hunts mutations, one after the other, in this thread. Seeds are played with a mutation until one fails that holds without it: what
 * fails anyway proves nothing.
 */
export class Hunter {
  /** What seeds violate without a mutation, by seed and what was wanted. */
  private readonly sound = new Map<string, ReadonlySet<string>>();

  /** @param names of one mutation, or of several at once */
  async hunt(names: string, options: HuntOptions): Promise<Hunted> {
    const first = mutationOf(names.split('+')[0]!);
    const directed = options.fault === undefined && options.situation === undefined;
    const wanted: Wanted = directed ? { ...options, ...first.where } : options;
    const what = names.split('+').map((name) => mutationOf(name).what);
    const result = { mutation: names, what: what.join('; '), where: wanted.situation ?? wanted.fault };
    let hours = 0;
    for (let seed = options.seed ?? 1; hours < options.hours; seed++) {
      const { violations, history } = await this.mutated(names, seed, wanted);
      hours += history.ticks.length / TICKS_PER_HOUR;
      const fresh = violations.length > 0 ? await this.fresh(violations, seed, wanted) : undefined;
      if (!fresh) continue;
      const { invariant, atSeconds, what: says } = fresh;
      const { mode } = history.scenario;
      const at = timeText(atSeconds - history.startSeconds);
      return { ...result, hours: rounded(hours), found: { seed, mode, invariant, at, says } };
    }
    return { ...result, hours: rounded(hours), found: undefined };
  }

  /** The same, for what other rules or other tests cover: they are told, and it is hunted alone for no more than COVERED_HOURS. */
  async row(name: string, options: HuntOptions): Promise<HuntedRow> {
    const { coveredBy, test } = mutationOf(name);
    const covered = coveredBy !== undefined || test !== undefined;
    const hours = covered ? Math.min(COVERED_HOURS, options.hours) : options.hours;
    const alone = await this.hunt(name, { ...options, hours });
    if (alone.found || !covered) return alone;
    const together = coveredBy && (await this.hunt([name, ...coveredBy].join('+'), options));
    return { ...alone, ...(together ? { together } : {}), ...(test ? { test } : {}) };
  }

  private async mutated(names: string, seed: number, wanted: Wanted): Promise<Simulated> {
    const undo = applyMutation(names);
    try {
      // Refits of a mutation are its own.
      return await simulate(generated(seed, wanted), { untilViolation: true, refits: new KeptRefits() });
    } finally {
      undo();
    }
  }

  private async fresh(violations: readonly Violation[], seed: number, wanted: Wanted): Promise<Violation | undefined> {
    const { mode, fault, situation } = wanted;
    const key = JSON.stringify([seed, mode, fault, situation]);
    const known = this.sound.get(key);
    const anyway = known ?? new Set((await simulate(generated(seed, wanted))).violations.map(kindOf));
    this.sound.set(key, anyway);
    return violations.find((one) => !anyway.has(kindOf(one)));
  }
}

function kindOf({ invariant, workload }: Violation): string {
  return `${invariant} ${workload}`;
}

function rounded(hours: number): number {
  return Number(hours.toPrecision(3));
}

/** `no-min: found after 2.5 h by down-is-safe (seed 3): …` */
export function huntedText({ mutation, hours, where, found, together, test }: HuntedRow): string {
  const there = where === undefined ? '' : ` of ${where}`;
  if (!found) {
    const lines = [`${mutation}: not found within ${hours} h${there}`];
    if (together) lines.push(`  covered: ${huntedText(together)}`);
    if (test) lines.push(`  found by the test "${test.title}" (${test.file})`);
    return lines.join('\n');
  }
  const { invariant, seed, mode, at, says } = found;
  return `${mutation}: found after ${hours} h${there} by ${invariant} (seed ${seed}, mode ${mode}, ${at}): ${says}`;
}
