import { DAY_SECONDS } from '../series.ts';
import { nearest } from '../text/did-you-mean.ts';

/** Area/City, or UTC. Abbreviations are traps: `EST` has no summer time, `PST` has. */
const ZONE = /^(?:UTC|[A-Za-z]+(?:\/[A-Za-z0-9_+-]+){1,2})$/;
/** Clocks change on a quarter of an hour of UTC everywhere. */
const QUARTER_SECONDS = 900;

/**
 * Local time less UTC at an instant, seconds, from the runtime's own zone data. A day is looked up once: where its ends differ, the change
 * within it is found by halving.
 * @throws RangeError for a zone that there isn't
 */
export function zoneOffset(timeZone: string): (epochSeconds: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const ask = (epochSeconds: number): number => {
    const part = new Map(format.formatToParts(epochSeconds * 1_000).map(({ type, value }) => [type, Number(value)]));
    const at = (name: Intl.DateTimeFormatPartTypes) => part.get(name)!;
    const shown = Date.UTC(at('year'), at('month') - 1, at('day'), at('hour'), at('minute'), at('second'));
    return shown / 1_000 - epochSeconds;
  };
  const days = new Map<number, { readonly before: number; readonly change: number; readonly after: number }>();
  return (epochSeconds) => {
    const day = Math.floor(epochSeconds / DAY_SECONDS);
    let known = days.get(day);
    if (known === undefined) {
      const [from, to] = [day * DAY_SECONDS, (day + 1) * DAY_SECONDS];
      const before = ask(from);
      const after = ask(to);
      known = { before, change: before === after ? to : changeWithin(from, to, after, ask), after };
      days.set(day, known);
    }
    return epochSeconds < known.change ? known.before : known.after;
  };
}

/** The first quarter of an hour with the offset that holds in the end. */
function changeWithin(from: number, to: number, after: number, ask: (epochSeconds: number) => number): number {
  let low = from;
  let high = to;
  while (high - low > QUARTER_SECONDS) {
    const middle = low + Math.floor((high - low) / 2 / QUARTER_SECONDS) * QUARTER_SECONDS;
    if (ask(middle) === after) high = middle;
    else low = middle;
  }
  return high;
}

/** What is right where a text is no zone, and what was probably meant. */
export function expectedZone(found: string): string {
  const words = found.length > 64 ? undefined : nearest(found, [...Intl.supportedValuesOf('timeZone'), 'UTC']);
  return `an IANA time zone such as Europe/Berlin, Asia/Shanghai or UTC${words === undefined ? '' : `; did you mean ${words}?`}`;
}

/** Whether it is an IANA time zone that this machine knows. */
export function isTimeZone(name: string): boolean {
  if (!ZONE.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en-CA', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}
