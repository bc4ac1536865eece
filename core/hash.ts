/**
 * FNV-1a over the UTF-16 units of a text: 0 … 2³² − 1, always the same for the same text. The low bits of short texts that differ little
 * are alike: whoever takes a remainder of a small number mixes first.
 * Source: Fowler, Noll and Vo, draft-eastlake-fnv.
 */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** A share in [0, 1) that is always the same for a text: to spread over time what came at once. */
export function shareOf(text: string): number {
  return hashOf(text) / 2 ** 32;
}
