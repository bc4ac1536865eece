import { DAY_SECONDS, HOUR_SECONDS, MINUTE_SECONDS } from '../../../core/series.ts';
import { spanDays } from '../profile/profile.ts';
import type { FindingRule } from './finding.ts';
import { percent, words } from './wording.ts';

const DEFAULT_HISTORY_SECONDS = 7 * DAY_SECONDS;
/** A step that trembles around a minute is a minute. */
const COARSE_STEP_SECONDS = 1.05 * MINUTE_SECONDS;
/** Coarser, and what happens between two rows is all that an autoscaler is about. */
const MOST_STEP_SECONDS = 1.05 * HOUR_SECONDS;
/** Nobody has load of 1974; recorders that begin to count at their own start do. */
const EARLIEST_REAL_SECONDS = 5 * 365 * DAY_SECONDS;

/** What the times of a trace tell. */
export const TIME_RULES: readonly FindingRule[] = [
  function tooShort({ startSeconds, endSeconds }, replay) {
    const span = endSeconds - startSeconds;
    if (replay !== undefined || span >= DEFAULT_HISTORY_SECONDS + HOUR_SECONDS) return undefined;
    const most = Math.floor(span / HOUR_SECONDS) - 1;
    const advice = most >= 1 ? `replay it with --history ${most}h or less` : 'record at least two hours';
    return {
      name: 'too-short',
      severity: 'error',
      what: `It spans ${words(span)}.`,
      meaning: `Seven days of history and an hour to replay do not fit: ${advice}.`,
      values: {},
    };
  },
  function tooCoarse({ stepSeconds, startSeconds }) {
    if (stepSeconds === undefined || stepSeconds <= MOST_STEP_SECONDS) return undefined;
    return {
      name: 'too-coarse',
      severity: 'error',
      what: `A row every ${words(stepSeconds)}.`,
      meaning: `A replay needs a row an hour at least, better one a minute: pods start and stop in minutes, and what the load did in between would be invented.${
        // Times that count milliseconds from their own start look like a row every 16.7 hours.
        startSeconds < EARLIEST_REAL_SECONDS ? unitAdvice(stepSeconds) : ''
      }`,
      values: {},
    };
  },
  function relativeTime({ startSeconds, stepSeconds }) {
    if (startSeconds >= EARLIEST_REAL_SECONDS) return undefined;
    return {
      name: 'relative-time',
      severity: 'warning',
      what: `Its times begin at ${words(startSeconds)} after 1970: they seem to count from a start of their own.`,
      meaning: `Hours of the day and days of the week are not the real ones: a day is found as a period, but no weekend and no schedule of yours.${unitAdvice(
        stepSeconds,
      )}`,
      values: { startSeconds },
    };
  },
  function coarse({ stepSeconds }) {
    if (stepSeconds === undefined || stepSeconds <= COARSE_STEP_SECONDS || stepSeconds > MOST_STEP_SECONDS)
      return undefined;
    return {
      name: 'coarse-step',
      severity: 'warning',
      what: `A row every ${words(stepSeconds)}.`,
      meaning:
        'What the load did between rows was not recorded and is made up: peaks shorter than that are missing, so every policy may look better than it was.',
      values: { stepSeconds },
    };
  },
  function irregular({ irregularFraction, stepSeconds }) {
    if (!(irregularFraction > 0.05) || stepSeconds === undefined) return undefined;
    return {
      name: 'irregular-step',
      severity: 'note',
      what: `${percent(irregularFraction)} of the rows are not ${words(stepSeconds)} apart.`,
      meaning: 'Demand between them is filled on the real timestamps; nothing to do.',
      values: { share: irregularFraction, stepSeconds },
    };
  },
  function underTwoWeeks(profile) {
    const days = spanDays(profile);
    if (days < 7.05 || days > 13.95) return undefined;
    return {
      name: 'under-two-weeks',
      severity: 'note',
      what: `It spans ${days.toFixed(1)} days.`,
      meaning: 'A weekly pattern needs two weeks of history to be told from chance; the replay will know days only.',
      values: { days },
    };
  },
];

/** A step that no recorder has shows in which unit the times were written. */
function unitAdvice(stepSeconds: number | undefined): string {
  if (stepSeconds === undefined) return '';
  if (stepSeconds < 1) return ' If they are in a larger unit (minutes, days), write them in seconds.';
  if (stepSeconds === 1) return ' If they are numbers of rows, multiply them by the seconds between two.';
  return stepSeconds >= 1_000 && stepSeconds % 1_000 === 0 ? ' If they are milliseconds, divide them by 1,000.' : '';
}
