import { formatInstant } from '../../../core/timestamp.ts';
import type { FindingPeak } from '../../../core/trace-finding-values.ts';
import type { Peak } from '../profile/top.ts';
import type { FindingRule, ReplayContext } from './finding.ts';
import { counted, number, percent } from './wording.ts';

/** A promise of 1 bp is judged on the hundredth busiest minutes; under this many arrivals a row, chance rules them. */
const FEW_ARRIVALS = 40;
/** From this share of the rows on, outliers are no accidents. */
const BURSTY_SHARE = 0.002;
/** A peak so far above everything else decides by itself how many pods are the most. */
const LONE_PEAK_RATIO = 1.3;
const LONE_PEAK_ROWS = 15;

/** What the values of a trace tell. */
export const VALUE_RULES: readonly FindingRule[] = [
  function counter({ movement: { isCounter, rises, falls } }) {
    if (!isCounter) return undefined;
    return {
      name: 'counter',
      severity: 'error',
      what: `It only rises (${counted(rises, 'rise')}, ${counted(falls, 'fall')}): a counter, not a load.`,
      meaning: 'A replay refuses it: --counter replays its rate a second, --gauge takes it as it stands.',
      values: { readAs: 'nothing', rises, falls },
    };
  },
  function allZero({ values }, replay) {
    if (values.max > 0) return undefined;
    const severity = replay === undefined ? 'error' : 'warning';
    return {
      name: 'all-zero',
      severity,
      what: 'Every value is zero.',
      meaning: 'There is no load to scale for.',
      values: {},
    };
  },
  function constant({ values, rows }) {
    if (rows < 2 || !(values.max > 0) || values.min !== values.max) return undefined;
    return {
      name: 'constant',
      severity: 'warning',
      what: `Every value is ${number(values.max)}.`,
      meaning:
        'No autoscaler saves anything on a load that never changes. If it is a limit or a setting, export usage.',
      values: { value: values.max },
    };
  },
  function saturated({ flatTop }) {
    if (!flatTop) return undefined;
    const { from, to, rows, share } = flatTop;
    const height = number(from) === number(to) ? number(to) : `${number(from)} to ${number(to)}`;
    return {
      name: 'saturated',
      severity: 'warning',
      what: `A flat top: ${counted(rows, 'row')} (${percent(share)}) at ${height}, next to none above.`,
      meaning:
        'If that is a limit (of CPU, of connections, of what all pods could serve), the demand above it was not recorded: the true peaks are higher, and every policy looks better than it was.',
      values: { from, to, rows, share },
    };
  },
  function lonePeak({ peak }, replay) {
    const found = replay ? lonePeaksOfReplay(replay) : isLone(peak) ? [inspectedPeak(peak)] : [];
    if (found.length === 0) return undefined;
    return {
      name: 'peak-outlier',
      severity: 'warning',
      what: found.map(({ what }) => what).join(' '),
      meaning: `${found.map(({ meaning }) => meaning).join(' ')} If it is an error of measurement, delete the ${found.length === 1 ? 'row' : 'rows'}.`,
      values: { peaks: found.map(({ peak }) => peak) },
    };
  },
  function outlying({ outliers: { count, largest }, rows, peak }) {
    if (!largest || (isLone(peak) && count <= peak.rows)) return undefined;
    const times = `${number(largest.value / largest.around)} times the hours around it`;
    const where = `the largest ${number(largest.value)} at ${formatInstant(largest.timeSeconds)}, ${times}`;
    const what = `${count} ${count === 1 ? 'row lies' : 'rows lie'} far above the hours around; ${where}.`;
    const isBursty = count > BURSTY_SHARE * rows;
    const values = { count, ...largest, isBursty };
    if (isBursty) {
      const meaning =
        'So many are the habit of a bursty load: bursts without a fixed time can be met by spare pods, not predicted.';
      return { name: 'outliers', severity: 'note', what, meaning, values };
    }
    const meaning =
      'If they are errors of measurement, delete the rows: one in the history sets --peak-pods, and none can be predicted.';
    return { name: 'outliers', severity: 'warning', what, meaning, values };
  },
  function shifts({ levelShifts: found }) {
    const [first] = found;
    if (!first) return undefined;
    const change = `${number(first.before)} → ${number(first.after)} a usual day from ${formatInstant(first.timeSeconds).slice(0, 10)}`;
    return {
      name: 'level-shift',
      severity: 'note',
      what: `${found.length === 1 ? 'The level shifts' : `The level shifts ${found.length} times`}: ${change}.`,
      meaning:
        'History before the shift says little of what came after; with --peak-pods the pod size is taken from the history.',
      values: { count: found.length, before: first.before, after: first.after, timeSeconds: first.timeSeconds },
    };
  },
  function chance({ values, stepSeconds }) {
    const isCount = Number.isInteger(values.median) && Number.isInteger(values.max);
    if (!isCount || values.median >= FEW_ARRIVALS || values.max === 0 || stepSeconds === undefined) return undefined;
    return {
      name: 'small-counts',
      severity: 'note',
      what: `The median row counts only ${number(values.median)}.`,
      meaning:
        'If the values are counts, about their root is pure chance that nobody can predict: expect small savings.',
      values: { median: values.median },
    };
  },
];

type Part = Readonly<Record<'what' | 'meaning', string>> & { readonly peak: FindingPeak };

/** A few rows one after another that stand far above all else. */
function isLone({ value, next, rows }: Peak): boolean {
  return next > 0 && value >= LONE_PEAK_RATIO * next && rows <= LONE_PEAK_ROWS;
}

function inspectedPeak(peak: Peak): Part {
  return {
    peak: { within: 'trace', ...peak },
    what: `${lone(peak)} in all the rest.`,
    meaning: `It alone decides what fixed-max costs and, where it lies in the history, the size of a pod with --peak-pods: without it ${percent(peak.next / peak.value)} of that.`,
  };
}

function lonePeaksOfReplay({ historyPeak, replayedPeak, isSizedByPeak }: ReplayContext): Part[] {
  const found: Part[] = [];
  if (historyPeak && isSizedByPeak && isLone(historyPeak)) {
    found.push({
      peak: { within: 'history', ...historyPeak },
      what: `${lone(historyPeak)} in the rest of the history.`,
      meaning: `With --peak-pods it alone decides the size of a pod: without it ${percent(historyPeak.next / historyPeak.value)} of that, and all policies more pods.`,
    });
  }
  if (replayedPeak && isLone(replayedPeak)) {
    found.push({
      peak: { within: 'replayed', ...replayedPeak },
      what: `${lone(replayedPeak)} in the rest of the replayed time.`,
      meaning: `It alone decides what fixed-max costs, and the saving against that: without it ${percent(replayedPeak.next / replayedPeak.value)} of it.`,
    });
  }
  return found;
}

function lone({ rows, value, timeSeconds, next }: Peak): string {
  const who = rows === 1 ? 'One row decides' : `${rows} rows one after another decide`;
  return `${who} the peak: ${number(value)} at ${formatInstant(timeSeconds)}, against ${number(next)}`;
}
