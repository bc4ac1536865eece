import { hashOf, mixed } from '../../core/hash.ts';

/**
 * Which of the collectors looks after a workload: the one whose name goes best with the workload's (rendezvous hashing, Thaler and
 * Ravishankar 1998). All who know the same names agree without a word; one more or one less moves its own share and nothing else.
 * @param collectors in any order
 * @returns undefined: there is none
 */
export function ownerOf(workloadKey: string, collectors: readonly string[]): string | undefined {
  const key = hashOf(workloadKey);
  let owner: string | undefined;
  let best = -1;
  for (const collector of collectors) {
    const score = mixed(key ^ mixed(hashOf(collector)));
    if (owner === undefined || score > best || (score === best && collector < owner)) {
      owner = collector;
      best = score;
    }
  }
  return owner;
}
