import { DAY_SECONDS, HOUR_SECONDS, MINUTE_SECONDS } from '../../../core/series.ts';

/** A word by its plural category; every language has at least `other`. */
export type Plural = Readonly<Partial<Record<Intl.LDMLPluralRule, string>> & { other: string }>;

/** What a language adds to Intl: how its units stand beside a figure. */
export interface Units {
  /** What Intl knows the language by. */
  readonly locale: string;
  /** Between a figure and its unit. */
  readonly space: string;
  readonly days: Plural;
  readonly hours: Plural;
  readonly minutes: Plural;
  readonly seconds: Plural;
}

/** How a language writes figures. Nothing depends on the machine's locale or time zone. */
export interface Formats {
  /** 12310.4 → "12,310": at most so many decimals, none by default. */
  number(value: number, decimals?: number): string;
  /** With exactly so many decimals: 1.05 → "1.050". */
  fixed(value: number, decimals: number): string;
  /** A number to about three digits: 1234.5 → "1,235", 0.01234 → "0.0123"; "–" for none. */
  threeDigits(value: number): string;
  /** A fraction with as many digits as a reader can use: 0.2314 → "23 %", 0.0041 → "0.4 %". */
  percent(fraction: number): string;
  /** 1 basis point → "99.99 %": the share of demand that is to be served. */
  slo(targetBp: number): string;
  /**
   * The share of demand that was served, with as many digits as tell it from 100 % and from the SLO: rounding never
   * makes a broken SLO look kept, nor a kept one broken.
   */
  served(unmetBp: number, targetBp: number): string;
  /** The share that was not, with the same digits: "0.004 %". */
  unmet(unmetBp: number, targetBp: number): string;
  /** Cents below a thousand: "USD 431.20", "USD 12,310". */
  money(amount: number, currency: string): string;
  /** 86400 → "1 day", 5400 → "1.5 h", 600 → "10 min", 45 → "45 s". */
  duration(seconds: number): string;
  /** Epoch seconds as day and time in UTC. */
  instant(epochSeconds: number): string;
  /** Epoch seconds as day and month in UTC. */
  date(epochSeconds: number): string;
  /** Epoch seconds as day of the week and of the month in UTC. */
  weekday(epochSeconds: number): string;
  list(items: readonly string[]): string;
  /** The form that goes with n, without the number. */
  plural(n: number, forms: Plural): string;
}

/** Shares are told apart down to a billionth of demand; what is smaller is shown as less than that. */
const MOST_DIGITS = 7;

export function formats(units: Units): Formats {
  const { locale, space } = units;
  const rules = onDemand(() => new Intl.PluralRules(locale));
  const lists = onDemand(() => new Intl.ListFormat(locale, { type: 'conjunction' }));
  const instants = onDemand(() =>
    utc(locale, { ...DATE, year: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }),
  );
  const dates = onDemand(() => utc(locale, DATE));
  const weekdays = onDemand(() => utc(locale, { weekday: 'short', day: 'numeric' }));
  const atMost = forEach((decimals: number) => new Intl.NumberFormat(locale, { maximumFractionDigits: decimals }));
  const exactly = forEach((decimals: number) => new Intl.NumberFormat(locale, withDecimals(decimals)));
  const cents = forEach((currency: string) => new Intl.NumberFormat(locale, amountIn(currency, 2)));
  const whole = forEach((currency: string) => new Intl.NumberFormat(locale, amountIn(currency, 0)));

  const number = (value: number, decimals = 0): string => {
    const text = atMost(decimals).format(value);
    return text === '-0' ? '0' : text;
  };
  const plural = (n: number, forms: Plural): string => forms[rules().select(n)] ?? forms.other;
  const withUnit = (value: number, forms: Plural): string => {
    const shown = Number(value.toFixed(1));
    return `${number(shown, 1)}${space}${plural(shown, forms)}`;
  };
  const share = (percentage: number, decimals: number): string => `${number(percentage, decimals)}${space}%`;
  const smallest = 10 ** -MOST_DIGITS;

  return {
    number,
    fixed: (value, decimals) => exactly(decimals).format(value),
    threeDigits(value) {
      if (!Number.isFinite(value)) return '–';
      const size = Math.abs(value);
      if (size >= 1e15 || (size < 1e-6 && size > 0)) return value.toExponential(2);
      return size >= 99.95 ? number(value) : number(Number(value.toPrecision(3)), 9);
    },
    percent: (fraction) => share(fraction * 100, Math.abs(fraction) < 0.0995 ? 1 : 0),
    slo: (targetBp) => share(100 - targetBp / 100, MOST_DIGITS),
    served(unmetBp, targetBp) {
      const unmet = unmetBp / 100;
      if (unmet > 0 && unmet < smallest) return `> ${share(100 - smallest, MOST_DIGITS)}`;
      const digits = digitsThatTell(unmet, targetBp / 100);
      return share(Number((100 - Number(unmet.toFixed(digits))).toFixed(digits)), digits);
    },
    unmet(unmetBp, targetBp) {
      const unmet = unmetBp / 100;
      if (unmet > 0 && unmet < smallest) return `< ${share(smallest, MOST_DIGITS)}`;
      return share(unmet, digitsThatTell(unmet, targetBp / 100));
    },
    money: (amount, currency) => (Math.abs(amount) < 999.995 ? cents : whole)(currency).format(amount),
    duration(seconds) {
      const size = Math.abs(seconds);
      if (size >= 2 * DAY_SECONDS || size === DAY_SECONDS) return withUnit(seconds / DAY_SECONDS, units.days);
      if (size >= HOUR_SECONDS) return withUnit(seconds / HOUR_SECONDS, units.hours);
      if (size >= 2 * MINUTE_SECONDS) return withUnit(seconds / MINUTE_SECONDS, units.minutes);
      return withUnit(seconds, units.seconds);
    },
    instant: (epochSeconds) => dated(instants(), epochSeconds),
    date: (epochSeconds) => dated(dates(), epochSeconds),
    weekday: (epochSeconds) => dated(weekdays(), epochSeconds),
    list: (items) => lists().format(items),
    plural,
  };
}

const DATE: Intl.DateTimeFormatOptions = { month: 'short', day: 'numeric' };

/** An Intl object takes milliseconds to make, and most commands need none. */
function onDemand<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** The same for each argument. */
function forEach<K, T>(make: (key: K) => T): (key: K) => T {
  const made = new Map<K, () => T>();
  return (key) => {
    const own = made.get(key) ?? onDemand(() => make(key));
    made.set(key, own);
    return own();
  };
}

function withDecimals(decimals: number): Intl.NumberFormatOptions {
  return { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
}

function amountIn(currency: string, decimals: number): Intl.NumberFormatOptions {
  return { style: 'currency', currency, currencyDisplay: 'code', ...withDecimals(decimals) };
}

function utc(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(locale, { ...options, timeZone: 'UTC' });
}

function dated(format: Intl.DateTimeFormat, epochSeconds: number): string {
  const date = new Date(epochSeconds * 1_000);
  return Number.isNaN(date.getTime()) ? `${epochSeconds} s` : format.format(date);
}

/** Decimals that show two digits of a percentage, and as many more as leave it on its side of the target: as served.ts. */
function digitsThatTell(unmet: number, target: number): number {
  if (!(unmet > 0)) return 0;
  for (let digits = Math.max(0, 1 - Math.floor(Math.log10(unmet))); digits < MOST_DIGITS; digits++) {
    if (Number(unmet.toFixed(digits)) <= target === unmet <= target) return digits;
  }
  return MOST_DIGITS;
}
