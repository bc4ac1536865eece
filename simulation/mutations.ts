import { GUARDS } from '../actuator/guards.ts';
import type { Reason } from '../core/decision.ts';

/**
 * A change of the product for the length of a process, made from outside: a guard is off, or an old mistake is back. A simulation that
 * does not find one of them has a hole.
 */
export interface Mutation {
  readonly name: string;
  /** What goes wrong with it, in words. */
  readonly what: string;
  /** Made once a process; there is no way back. */
  apply(): void;
}

/** The guards as they can be changed: the list is constant by its type alone. */
type Changeable = [Reason, (proposal: number, context: never) => number][];

function withoutGuard(reason: Reason): Mutation {
  return {
    name: `no-${reason}`,
    what: `the guard "${reason}" says nothing`,
    apply: () => {
      const guard = (GUARDS as unknown as Changeable).find(([name]) => name === reason)!;
      guard[1] = (proposal) => proposal;
    },
  };
}

/** Behaviours that were mended: each put back as it was. Whoever mends one adds it here. */
const OLD_BEHAVIOURS: readonly Mutation[] = [];

export const MUTATIONS: readonly Mutation[] = [...GUARDS.map(([reason]) => withoutGuard(reason)), ...OLD_BEHAVIOURS];

const applied = new Set<string>();

/** Once a process and mutation. */
export function applyMutation(name: string): void {
  if (applied.has(name)) return;
  applied.add(name);
  MUTATIONS.find((one) => one.name === name)!.apply();
}
