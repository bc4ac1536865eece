import type { SparklinesAnswer } from '../api/answers.ts';

export type Line = SparklinesAnswer['lines'][number]['values'];

/** Of one question; and keys are long. */
const AT_ONCE = 40;
const MOST_CHARS = 6_000;

/** Parts that one address holds. */
export function keyParts(keys: readonly string[]): string[][] {
  const parts: string[][] = [];
  let chars = 0;
  for (const key of keys) {
    chars += key.length + 1;
    if (parts.length === 0 || parts.at(-1)!.length >= AT_ONCE || chars > MOST_CHARS) {
      parts.push([]);
      chars = key.length + 1;
    }
    parts.at(-1)!.push(key);
  }
  return parts;
}

/** `M0,23L2,20…`; empty where nothing is known. */
export function linePath(line: Line, width: number, height: number): string {
  const most = line.reduce<number>((a, b) => Math.max(a, b ?? 0), 0) || 1;
  const x = (i: number) => ((i / Math.max(1, line.length - 1)) * width).toFixed(1);
  const y = (value: number) => (height - 1 - (value / most) * (height - 2)).toFixed(1);
  let path = '';
  for (const [i, value] of line.entries()) {
    if (value === null) continue;
    path += `${i > 0 && line[i - 1] !== null && path !== '' ? 'L' : 'M'}${x(i)},${y(value)}`;
  }
  return path;
}
