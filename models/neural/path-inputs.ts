import { numbered } from '../../core/numbered.ts';
import { DAYS } from './known-load.ts';

/** Raised with every change of what is written below: a neural model reads one layout. */
export const PATH_LAYOUT = 'path 6';

/** What is known at the origin alone. The first are differences of logarithms, see ORIGIN_LEVELS. */
export const ORIGIN = numbered(
  // Means of the last minute, 15 minutes, … and of all that is known, less the newest level.
  'mean1Min',
  'mean15Min',
  'mean30Min',
  'mean1H',
  'mean4H',
  'mean1D',
  'meanOfAll',
  // Largest loads, less the newest level.
  'largest1H',
  'largest6H',
  'largest1D',
  'largestOfAll',
  // The mean of each of the last seven days, less that of all.
  'day1',
  'day2',
  'day3',
  'day4',
  'day5',
  'day6',
  'day7',
  // Volatility of the last hour and six, relative to the day's.
  'volatility1H',
  'volatility6H',
  'noise',
  'innovation',
  'seasonMiss',
  'stepMinutes',
  'ageMinutes',
  'floor',
);

/** How many inputs of the origin are levels: in units of the load's scale, which depends on the target. */
export const ORIGIN_LEVELS = ORIGIN.volatility1H;

/** Of each earlier day, the one with most weight first. */
export const DAY = numbered(
  // At the target's time of day: its level less the expected one, its finer mean and its largest load less its level.
  'level',
  'fineMean',
  'largest',
  // At the origin's time of day: its level less the newest one, and how far its last hours were from today's.
  'levelNow',
  'lately',
  // From the same weekday a week before, around the target.
  'distance',
  'weight',
  // 1/7 is yesterday.
  'age',
);

/** Of the target, behind the days. */
export const TARGET = numbered(
  // Over the days by weight: by how much today is over them (six hours, the last hour), and how far apart they are.
  'overDays',
  'overDaysNow',
  'spread',
  'leastDay',
  'mostDay',
  'volatility',
  'knownDays',
  // Quantiles of their single loads within ten minutes.
  'load20',
  'load50',
  'load80',
  'load92',
  'load98',
  'logHoursAhead',
  'daysAhead',
  'deviationKept',
  'nearness',
  'anchor',
  'expected',
  'deviationNow',
  'deviation',
  'logScale',
  // The same minute one to four known hours ago, less those hours; and the largest load about the first of them.
  'sameMinute1',
  'sameMinute2',
  'sameMinute3',
  'sameMinute4',
  'largestSameMinute',
);

export const OF_ORIGIN = Object.keys(ORIGIN).length;
export const OF_A_DAY = Object.keys(DAY).length;
/** Where the inputs of the target begin in a row. */
export const TARGET_FROM = OF_ORIGIN + DAYS * OF_A_DAY;
/** Inputs of one row. */
export const PATH_INPUTS = TARGET_FROM + Object.keys(TARGET).length;
