import type { Texts } from './texts/en.ts';
import { en } from './texts/en.ts';
import { zh } from './texts/zh.ts';

const CATALOGUE: Readonly<Record<string, Texts>> = { en, zh };

/** The language that the address names (?lang=zh), else the browser's where there is one of it, else English. */
export function textsFor(search: string, languages: readonly string[]): Texts {
  const asked = new URLSearchParams(search).get('lang');
  const wanted = [...(asked === null ? [] : [asked]), ...languages].map((tag) => tag.split('-')[0]!.toLowerCase());
  return CATALOGUE[wanted.find((language) => language in CATALOGUE) ?? 'en']!;
}

export const texts = textsFor(globalThis.location?.search ?? '', globalThis.navigator?.languages ?? []);

const threeDigits = new Intl.NumberFormat(texts.locale, { maximumSignificantDigits: 3 });
/** By so many digits behind the point at most. */
const upTo = [0, 1, 2, 3, 4].map((digits) => new Intl.NumberFormat(texts.locale, { maximumFractionDigits: digits }));

function rounded(value: number, digits: 0 | 1 | 2 | 3 | 4): string {
  return upTo[digits]!.format(value);
}

/** Three digits; a dash for what is not known, which is no zero. */
export function count(value: number | null | undefined): string {
  if (value === null || value === undefined) return texts.unknown;
  return Math.abs(value) >= 100 ? rounded(value, 0) : threeDigits.format(value);
}

/** A measured value for a form, which has more digits than anybody reads: 59.7, 1200. */
export function formValue(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}

export function percent(share: number | null | undefined, digits: 0 | 1 | 2 | 3 | 4 = 0): string {
  if (share === null || share === undefined) return texts.unknown;
  return `${rounded(100 * share, digits)} %`;
}

/** A share near 1 with all digits that tell it from 1: 99.994 %. */
export function servedPercent(value: number | null | undefined): string {
  if (value === null || value === undefined) return texts.unknown;
  return `${rounded(value, 4)} %`;
}

export function seconds(value: number | null | undefined): string {
  if (value === null || value === undefined) return texts.unknown;
  if (value < 600) return `${Math.round(value)} s`;
  if (value < 7_200) return `${Math.round(value / 60)} min`;
  return `${rounded(value / 3_600, 1)} h`;
}

/** `load` in its unit: cores and bytes as people write them. */
export function load(value: number | null | undefined, unit: string): string {
  if (value === null || value === undefined) return texts.unknown;
  if (unit === 'bytes') {
    const power = Math.min(4, Math.max(0, Math.floor(Math.log2(Math.max(1, value)) / 10)));
    return `${count(value / 1024 ** power)} ${['B', 'KiB', 'MiB', 'GiB', 'TiB'][power]}`;
  }
  return unit === '' ? count(value) : `${count(value)} ${unit}`;
}

const CLOCK: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: 'UTC' };
const DAY: Intl.DateTimeFormatOptions = { weekday: 'short', day: 'numeric', month: 'short' };
const ofToday = new Intl.DateTimeFormat(texts.locale, CLOCK);
const ofOtherDay = new Intl.DateTimeFormat(texts.locale, { ...CLOCK, ...DAY });

/** 14:02, of UTC. */
export function clock(atSeconds: number): string {
  return new Date(atSeconds * 1000).toISOString().slice(11, 16);
}

/** 14:02 UTC, with the day where it is not today. */
export function time(atSeconds: number, nowSeconds: number): string {
  const date = new Date(atSeconds * 1000);
  const isToday = Math.floor(atSeconds / 86_400) === Math.floor(nowSeconds / 86_400);
  return `${(isToday ? ofToday : ofOtherDay).format(date)} UTC`;
}
