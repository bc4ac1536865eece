import { DAY_SECONDS, HOUR_SECONDS, MINUTE_SECONDS, type Series } from '../../core/series.ts';
import { BLOCK_SECONDS, BLOCKS_PER_DAY, DAYS, KnownLoad } from './known-load.ts';

/** Raised with every change of what is written below: a neural model reads one layout. */
export const PATH_LAYOUT = 'path 6';

/** Inputs: of the origin alone (the first of them levels), of each earlier day, of the target. */
const ORIGIN_LEVELS = 18;
const OF_ORIGIN = ORIGIN_LEVELS + 8;
const OF_A_DAY = 8;
const OF_TARGET = 26;
export const PATH_INPUTS = OF_ORIGIN + DAYS * OF_A_DAY + OF_TARGET;

/** Days are compared over the six hours before now, and over the four hours before and after the target. */
const LATELY_BLOCKS = 12;
const AROUND_BLOCKS = 8;
const HOUR_BLOCKS = 2;
const HALF_LIFE_DAYS = 5;
/** The newest deviation from the season fades in this time: where the neural model begins, not where it ends. */
const FADING_SECONDS = 3 * HOUR_SECONDS;
/** No load is known better than by this share. */
const LEAST_SCALE = 0.003;
/** Beyond so many of its scales, a difference is only large. */
const MOST_SCALES = 12;
/** Of so many days it is looked up how far the season of the days before missed them. */
const TESTED_DAYS = 3;
const DAY_DECAY = 0.7;
/** Mean absolute to standard deviation, of a normal distribution. */
const DEVIATION = 1.25;
/** From what half an hour may change to what a day may. */
const SPREADING_SECONDS = 2 * HOUR_SECONDS;
const SMOOTH_SECONDS = 20 * MINUTE_SECONDS;
const FINE_SECONDS = 150;
const SAME_MINUTES = 4;
const POOL_OFFSETS = [-2, -1, 0, 1, 2];
const POOL_SECONDS = 300;
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
  private readonly fromWeek: readonly Distances[];
  /** Of the target: each day's level, distance from the week before, weight, and their order by weight. */
  private readonly levels = new Float64Array(DAYS);
  private readonly distances = new Float64Array(DAYS);
  private readonly weights = new Float64Array(DAYS);
  private readonly order = new Int32Array(DAYS);
  /** Loads near the target's time of those days, ascending, and their weights. */
  private readonly pool = new Float64Array(DAYS * POOL_OFFSETS.length);
  private readonly shares = new Float64Array(DAYS * POOL_OFFSETS.length);

  constructor(history: Series) {
    const known = new KnownLoad(history);
    this.known = known;
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
    let o = this.writeDays(target, expected, row, at + OF_ORIGIN);
    o = this.writeSpread(target, expected, row, o);
    row[o++] = Math.log(seconds / HOUR_SECONDS);
    row[o++] = seconds / DAY_SECONDS;
    row[o++] = kept;
    row[o++] = Math.exp((-2 * seconds) / HOUR_SECONDS);
    row[o++] = this.scaled(expected + deviation - this.newest);
    row[o++] = this.scaled(expected - this.newest);
    row[o++] = this.scaled(this.newest - expectedNow);
    row[o++] = this.scaled(deviation);
    row[o++] = Math.log(this.scale);
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
  private writeDays(target: number, expected: number, row: Float32Array, at: number): number {
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
      row[o] = this.scaled(level - expected);
      row[o + 1] = this.scaled(known.logMean(centre - fine, centre + fine + 1) - level);
      row[o + 2] = this.scaled(known.logMaximum(centre - smooth, centre + smooth) - level);
      row[o + 3] = this.scaled(this.nowLevels[d]! - this.newest);
      row[o + 4] = this.scaled(this.lately[d]!);
      row[o + 5] = this.scaled(this.distances[d]!);
      row[o + 6] = this.weights[d]!;
      row[o + 7] = (d + 1) / DAYS;
    }
    return o;
  }

  /** What the days together say: how far apart they are, and the quantiles of their single loads within ten minutes. */
  private writeSpread(target: number, expected: number, row: Float32Array, at: number): number {
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
    let o = at;
    row[o++] = this.scaled(levelled);
    row[o++] = this.scaled(levelledNow);
    row[o++] = this.scaled(Math.sqrt(squares));
    row[o++] = this.scaled(least - expected);
    row[o++] = this.scaled(most - expected);
    row[o++] = this.scaled(volatilities > 0 ? volatility / volatilities : this.noise);
    row[o++] = count / DAYS;
    const drawn = this.fillPool(target);
    let passed = 0;
    let i = 0;
    for (const level of POOL_LEVELS) {
      while (i < drawn.count - 1 && passed + this.shares[i]! < level * drawn.weight) passed += this.shares[i++]!;
      row[o++] = drawn.count > 0 ? this.scaled(this.pool[i]! - expected) : 0;
    }
    return o;
  }

  /** What the same minute of the last known hours was, beside those hours: jobs by the clock. */
  private writeHour(target: number, row: Float32Array, at: number): void {
    const { known, fine } = this;
    const hour = known.steps(HOUR_SECONDS);
    const back = target - Math.ceil((target + 1 - known.length) / hour) * hour;
    for (let k = 0; k < SAME_MINUTES; k++) {
      const then = back - k * hour;
      const around = known.logMean(then - hour, then + 1);
      row[at + k] = this.scaled(known.logMean(then - fine, then + fine + 1) - around);
    }
    row[at + SAME_MINUTES] = this.scaled(known.logMaximum(back - fine, back + fine) - this.newest);
  }

  /** Gathers and sorts: a few dozen, so by insertion. */
  private fillPool(target: number): { count: number; weight: number } {
    const { known, day, pool, shares } = this;
    const { values, floor, stepSeconds } = known;
    let count = 0;
    let weight = 0;
    for (let d = 0; d < DAYS; d++) {
      const own = this.weights[d]!;
      if (own === 0) continue;
      for (const offset of POOL_OFFSETS) {
        const load = values[target - (d + 1) * day + Math.round((offset * POOL_SECONDS) / stepSeconds)];
        if (load === undefined || Number.isNaN(load)) continue;
        const level = Math.log(load + floor);
        let place = count++;
        for (; place > 0 && pool[place - 1]! > level; place--) {
          pool[place] = pool[place - 1]!;
          shares[place] = shares[place - 1]!;
        }
        pool[place] = level;
        shares[place] = own * (1 - Math.abs(offset) / POOL_OFFSETS.length);
        weight += shares[place]!;
      }
    }
    return { count, weight };
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
    let o = 0;
    for (const span of [1, 15, 30, 60, 240, 1_440]) origin[o++] = known.logMean(end - minutes(span), end) - newest;
    origin[o++] = this.everything - newest;
    for (const span of [60, 360, 1_440]) origin[o++] = known.logMaximum(end - minutes(span), end) - newest;
    origin[o++] = known.logMaximum(0, length) - newest;
    for (let d = 0; d < DAYS; d++) {
      const to = length - d * this.day;
      origin[o++] = known.logMean(to - this.day, to) - this.everything;
    }
    for (const span of [60, 360]) {
      origin[o++] = Math.log((LEAST_SCALE + orZero(known.volatility(end - minutes(span), end))) / noise);
    }
    origin[o++] = Math.log(noise);
    origin[o++] = Math.log(this.innovation + LEAST_SCALE);
    origin[o++] = Math.log(this.seasonMiss + LEAST_SCALE);
    origin[o++] = Math.log(known.stepSeconds / MINUTE_SECONDS);
    origin[o++] = Math.log1p(known.ageMinutes);
    origin[o++] = newest - Math.log(known.floor);
  }

  /** A difference of logarithms in units of the scale; 0 where unknown. */
  private scaled(difference: number): number {
    const ratio = difference / this.scale;
    if (Number.isNaN(ratio)) return 0;
    return ratio > MOST_SCALES ? MOST_SCALES : Math.max(ratio, -MOST_SCALES);
  }
}

/** Deviations of the last days' half hours from the season of the days before them, and of the change of that from one to the next. */
function missesOfSeason(blocks: Float64Array, everything: number): { missed: number; added: number } {
  let missed = 0;
  let count = 0;
  let added = 0;
  let steps = 0;
  let after = Number.NaN;
  for (let b = 0; b < TESTED_DAYS * BLOCKS_PER_DAY; b++) {
    let sum = 0;
    let weight = 0;
    for (let d = 1, own = 1; d <= DAYS; d++, own *= DAY_DECAY) {
      const level = blocks[b + d * BLOCKS_PER_DAY];
      if (level === undefined || Number.isNaN(level)) continue;
      sum += own * level;
      weight += own;
    }
    const miss = blocks[b]! - (weight > 0 ? sum / weight : everything);
    const step = after - miss;
    after = miss;
    if (!Number.isNaN(miss)) {
      missed += Math.abs(miss);
      count++;
    }
    if (Number.isNaN(step)) continue;
    added += Math.abs(step);
    steps++;
  }
  return { missed: (DEVIATION * missed) / count, added: (DEVIATION * added) / steps };
}

/** Prefix sums of one day's distance from the same weekday a week ago, by half hours; the origin's time of day is at ORIGIN_BLOCK. */
interface Distances {
  readonly sums: Float64Array;
  readonly counts: Int32Array;
}
const ORIGIN_BLOCK = BLOCKS_PER_DAY + AROUND_BLOCKS;

function distancesFromWeek(blocks: Float64Array, day: number): Distances {
  const sums = new Float64Array(ORIGIN_BLOCK + AROUND_BLOCKS + 1);
  const counts = new Int32Array(sums.length);
  for (let i = 0; i + 1 < sums.length; i++) {
    const back = day * BLOCKS_PER_DAY - 1 + i - ORIGIN_BLOCK;
    const difference = blocks[back]! - blocks[back + (DAYS - day) * BLOCKS_PER_DAY]!;
    const known = day < DAYS && Number.isFinite(difference);
    sums[i + 1] = sums[i]! + (known ? Math.abs(difference) : 0);
    counts[i + 1] = counts[i]! + (known ? 1 : 0);
  }
  return { sums, counts };
}

/** Mean distance around the half hour that begins `block` half hours after the origin; NaN where unknown. */
function distanceAround({ sums, counts }: Distances, block: number): number {
  const from = Math.max(0, ORIGIN_BLOCK - block - AROUND_BLOCKS);
  const to = Math.min(counts.length - 1, ORIGIN_BLOCK - block + AROUND_BLOCKS);
  return (sums[to]! - sums[from]!) / (counts[to]! - counts[from]!);
}

function orZero(value: number): number {
  return Number.isNaN(value) ? 0 : value;
}

function orOther(value: number, other: number): number {
  return Number.isNaN(value) ? other : value;
}
