import type { Trace } from '../../../collector/trace/read-trace.io.ts';
import { InputError } from '../../../core/errors.ts';
import { podsFor } from '../../../core/pods.ts';
import { HOUR_SECONDS, type Samples } from '../../../core/series.ts';
import { formatInstant } from '../../../core/timestamp.ts';
import type { HpaManifest } from '../../../replay/hpa-manifest/hpa-manifest.ts';
import { readHpaManifest } from '../../../replay/hpa-manifest/hpa-manifest-file.io.ts';
import { targetShare } from '../../../replay/policies/hpa.ts';
import { LANGUAGES, type Language } from '../../../replay/report/texts/texts.ts';
import { duration, threeDigits } from '../../../replay/report/wording.ts';
import { POLICY_NAMES, type PolicyName, type ReplaySettings } from '../../../replay/result.ts';
import { parseObservation } from '../../options/observation-options.ts';
import {
  MAX_PODS,
  parseChoice,
  parseDuration,
  parsePods,
  parsePolicies,
  parsePositive,
  parseSeed,
  parseSloOption,
  parseStartCost,
  parseUntil,
  parseUtilisation,
  type Until,
} from '../../options/options.ts';
import { OUTPUT_FORMS, type OutputForm } from '../../options/output-option.ts';

/** Values as typed, by commander's name. */
export type Flags = Readonly<Record<string, string | undefined>>;

/** How the size of a pod was told: as demand it serves, or by how many the peak needs. */
export type PodSize = { readonly podCapacity: number } | { readonly peakPods: number };

/** The options of a replay, checked one by one and against each other; nothing here depends on the trace. */
export interface ReplayOptions {
  readonly settings: Omit<ReplaySettings, 'podCapacity'>;
  readonly podSize: PodSize;
  readonly until: Until | undefined;
  readonly language: Language;
  readonly output: OutputForm;
}

const EXAMPLE_PEAK_PODS = 20;
export const DEFAULT_HPA_TARGET = '70%';
/** A target a pod outside of these shares of what a pod serves is a slip of the unit. */
const LEAST_SHARE = 0.01;
const MOST_SHARE = 10;
/** 2.3 million ticks: what a replay holds in memory stays under a gigabyte. */
const MAX_REPLAYED_SECONDS = 400 * 86_400;

/** @param isExample no trace was named, so the pod size has a default @throws InputError naming the option */
export function parseReplayOptions(flags: Flags, isExample: boolean): ReplayOptions {
  const text = (name: string): string => flags[name]!;
  const hpa = flags.hpa === undefined ? undefined : readHpaManifest(flags.hpa);
  if (hpa && flags.hpaTarget !== undefined)
    throw new InputError(`--hpa-target conflicts with --hpa: the target stands in ${hpa.source}; give one of the two`);
  const min = flags.min === undefined ? (hpa?.min ?? 1) : parsePods({ option: '--min', text: flags.min }, 0);
  const max = flags.max === undefined ? (hpa?.max ?? Infinity) : parsePods({ option: '--max', text: flags.max }, 1);
  if (hpa) checkBounds(hpa, min, max);
  if (min > max) throw new InputError(`--min: found ${min}, above --max ${max}; expected min ≤ max`);
  const fixed = flags.fixed === undefined ? undefined : parsePods({ option: '--fixed', text: flags.fixed }, 1);
  return {
    settings: {
      unmetTargetBp: parseSloOption({ option: '--slo', text: text('slo') }),
      min,
      max,
      ...(fixed === undefined ? {} : { fixed }),
      hpaTarget: parseUtilisation({ option: '--hpa-target', text: flags.hpaTarget ?? DEFAULT_HPA_TARGET }),
      ...(hpa === undefined ? {} : { hpa }),
      observation: parseObservation(flags),
      startCostSeconds: parseStartCost({ option: '--start-cost', text: text('startCost') }),
      historySeconds: parseDuration({ option: '--history', text: text('history') }),
      seed: parseSeed({ option: '--seed', text: text('seed') }),
      policies: choosePolicies(flags.policies, fixed !== undefined),
    },
    podSize: parsePodSize(flags, isExample),
    until: flags.until === undefined ? undefined : parseUntil({ option: '--until', text: flags.until }),
    language: parseChoice({ option: '--lang', text: text('lang') }, LANGUAGES),
    output: parseChoice({ option: '--output', text: text('output') }, OUTPUT_FORMS),
  };
}

/** `--min` and `--max` hold for every policy, the manifest's for its own alone: together they must leave something. */
function checkBounds(hpa: HpaManifest, min: number, max: number): void {
  if (min > hpa.max)
    throw new InputError(`--min: found ${min}; expected at most ${hpa.max}, the maxReplicas of ${hpa.source}`);
  if (max < hpa.min)
    throw new InputError(`--max: found ${max}; expected at least ${hpa.min}, the minReplicas of ${hpa.source}`);
}

function parsePodSize({ podCapacity, peakPods }: Flags, isExample: boolean): PodSize {
  if (podCapacity !== undefined && peakPods !== undefined) {
    throw new InputError(
      '--pod-capacity conflicts with --peak-pods: both say how much one pod serves; give one of the two',
    );
  }
  if (podCapacity !== undefined) return { podCapacity: parsePositive({ option: '--pod-capacity', text: podCapacity }) };
  if (peakPods !== undefined) return { peakPods: parsePods({ option: '--peak-pods', text: peakPods }, 1) };
  if (isExample) return { peakPods: EXAMPLE_PEAK_PODS };
  throw new InputError(
    '--pod-capacity <units> is missing: the demand one pod serves (or --peak-pods <n>: the peak needs n pods)',
  );
}

function choosePolicies(text: string | undefined, hasFixed: boolean): readonly PolicyName[] {
  const asked =
    text === undefined
      ? POLICY_NAMES.filter((name) => name !== 'fixed')
      : parsePolicies({ option: '--policies', text });
  if (asked.includes('fixed') && !hasFixed) throw new InputError('--policies: fixed needs --fixed <pods>');
  return POLICY_NAMES.filter((name) => asked.includes(name) || (name === 'fixed' && hasFixed));
}

/**
 * The part of a trace that a replay uses, and its settings.
 * @throws InputError where history and an hour do not fit, or nothing says how large a pod is
 */
export function fitToTrace(trace: Trace, options: ReplayOptions): { samples: Samples; settings: ReplaySettings } {
  const { historySeconds } = options.settings;
  const { times } = trace.samples;
  const start = times[0]!;
  const needed = historySeconds + HOUR_SECONDS;
  const span = times.at(-1)! - start;
  if (span < needed) {
    const found = `the last of ${times.length.toLocaleString('en-US')} rows only ${duration(span)} after the first`;
    throw new InputError(
      `${trace.where}: found ${found}; expected the history of ${duration(historySeconds)} (--history) and at least one hour more`,
    );
  }
  const samples = cutAt(trace.samples, start + historySeconds, options.until);
  const replayed = samples.times.at(-1)! - start - historySeconds;
  if (replayed > MAX_REPLAYED_SECONDS) {
    throw new InputError(
      `${trace.source}: found ${duration(replayed)} to replay; expected at most 400 days: stop with --until 365d`,
    );
  }
  const capacity = podCapacity(samples, start + historySeconds, options.podSize);
  const { hpa } = options.settings;
  const own = hpa === undefined ? {} : { hpaTarget: checkedShare(hpa, capacity) };
  return { samples, settings: { ...options.settings, podCapacity: capacity, ...own } };
}

/** @throws InputError where an amount a pod is so far from the pod capacity that it must be in another unit than the trace */
function checkedShare(hpa: HpaManifest, capacity: number): number {
  const share = targetShare(hpa, capacity);
  const { target, where } = hpa.metric;
  if ('share' in target || (share >= LEAST_SHARE && share <= MOST_SHARE)) return share;
  throw new InputError(
    `${where}: found ${target.text}, ${threeDigits(target.amount)} of the trace's unit a pod where a pod serves ${threeDigits(capacity)}; expected the metric in the unit of the trace (or --hpa-target in its place)`,
  );
}

function cutAt(samples: Samples, firstReplayed: number, until: Until | undefined): Samples {
  if (!until) return samples;
  const end = 'instantSeconds' in until ? until.instantSeconds : firstReplayed + until.durationSeconds;
  const { times, values } = samples;
  const after = times.findIndex((time) => time > end);
  const kept = after < 0 ? times.length : after;
  if (end < firstReplayed + HOUR_SECONDS || (times[kept - 1] ?? 0) <= firstReplayed) {
    const from = formatInstant(firstReplayed);
    throw new InputError(
      `--until: found ${formatInstant(end)}; expected at least an hour after the first replayed instant, ${from}`,
    );
  }
  return { times: times.slice(0, kept), values: values.slice(0, kept) };
}

/** `--peak-pods n`: (the largest value of the history, or of the whole trace where that is zero) ÷ n. */
function podCapacity({ times, values }: Samples, firstReplayed: number, size: PodSize): number {
  let history = 0;
  let whole = 0;
  for (let i = 0; i < times.length; i++) {
    if (times[i]! < firstReplayed) history = Math.max(history, values[i]!);
    whole = Math.max(whole, values[i]!);
  }
  if ('podCapacity' in size) return checkedCapacity(size.podCapacity, whole);
  if (!(whole > 0))
    throw new InputError('--peak-pods: every value of the trace is zero, so it has no peak; give --pod-capacity');
  return checkedCapacity((history || whole) / size.peakPods, whole);
}

/** @throws InputError where the trace's peak would need more pods than a replay can hold: mostly a slip of the unit */
function checkedCapacity(capacity: number, peak: number): number {
  const pods = podsFor(peak, capacity);
  if (pods <= MAX_PODS) return capacity;
  throw new InputError(
    `--pod-capacity: found ${threeDigits(capacity)}, of which the peak of ${threeDigits(peak)} needs ${threeDigits(pods)} pods; expected at most ${MAX_PODS} (is it in the unit of the trace?)`,
  );
}
