import { formats } from './formats.ts';

export const enFormats = formats({
  locale: 'en-GB',
  space: '\u00a0',
  days: { one: 'day', other: 'days' },
  hours: { other: 'h' },
  minutes: { other: 'min' },
  seconds: { other: 's' },
});
