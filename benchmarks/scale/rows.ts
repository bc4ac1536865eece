/** What was measured, and whether it is what was wanted. */
export type Row = readonly [what: string, measured: number, unit: string, wanted: string, verdict: string];

export const ROW_COLUMNS = ['what', 'measured', 'unit', 'wanted', 'verdict'];

/** @param wanted at most, or with `least` at least; compared as it was measured, not as it is shown. Not a number is not met. */
export function row(what: string, measured: number, unit: string, wanted?: number, least = false): Row {
  if (wanted === undefined) return [what, measured, unit, '', ''];
  const met = least ? measured >= wanted : measured <= wanted;
  return [what, measured, unit, `${least ? '≥' : '≤'} ${wanted}`, met ? 'met' : 'NOT MET'];
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}
