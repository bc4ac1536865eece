/** A span in words: 45 s, 30 min, 6 h, 7 d. */
export function describeSeconds(seconds: number): string {
  const round = (x: number): string => String(Math.round(x * 10) / 10);
  if (seconds < 120) return `${round(seconds)} s`;
  if (seconds < 7_200) return `${round(seconds / 60)} min`;
  if (seconds < 172_800) return `${round(seconds / 3_600)} h`;
  return `${round(seconds / 86_400)} d`;
}
