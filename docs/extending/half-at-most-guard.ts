import type { GuardContext } from '../../actuator/guards/guards.ts';

/**
 * Never removes more than half of the pods in one write: what remains can take the load back while new pods start. Additions
 * pass, and so do the user's own bounds, which are asked for after this guard.
 * @param proposal replicas that the rules before this one want
 * @returns the same number where the guard has nothing to say
 */
export function halfAtMost(proposal: number, { current }: GuardContext): number {
  return Math.max(proposal, Math.min(current, Math.ceil(current / 2)));
}
