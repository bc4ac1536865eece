import { hashOf } from '../core/hash.ts';

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

/** Every bit of the input reaches every bit of the result (MurmurHash3's finalizer); 0 … 2³² − 1. */
function mixed(value: number): number {
  let mix = value ^ (value >>> 16);
  mix = Math.imul(mix, 0x85ebca6b);
  mix = Math.imul(mix ^ (mix >>> 13), 0xc2b2ae35);
  return (mix ^ (mix >>> 16)) >>> 0;
}
