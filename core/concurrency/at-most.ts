/** Runs at most `count` tasks at a time; the others wait, first come, first served. */
export function atMost(count: number): <T>(task: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (task) => {
    if (running >= count) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await task();
    } finally {
      // The place is handed on, so that a newcomer can't take it meanwhile.
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
}
