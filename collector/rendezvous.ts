/**
 * Which of the collectors looks after a workload: the one whose name goes best with the workload's (rendezvous hashing, Thaler and
 * Ravishankar 1998). All who know the same names agree without a word; one more or one less moves its own share and nothing else.
 * @param collectors in any order
 * @returns undefined: there is none
 */
export function ownerOf(workloadKey: string, collectors: readonly string[]): string | undefined {
  const key = hash(workloadKey);
  let owner: string | undefined;
  let best = -1;
  for (const collector of collectors) {
    const score = mixed(key ^ mixed(hash(collector)));
    if (owner === undefined || score > best || (score === best && collector < owner)) {
      owner = collector;
      best = score;
    }
  }
  return owner;
}

/** FNV-1a over the UTF-16 units; 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value;
}

/** Every bit of the input reaches every bit of the result (MurmurHash3's finalizer); 0 … 2³² − 1. */
function mixed(value: number): number {
  let mix = value ^ (value >>> 16);
  mix = Math.imul(mix, 0x85ebca6b);
  mix = Math.imul(mix ^ (mix >>> 13), 0xc2b2ae35);
  return (mix ^ (mix >>> 16)) >>> 0;
}
