/** The loosest objective that can be stated: a tenth of the demand may find no Ready pod. */
const LEAST_SERVED_PERCENT = 90;

/** What an SLO has to look like, for messages. */
export const SLO_SYNTAX = 'a share of the demand from 90% to below 100%, such as 99.99%';

/**
 * `99.99%` → 1: the demand that may stay unmet under a service level objective, basis points.
 * @returns undefined where the text is none; a plain number is refused, as it could be a percentage or a fraction.
 */
export function parseSlo(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?) ?%$/.exec(text.trim());
  const served = match ? Number(match[1]) : Number.NaN;
  // Rounded so that 100 − 99.99 is 0.01 to the last digit.
  const unmetBp = Math.round((100 - served) * 100 * 1e6) / 1e6;
  return served >= LEAST_SERVED_PERCENT && unmetBp > 0 ? unmetBp : undefined;
}

/** 1 → `99.99`: the share that is to be served, percent, with the digits that it takes and no more. @param unmetBp basis points */
export function sloDigits(unmetBp: number): string {
  return String(Number((100 - unmetBp / 100).toFixed(10)));
}

/** 1 → 0.9999: the share that is to be served, 0…1. @param unmetBp basis points */
export function sloShare(unmetBp: number): number {
  return 1 - unmetBp / 10_000;
}
