import { formatInstant } from '../../../core/timestamp.ts';
import type { TraceProfile } from '../profile/profile.ts';
import type { RecurringWindow } from '../profile/recurrence.ts';
import type { FindingRule } from './finding.ts';
import { counted, number, percent, windowWords, words } from './wording.ts';

const SHORT_GAP_SHARE = 0.001;
/** More windows than this are not listed one by one. */
const LISTED = 2;
/** From this share on, zeros are part of what the load is. */
const MANY_ZEROS = 0.1;

/** Where rows are missing, and where they are zero. */
export const GAP_RULES: readonly FindingRule[] = [
  function recurringGaps({ recurringGaps: windows, gaps, startSeconds, endSeconds }) {
    if (windows.length === 0) return undefined;
    const share = percent(gaps.seconds / (endSeconds - startSeconds));
    return {
      name: 'recurring-gaps',
      severity: 'warning',
      what: `No data ${listed(windows)}; ${share} of the span is missing.`,
      meaning:
        'Nothing is known of the load there, and it is not taken for zero: policies hold their pods, which count for cost but not for unmet demand. If there was no load, write rows of 0.',
      values: { windows, share: gaps.seconds / (endSeconds - startSeconds) },
    };
  },
  function missingRows({ otherGaps: gaps, recurringGaps, startSeconds, endSeconds }) {
    if (!gaps.longest) return undefined;
    const share = gaps.seconds / (endSeconds - startSeconds);
    const longest = `the longest ${words(gaps.longest.seconds)} from ${formatInstant(gaps.longest.startSeconds)}`;
    return {
      name: 'gaps',
      severity: share > SHORT_GAP_SHARE ? 'warning' : 'note',
      what: `${counted(gaps.count, recurringGaps.length > 0 ? 'other gap' : 'gap')} without rows, ${percent(share)} of the span; ${longest}.`,
      meaning:
        'That is no data, not zero: policies hold their pods there, and those ticks count for cost but not for unmet demand.',
      values: {
        count: gaps.count,
        share,
        longestSeconds: gaps.longest.seconds,
        longestStartSeconds: gaps.longest.startSeconds,
      },
    };
  },
  function recurringZeros({ recurringZeros: windows, zeros, rows }) {
    if (windows.length === 0 || zeros === rows) return undefined;
    return {
      name: 'recurring-zeros',
      severity: 'warning',
      what: `The load is zero ${listed(windows)}; ${percent(zeros / rows)} of the rows are.`,
      meaning:
        'It is replayed as no load: every policy goes down to --min there, which is most of what is saved against fixed replicas. If it was not measured there, delete those rows.',
      values: { windows, share: zeros / rows },
    };
  },
  function manyZeros(profile) {
    const { recurringZeros: windows, zeros, rows } = profile;
    if (windows.length > 0 || beganLate(profile) || zeros === rows || zeros < MANY_ZEROS * rows) return undefined;
    return {
      name: 'many-zeros',
      severity: 'note',
      what: `${percent(zeros / rows)} of the rows are zero, at no fixed time.`,
      meaning: 'They are replayed as no load. If some stand for "not measured", delete those rows.',
      values: { share: zeros / rows },
    };
  },
  function outagesAsZero({ zeroOutages: runs, recurringZeros }) {
    const [first] = runs;
    if (!first || recurringZeros.length > 0) return undefined;
    const total = runs.reduce((sum, { seconds }) => sum + seconds, 0);
    const from = `the first from ${formatInstant(first.startSeconds)}, falling from about ${number(first.levelBefore)}`;
    return {
      name: 'zero-outages',
      severity: 'warning',
      what: `${runs.length} ${runs.length === 1 ? 'stretch' : 'stretches'} of zeros amid load, ${words(total)} in all; ${from}.`,
      meaning:
        'If these were outages of the service or its monitoring, delete the rows: as zeros they make every policy scale down.',
      values: {
        count: runs.length,
        seconds: total,
        firstSeconds: first.startSeconds,
        levelBefore: first.levelBefore,
      },
    };
  },
  function lateStart(profile) {
    if (!beganLate(profile)) return undefined;
    return {
      name: 'late-start',
      severity: 'warning',
      what: `Nothing but zeros for the first ${words(profile.idleStartSeconds)}.`,
      meaning: 'The service seems to have begun later: the forecaster skips them, but they shorten its history.',
      values: { seconds: profile.idleStartSeconds },
    };
  },
];

function beganLate({ idleStartSeconds, startSeconds, endSeconds, recurringZeros }: TraceProfile): boolean {
  return recurringZeros.length === 0 && idleStartSeconds > 0.02 * (endSeconds - startSeconds);
}

/** The longest windows, and how often what they say is so. */
function listed(windows: readonly RecurringWindow[]): string {
  const shown = windows.slice(0, LISTED).map((window) => `${windowWords(window)} (${window.times} of ${window.of})`);
  const more = windows.length - shown.length;
  return `${shown.join(' and ')}${more > 0 ? ` and ${more} more times of the day or week` : ''}`;
}
