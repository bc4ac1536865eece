import type { Assumption } from '../../../core/trace-finding-values.ts';
import { type DateOrder, dayOf, readDate, type WrittenDate } from '../date-text.ts';

/** How times are written, where a person says it: the order of a date, or the unit of a number. */
export type TimeForm = DateOrder | 's' | 'ms' | 'us' | 'ns' | 'excel';

/** How the codes of a column become times. */
export interface TimeReading {
  /** Seconds since 1970 of a code; of a wall clock where `isLocal`. */
  readonly seconds: (code: number) => number;
  /** The times say no zone. */
  readonly isLocal: boolean;
  readonly assumptions: readonly Assumption[];
}

/** What a timestamp may look like, for error messages. */
export const TIME_FORMS =
  'epoch seconds (1714521600), milliseconds, microseconds or nanoseconds, or a date such as 2024-05-01T00:00:00Z';

type NumberUnit = 's' | 'ms' | 'us' | 'ns';

const PER_SECOND: Readonly<Record<NumberUnit, number>> = { s: 1, ms: 1e3, us: 1e6, ns: 1e9 };
const NUMBER = /^\d+(?:\.\d*)?(?:e[+]?\d{1,2})?$/i;
const GROUPED = /^\d{1,3}(?:,\d{3}){3,}$/;
const COMMA_DAYS = /^\d{5},\d+$/;
/** Spreadsheets show long numbers so, and save what they show. */
const ROUNDED = /^\d(?:\.\d{0,6})?e\+?(?:9|1\d)$/i;
/** Numbers from here on are milliseconds, and so on: 1973 in the larger unit, the year 5138 in the smaller. */
const [MILLISECONDS_FROM, MICROSECONDS_FROM, NANOSECONDS_FROM, TOO_LARGE] = [1e11, 1e14, 1e17, 1e20];
/** 1970-01-01 as Excel counts days, and where dates of the years 1982 to 2105 lie. */
const EXCEL_EPOCH_DAY = 25_569;
const [EXCEL_FROM, EXCEL_TO] = [30_000, 75_000];
const COMPACT = /^(?:19[7-9]\d|20\d\d)(?:\d{4}|\d{6}|\d{8}|\d{10})$/;
const OPEN_YEARS_FROM = 1900;
const OPEN_YEARS = 200;
const MOST_ZONE_MS = 14 * 3_600_000;
/** A day, and a zone to either side. */
const CLOCK_MS = 86_400_000 + 2 * MOST_ZONE_MS;

/**
 * A column of times. Each is kept as one number, its code; what the codes mean is known when all have been seen: which number of a date
 * is the day, in which unit numbers count.
 */
export class TimeColumn {
  private readonly form: TimeForm | undefined;
  private kind: 'number' | 'clear' | 'open' | undefined;
  private unit: NumberUnit | undefined;
  private hasZone = false;
  private isShortYear = false;
  private orders: readonly DateOrder[] = [];
  private dayIsMonth = true;
  private first: readonly number[] = [];
  private firstVaries = false;
  private lastVaries = false;
  private isCompact = true;
  private hasFraction = false;
  private count = 0;
  private least = Infinity;
  private most = -Infinity;

  constructor(form: TimeForm | undefined) {
    this.form = form;
  }

  /** Whether dates of it are written as people write them, not machines: 11.05.2026. */
  get isOfPeople(): boolean {
    return this.kind === 'open';
  }

  /** The code of a time, or a few words on what is wrong with it. */
  take(text: string | number): number | string {
    if (typeof text === 'number') return this.takeNumber(text, String(text));
    const plain = text.trim();
    if (NUMBER.test(plain)) {
      if (ROUNDED.test(plain))
        return 'lost its last digits in a spreadsheet: format the column as a number and save it again';
      return this.takeNumber(Number(plain), plain);
    }
    if (GROUPED.test(plain)) return this.takeNumber(Number(plain.replaceAll(',', '')), plain);
    if (COMMA_DAYS.test(plain)) return this.takeNumber(Number(plain.replace(',', '.')), plain);
    const date = readDate(plain);
    return typeof date === 'string' ? date : this.takeDate(date);
  }

  /** @returns what the codes mean, or the refusal: what was found, and what would help */
  resolve(): TimeReading | string {
    if (this.kind === 'number') return this.resolveNumbers();
    const isLocal = !this.hasZone;
    if (this.kind !== 'open') return { seconds: (code) => code, isLocal, assumptions: [] };
    const orders = this.likelyOrders();
    if (orders.length > 1 && !(this.dayIsMonth && !this.isShortYear)) {
      return `found dates of which no row tells ${this.isShortYear ? 'day, month and year' : 'day and month'} apart; expected a row after the 12th of a month, or --date-format ${orders.join(' or ')}`;
    }
    const order = orders[0]!;
    const assumptions: Assumption[] = this.form === undefined ? [{ assumed: 'date-order', order }] : [];
    return { seconds: (code) => openSeconds(code, order, this.isShortYear), isLocal, assumptions };
  }

  private takeNumber(value: number, text: string): number | string {
    if (!(value >= 0)) return 'is not a timestamp';
    if (value >= TOO_LARGE) return 'lies after the year 5138';
    const unit = unitOf(value);
    if (this.kind === undefined) {
      this.kind = 'number';
      this.unit = unit;
    }
    if (this.kind !== 'number') return 'is a number, where the rows before have dates';
    if (unit !== this.unit) return 'is in another unit than the rows before';
    this.isCompact &&= isCompact(text);
    this.hasFraction ||= !Number.isInteger(value);
    this.count++;
    this.least = Math.min(this.least, value);
    this.most = Math.max(this.most, value);
    return value;
  }

  private takeDate(date: WrittenDate): number | string {
    const kind = date.isClear ? 'clear' : 'open';
    const hasZone = date.zoneSeconds !== undefined;
    if (this.kind === undefined) {
      this.kind = kind;
      this.hasZone = hasZone;
      this.isShortYear = date.isShortYear;
      this.orders = date.orders;
      this.first = date.parts;
      if (isOrder(this.form) && kind === 'open') this.orders = date.orders.filter((order) => order === this.form);
    }
    if (this.kind === 'number') return 'is a date, where the rows before have numbers';
    if (this.kind !== kind || this.isShortYear !== date.isShortYear) return 'is written otherwise than the rows before';
    if (this.hasZone !== hasZone)
      return hasZone ? 'has a zone, unlike the rows before' : 'has no zone, unlike the rows before';
    const wall = date.clockSeconds - (date.zoneSeconds ?? 0);
    if (kind === 'clear') {
      const seconds = dayOf(date.parts, date.orders[0]!, date.isShortYear)! * 86_400 + wall;
      return seconds < 0 ? 'lies before 1970' : seconds;
    }
    const orders = this.orders.filter((order) => date.orders.includes(order));
    if (orders.length === 0) {
      if (isOrder(this.form)) return `is no day of the calendar as ${this.form} (--date-format)`;
      return 'is no day of the calendar in the order of day and month that the rows before have';
    }
    this.orders = orders;
    const [a, b, c] = date.parts;
    this.dayIsMonth &&= a === b;
    this.firstVaries ||= a !== this.first[0];
    this.lastVaries ||= c !== this.first[2];
    const year = date.isShortYear ? c : c - OPEN_YEARS_FROM;
    if (year < 0 || year >= OPEN_YEARS) return 'is not a day of our time';
    return ((a * 100 + b) * OPEN_YEARS + year) * CLOCK_MS + Math.round(wall * 1000) + MOST_ZONE_MS;
  }

  /** With years of two digits: what never changes while the other end does is the year. */
  private likelyOrders(): readonly DateOrder[] {
    if (!this.isShortYear || this.firstVaries === this.lastVaries) return this.orders;
    const likely = this.orders.filter((order) => (order === 'ymd') !== this.firstVaries);
    return likely.length > 0 ? likely : this.orders;
  }

  private resolveNumbers(): TimeReading | string {
    const form = this.form;
    if (form === undefined && this.isInExcelRange() && !this.looksLikeExcel()) {
      return `found times such as ${this.least}, which may be seconds or days as Excel counts them; expected --date-format s or excel`;
    }
    if (form === 'excel' || (form === undefined && this.looksLikeExcel())) {
      return {
        seconds: (code) => Math.round((code - EXCEL_EPOCH_DAY) * 86_400),
        isLocal: true,
        assumptions: form === undefined ? [{ assumed: 'time-unit', unit: 'excel' }] : [],
      };
    }
    if (this.isCompact && this.count > 0 && (form === undefined || form === 'ymd')) {
      const assumptions: Assumption[] = form === undefined ? [{ assumed: 'time-unit', unit: 'compact' }] : [];
      return { seconds: compactSeconds, isLocal: true, assumptions };
    }
    if (isOrder(form)) return `found times that are numbers; expected dates (--date-format ${form})`;
    const unit = form ?? this.unit ?? 's';
    const isNews = form === undefined && (unit === 'us' || unit === 'ns');
    return {
      seconds: (code) => code / PER_SECOND[unit],
      isLocal: false,
      assumptions: isNews ? [{ assumed: 'time-unit', unit }] : [],
    };
  }

  /** Seconds from a start of one's own would have to tick several times a second. */
  private looksLikeExcel(): boolean {
    const meanStep = (this.most - this.least) / Math.max(1, this.count - 1);
    return this.isInExcelRange() && this.hasFraction && meanStep <= 1;
  }

  private isInExcelRange(): boolean {
    return this.least >= EXCEL_FROM && this.most <= EXCEL_TO;
  }
}

function isOrder(form: TimeForm | undefined): form is DateOrder {
  return form === 'dmy' || form === 'mdy' || form === 'ymd';
}

function unitOf(value: number): NumberUnit {
  if (value < MILLISECONDS_FROM) return 's';
  if (value < MICROSECONDS_FROM) return 'ms';
  return value < NANOSECONDS_FROM ? 'us' : 'ns';
}

/** 20260511, or with hours, minutes and seconds. */
function isCompact(text: string): boolean {
  if (!COMPACT.test(text)) return false;
  const part = (at: number) => Number(text.slice(at, at + 2));
  if (dayOf([Number(text.slice(0, 4)), part(4), part(6)], 'ymd', false) === undefined) return false;
  return (
    (text.length < 10 || part(8) <= 23) && (text.length < 12 || part(10) <= 59) && (text.length < 14 || part(12) <= 59)
  );
}

function compactSeconds(code: number): number {
  const text = String(code);
  const part = (at: number) => Number(text.slice(at, at + 2));
  const day = dayOf([Number(text.slice(0, 4)), part(4), part(6)], 'ymd', false)!;
  return day * 86_400 + part(8) * 3600 + part(10) * 60 + part(12);
}

function openSeconds(code: number, order: DateOrder, isShortYear: boolean): number {
  const date = Math.floor(code / CLOCK_MS);
  const clock = (code - date * CLOCK_MS - MOST_ZONE_MS) / 1000;
  const year = date % OPEN_YEARS;
  const numbers = Math.floor(date / OPEN_YEARS);
  const parts = [Math.floor(numbers / 100), numbers % 100, isShortYear ? year : year + OPEN_YEARS_FROM] as const;
  return dayOf(parts, order, isShortYear)! * 86_400 + clock;
}
