import { DAY_SECONDS, HOUR_SECONDS, MINUTE_SECONDS } from '../../core/series.ts';

/** A fraction as a percentage with as many digits as a reader can use: 0.2314 → "23 %", 0.0041 → "0.4 %". */
export function percent(fraction: number): string {
  const value = fraction * 100;
  const digits = Math.abs(value) < 9.95 ? 1 : 0;
  return `${trimZeros(value.toFixed(digits))} %`;
}

/** As PromQL has it: "rate[1m]". */
export function rateOver(windowSeconds: number): string {
  return `rate[${windowSeconds % 60 === 0 ? `${windowSeconds / 60}m` : `${windowSeconds}s`}]`;
}

/** Basis points: "0.4", "12", "0.03". Never "0" for something that isn't. */
export function basisPoints(bp: number): string {
  if (bp === 0) return '0';
  if (bp < 0.005) return '< 0.01';
  return trimZeros(bp.toFixed(bp < 0.095 ? 2 : bp < 9.95 ? 1 : 0));
}

/** An amount of money with its currency, cents below a thousand: "USD 431.20", "USD 12,310". */
export function money(amount: number, currency: string): string {
  return `${currency} ${Math.abs(amount) < 999.995 ? amount.toFixed(2) : thousands(Math.round(amount))}`;
}

/** 12310.4 → "12,310". Written by hand: the machine's locale must not decide. */
export function thousands(value: number): string {
  const [whole, fraction] = String(value).split('.');
  const grouped = whole!.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined || whole!.includes('e') ? grouped : `${grouped}.${fraction}`;
}

/** A number to about three digits: 1234.5 → "1,235", 12.345 → "12.3", 0.01234 → "0.0123". */
export function threeDigits(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e15 || size < 1e-6) return value.toExponential(2);
  if (size >= 99.95) return thousands(Math.round(value));
  return trimZeros(value.toPrecision(3));
}

/** 86400 → "1 day", 5400 → "1.5 h", 600 → "10 min", 45 → "45 s". */
export function duration(seconds: number): string {
  const size = Math.abs(seconds);
  if (size >= 2 * DAY_SECONDS) return `${trimZeros((seconds / DAY_SECONDS).toFixed(1))} days`;
  if (size === DAY_SECONDS) return '1 day';
  if (size >= HOUR_SECONDS) return `${trimZeros((seconds / HOUR_SECONDS).toFixed(1))} h`;
  if (size >= 2 * MINUTE_SECONDS) return `${trimZeros((seconds / MINUTE_SECONDS).toFixed(1))} min`;
  return `${trimZeros(seconds.toFixed(1))} s`;
}

/** Epoch seconds as "2026-03-02 14:05" in UTC. */
export function instant(epochSeconds: number): string {
  const date = new Date(epochSeconds * 1_000);
  return Number.isNaN(date.getTime()) ? `${epochSeconds} s` : date.toISOString().slice(0, 16).replace('T', ' ');
}

/** ["1 day", "7 days"] → "1 day and 7 days". */
export function list(items: readonly string[]): string {
  if (items.length < 2) return items.join('');
  return `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}

/** The same text with figures that stay on the line of their units: the space between them no longer breaks. */
export function keepUnits(text: string): string {
  return text.replace(/(\d) (?=(?:bp|h|s|min|days?|pods)\b|%)/g, '$1\u00a0');
}

function trimZeros(digits: string): string {
  const trimmed = digits.includes('.') && !digits.includes('e') ? digits.replace(/\.?0+$/, '') : digits;
  return trimmed === '-0' ? '0' : trimmed;
}
