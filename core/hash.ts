/**
 * FNV-1a over the UTF-16 units of a text: 0 … 2³² − 1, always the same for the same text. Texts that differ little have hashes that do:
 * whoever takes some of its bits, or a remainder, mixes first.
 * Source: Fowler, Noll and Vo, draft-eastlake-fnv.
 */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** Every bit of the input reaches every bit of the result (MurmurHash3's finalizer); 0 … 2³² − 1. */
export function mixed(value: number): number {
  let mix = value ^ (value >>> 16);
  mix = Math.imul(mix, 0x85ebca6b);
  mix = Math.imul(mix ^ (mix >>> 13), 0xc2b2ae35);
  return (mix ^ (mix >>> 16)) >>> 0;
}

/** A share in [0, 1) that is always the same for a text: to spread over time what came at once. */
export function shareOf(text: string): number {
  return mixed(hashOf(text)) / 2 ** 32;
}
