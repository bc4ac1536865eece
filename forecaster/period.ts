import type { Period, Periodicity } from '../core/forecast.ts';
import { DAY_SECONDS, HOUR_SECONDS, type Series, WEEK_SECONDS } from '../core/series.ts';
import { describeSeconds } from '../models/words.ts';
import { detrendBy, type Fold, foldStrength, refineSeason, removeSeason } from './season-fold.ts';
import { spectrumPeaks } from './spectrum-peaks.ts';

const SHORTEST_SECONDS = 600;
/** Periods up to here are looked for at the history's own step, longer ones at ten minutes. */
const SHORT_SECONDS = 3 * HOUR_SECONDS;
const COARSE_STEP_SECONDS = 600;
/** Short periods show in the last three days. */
const FINE_SAMPLES = 4_096;
const SAMPLES_PER_PERIOD = 4;
const MAX_PERIODS = 4;
/** Candidates tried before the search gives up. */
const MAX_TRIES = 6;
/** A peak has to have this many times the power around it. */
const LEAST_CONTRAST = 12;
const LEAST_STRENGTH = 0.1;

/**
 * Periods from 10 minutes to a week, at most half the history. The idea is RobustPeriod's (Wen et al. 2021: candidates from a
 * robust periodogram, confirmed in the time domain) with a fold in place of the autocorrelation: after subtracting a moving average
 * as long as the candidate, how much variance do different cycles share, and does a season of almost that length share
 * much less? What is confirmed is subtracted, and the rest searched again.
 */
export function detectPeriods(history: Series): Periodicity {
  const finite = history.values.reduce((count, v) => count + (Number.isFinite(v) ? 1 : 0), 0);
  const span = history.values.length * history.stepSeconds;
  const shortest = Math.max(SHORTEST_SECONDS, SAMPLES_PER_PERIOD * history.stepSeconds);
  const longest = Math.min(WEEK_SECONDS, span / 2);
  if (longest < 2 * shortest)
    return none(`no period: ${describeSeconds(span)} of history is too short to see two cycles`);
  if (finite < 0.4 * history.values.length) return none('no period: more than 60 % of the history is missing');
  const found: Period[] = [];
  const tried: string[] = [];
  const split = history.stepSeconds < COARSE_STEP_SECONDS / 2 ? SHORT_SECONDS : shortest;
  if (longest > split) {
    const coarse = binned(
      history,
      Math.max(1, Math.round(COARSE_STEP_SECONDS / history.stepSeconds)),
      split > shortest,
    );
    search(coarse, Math.max(split, shortest) * 0.97, longest, found, tried);
  }
  if (split > shortest) {
    const from = Math.max(0, history.values.length - FINE_SAMPLES);
    const fine = { ...history, values: clip(history.values.slice(from)) };
    search(fine, shortest, Math.min(split, longest), found, tried);
  }
  found.sort((a, b) => b.strength - a.strength);
  if (found.length > 0) return { periods: found, reason: describeFound(found) };
  return none(tried.length > 0 ? `no period: ${tried.slice(0, 2).join('; ')}` : 'no period: no frequency stands out');
}

function none(reason: string): Periodicity {
  return { periods: [], reason };
}

function describeFound(found: readonly Period[]): string {
  const words = found.map(
    (p) => `${describeSeconds(p.seconds)} (explains ${Math.round(100 * p.strength)} % of the variance)`,
  );
  return `period${found.length > 1 ? 's' : ''}: ${words.join(', ')}`;
}

/** Looks for seasons between two lengths (seconds), subtracting each before the next. */
function search(series: Series, shortest: number, longest: number, found: Period[], tried: string[]): void {
  const { stepSeconds } = series;
  const values = series.values;
  const least = shortest / stepSeconds;
  const most = Math.min(longest / stepSeconds, values.length / 2);
  const rejected: number[] = [];
  for (let attempt = 0; attempt < MAX_TRIES && found.length < MAX_PERIODS; attempt++) {
    const known = [...found.map((p) => p.seconds / stepSeconds), ...rejected];
    const candidate = nextCandidate(values, least, most, known);
    if (!candidate) return;
    const resolved = resolve(values, candidate.season, candidate.reach, least, most);
    const verdict = judge(values, resolved.season, resolved);
    if (verdict !== undefined) {
      rejected.push(candidate.season);
      tried.push(`${describeSeconds(candidate.season * stepSeconds)} ${verdict}`);
      continue;
    }
    const seconds = snap(resolved.season * stepSeconds, values.length * stepSeconds);
    const season = seconds / stepSeconds;
    const detrended = detrendBy(values, season);
    const inner = innerSeason(detrended, season, least);
    if (inner && !found.some((p) => near(p.seconds, inner.season * stepSeconds))) {
      found.push({ seconds: snap(inner.season * stepSeconds, 0), strength: inner.strength });
    }
    if (!found.some((p) => near(p.seconds, seconds))) found.push({ seconds, strength: resolved.strength });
    removeSeason(values, detrended, season);
  }
}

function near(a: number, b: number): boolean {
  return Math.abs(a / b - 1) < 0.04;
}

function nextCandidate(values: Float64Array, least: number, most: number, known: readonly number[]) {
  const flat = detrendBy(values, Math.min(values.length, most * 1.5));
  for (let i = 0; i < flat.length; i++) if (Number.isNaN(flat[i]!)) flat[i] = 0;
  return spectrumPeaks(flat, least, most, LEAST_CONTRAST).find(
    (peak) => peak.season >= least * 0.97 && peak.season <= most * 1.03 && !known.some((k) => near(k, peak.season)),
  );
}

/** The peak may be a harmonic: the shortest multiple that explains clearly more is the season. */
function resolve(values: Float64Array, guess: number, reach: number, least: number, most: number) {
  let best = refineSeason(values, Math.min(guess, values.length / 2), reach);
  for (const multiple of [2, 3, 4, 5, 6, 7]) {
    const season = best.season * multiple;
    if (season > most * 1.01 || season < least) continue;
    // Both shares are of the variance left by the longer moving average.
    const detrended = detrendBy(values, season);
    const longer = foldStrength(detrended, season);
    const shorter = foldStrength(detrended, best.season);
    if (longer.strength > shorter.strength * 1.15 + 0.05 && longer.cycles >= 2.9) {
      best = { season, ...longer };
      break;
    }
  }
  return best;
}

/** Why a season is not believed, or undefined when it is. */
function judge(values: Float64Array, season: number, fold: Fold): string | undefined {
  const chance = chanceStrength(fold.cycles);
  const percent = Math.round(100 * Math.max(0, fold.strength));
  if (fold.strength < chance)
    return `explains ${percent} %, which chance could, too (needs ${Math.round(100 * chance)} %)`;
  let rival = 0;
  for (const factor of NEIGHBOURS) {
    const other = season * factor;
    if (other > values.length / 2) continue;
    rival = Math.max(rival, foldStrength(detrendBy(values, other), other).strength);
  }
  if (fold.strength < 2 * rival) return `explains ${percent} %, hardly more than other lengths`;
  return undefined;
}

/** Lengths that share no harmonics with the season. */
const NEIGHBOURS = [0.71, 0.79, 0.87, 1.13, 1.23, 1.37];

/**
 * What red noise reaches by chance: a detrended cycle of it has about 2.5 degrees of freedom, so that the shared variance of C cycles
 * scatters by √(2 ÷ (2.5 C (C − 1))): 14 % at 7 cycles, 36 % at 3. Believed above 2 of these.
 */
function chanceStrength(cycles: number): number {
  const c = Math.max(2, cycles);
  return Math.min(0.85, Math.max(LEAST_STRENGTH, 2 * Math.sqrt(0.8 / (c * (c - 1)))));
}

/**
 * A season inside the season that stands on its own: harmonic k of a smooth or pulsed season fades gradually into its
 * neighbours; a daily season inside a week does not.
 */
function innerSeason(
  detrended: Float64Array,
  season: number,
  least: number,
): { season: number; strength: number } | undefined {
  const harmonics = 8;
  const power = new Float64Array(harmonics + 2);
  for (let k = 1; k <= harmonics + 1; k++) power[k] = harmonicPower(detrended, season / k);
  let best: number | undefined;
  for (let k = 2; k <= harmonics; k++) {
    if (season / k < least) break;
    const strong =
      power[k]! >= 4 * power[k + 1]! &&
      power[k]! >= (k === 2 ? 0.3 : 3) * power[k - 1]! &&
      power[k]! >= 0.1 * power[1]!;
    if (strong && (best === undefined || power[k]! > power[best]!)) best = k;
  }
  if (best === undefined) return undefined;
  return { season: season / best, strength: foldStrength(detrended, season / best).strength };
}

function harmonicPower(values: Float64Array, season: number): number {
  const step = (2 * Math.PI) / season;
  let re = 0;
  let im = 0;
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i]!)) continue;
    re += values[i]! * Math.cos(step * i);
    im += values[i]! * Math.sin(step * i);
  }
  return re * re + im * im;
}

const HUMAN_SECONDS = [600, 900, 1200, 1800, 3600, 7200, 10800, 14400, 21600, 28800, 43200, DAY_SECONDS, WEEK_SECONDS];

/** People schedule by the clock: a length within the resolution of such a one is that one; else whole minutes where close. */
function snap(seconds: number, spanSeconds: number): number {
  const resolution = spanSeconds > 0 ? Math.max(0.004, Math.min(0.03, (0.15 * seconds) / spanSeconds)) : 0.02;
  for (const human of HUMAN_SECONDS) if (Math.abs(seconds / human - 1) <= resolution) return human;
  const minutes = Math.round(seconds / 60) * 60;
  return Math.abs(seconds / minutes - 1) <= Math.min(0.004, resolution) ? minutes : seconds;
}

/** Trimmed means of `factor` samples: the highest and lowest fifth of a bin don't count. */
function binned(series: Series, factor: number, trim: boolean): Series {
  const length = Math.floor(series.values.length / factor);
  const first = series.values.length - length * factor;
  const values = new Float64Array(length);
  const bin = new Float64Array(factor);
  for (let b = 0; b < length; b++) {
    let count = 0;
    for (let i = 0; i < factor; i++) {
      const v = series.values[first + b * factor + i]!;
      if (Number.isFinite(v)) bin[count++] = v;
    }
    values[b] = count === 0 ? Number.NaN : trimmedMean(bin.subarray(0, count), trim ? 0.2 : 0);
  }
  return { startSeconds: series.startSeconds, stepSeconds: series.stepSeconds * factor, values: clip(values) };
}

function trimmedMean(values: Float64Array, share: number): number {
  const drop = Math.floor(values.length * share);
  if (drop > 0) values.sort();
  let sum = 0;
  for (let i = drop; i < values.length - drop; i++) sum += values[i]!;
  return sum / (values.length - 2 * drop);
}

/** Limits outliers to one and a half times the 5–95 % range beyond it. Changes its input. */
function clip(values: Float64Array): Float64Array {
  const sorted = values.filter(Number.isFinite).sort();
  if (sorted.length === 0) return values;
  const low = sorted[Math.floor(0.05 * (sorted.length - 1))]!;
  const high = sorted[Math.ceil(0.95 * (sorted.length - 1))]!;
  const reach = 1.5 * (high - low);
  if (!(reach > 0)) return values;
  for (let i = 0; i < values.length; i++) {
    const v = values[i]!;
    if (v > high + reach) values[i] = high + reach;
    else if (v < low - reach) values[i] = low - reach;
  }
  return values;
}
