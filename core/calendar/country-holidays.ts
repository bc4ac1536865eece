import { InputError } from '../errors.ts';
import { DAY_SECONDS } from '../series.ts';
import { nearest } from '../text/did-you-mean.ts';
import { dayOfDate } from './calendar.ts';

/** `US`, `DE-BY`: ISO 3166-1 and -2, and a region below where a state has some. */
const CODE = /^[A-Z]{2}(?:-[A-Z0-9]{1,4}){0,2}$/;

/** Whether a text looks like a country's code; a file or ConfigMap is called otherwise. */
export function isCountryCode(text: string): boolean {
  return CODE.test(text);
}

/**
 * The public holidays of a country or a part of it, by package date-holidays (ISC; its data CC BY 3.0), which is loaded here for the first
 * time: it takes a tenth of a second and 20 MB.
 * @param what names the option or annotation in a complaint
 * @throws InputError where there is no such country
 */
export async function countryHolidays(code: string, what: string): Promise<(localDay: number) => boolean> {
  const { default: Holidays } = await import('date-holidays');
  const [country = '', state = '', region = ''] = code.split('-');
  const all = new Holidays();
  const countries = Object.keys(all.getCountries());
  if (!countries.includes(country)) throw unknown(code, what, countries, 'an ISO country');
  const states = Object.keys(all.getStates(country) ?? {});
  if (state !== '' && !states.includes(state)) {
    const known = states.map((one) => `${country}-${one}`);
    throw unknown(code, what, known, known.length === 0 ? `${country} (without parts)` : `a part of ${country}`);
  }
  const holidays = new Holidays(country, state, region);
  const years = new Map<number, ReadonlySet<number>>();
  return (localDay) => {
    const year = new Date(localDay * DAY_SECONDS * 1_000).getUTCFullYear();
    let days = years.get(year);
    if (days === undefined) {
      days = new Set(
        (holidays.getHolidays(year) ?? [])
          .filter(({ type }) => type === 'public')
          .flatMap(({ date, start, end }) => {
            const first = dayOfDate(date.slice(0, 10));
            const lasts = Math.max(1, Math.round((end.getTime() - start.getTime()) / 1_000 / DAY_SECONDS));
            return first === undefined ? [] : Array.from({ length: lasts }, (_, i) => first + i);
          }),
      );
      years.set(year, days);
    }
    return days.has(localDay);
  };
}

function unknown(code: string, what: string, known: readonly string[], kind: string): InputError {
  const meant = nearest(code, known);
  const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
  return new InputError(
    `${what}: found ${JSON.stringify(code)}; expected ${kind} such as ${known.slice(0, 3).join(', ') || 'US'}${hint}`,
  );
}
