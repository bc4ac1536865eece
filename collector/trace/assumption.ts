import { plainText } from '../../core/text/plain-text.ts';
import { formatInstant } from '../../core/timestamp.ts';
import type { Assumption } from '../../core/trace-finding-values.ts';
import type { FindingOf } from './findings/finding.ts';
import { counted } from './findings/wording.ts';

/** Names beyond these are counted. */
const LISTED = 6;
const MOST_CHARACTERS = 60;

/** What was assumed while a file was read, as a finding. */
export function assumptionFinding(values: Assumption): FindingOf<'read-as'> {
  const [what, meaning, severity = 'note'] = wording(values);
  return { name: 'read-as', severity, what: plainText(what), meaning: plainText(meaning), values };
}

/** `a, b and 12 more`. */
export function namesShown(names: readonly string[], total = names.length): string {
  const shown = names
    .slice(0, LISTED)
    .map((name) => (name.length > MOST_CHARACTERS ? `${name.slice(0, MOST_CHARACTERS)}…` : name))
    .join(', ');
  return total > LISTED ? `${shown} and ${(total - LISTED).toLocaleString('en-US')} more` : shown;
}

type Wording = readonly [what: string, meaning: string, severity?: 'warning' | 'note'];

function wording(a: Assumption): Wording {
  switch (a.assumed) {
    case 'format':
      return [`Read as ${a.title} (--format-in ${a.format}).`, 'If it is something else, name its format.'];
    case 'columns':
      return columns(a);
    case 'no-header':
      return [
        `It has no header: the times are in column ${a.time}, the values in column ${a.value}.`,
        'If that is wrong, say --time-column and --value-column.',
      ];
    case 'zone':
      return [
        'Its times have no zone: read as UTC.',
        'If they are local, say the zone (--timezone Europe/Berlin): hours of the day and weekdays depend on it.',
      ];
    case 'clock-set-back':
      return clockSetBack(a);
    case 'date-order':
      return [
        `Its dates are read as ${{ dmy: 'day, month, year', mdy: 'month, day, year', ymd: 'year, month, day' }[a.order]}: no other order makes all of them days of the calendar.`,
        'If that is wrong, say --date-format.',
      ];
    case 'time-unit':
      return [
        `Its times are read as ${TIME_UNITS[a.unit]}.`,
        'If that is wrong, say --date-format (s, ms, us, ns or excel).',
      ];
    case 'shortened':
      return [
        `Its values were rounded by the export ("${a.example}"): digits are missing.`,
        'Small changes of the load are lost; export unformatted numbers for exact figures.',
        'warning',
      ];
    case 'unit':
      return a.unit === '%'
        ? [
            'Its values are percentages: 11.7 % is read as 11.7.',
            'What a pod serves (--pod-capacity) is in percent, too.',
          ]
        : [`Its values are read in ${a.unit}.`, 'What a pod serves (--pod-capacity) is in the same unit.'];
    case 'decimal':
      return [
        `Its numbers are read with ${a.mark === ',' ? 'a decimal comma' : 'a decimal point'}${a.example === '' ? '' : ` ("${a.example}" is ${a.value})`}.`,
        `If that is wrong, say --decimal ${a.mark === ',' ? 'point' : 'comma'}.`,
      ];
    case 'empty':
      return [`${counted(a.count, 'row')} without a value (empty, null or NaN).`, 'They are no data, not zero.'];
    case 'sorted':
      return ['Its rows were not in the order of time: sorted.', 'Nothing to do.'];
    case 'doubled':
      return [`${counted(a.count, 'row')} stood twice with the same time and value: read once.`, 'Nothing to do.'];
    case 'sum-per-period':
      return [
        a.periodSeconds === undefined
          ? `Each value is the ${a.statistic} of a period.`
          : `Each value is a ${a.statistic.toLowerCase()} per ${a.periodSeconds} s.`,
        `What a pod serves (--pod-capacity) must be ${a.periodSeconds === undefined ? 'of such a period' : `what it serves in ${a.periodSeconds} s`}, not a second.`,
        'warning',
      ];
    case 'summed':
      return summed(a);
    case 'counted':
      return [
        `Counted from ${counted(a.events, 'line')}${a.skipped === 0 ? '' : ` (${a.skipped.toLocaleString('en-US')} more are none)`}: ${a.what} a minute; the first and the last minute may be cut.`,
        `${a.emptyMinutes === 0 ? 'Each minute has some.' : `${counted(a.emptyMinutes, 'minute')} without any are zero; an hour and more without any is no data.`} What a pod serves (--pod-capacity) is a minute's worth.`,
        'warning',
      ];
    case 'encoding':
      return ['It is no UTF-8: read as Windows-1252.', 'If names of columns look wrong, save it as UTF-8.'];
  }
}

const TIME_UNITS = {
  s: 'epoch seconds',
  ms: 'epoch milliseconds',
  us: 'epoch microseconds',
  ns: 'epoch nanoseconds',
  excel: 'days since 1900 as Excel counts them, to the second',
  compact: 'dates written as one number (YYYYMMDDhhmmss)',
} as const;

function clockSetBack({ zone, firstSeconds, passes }: Extract<Assumption, { assumed: 'clock-set-back' }>): Wording {
  const from = `from ${formatInstant(firstSeconds)} on`;
  if (passes === 2) {
    return [
      `An hour stands twice ${from}, when the clock of ${zone} was set back: told apart by the order of the rows.`,
      'Exports in UTC have no such hour.',
    ];
  }
  return [
    `An hour stands once ${from}, though the clock of ${zone} showed it twice: read as its first pass.`,
    'If it was the second, those rows are an hour early. Exports in UTC have no such hour.',
    'warning',
  ];
}

function columns({ time, value, ignored }: Extract<Assumption, { assumed: 'columns' }>): Wording {
  return [
    `Times are read from "${time}", values from "${value}"; not read: ${namesShown(ignored)}.`,
    'If that is wrong, say --time-column and --value-column.',
  ];
}

function summed({ series, partial, times }: Extract<Assumption, { assumed: 'summed' }>): Wording {
  const what = `${counted(series, 'series').replace('seriess', 'series')} added up (--sum).`;
  if (partial === 0) return [what, 'At every time each of them has a value.'];
  return [
    `${what.slice(0, -1)}; at ${partial.toLocaleString('en-US')} of ${counted(times, 'time')} not all of them have a value.`,
    'There the sum is of those that have one, as Prometheus has it: where one is missing for want of data, the sum is too low.',
    'warning',
  ];
}
