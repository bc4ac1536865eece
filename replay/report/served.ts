import { sloDigits } from '../../core/slo.ts';

/** More digits than a double of a percentage tells apart. */
const MOST_DECIMALS = 12;

/** An SLO as the share that is to be served: 1 basis point may stay unmet → "99.99 %". */
export function sloPercent(unmetTargetBp: number): string {
  return `${sloDigits(unmetTargetBp)} %`;
}

/**
 * The share of the demand that was served, beside its SLO: two digits of what stayed unmet, and as many more as it takes
 * for the figure not to contradict the verdict. With an SLO of 99.99 % 1.004 basis points unmet is "99.98996 %", not "99.99 %", and
 * "100 %" is all of it. @param unmetBp demand that found no Ready pod, basis points
 */
export function servedPercent(unmetBp: number, unmetTargetBp: number): string {
  if (!(unmetBp > 0)) return '100 %';
  const slo = Number(sloDigits(unmetTargetBp));
  const served = 100 - unmetBp / 100;
  for (let decimals = digitsOf(unmetBp / 100); decimals <= MOST_DECIMALS; decimals++) {
    const shown = Number(served.toFixed(decimals));
    if (shown < 100 && (unmetBp > unmetTargetBp ? shown < slo : shown >= slo)) return `${shown} %`;
  }
  return `just under ${unmetBp > unmetTargetBp ? slo : 100} %`;
}

/** Decimals that show two digits of a percentage: 0.0054 → 4. */
function digitsOf(percent: number): number {
  return Math.min(MOST_DECIMALS, Math.max(0, 1 - Math.floor(Math.log10(percent))));
}
