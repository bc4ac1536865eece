/** Colours from the style sheet, figures and times in the language of `texts.locale`; the console's charts have the same. */
export const FORMATS = `
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();
const number = (v) => v == null ? '–' : Math.abs(v) >= 1e6 || (v && Math.abs(v) < 1e-3) ? v.toExponential(1)
  : v.toLocaleString(texts.locale, { maximumFractionDigits: Math.abs(v) < 10 ? 2 : Math.abs(v) < 100 ? 1 : 0 });
const utc = (seconds) => uPlot.tzDate(new Date(seconds * 1e3), 'Etc/UTC');
const times = (start, step, n) => Array.from({ length: n }, (_, i) => start + i * step);
const inLanguage = (options) => {
  const format = new Intl.DateTimeFormat(texts.locale, { ...options, timeZone: 'UTC' });
  return (seconds) => format.format(new Date(seconds * 1e3));
};
const day = inLanguage({ weekday: 'short', day: 'numeric', month: 'short' });
const when = inLanguage({ year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const clock = (seconds, withSeconds) => new Date(seconds * 1e3).toISOString().slice(11, withSeconds ? 19 : 16);
`;

/** What all parts of the page's script share: the data, and how it is written. */
export const BASE = `
const { demand, fan, texts } = JSON.parse(document.getElementById('data').textContent);${FORMATS}`;
