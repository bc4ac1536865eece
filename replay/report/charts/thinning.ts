/** Numbers with null for no data. */
export type Values = readonly (number | null)[];

/** The largest or smallest value of every `width` ticks; null where none is data. */
export function perPoint(
  ticks: Float64Array | Int32Array,
  width: number,
  pick: (a: number, b: number) => number,
): Values {
  const points: (number | null)[] = [];
  for (let from = 0; from < ticks.length; from += width) {
    let picked = Number.NaN;
    for (const value of ticks.subarray(from, from + width)) {
      if (!Number.isNaN(value)) picked = Number.isNaN(picked) ? value : pick(picked, value);
    }
    points.push(fourDigits(picked));
  }
  return points;
}

/** Four digits are finer than a pixel and a third of the bytes. */
export function fourDigits(value: number): number | null {
  return Number.isFinite(value) ? Number(value.toPrecision(4)) : null;
}
