import { DAY_SECONDS, HOUR_SECONDS } from '../core/series.ts';
import { formatInstant } from './timestamp.ts';
import { spanDays, type TraceProfile } from './trace-profile.ts';

/** One thing that is odd about a trace, and what it does to a replay. */
export interface Finding {
  /** `blocks`: a replay refuses it; `misleads`: the figures are to be read with care; `note`: good to know. */
  readonly weight: 'blocks' | 'misleads' | 'note';
  readonly what: string;
  readonly meaning: string;
}

const DEFAULT_HISTORY_SECONDS = 7 * DAY_SECONDS;
/** Coarser than this, most of what makes an autoscaler fail happens between two rows. */
const COARSE_STEP_SECONDS = 120;
const SHORT_GAP_SHARE = 0.001;
/** A promise of 1 bp is judged on the hundredth busiest minutes; under this many arrivals a row, chance rules them. */
const FEW_ARRIVALS = 40;
/** From this share of the rows on, outliers are no accidents. */
const BURSTY_SHARE = 0.002;

type Rule = (profile: TraceProfile) => Finding | undefined;

/** What is wrong with a trace, in the order of how much it matters; empty: nothing. */
export function traceFindings(profile: TraceProfile): Finding[] {
  const weights = ['blocks', 'misleads', 'note'];
  return RULES.map((rule) => rule(profile))
    .filter((finding) => finding !== undefined)
    .sort((a, b) => weights.indexOf(a.weight) - weights.indexOf(b.weight));
}

const RULES: readonly Rule[] = [
  function tooShort({ startSeconds, endSeconds }) {
    const span = endSeconds - startSeconds;
    if (span >= DEFAULT_HISTORY_SECONDS + HOUR_SECONDS) return undefined;
    const most = Math.floor(span / HOUR_SECONDS) - 1;
    const advice = most >= 1 ? `replay it with --history ${most}h or less` : 'record at least two hours';
    return {
      weight: 'blocks',
      what: `It spans ${words(span)}.`,
      meaning: `Seven days of history and an hour to replay do not fit: ${advice}.`,
    };
  },
  function underTwoWeeks(profile) {
    const days = spanDays(profile);
    if (days < 7.05 || days > 13.95) return undefined;
    const meaning =
      'A weekly pattern needs two weeks of history to be told from chance; the replay will know days only.';
    return { weight: 'note', what: `It spans ${days.toFixed(1)} days.`, meaning };
  },
  function allZero({ values }) {
    if (values.max > 0) return undefined;
    return { weight: 'blocks', what: 'Every value is zero.', meaning: 'There is no load to scale for.' };
  },
  function coarse({ stepSeconds }) {
    if (stepSeconds === undefined || stepSeconds <= COARSE_STEP_SECONDS) return undefined;
    const meaning =
      'Demand between rows is interpolated, so peaks between rows are invisible and every policy looks better than it was.';
    return { weight: 'misleads', what: `A row every ${words(stepSeconds)}.`, meaning };
  },
  function irregular({ irregularFraction, stepSeconds }) {
    if (!(irregularFraction > 0.05) || stepSeconds === undefined) return undefined;
    const what = `${percent(irregularFraction)} of the rows are not ${words(stepSeconds)} apart.`;
    return {
      weight: 'note',
      what,
      meaning: 'Demand between them is interpolated on the real timestamps; nothing to do.',
    };
  },
  function missingRows({ gaps, startSeconds, endSeconds }) {
    if (!gaps.longest) return undefined;
    const share = gaps.seconds / (endSeconds - startSeconds);
    const longest = `the longest ${words(gaps.longest.seconds)} from ${formatInstant(gaps.longest.startSeconds)}`;
    const what = `${gaps.count} ${gaps.count === 1 ? 'gap' : 'gaps'} without rows, ${percent(share)} of the span; ${longest}.`;
    const meaning =
      'That is no data, not zero: policies hold their pods there, and those ticks count for cost but not for unmet demand.';
    return { weight: share > SHORT_GAP_SHARE ? 'misleads' : 'note', what, meaning };
  },
  function outagesAsZero({ zeroOutages: runs }) {
    const [first] = runs;
    if (!first) return undefined;
    const total = runs.reduce((sum, { seconds }) => sum + seconds, 0);
    const from = `the first from ${formatInstant(first.startSeconds)}, falling from about ${number(first.levelBefore)}`;
    const what = `${runs.length} ${runs.length === 1 ? 'stretch' : 'stretches'} of zeros amid load, ${words(total)} in all; ${from}.`;
    const meaning =
      'If these were outages of the service or its monitoring, delete the rows: as zeros they make every policy scale down.';
    return { weight: 'misleads', what, meaning };
  },
  function lateStart({ idleStartSeconds, startSeconds, endSeconds }) {
    if (idleStartSeconds < 0.02 * (endSeconds - startSeconds)) return undefined;
    const what = `Nothing but zeros for the first ${words(idleStartSeconds)}.`;
    const meaning = 'The service seems to have begun later: the forecaster skips them, but they shorten its history.';
    return { weight: 'misleads', what, meaning };
  },
  function outlying({ outliers: { count, largest }, rows }) {
    if (!largest) return undefined;
    const times = `${number(largest.value / largest.around)} times the hours around it`;
    const peak = `the largest ${number(largest.value)} at ${formatInstant(largest.timeSeconds)}, ${times}`;
    const what = `${count} ${count === 1 ? 'row lies' : 'rows lie'} far above the hours around; ${peak}.`;
    if (count > BURSTY_SHARE * rows) {
      const meaning =
        'So many are the habit of a bursty load: bursts without a fixed time can be met by spare pods, not predicted.';
      return { weight: 'note', what, meaning };
    }
    const meaning =
      'If they are errors of measurement, delete the rows: one in the history sets --peak-pods, and none can be predicted.';
    return { weight: 'misleads', what, meaning };
  },
  function shifts({ levelShifts: found }) {
    const [first] = found;
    if (!first) return undefined;
    const change = `${number(first.before)} → ${number(first.after)} a usual day from ${formatInstant(first.timeSeconds).slice(0, 10)}`;
    const meaning =
      'History before the shift says little of what came after; with --peak-pods the pod size is taken from the history.';
    return {
      weight: 'note',
      what: `${found.length === 1 ? 'The level shifts' : `The level shifts ${found.length} times`}: ${change}.`,
      meaning,
    };
  },
  function chance({ values, stepSeconds }) {
    const isCount = Number.isInteger(values.median) && Number.isInteger(values.max);
    if (!isCount || values.median >= FEW_ARRIVALS || values.max === 0 || stepSeconds === undefined) return undefined;
    const meaning =
      'If the values are counts, about their root is pure chance that nobody can predict: expect small savings.';
    return { weight: 'note', what: `The median row counts only ${number(values.median)}.`, meaning };
  },
];

function percent(fraction: number): string {
  return `${fraction * 100 < 9.95 ? (fraction * 100).toFixed(2) : Math.round(fraction * 100)} %`;
}

function number(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en-US');
}

/** 93784 → "26 h"; the largest unit of which there are at least two. */
export function words(seconds: number): string {
  const units = [
    [DAY_SECONDS, 'days'],
    [HOUR_SECONDS, 'h'],
    [60, 'min'],
  ] as const;
  const [size, unit] = units.find(([least]) => seconds >= 2 * least) ?? [1, 's'];
  return `${Number((seconds / size).toFixed(1))} ${unit}`;
}
