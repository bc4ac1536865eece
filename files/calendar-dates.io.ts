import { join } from 'node:path';
import { CONFIG_BYTES, readInputText } from './input-file.io.ts';

/** Where the chart mounts calendars, a folder each. */
export const CALENDAR_FOLDER = '/etc/prescale/calendars';
/** The key of a ConfigMap of dates: the file's name where it is mounted. */
const KEY = 'dates';

/**
 * The dates of a calendar, from `<folder>/<name>/dates`: a ConfigMap with the key `dates`, mounted. Read each time, as what is mounted
 * follows the ConfigMap.
 * @throws InputError where it can't be read
 */
export function readCalendarDates(folder: string, name: string): string {
  return readInputText({
    path: join(folder, name, KEY),
    name: `the calendar ${name}`,
    expected: `a ConfigMap ${name} beside the addon, with the key ${KEY} that holds dates such as 2026-12-24`,
    mostBytes: CONFIG_BYTES,
  });
}
