import { normalQuantile, seededRandom } from '../../core/random.ts';
import { DAY_SECONDS, type Series } from '../../core/series.ts';

/** Loads of an office, and what happens to such: what the day-ahead forecast's use of weeks was chosen on. */
export const WEEKLY_KINDS = [
  'office',
  'a drop on a Friday',
  'a drop',
  'a rise',
  'steps',
  'growth',
  'drift',
  'a weekly batch',
  'a batch that moves',
  'two holidays a week ago',
] as const;
export type WeeklyKind = (typeof WEEKLY_KINDS)[number];

/** A Monday, 00:00 UTC. */
const START_SECONDS = 1_699_833_600;
const STEP_SECONDS = 300;
const BASE = 30;
const FRIDAY = 4;

/** Five weeks and a part of one kind of load by five minutes; the same seed gives the same values. @param days that end in what is forecast */
export function weeklyDemand(kind: WeeklyKind, seed: number, days: number): Series {
  const random = seededRandom(seed * 7_919 + 31);
  const gaussian = () => normalQuantile(random());
  const swing = 0.4 + 0.4 * random();
  const phase = 0.1 * random();
  const noise = 0.01 + 0.07 * random();
  const weekend = 0.3 + 0.4 * random();
  const late = Array.from({ length: days }, gaussian);
  // Within the last six days: three of them are forecast.
  const changeDay = days - 3 - Math.floor(4 * random());
  let [fast, slow] = [0, 0];
  const values = Float64Array.from({ length: (days * DAY_SECONDS) / STEP_SECONDS }, (_, i) => {
    const at = (i * STEP_SECONDS) / DAY_SECONDS;
    const [day, hour] = [Math.floor(at), 24 * (at % 1)];
    const isWeekend = day % 7 > FRIDAY;
    fast = 0.98 * fast + 0.2 * noise * gaussian();
    if (i % 60 === 0) slow = 0.995 * slow + 0.008 * gaussian();
    const open = 1 / (1 + Math.exp(-3 * (hour - 8 - 10 * phase))) - 1 / (1 + Math.exp(-2 * (hour - 18)));
    let load = (BASE + 240 * swing * open) * (1 + 0.15 * Math.sin(4 * Math.PI * at + 60 * phase));
    const onlyOpenHours = kind === 'office' || kind === 'a drop on a Friday' || kind === 'a weekly batch';
    if (isWeekend) load = onlyOpenHours ? BASE + (load - BASE) * weekend : load * weekend;
    load = load * levelOf(kind, at, days, changeDay, slow) + batchOf(kind, day, hour, days, late[day]!);
    return Math.max(0, load * Math.exp(fast + 0.7 * noise * gaussian()));
  });
  return { startSeconds: START_SECONDS, stepSeconds: STEP_SECONDS, values };
}

/** What becomes of the level, as a factor. @param at days since the beginning. @param slow a drift */
function levelOf(kind: WeeklyKind, at: number, days: number, changeDay: number, slow: number): number {
  const day = Math.floor(at);
  switch (kind) {
    case 'a drop on a Friday':
      return day >= days - 1 - ((days - 1 - FRIDAY) % 7) ? 0.5 : 1;
    case 'a drop':
      return day >= changeDay ? 0.45 : 1;
    case 'a rise':
      return day >= changeDay ? 1.8 : 1;
    case 'steps':
      return (at > 12.3 ? 1.4 : 1) * (at > changeDay + 0.4 ? 0.7 : 1);
    case 'growth':
      return 1 + 0.03 * at;
    case 'drift':
      return Math.exp(3 * slow);
    case 'two holidays a week ago':
      return day === days - 8 || day === days - 9 ? 0.4 : 1;
    default:
      return 1;
  }
}

/** What comes on top. @param late by how much a batch that moves is late that day, standard deviations */
function batchOf(kind: WeeklyKind, day: number, hour: number, days: number, late: number): number {
  if (kind === 'a weekly batch') return day % 7 === (days - 2) % 7 && hour > 2 && hour < 5 ? 150 : 0;
  const begins = 2 + 1.2 * late;
  return kind === 'a batch that moves' && hour > begins && hour < begins + 2 ? 120 : 0;
}
