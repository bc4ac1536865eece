/** What a number's unit makes of it. */
export interface Unit {
  /** One of the written unit in `base`. */
  readonly factor: number;
  /** What the value is counted in afterwards: `req/s`, `s`, `B`, `%`, or nothing. */
  readonly base: string;
  /** A shortened number (1.2 K) has lost the digits that did not fit. */
  readonly isShortened: boolean;
}

const NOTHING: Unit = { factor: 1, base: '', isShortened: false };
const SECONDS: Readonly<Record<string, number>> = {
  ns: 1e-9,
  µs: 1e-6,
  μs: 1e-6,
  us: 1e-6,
  ms: 1e-3,
  s: 1,
  sec: 1,
  secs: 1,
  second: 1,
  seconds: 1,
  min: 60,
  mins: 60,
  minute: 60,
  minutes: 60,
  h: 3600,
  hr: 3600,
  hour: 3600,
  hours: 3600,
  d: 86_400,
  day: 86_400,
  days: 86_400,
};
/** Case tells milli from mega. `B` alone is bytes; Bil is a billion. */
const THOUSANDS: Readonly<Record<string, number>> = {
  m: 1e-3,
  k: 1e3,
  K: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Mil: 1e6,
  Bil: 1e9,
  bn: 1e9,
  Tri: 1e12,
  Tsd: 1e3,
  Mio: 1e6,
  Mrd: 1e9,
};
const BYTES = /^([kKMGTPE]?)(i?)(B|bytes?|b|bits?|bps|Bps)(\/s|ps)?$/;
const BYTE_POWERS = ['', 'k', 'M', 'G', 'T', 'P', 'E'];
const SHORT = /^(m|k|K|M|G|T|P|Mil|Bil|bn|Tri|Tsd|Mio|Mrd)\.?(?:\s+(.+))?$/;
/** `Kreq/s`: a multiplier that is not parted from a unit that counts something. */
const JOINED = /^([kKMG])((?:req|reqs|requests|ops|rps|qps|iops|msg|events?)(?:\/(?:s|sec|min|m|h))?)$/;
const NAMED = /^[\p{L}%#][\p{L}/%._²³ -]{0,23}$/u;

/** @returns undefined where the text can't be a unit */
export function readUnit(text: string): Unit | undefined {
  if (text === '') return NOTHING;
  const seconds = SECONDS[text];
  if (seconds !== undefined) return { factor: seconds, base: 's', isShortened: false };
  const bytes = BYTES.exec(text);
  if (bytes) return byteUnit(bytes);
  const short = SHORT.exec(text) ?? JOINED.exec(text);
  if (short) {
    const base = short[2] ?? '';
    if (base !== '' && !NAMED.test(base)) return undefined;
    return { factor: THOUSANDS[short[1]!]!, base, isShortened: true };
  }
  return NAMED.test(text) ? { factor: 1, base: text, isShortened: false } : undefined;
}

function byteUnit([, prefix, binary, unit, rate]: RegExpExecArray): Unit {
  const power = BYTE_POWERS.indexOf(prefix === 'K' ? 'k' : prefix!);
  const isBit = unit!.startsWith('b') && !unit!.startsWith('byte');
  const perSecond = rate !== undefined || unit!.endsWith('ps');
  return {
    factor: (binary === 'i' ? 1024 : 1000) ** power,
    base: `${isBit ? 'bit' : 'B'}${perSecond ? '/s' : ''}`,
    isShortened: power > 0,
  };
}
