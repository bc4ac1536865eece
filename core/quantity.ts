/** What a suffix multiplies by. Fractions are divided by, so that `100m` is 0.1 to the last digit. */
const FACTORS: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};
const DIVISORS: Readonly<Record<string, number>> = { m: 1e3, u: 1e6, n: 1e9 };
/** An exponent is tried before the suffix E: `1E3` is 1000, `1E` is 10¹⁸, as Kubernetes reads them. */
const QUANTITY = /^([+-]?(?:\d+\.?\d*|\.\d+))([eE][+-]?\d{1,3}|[KMGTPE]i|[numkMGTPE]|)$/;
const DECIMAL = /^\d+(?:\.\d+)?$/;
const DURATION = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/;
const MOST_CHARACTERS = 64;
const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/**
 * A Kubernetes quantity (`500m`, `2`, `1.5Gi`, `100k`, `1e3`) as a number in its base unit: cores, bytes, pieces.
 * May be negative. @returns undefined where the text is none.
 */
export function parseQuantity(text: string): number | undefined {
  if (text.length > MOST_CHARACTERS) return undefined;
  const match = QUANTITY.exec(text);
  if (match === null) return undefined;
  const [, digits, suffix] = match as unknown as [string, string, string];
  const value = scaled(digits, suffix);
  return Number.isFinite(value) ? value : undefined;
}

function scaled(digits: string, suffix: string): number {
  const factor = FACTORS[suffix];
  if (factor !== undefined) return Number(digits) * factor;
  const divisor = DIVISORS[suffix];
  return divisor === undefined ? Number(digits + suffix) : Number(digits) / divisor;
}

/** `70%` → 0.7. @returns undefined where the text is no percentage of 0 or more */
export function parsePercent(text: string): number | undefined {
  const digits = text.endsWith('%') ? text.slice(0, -1) : '';
  return text.length <= MOST_CHARACTERS && DECIMAL.test(digits) ? Number(digits) / 100 : undefined;
}

/** `180s`, `5m`, `1h30m`, `7d` → seconds, 0 or more; each unit once, the largest first. @returns undefined where the text is none */
export function parseSeconds(text: string): number | undefined {
  const match = text.length > 0 && text.length <= MOST_CHARACTERS ? DURATION.exec(text) : null;
  if (match === null) return undefined;
  const [days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
  ];
  return days * 86_400 + hours * 3600 + minutes * 60 + seconds;
}

/** `2`, `0.1` as `100m`, rounded to a thousandth of a core. */
export function formatCores(cores: number): string {
  const millicores = Math.round(cores * 1000);
  return millicores % 1000 === 0 ? String(millicores / 1000) : `${millicores}m`;
}

/** `1.5Gi`: the largest binary unit that leaves 1 or more, to two decimals. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // 1023.996 Ki would be printed as 1024Ki: it is 1Mi.
  while (Math.abs(value) >= 1023.995 && unit < BINARY.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${Number(value.toFixed(2))}${BINARY[unit]}`;
}

/** 0.7 → `70%`, to two decimals. */
export function formatPercent(fraction: number): string {
  return `${Number((fraction * 100).toFixed(2))}%`;
}

/** 5400 → `1h30m`; whole seconds. */
export function formatSeconds(seconds: number): string {
  let left = Math.round(seconds);
  let text = '';
  for (const [unit, length] of [
    ['d', 86_400],
    ['h', 3600],
    ['m', 60],
    ['s', 1],
  ] as const) {
    const count = Math.floor(left / length);
    left -= count * length;
    if (count > 0) text += `${count}${unit}`;
  }
  return text === '' ? '0s' : text;
}
