import type { Period, Periodicity } from '../../core/forecast.ts';
import { DAY_SECONDS, HOUR_SECONDS, type Series, WEEK_SECONDS } from '../../core/series.ts';
import { describeSeconds } from '../../models/span-text.ts';
import { clip, coarsened } from './coarsen.ts';
import { detrendBy, type Fold, foldStrength, medianLikeness, removeSeason } from './season-fold.ts';
import { fundamentals, type Line, spectrumOf } from './spectrum-lines.ts';

const SHORTEST_SECONDS = 600;
/** Periods up to here are looked for at the history's own step, longer ones at ten minutes. */
const SHORT_SECONDS = 1.5 * HOUR_SECONDS;
/** Before the spectrum a moving average of this many times the longest period is subtracted. */
const DETREND = 4;
const COARSE_STEP_SECONDS = 600;
/** Short periods show in the last three days. */
const FINE_SAMPLES = 4_096;
const SAMPLES_PER_PERIOD = 4;
const MAX_PERIODS = 4;
/** Candidates tried before the search gives up. */
const MAX_TRIES = 8;
/** A peak has to have this many times the power around it. */
const LEAST_CONTRAST = 12;
const LEAST_STRENGTH = 0.08;

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
  if (turns(history.values) < LEAST_TURNS)
    return none('no period: too short; the load turns up or down fewer than three times, which is not yet two cycles');
  if (finite < 0.4 * history.values.length) return none('no period: more than 60 % of the history is missing');
  const found: Period[] = [];
  const tried: string[] = [];
  const split = history.stepSeconds < COARSE_STEP_SECONDS / 2 ? SHORT_SECONDS : shortest;
  if (longest > split) {
    const coarse = coarsened(history, split > shortest ? Math.round(COARSE_STEP_SECONDS / history.stepSeconds) : 1);
    search(coarse, Math.max(split, shortest) * 0.97, longest, found, tried);
  }
  if (split > shortest) {
    const from = Math.max(0, history.values.length - FINE_SAMPLES);
    const fine = { ...history, values: clip(history.values.slice(from)) };
    search(fine, shortest, Math.min(split, longest), found, tried);
  }
  dropSharesOfShorter(history, found);
  found.sort((a, b) => b.strength - a.strength);
  if (found.length > 0) return { periods: found, reason: describeFound(found) };
  return none(tried.length > 0 ? `no period: ${tried.slice(0, 2).join('; ')}` : 'no period: no frequency stands out');
}

/** Up, down, up, down: two cycles of any shape turn three times. Three rows held over minutes turn once, whatever they fold to. */
const LEAST_TURNS = 3;

/** How often the load changes from rising to falling or back; stops counting at `LEAST_TURNS`. */
function turns(values: Float64Array): number {
  let count = 0;
  let direction = 0;
  let last = Number.NaN;
  for (const v of values) {
    if (Number.isNaN(v)) continue;
    const change = Math.sign(v - last);
    if (change !== 0 && !Number.isNaN(change)) {
      if (direction !== 0 && change !== direction && ++count >= LEAST_TURNS) return count;
      direction = change;
    }
    last = v;
  }
  return count;
}

/**
 * A season of an hour also folds perfectly at a day. The long ones are looked for first, so what was found at a multiple of a shorter
 * season is judged again without that one. Changes `found`.
 */
function dropSharesOfShorter({ values, stepSeconds }: Series, found: Period[]): void {
  for (const period of [...found]) {
    const parts = found.filter((p) => p.seconds < period.seconds && isMultiple(period.seconds, p.seconds));
    if (parts.length === 0) continue;
    const season = period.seconds / stepSeconds;
    const rest = clip(values.slice());
    for (const part of parts)
      removeSeason(rest, detrendBy(rest, part.seconds / stepSeconds), part.seconds / stepSeconds);
    if (foldStrength(detrendBy(rest, season), season).strength < LEAST_STRENGTH) found.splice(found.indexOf(period), 1);
  }
}

function isMultiple(long: number, short: number): boolean {
  return Math.abs(long / short - Math.round(long / short)) < 0.02;
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

/** Looks for seasons between two lengths (seconds) and adds the believed ones to `found`. */
function search(series: Series, shortest: number, longest: number, found: Period[], tried: string[]): void {
  const { stepSeconds, values } = series;
  const n = values.length;
  const span = n * stepSeconds;
  const spectrum = spectrumOf(withoutGaps(detrendBy(values, Math.min(n, (DETREND * longest) / stepSeconds))));
  const slower = found.map((p) => span / p.seconds);
  let lines = spectrum.lines((0.97 * span) / longest, (1.03 * span) / shortest, LEAST_CONTRAST);
  const accepted = new Map<Line, number>();
  for (let tries = 0; tries < MAX_TRIES && found.length < MAX_PERIODS; tries++) {
    // A line that was not believed is nobody's fundamental: what seemed its harmonic gets its own chance.
    const line = strongest(fundamentals(lines, spectrum, slower).filter((l) => !accepted.has(l)));
    if (!line) return;
    const rest = withoutSeasons(values, [...accepted.values()], n / line.frequency);
    const season = snap(n / line.frequency, n, stepSeconds);
    const detrended = detrendBy(rest, season);
    const fold = foldStrength(detrended, season);
    const doubt = judge(rest, detrended, season, fold);
    if (doubt === undefined) {
      accepted.set(line, season);
      const known = found.some((p) => Math.abs(p.seconds / (season * stepSeconds) - 1) < 0.03);
      if (!known) found.push({ seconds: season * stepSeconds, strength: fold.strength });
    } else {
      tried.push(`${describeSeconds(season * stepSeconds)} ${doubt}`);
      lines = lines.filter((other) => other !== line);
    }
  }
}

function strongest(lines: readonly Line[]): Line | undefined {
  return lines.reduce<Line | undefined>((best, line) => (best && best.power >= line.power ? best : line), undefined);
}

function withoutGaps(values: Float64Array): Float64Array {
  for (let i = 0; i < values.length; i++) if (Number.isNaN(values[i]!)) values[i] = 0;
  return values;
}

/** The series without the seasons found so far, except those that contain `season` a whole number of times. */
function withoutSeasons(values: Float64Array, seasons: readonly number[], season: number): Float64Array {
  const others = seasons.filter((s) => Math.abs(s / season - Math.round(s / season)) > 0.02 || s < season);
  if (others.length === 0) return values;
  const rest = Float64Array.from(values);
  for (const other of others) removeSeason(rest, detrendBy(rest, other), other);
  return rest;
}

/** Why a season is not believed, or undefined when it is. */
function judge(values: Float64Array, detrended: Float64Array, season: number, fold: Fold): string | undefined {
  const percent = (x: number): string => `${Math.round(100 * Math.max(0, x))} %`;
  if (fold.strength < LEAST_STRENGTH) return `explains only ${percent(fold.strength)} of the variance`;
  const chance = chanceConsistency(fold.cycles);
  const likeness =
    fold.cycles < MANY_CYCLES ? Math.min(fold.consistency, medianLikeness(detrended, season)) : fold.consistency;
  if (likeness < chance) return `repeats with a likeness of ${percent(likeness)}, which chance could, too`;
  if (fold.cycles >= MANY_CYCLES) return undefined;
  for (const factor of NEIGHBOURS) {
    const other = season * factor;
    if (other > values.length / 2) continue;
    const rival = foldStrength(detrendBy(values, other), other).strength;
    if (fold.strength < 1.5 * rival)
      return `explains ${percent(fold.strength)}, hardly more than ${factor} times its length`;
  }
  return undefined;
}

/** From here on chance and neighbouring lengths fold to nothing. */
const MANY_CYCLES = 30;

/** Lengths that share no harmonics with the season. */
const NEIGHBOURS = [0.71, 0.79, 1.23, 1.37];

/**
 * What red noise reaches by chance: a detrended cycle of it has about 2.5 degrees of freedom, so that the shared variance of C cycles
 * scatters by √(2 ÷ (2.5 C (C − 1))): 14 % at 7 cycles, 36 % at 3. Believed above 3.8 of these.
 */
function chanceConsistency(cycles: number): number {
  const c = Math.max(2, cycles);
  return Math.min(0.6, Math.max(LEAST_STRENGTH, 3.8 * Math.sqrt(0.8 / (c * (c - 1)))));
}

const HUMAN_SECONDS = [600, 900, 1200, 1800, 3600, 7200, 10800, 14400, 21600, 28800, 43200, DAY_SECONDS, WEEK_SECONDS];

/** People schedule by the clock: a length near such a one that folds nearly as well is that one; else whole minutes. */
function snap(found: number, length: number, stepSeconds: number): number {
  const seconds = found * stepSeconds;
  const reach = Math.max(0.004, Math.min(SNAP_REACH, (0.5 * found) / length));
  const near = HUMAN_SECONDS.find((human) => Math.abs(seconds / human - 1) <= reach);
  const minutes = Math.round(seconds / 60) * 60;
  const round = near ?? (Math.abs(seconds / minutes - 1) <= reach ? minutes : seconds);
  return round / stepSeconds;
}

const SNAP_REACH = 0.1;
