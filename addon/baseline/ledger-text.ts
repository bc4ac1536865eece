import { messageOf } from '../../core/errors.ts';
import { isFuture } from '../../core/plausible-time.ts';
import { DAY_SECONDS, HOUR_SECONDS } from '../../core/series.ts';

/** Raised whenever it is to be read otherwise. */
export const LEDGER_VERSION = 1;
/** Hours of eight days: a baseline is over seven. */
const MOST_HOURS = (8 * DAY_SECONDS) / HOUR_SECONDS;
const DIGITS = 6;

/** What ran in one hour of a workload on which Prescale acted: sums over its ticks. */
export interface LedgerHour {
  /** Since the epoch. */
  readonly hour: number;
  /** Ticks that count: Prescale acted, and demand and pods were known. */
  readonly ticks: number;
  /** Pods that were asked for, a sum over the ticks. */
  readonly podTicks: number;
  /** Demand in pods' worth, and what of it found no Ready pod; sums over the ticks. */
  readonly asked: number;
  readonly unmet: number;
  readonly starts: number;
  /** Demand that one pod served at the end, by the first metric: hours with another pod can't be compared. */
  readonly podCapacity: number;
}

/** What is stored can't be understood, in words. */
export interface DamagedLedger {
  readonly damage: string;
}

/** Oldest first. Damaged: no JSON, of another version, numbers that can't be, an hour in the future. */
export function decodeLedger(text: string, nowSeconds: number): readonly LedgerHour[] | DamagedLedger {
  let json: { readonly v?: unknown; readonly hours?: unknown } | null;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return { damage: `it is no JSON (${messageOf(error).slice(0, 60)})` };
  }
  if (json?.v !== LEDGER_VERSION || !Array.isArray(json.hours)) {
    return { damage: `it is not of version ${LEDGER_VERSION}` };
  }
  const hours: LedgerHour[] = [];
  for (const row of json.hours) {
    if (!isRow(row)) return { damage: `found ${JSON.stringify(row).slice(0, 60)}; expected seven numbers of an hour` };
    const [hour, ticks, podTicks, asked, unmet, starts, podCapacity] = row;
    if (isFuture(hour * HOUR_SECONDS, nowSeconds)) return { damage: `found an hour in the future, ${hour}` };
    hours.push({ hour, ticks, podTicks, asked, unmet, starts, podCapacity });
  }
  return hours;
}

type Row = readonly [number, number, number, number, number, number, number];

function isRow(row: unknown): row is Row {
  return Array.isArray(row) && row.length === 7 && row.every((one) => Number.isFinite(one) && one >= 0);
}

/** With one more hour, without those over eight days before it: under 12 kB. */
export function withHour(hours: readonly LedgerHour[], newest: LedgerHour): string {
  const kept = hours.filter(({ hour }) => hour > newest.hour - MOST_HOURS && hour !== newest.hour);
  const rows = [...kept, newest].map(({ hour, ticks, podTicks, asked, unmet, starts, podCapacity }): Row => {
    return [hour, ticks, podTicks, short(asked), short(unmet), starts, short(podCapacity)];
  });
  return JSON.stringify({ v: LEDGER_VERSION, hours: rows });
}

function short(value: number): number {
  return Number(value.toPrecision(DIGITS));
}
