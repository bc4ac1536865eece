import { EXACT, type Measurement, recoveryOf, windowTicksOf } from '../../core/measurement.ts';
import { OBSERVATION_TICKS, TICKS_PER_HOUR } from '../../core/tick.ts';
import { kalmanGains } from './kalman-gains.ts';
import { MeasurementNoise, NOISE_VALUES } from './measurement-noise.ts';

/** Share by which an exact recovery leans on the observation itself, so that errors of its start die out: 5 % a minute. */
const LEAK = 0.05;
/** What the last observation says of a claim was said three ticks before: its window begins with the tick that was claimed. */
const SETTLED_AFTER = OBSERVATION_TICKS - 1;
/** After half an hour no error of the filter's start rings on, for every ratio of noise. */
const RINGING_TICKS = TICKS_PER_HOUR / 2;
/** A scale-out may rest on the demand estimate less so many standard errors. */
const ERRORS_BELOW = 1;

/** Layout of what is kept: numbers, three rings of four ticks (newest first), the noise. */
const ESTIMATE = 0;
const BEFORE = 1;
const ERROR = 2;
/** Observations one after another without a gap. */
const RUN = 3;
const DEMANDS = 4;
const LOADS = DEMANDS + OBSERVATION_TICKS;
const CLAIMS = LOADS + OBSERVATION_TICKS;
const NOISE = CLAIMS + OBSERVATION_TICKS;
export const FILTER_VALUES = NOISE + NOISE_VALUES;

/** By how much the observation rose and fell, both at least 0. */
interface Moved {
  readonly rise: number;
  readonly fall: number;
}

/**
 * The demand of the last tick from observations that are means of the last four: o(t) = (d(t−1) + … + d(t−4)) ÷ 4 + noise.
 *
 * Where they are exact the mean is undone: o(t) − o(t−1) = (d(t−1) − d(t−5)) ÷ 4. That amplifies noise eighteenfold, so what is scraped goes
 * through a Kalman filter for the noise that it has, and the filter's word counts for as much as it was worth in the last two hours.
 * Nothing is recovered before observations have come without a gap for a window (of what is scraped: for two), nor from a value that stands
 * still.
 */
export class DemandFilter {
  /** False: the observations to come are means of another window than the one that was stated; nothing can be recovered from them. */
  windowFits = true;
  private readonly recovery: 'exact' | 'filtered' | 'none';
  private readonly instant: boolean;
  private readonly windowTicks: number;
  private readonly floor: number;
  private readonly values: Float64Array;
  private readonly noise: MeasurementNoise;

  /**
   * @param floor below this demand, differences don't matter. Unit of the demand.
   * @param values to go on from, taken over.
   */
  constructor(floor: number, measurement: Measurement = EXACT, values?: Float64Array) {
    this.recovery = recoveryOf(measurement);
    this.instant = measurement.kind === 'gauge' && measurement.windowSeconds === 0;
    this.windowTicks = windowTicksOf(measurement);
    this.floor = floor;
    this.values = values ?? new Float64Array(FILTER_VALUES);
    this.noise = new MeasurementNoise(this.values.subarray(NOISE));
  }

  /** The demand of the last tick; over a gap the observation before it. Unit of the demand. */
  get estimate(): number {
    return this.values[ESTIMATE]!;
  }

  /** By how much it rose within the last tick. */
  get slope(): number {
    return this.values[ESTIMATE]! - this.values[BEFORE]!;
  }

  /** Standard error of `estimate`, unit of the demand; 0 where observations are exact, or are the demand itself. */
  get error(): number {
    return this.values[ERROR]!;
  }

  /** Demand that is there beyond doubt, and what a scale-out may rest on: the observation, or `estimate` less its error. */
  supported(load: number): number {
    return Math.max(load, this.estimate - ERRORS_BELOW * this.error);
  }

  /** @param load the observation, over a gap the one before it. */
  update(load: number, seen: boolean): void {
    const v = this.values;
    if (!seen || this.standsStill(load)) v[RUN] = 0;
    if (seen) v[RUN]!++;
    const estimate = seen ? this.recover(load) : load;
    // Over a gap no rise of one tick is known.
    v[BEFORE] = v[RUN]! > 1 ? v[ESTIMATE]! : estimate;
    v[ESTIMATE] = estimate;
    push(v, LOADS, load);
  }

  /** The demand estimate was at least this: what was observed was a lost scrape. */
  raise(demand: number): void {
    const v = this.values;
    v[ESTIMATE] = Math.max(v[ESTIMATE]!, demand);
  }

  /** Takes over what another one measured of the same signal's noise. */
  keepNoise(other: DemandFilter): void {
    this.values.set(other.values.subarray(NOISE), NOISE);
  }

  /** A server that repeats its last answer says nothing of now; and of a load that stays there is nothing to recover. */
  private standsStill(load: number): boolean {
    if (this.recovery === 'exact') return false;
    const v = this.values;
    for (let i = 0; i < SETTLED_AFTER; i++) if (v[LOADS + i] !== load) return false;
    return true;
  }

  private recover(load: number): number {
    if (this.recovery === 'exact') return this.undo(load);
    return this.instant ? load : this.filter(load);
  }

  private undo(load: number): number {
    const v = this.values;
    let estimate = load;
    if (v[RUN]! > OBSERVATION_TICKS) {
      const recovered = v[DEMANDS + OBSERVATION_TICKS - 1]! + OBSERVATION_TICKS * (load - v[LOADS]!);
      estimate = within(0, recovered + LEAK * (load - recovered), OBSERVATION_TICKS * load);
    }
    push(v, DEMANDS, estimate);
    return estimate;
  }

  private filter(load: number): number {
    const v = this.values;
    const { noise } = this;
    if (v[RUN]! > 1) noise.step((load - v[LOADS]!) / this.scale(load, v[LOADS]!));
    const filters = this.recovery === 'filtered' && this.windowFits;
    // A window fills the filter's state, another one lets the error of its start die out.
    const claims = filters && v[RUN]! > 2 * OBSERVATION_TICKS;
    if (filters && v[RUN]! > 2 * OBSERVATION_TICKS + SETTLED_AFTER) this.settle(load);
    if (filters && v[RUN]! > OBSERVATION_TICKS) this.follow(load);
    else push(v, DEMANDS, load);
    const claim = claims ? this.bounded(v[DEMANDS]!, load) - load : 0;
    push(v, CLAIMS, claim);
    const belief = claims ? noise.belief : 0;
    v[ERROR] = noise.error(belief, this.windowTicks) * (load + this.floor);
    return load + belief * claim;
  }

  /** What was claimed three ticks ago against what came. */
  private settle(load: number): void {
    const at = SETTLED_AFTER - 1;
    const claim = this.values[CLAIMS + at]!;
    const then = this.values[LOADS + at]!;
    const scale = this.scale(load, then);
    this.noise.settle(claim / scale, (load - then) / scale);
  }

  /** One step of the Kalman filter. */
  private follow(load: number): void {
    const v = this.values;
    const gains = kalmanGains(this.noise.ratio);
    push(v, DEMANDS, v[DEMANDS]!);
    let mean = 0;
    for (let i = 0; i < OBSERVATION_TICKS; i++) mean += v[DEMANDS + i]! / OBSERVATION_TICKS;
    for (let i = 0; i < OBSERVATION_TICKS; i++) v[DEMANDS + i]! += gains[i]! * (load - mean);
  }

  /**
   * A step of the demand by J within the last tick moves the observation by J ÷ 4 and leaves 3J ÷ 4 to be recovered. So above the observation
   * there is no more than three times what it rose within a window, below it three times what it fell: at the end of a fall nothing is
   * added.
   *
   * While the filter may still ring from its start, three times what it rose within a tick count: of a demand that rises within a window,
   * o(t) − o(t−1) = (d(t−1) − d(t−5)) ÷ 4 and o(t) ≥ (d(t−1) + 3d(t−5)) ÷ 4. The largest of the last three, as one tick is noisy; what is older is in
   * the observation whole, so that nothing is claimed of a load that stays.
   */
  private bounded(demand: number, load: number): number {
    const { rise, fall } = this.values[RUN]! > RINGING_TICKS ? this.withinWindow(load) : this.withinTick(load);
    const hidden = OBSERVATION_TICKS - 1;
    return within(Math.max(0, load - hidden * fall), demand, load + hidden * rise);
  }

  private withinWindow(load: number): Moved {
    let least = load;
    let most = load;
    for (let i = 0; i < OBSERVATION_TICKS; i++) {
      least = Math.min(least, this.values[LOADS + i]!);
      most = Math.max(most, this.values[LOADS + i]!);
    }
    return { rise: load - least, fall: most - load };
  }

  private withinTick(load: number): Moved {
    let rise = 0;
    let fall = 0;
    let later = load;
    for (let i = 0; i < SETTLED_AFTER; i++) {
      const before = this.values[LOADS + i]!;
      rise = Math.max(rise, later - before);
      fall = Math.max(fall, before - later);
      later = before;
    }
    return { rise, fall };
  }

  private scale(a: number, b: number): number {
    return Math.max(a, b) + this.floor;
  }

  /** As it is, not copied. */
  state(): Float64Array {
    return this.values;
  }
}

function within(least: number, value: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}

/** Puts a value before a ring of four, newest first. */
function push(values: Float64Array, at: number, value: number): void {
  for (let i = OBSERVATION_TICKS - 1; i > 0; i--) values[at + i] = values[at + i - 1]!;
  values[at] = value;
}
