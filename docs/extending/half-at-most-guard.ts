/** What the guard looks at, of the `GuardContext`: it imports nothing of `guards.ts`, which imports the guard. */
interface Looked {
  /** Replicas in the target's field. */
  readonly current: number;
}

/**
 * Never removes more than half of the pods in one write: what remains can take the load back while new pods start. Additions
 * pass, and so do the user's own bounds, which are asked for after this guard.
 * @param proposal replicas that the rules before this one want
 * @returns the same number where the guard has nothing to say
 */
export function halfAtMost(proposal: number, { current }: Looked): number {
  return Math.max(proposal, Math.min(current, Math.ceil(current / 2)));
}
