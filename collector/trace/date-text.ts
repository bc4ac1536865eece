/** The order in which a written date has its day, month and year. */
export type DateOrder = 'dmy' | 'mdy' | 'ymd';

/** A date as it is written, before anybody knows which of its numbers is the day. */
export interface WrittenDate {
  /** Its three numbers in the order of the text; a month's name is its number. */
  readonly parts: readonly [number, number, number];
  /** The orders in which they are a day of the calendar; never empty. */
  readonly orders: readonly DateOrder[];
  /** The text itself says the order: a year of four digits comes first, or the month has its name. */
  readonly isClear: boolean;
  /** The year has two digits: 26 is 2026. */
  readonly isShortYear: boolean;
  /** Seconds after midnight. */
  readonly clockSeconds: number;
  /** Seconds east of UTC; undefined: it says nothing. */
  readonly zoneSeconds: number | undefined;
  readonly hasClock: boolean;
}

/** No date is longer, whatever is said of its zone. */
const MOST_CHARACTERS = 100;
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const NAME =
  '(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)';
const WEEKDAY = '(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,?\\s+)?';
const CLOCK = '(\\d{1,2})[:.](\\d\\d)(?:[:.](\\d\\d)(?:[.,:](\\d{1,9}))?)?(?:\\s*([ap])\\.?m\\.?)?';
const ZONE = '(?:\\s*(.+))?';
const BETWEEN = '(?:[t:]|,?\\s+(?:@|at)?\\s*)';

const YEAR_FIRST = new RegExp(`^(\\d{4})([-/.])(\\d{1,2})\\2(\\d{1,2})(?:${BETWEEN}${CLOCK}${ZONE})?$`, 'i');
const YEAR_LAST = new RegExp(`^(\\d{1,2})([-/.])(\\d{1,2})\\2(\\d{4}|\\d\\d)(?:${BETWEEN}${CLOCK}${ZONE})?$`, 'i');
const DAY_NAME = new RegExp(
  `^${WEEKDAY}(\\d{1,2})[-/. ]+(${NAME})[-/., ]+(\\d{4}|\\d\\d)(?:${BETWEEN}${CLOCK}${ZONE})?$`,
  'i',
);
const NAME_DAY = new RegExp(`^${WEEKDAY}(${NAME})\\.?\\s+(\\d{1,2}),?\\s+(\\d{4})(?:${BETWEEN}${CLOCK}${ZONE})?$`, 'i');
/** ctime, and the command `date`: the year comes last. */
const YEAR_AFTER_CLOCK = new RegExp(
  `^${WEEKDAY}(${NAME})\\s+(\\d{1,2})\\s+${CLOCK}\\s+(?:([a-z+][\\w:+-]*)\\s+)?(\\d{4})$`,
  'i',
);
const BASIC = /^(\d{4})(\d\d)(\d\d)[t ](\d\d)(\d\d)(\d\d)?(?:[.,](\d{1,9}))?(?:\s*(.+))?$/i;

/** `+02:00`, `+0200`, `+02`, with `UTC` or `GMT` before it or after. */
const OFFSET = /^(?:utc|gmt)?\s*([+-])(\d\d?)(?::?(\d\d))?(?:\s+(?:utc|gmt))?$/i;
const UTC = /^(?:z|utc|gmt|utc0|zulu|etc\/utc)$/i;
/** What some tools add to an offset: `(Central European Summer Time)`, `[Europe/Berlin]`, `m=+0.01` of Go. */
const ZONE_REMARK = /\s*(?:\([^()]*\)|\[[^[\]]*\]|m=[+-]\S+)$/;
const MOST_ZONE_SECONDS = 14 * 3600;

/** @returns the date, or a few words on what is wrong with the text */
export function readDate(text: string): WrittenDate | string {
  const found = text.length > MOST_CHARACTERS ? undefined : match(text);
  if (found === undefined) return 'is not a timestamp';
  const { parts, orders, clock, zone } = found;
  const isShortYear = found.year.length === 2;
  const possible = orders.filter((order) => dayOf(parts, order, isShortYear) !== undefined);
  if (possible.length === 0) return 'is not a day of the calendar';
  const clockSeconds = clock === undefined ? 0 : readClock(clock);
  if (typeof clockSeconds === 'string') return clockSeconds;
  const zoneSeconds = zone === undefined || zone === '' ? undefined : readZone(zone);
  if (typeof zoneSeconds === 'string') return zoneSeconds;
  const isClear = orders.length === 1;
  return { parts, orders: possible, isClear, isShortYear, clockSeconds, zoneSeconds, hasClock: clock !== undefined };
}

/** The day of a written date: days since 1970-01-01; undefined where there is no such day. */
export function dayOf(
  parts: readonly [number, number, number],
  order: DateOrder,
  isShortYear: boolean,
): number | undefined {
  const [year, month, day] = {
    dmy: [parts[2], parts[1], parts[0]] as const,
    mdy: [parts[2], parts[0], parts[1]] as const,
    ymd: [parts[0], parts[1], parts[2]] as const,
  }[order];
  const full = isShortYear ? 2000 + year : year;
  if (month < 1 || month > 12 || day < 1 || day > daysIn(full, month)) return undefined;
  return Date.UTC(full, month - 1, day) / 86_400_000;
}

/** Seconds east of UTC of `+02:00`, `Z`, `UTC+2` …, or a few words on what is wrong with it. */
export function readZone(text: string): number | string {
  const plain = text.trim().replace(ZONE_REMARK, '').trim();
  // Go writes `+0000 UTC`, `+0200 CEST`: the number says it all.
  const number = /^[+-]\d{4}(?=\s+[A-Z]{2,5}$)/.exec(plain)?.[0] ?? plain;
  if (UTC.test(number)) return 0;
  const parts = OFFSET.exec(number);
  if (!parts) return `has the zone "${plain.slice(0, 24)}", which is no offset from UTC`;
  const seconds = Number(parts[2]) * 3600 + Number(parts[3] ?? 0) * 60;
  if (seconds > MOST_ZONE_SECONDS || Number(parts[3] ?? 0) > 59) return 'has a zone more than 14 hours from UTC';
  return parts[1] === '-' ? -seconds : seconds;
}

interface Match {
  readonly parts: [number, number, number];
  readonly orders: readonly DateOrder[];
  readonly year: string;
  /** Hour, minute, second, fraction, a or p of a.m. and p.m. */
  readonly clock: readonly (string | undefined)[] | undefined;
  readonly zone: string | undefined;
}

function match(text: string): Match | undefined {
  let m = YEAR_FIRST.exec(text);
  if (m) return { parts: numbers(m[1], m[3], m[4]), orders: ['ymd'], year: m[1]!, ...rest(m, 5) };
  m = YEAR_LAST.exec(text);
  if (m) {
    const orders: DateOrder[] = m[4]!.length === 2 ? ['dmy', 'mdy', 'ymd'] : ['dmy', 'mdy'];
    return { parts: numbers(m[1], m[3], m[4]), orders, year: m[4]!, ...rest(m, 5) };
  }
  m = DAY_NAME.exec(text);
  if (m) return { parts: numbers(m[1], monthOf(m[2]!), m[3]), orders: ['dmy'], year: m[3]!, ...rest(m, 4) };
  m = NAME_DAY.exec(text);
  if (m) return { parts: numbers(monthOf(m[1]!), m[2], m[3]), orders: ['mdy'], year: m[3]!, ...rest(m, 4) };
  m = YEAR_AFTER_CLOCK.exec(text);
  if (m) {
    const { clock } = rest(m, 3);
    return { parts: numbers(monthOf(m[1]!), m[2], m[9]), orders: ['mdy'], year: m[9]!, clock, zone: m[8] };
  }
  m = BASIC.exec(text);
  if (!m) return undefined;
  const clock = [m[4], m[5], m[6], m[7], undefined];
  return { parts: numbers(m[1], m[2], m[3]), orders: ['ymd'], year: m[1]!, clock, zone: m[8] };
}

function numbers(...texts: (string | number | undefined)[]): [number, number, number] {
  return texts.map(Number) as [number, number, number];
}

/** Clock and zone, from the group `at` on. */
function rest(m: RegExpExecArray, at: number): Pick<Match, 'clock' | 'zone'> {
  const clock = m[at] === undefined ? undefined : m.slice(at, at + 5);
  return { clock, zone: m[at + 5] };
}

function monthOf(name: string): number {
  return MONTHS.indexOf(name.slice(0, 3).toLowerCase()) + 1;
}

function readClock([hour, minute, second, fraction, half]: readonly (string | undefined)[]): number | string {
  const hours = Number(hour);
  const [minutes, seconds] = [Number(minute), Number(second ?? 0)];
  const isHour = half === undefined ? hours <= 23 : hours >= 1 && hours <= 12;
  if (!isHour || minutes > 59 || seconds > 59) return 'is not a time of the day';
  const whole = half === undefined ? hours : (hours % 12) + (half.toLowerCase() === 'p' ? 12 : 0);
  return whole * 3600 + minutes * 60 + seconds + (fraction === undefined ? 0 : milliseconds(fraction));
}

function milliseconds(fraction: string): number {
  return Math.round(Number(`0.${fraction}`) * 1000) / 1000;
}

function daysIn(year: number, month: number): number {
  if (month !== 2) return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
}
