const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi'] as const;

/** Making one takes a hundred times as long as using it. */
const COMPACT = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 });

/** `840 req/s`, `12.3 cores`, `3.25 GiB`; three digits are what a person compares. Units as MetricStatus gives them. */
export function loadWords(load: number, unit: string): string {
  if (unit === 'bytes') return byteWords(load);
  return unit === '' ? number(load) : `${number(load)} ${unit}`;
}

function byteWords(bytes: number): string {
  let power = 0;
  let rest = bytes;
  for (; Math.abs(rest) >= 1024 && power < BINARY.length - 1; power++) rest /= 1024;
  return `${number(rest)} ${BINARY[power]}B`;
}

/** Three significant digits; whole numbers in full up to 99,999. */
function number(value: number): string {
  if (Math.abs(value) >= 100 && Math.abs(value) < 1e5) return String(Math.round(value));
  return COMPACT.format(value);
}

/** `21 s`, `3 min`, `3 min 30 s`, `2 h 5 min`, `3 d 4 h`: the two largest parts. */
export function durationWords(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return two(Math.floor(whole / 60), 'min', whole % 60, 's');
  const minutes = Math.round(whole / 60);
  if (minutes < 1440) return two(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
  const hours = Math.round(whole / 3600);
  return two(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

function two(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/** 0.13 → `13 %`. */
export function shareWords(share: number): string {
  return `${Number((share * 100).toPrecision(2))} %`;
}

/** Epoch seconds → `09:03 UTC`: an Event is read in many time zones, so the zone is always said. */
export function timeWords(epochSeconds: number): string {
  return `${new Date(epochSeconds * 1000).toISOString().slice(11, 16)} UTC`;
}

/** `1 pod`, `9 pods`. */
export function replicaWords(pods: number): string {
  if (Number.isNaN(pods)) return 'unknown';
  return pods === 1 ? '1 pod' : `${pods} pods`;
}
