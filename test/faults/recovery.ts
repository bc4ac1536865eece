import { availableParallelism, loadavg } from 'node:os';

/** As promised. */
const RECOVERED_SECONDS = 30;
/** So many who want to run for each core are what the servers of these tests make themselves. */
const USUAL_LOAD = 2;

/**
 * By when all must work after a fault. Where more want to run than usual, everything here comes as many times later, and the promise
 * says nothing: six waiting for each core make 90 s of 30.
 * @param slackSeconds what the tests' own servers may add
 */
export function recoverySeconds(slackSeconds = 10): number {
  const load = loadavg()[0]! / availableParallelism();
  return (RECOVERED_SECONDS + slackSeconds) * Math.max(1, load / USUAL_LOAD);
}
