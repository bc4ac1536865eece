/**
 * Which element shows which row: one that stays keeps its own, and one that comes takes that of one that went.
 * @param before of the rows shown until now
 * @returns numbers from 0 on, by key
 */
export function placesOf(keys: readonly string[], before: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const taken = new Set(keys.flatMap((key) => before.get(key) ?? []));
  let free = 0;
  return new Map(
    keys.map((key) => {
      const own = before.get(key);
      if (own !== undefined) return [key, own];
      while (taken.has(free)) free++;
      return [key, free++];
    }),
  );
}
