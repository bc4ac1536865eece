/** Clocks may differ by so much; what claims to be from further ahead is damage. */
export const MOST_AHEAD_SECONDS = 60;

/** Whether a time that was read somewhere can't be: it is further ahead than clocks differ, or no number. */
export function isFuture(seconds: number, nowSeconds: number): boolean {
  return !(seconds <= nowSeconds + MOST_AHEAD_SECONDS);
}

/** For messages: `a time 3600 s in the future`. */
export function futureWords(seconds: number, nowSeconds: number): string {
  return `a time ${Math.round(seconds - nowSeconds)} s in the future`;
}
