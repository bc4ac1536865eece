import { DAY_SECONDS, HOUR_SECONDS, MINUTE_SECONDS, type Series } from '../../core/series.ts';
import { BLOCK_SECONDS, BLOCKS_PER_DAY, DAYS, KnownLoad } from './known-load.ts';
import { distanceAround, distancesFromWeek, type WeekDistances } from './like-weekdays.ts';
import { LoadPool } from './load-pool.ts';
import { DAY, OF_A_DAY, OF_ORIGIN, ORIGIN, ORIGIN_LEVELS, TARGET, TARGET_FROM } from './path-inputs.ts';
import { missesOfSeason } from './season-misses.ts';

/** Days are compared over the six hours before now. */
const LATELY_BLOCKS = 12;
const HOUR_BLOCKS = 2;
const HALF_LIFE_DAYS = 5;
/** The newest deviation from the season fades in this time: where the neural model begins, not where it ends. */
const FADING_SECONDS = 3 * HOUR_SECONDS;
/** No load is known better than by this share. */
const LEAST_SCALE = 0.003;
/** Beyond so many of its scales, a difference is only large. */
const MOST_SCALES = 12;
/** From what half an hour may change to what a day may. */
const SPREADING_SECONDS = 2 * HOUR_SECONDS;
const SMOOTH_SECONDS = 20 * MINUTE_SECONDS;
const FINE_SECONDS = 150;
const SAME_MINUTES = 4;
/** Of `load20` … `load98`. */
const POOL_LEVELS = [0.2, 0.5, 0.8, 0.92, 0.98];

/**
 * The inputs of the path model: what is known at an origin and says something about one moment after it. All are logarithms of ratios in
 * units of the load's own scale (what it usually strays by at that distance), so that ten requests an hour and a million a second, a calm load
 * and a wild one look alike. No calendar: weekdays show in which days resemble the same weekday a week ago; days are told in that order.
 */
export class PathFeatures {
  /** Of the row that was written last: the unit of what is to be told, a logarithm of a ratio. */
  scale = 1;
  private readonly known: KnownLoad;
  private readonly day: number;
  private readonly smooth: number;
  private readonly fine: number;
  private readonly newest: number;
  private readonly everything: number;
  private readonly noise: number;
  /** What the season of earlier days missed, and what half an hour added to the miss. */
  private readonly seasonMiss: number;
  private readonly innovation: number;
  private readonly origin = new Float64Array(OF_ORIGIN);
  /** Of each earlier day: its level at the origin's time, how far its last hours were from today's, and by how much they and the last one were lower. */
  private readonly nowLevels = new Float64Array(DAYS);
  private readonly lately = new Float64Array(DAYS);
  private readonly lower = new Float64Array(DAYS);
  private readonly lowerNow = new Float64Array(DAYS);
  private readonly fromWeek: readonly WeekDistances[];
  /** Of the target: each day's level, distance from the week before, weight, and their order by weight. */
  private readonly levels = new Float64Array(DAYS);
  private readonly distances = new Float64Array(DAYS);
  private readonly weights = new Float64Array(DAYS);
  private readonly order = new Int32Array(DAYS);
  /** Loads near the target's time of those days, and their quantiles. */
  private readonly pool: LoadPool;
  private readonly quantiles = new Float64Array(POOL_LEVELS.length);

  constructor(history: Series) {
    const known = new KnownLoad(history);
    this.known = known;
    this.pool = new LoadPool(known);
    this.day = known.steps(DAY_SECONDS);
    this.smooth = known.steps(SMOOTH_SECONDS);
    this.fine = Math.round(FINE_SECONDS / known.stepSeconds);
    this.everything = known.logMean(0, known.length);
    this.newest = known.logMean(known.end - known.steps(5 * MINUTE_SECONDS), known.end);
    this.noise = LEAST_SCALE + orZero(known.volatility(known.end - this.day, known.end));
    const { missed, added } = missesOfSeason(known.blocks, this.everything);
    this.seasonMiss = orOther(missed, this.noise);
    this.innovation = orOther(added, this.noise);
    for (let d = 0; d < DAYS; d++) this.compareLately(d);
    this.fromWeek = Array.from({ length: DAYS }, (_, d) => distancesFromWeek(known.blocks, d + 1));
    this.describeOrigin();
  }

  /** The load of a logarithm. */
  loadOf(logarithm: number): number {
    return Math.max(0, Math.exp(logarithm) - this.known.floor) * this.known.largest;
  }

  /** The logarithm of a load, as all inputs are made of. */
  logOf(load: number): number {
    return Math.log(load / this.known.largest + this.known.floor);
  }

  /** The mean of all that is known, as a logarithm. */
  get meanLog(): number {
    return this.everything;
  }

  /** The largest load that is known; 0: nothing but zeros is. */
  get largest(): number {
    return this.known.largest;
  }

  /**
   * Writes one row and sets `scale`. @param steps how far ahead, 1 … @returns the anchor: the season of the days that are alike, and the
   * newest deviation from it as far as it will last, as a logarithm; from there the neural model tells how far the load will be
   */
  write(steps: number, row: Float32Array, at: number): number {
    const { known, day } = this;
    // The second day to come looks back as the first one does.
    const target = known.length + ((steps - 1) % day);
    const seconds = steps * known.stepSeconds;
    const { expected, expectedNow } = this.weighDays(target);
    const waited = seconds + known.ageMinutes * MINUTE_SECONDS;
    const kept = Math.exp(-waited / FADING_SECONDS);
    const deviation = kept * (this.newest - expectedNow);
    const towards = 1 - Math.exp(-waited / SPREADING_SECONDS);
    const walked = Math.sqrt(Math.min(1, waited / BLOCK_SECONDS)) * this.innovation;
    this.scale = this.noise + (1 - towards) * walked + towards * this.seasonMiss;
    for (let f = 0; f < OF_ORIGIN; f++) {
      row[at + f] = f < ORIGIN_LEVELS ? this.scaled(this.origin[f]!) : this.origin[f]!;
    }
    this.writeDays(target, expected, row, at + OF_ORIGIN);
    const o = at + TARGET_FROM;
    this.writeSpread(target, expected, row, o);
    row[o + TARGET.logHoursAhead] = Math.log(seconds / HOUR_SECONDS);
    row[o + TARGET.daysAhead] = seconds / DAY_SECONDS;
    row[o + TARGET.deviationKept] = kept;
    row[o + TARGET.nearness] = Math.exp((-2 * seconds) / HOUR_SECONDS);
    row[o + TARGET.anchor] = this.scaled(expected + deviation - this.newest);
    row[o + TARGET.expected] = this.scaled(expected - this.newest);
    row[o + TARGET.deviationNow] = this.scaled(this.newest - expectedNow);
    row[o + TARGET.deviation] = this.scaled(deviation);
    row[o + TARGET.logScale] = Math.log(this.scale);
    this.writeHour(target, row, o);
    return expected + deviation;
  }

  /** The expected level at the target and at the origin, over days weighted by age and by likeness to the target's weekday. */
  private weighDays(target: number): { expected: number; expectedNow: number } {
    const { known, day, smooth, levels, distances, weights, order } = this;
    const block = Math.floor(((target - known.length) * known.stepSeconds) / BLOCK_SECONDS);
    let alike = Number.POSITIVE_INFINITY;
    for (let d = 0; d < DAYS; d++) {
      const centre = target - (d + 1) * day;
      levels[d] = known.logMean(centre - smooth, centre + smooth + 1);
      const distance = distanceAround(this.fromWeek[d]!, block);
      distances[d] = distance;
      if (distance < alike) alike = distance;
    }
    let weight = 0;
    let sum = 0;
    let weightNow = 0;
    let sumNow = 0;
    for (let d = 0; d < DAYS; d++) {
      const distance = distances[d]!;
      const likeness = Number.isNaN(distance) ? 1 : 1 / (1 + (distance / (alike + LEAST_SCALE)) ** 2);
      const own = Number.isNaN(levels[d]!) ? 0 : 0.5 ** (d / HALF_LIFE_DAYS) * likeness;
      weights[d] = own;
      let place = d;
      for (; place > 0 && weights[order[place - 1]!]! < own; place--) order[place] = order[place - 1]!;
      order[place] = d;
      if (own === 0) continue;
      weight += own;
      sum += own * levels[d]!;
      if (Number.isNaN(this.nowLevels[d]!)) continue;
      weightNow += own;
      sumNow += own * this.nowLevels[d]!;
    }
    for (let d = 0; d < DAYS; d++) weights[d]! /= weight > 0 ? weight : 1;
    return {
      expected: weight > 0 ? sum / weight : this.everything,
      expectedNow: weightNow > 0 ? sumNow / weightNow : this.everything,
    };
  }

  /** The days, the one with most weight first; zeros where there is none. */
  private writeDays(target: number, expected: number, row: Float32Array, at: number): void {
    const { known, day, smooth, fine } = this;
    let o = at;
    for (let place = 0; place < DAYS; place++, o += OF_A_DAY) {
      const d = this.order[place]!;
      if (this.weights[d] === 0) {
        row.fill(0, o, o + OF_A_DAY);
        continue;
      }
      const centre = target - (d + 1) * day;
      const level = this.levels[d]!;
      row[o + DAY.level] = this.scaled(level - expected);
      row[o + DAY.fineMean] = this.scaled(known.logMean(centre - fine, centre + fine + 1) - level);
      row[o + DAY.largest] = this.scaled(known.logMaximum(centre - smooth, centre + smooth) - level);
      row[o + DAY.levelNow] = this.scaled(this.nowLevels[d]! - this.newest);
      row[o + DAY.lately] = this.scaled(this.lately[d]!);
      row[o + DAY.distance] = this.scaled(this.distances[d]!);
      row[o + DAY.weight] = this.weights[d]!;
      row[o + DAY.age] = (d + 1) / DAYS;
    }
  }

  /** What the days together say: how far apart they are, and the quantiles of their single loads within ten minutes. */
  private writeSpread(target: number, expected: number, row: Float32Array, at: number): void {
    const { known, day, smooth, levels, weights } = this;
    let levelled = 0;
    let levelledNow = 0;
    let squares = 0;
    let least = expected;
    let most = expected;
    let volatility = 0;
    let volatilities = 0;
    let count = 0;
    for (let d = 0; d < DAYS; d++) {
      const own = weights[d]!;
      if (own === 0) continue;
      const level = levels[d]!;
      levelled += own * this.lower[d]!;
      levelledNow += own * this.lowerNow[d]!;
      squares += own * (level - expected) ** 2;
      if (level < least) least = level;
      if (level > most) most = level;
      count++;
      const centre = target - (d + 1) * day;
      const restless = known.volatility(centre - smooth, centre + smooth + 1);
      if (Number.isNaN(restless)) continue;
      volatility += own * restless;
      volatilities += own;
    }
    row[at + TARGET.overDays] = this.scaled(levelled);
    row[at + TARGET.overDaysNow] = this.scaled(levelledNow);
    row[at + TARGET.spread] = this.scaled(Math.sqrt(squares));
    row[at + TARGET.leastDay] = this.scaled(least - expected);
    row[at + TARGET.mostDay] = this.scaled(most - expected);
    row[at + TARGET.volatility] = this.scaled(volatilities > 0 ? volatility / volatilities : this.noise);
    row[at + TARGET.knownDays] = count / DAYS;
    this.pool.fill(target, weights);
    this.pool.quantiles(POOL_LEVELS, this.quantiles);
    for (let l = 0; l < POOL_LEVELS.length; l++)
      row[at + TARGET.load20 + l] = this.scaled(this.quantiles[l]! - expected);
  }

  /** What the same minute of the last known hours was, beside those hours: jobs by the clock. */
  private writeHour(target: number, row: Float32Array, at: number): void {
    const { known, fine } = this;
    const hour = known.steps(HOUR_SECONDS);
    const back = target - Math.ceil((target + 1 - known.length) / hour) * hour;
    for (let k = 0; k < SAME_MINUTES; k++) {
      const then = back - k * hour;
      const around = known.logMean(then - hour, then + 1);
      row[at + TARGET.sameMinute1 + k] = this.scaled(known.logMean(then - fine, then + fine + 1) - around);
    }
    row[at + TARGET.largestSameMinute] = this.scaled(known.logMaximum(back - fine, back + fine) - this.newest);
  }

  private compareLately(d: number): void {
    const { known, smooth } = this;
    const { blocks } = known;
    let sum = 0;
    let sumNow = 0;
    let absolute = 0;
    let count = 0;
    for (let b = 0; b < LATELY_BLOCKS; b++) {
      const difference = blocks[b]! - blocks[b + (d + 1) * BLOCKS_PER_DAY]!;
      if (Number.isNaN(difference)) continue;
      sum += difference;
      if (b < HOUR_BLOCKS) sumNow += difference / HOUR_BLOCKS;
      absolute += Math.abs(difference);
      count++;
    }
    this.lately[d] = count > 0 ? absolute / count : this.seasonMiss;
    this.lower[d] = count > 0 ? sum / count : 0;
    this.lowerNow[d] = sumNow;
    const then = known.end - (d + 1) * this.day;
    this.nowLevels[d] = known.logMean(then - smooth, then + smooth);
  }

  private describeOrigin(): void {
    const { known, origin, newest, noise } = this;
    const { end, length } = known;
    const minutes = (count: number) => known.steps(count * MINUTE_SECONDS);
    const mean = (count: number) => known.logMean(end - minutes(count), end) - newest;
    const largest = (count: number) => known.logMaximum(end - minutes(count), end) - newest;
    const volatility = (count: number) =>
      Math.log((LEAST_SCALE + orZero(known.volatility(end - minutes(count), end))) / noise);
    origin[ORIGIN.mean1Min] = mean(1);
    origin[ORIGIN.mean15Min] = mean(15);
    origin[ORIGIN.mean30Min] = mean(30);
    origin[ORIGIN.mean1H] = mean(60);
    origin[ORIGIN.mean4H] = mean(240);
    origin[ORIGIN.mean1D] = mean(1_440);
    origin[ORIGIN.meanOfAll] = this.everything - newest;
    origin[ORIGIN.largest1H] = largest(60);
    origin[ORIGIN.largest6H] = largest(360);
    origin[ORIGIN.largest1D] = largest(1_440);
    origin[ORIGIN.largestOfAll] = known.logMaximum(0, length) - newest;
    for (let d = 0; d < DAYS; d++) {
      const to = length - d * this.day;
      origin[ORIGIN.day1 + d] = known.logMean(to - this.day, to) - this.everything;
    }
    origin[ORIGIN.volatility1H] = volatility(60);
    origin[ORIGIN.volatility6H] = volatility(360);
    origin[ORIGIN.noise] = Math.log(noise);
    origin[ORIGIN.innovation] = Math.log(this.innovation + LEAST_SCALE);
    origin[ORIGIN.seasonMiss] = Math.log(this.seasonMiss + LEAST_SCALE);
    origin[ORIGIN.stepMinutes] = Math.log(known.stepSeconds / MINUTE_SECONDS);
    origin[ORIGIN.ageMinutes] = Math.log1p(known.ageMinutes);
    origin[ORIGIN.floor] = newest - Math.log(known.floor);
  }

  /** A difference of logarithms in units of the scale; 0 where unknown. */
  private scaled(difference: number): number {
    const ratio = difference / this.scale;
    if (Number.isNaN(ratio)) return 0;
    return ratio > MOST_SCALES ? MOST_SCALES : Math.max(ratio, -MOST_SCALES);
  }
}

function orZero(value: number): number {
  return Number.isNaN(value) ? 0 : value;
}

function orOther(value: number, other: number): number {
  return Number.isNaN(value) ? other : value;
}
