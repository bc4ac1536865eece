/** So many of a fleet's workloads take a few milliseconds. */
const AT_ONCE = 250;

/** Visits all of them, in their order; after each few the pause lets others go first. What comes in meanwhile is visited, too. */
export async function inParts<T>(
  all: Iterable<T>,
  visit: (one: T) => void,
  pause?: () => Promise<void>,
): Promise<void> {
  let visited = 0;
  for (const one of all) {
    visit(one);
    if (pause && ++visited % AT_ONCE === 0) await pause();
  }
}
