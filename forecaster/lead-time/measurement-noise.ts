/** What is measured of a signal fades to 1/e in two hours. */
const FADE_TICKS = 480;
/** Half an hour: before that nothing is known of the noise. */
const LEAST_TICKS = 120;
/** The resonators remember 33 ticks. */
const MEMORY = 0.97;

/** Numbers that are kept. */
export const NOISE_VALUES = 9;
const TICKS = 0;
const STEPS = 1;
const EVERY_SECOND = 2;
const EVERY_FOURTH = 3;
const EVERY_FOURTH_IMAGINARY = 4;
const POWER_AT_2 = 5;
const POWER_AT_4 = 6;
const CLAIMED = 7;
const CAME = 8;

/**
 * Measures how noisy a signal's observations are, and how much of what a filter says of it comes true. All in shares of the load.
 *
 * **Noise.** The mean of four ticks hides whatever repeats every two or four of them: at these periods an observation has no power,
 * whatever the demand does, and what power it has there is noise. Two resonators collect it. From white noise of variance r in the
 * observation, their outputs have the variance 2r ÷ (1 − a) and 2r ÷ (1 − a²); from the demand no more than twice that of a step of the
 * observation (from white demand of variance η, η/4 where a step has η/8), which is taken off.
 *
 * **Truth.** The observation three ticks on is the mean of the demand from the tick on that is claimed now. The regression of how the
 * observation moved on how far the claim was from it is 1 for a claim that is true, U ÷ (U + N) for one of variance U with an error of
 * variance N. Such a claim is nearer to the demand than the observation is only where N < U; what is believed falls to 0 there, by
 * 2U ÷ (U + N) − 1.
 */
export class MeasurementNoise {
  private readonly values: Float64Array;

  /** @param values NOISE_VALUES numbers, worked on in place; 0 at first. */
  constructor(values: Float64Array) {
    this.values = values;
  }

  /** @param step from the observation before, as a share of the load, −1 … 1 */
  step(step: number): void {
    const v = this.values;
    const fade = 1 / Math.min(FADE_TICKS, ++v[TICKS]!);
    const second = step - MEMORY * v[EVERY_SECOND]!;
    const fourth = step - MEMORY * v[EVERY_FOURTH_IMAGINARY]!;
    v[EVERY_FOURTH_IMAGINARY] = MEMORY * v[EVERY_FOURTH]!;
    v[EVERY_FOURTH] = fourth;
    v[EVERY_SECOND] = second;
    v[STEPS]! += fade * (step * step - v[STEPS]!);
    v[POWER_AT_2]! += fade * (second * second - v[POWER_AT_2]!);
    v[POWER_AT_4]! += fade * (fourth * fourth + v[EVERY_FOURTH_IMAGINARY]! ** 2 - v[POWER_AT_4]!);
  }

  /**
   * @param claimed how far the recovered demand was from the observation three ticks ago. @param came how the observation moved since. Both
   * as shares of the load.
   */
  settle(claimed: number, came: number): void {
    const v = this.values;
    const fade = 1 / Math.min(FADE_TICKS, Math.max(1, v[TICKS]!));
    v[CLAIMED]! += fade * (claimed * claimed - v[CLAIMED]!);
    v[CAME]! += fade * (claimed * came - v[CAME]!);
  }

  /** It has been measured for long enough. */
  get known(): boolean {
    return this.values[TICKS]! >= LEAST_TICKS;
  }

  /** Variance of an observation's noise. */
  get noise(): number {
    const v = this.values;
    const at2 = ((v[POWER_AT_2]! - 2 * v[STEPS]!) * (1 - MEMORY)) / 2;
    const at4 = ((v[POWER_AT_4]! - 2 * v[STEPS]!) * (1 - MEMORY * MEMORY)) / 2;
    return Math.min(v[STEPS]! / 2, Math.max(0, (at2 + at4) / 2));
  }

  /** Variance of noise ÷ variance of the demand's step; Infinity: all is noise. */
  get ratio(): number {
    const { noise } = this;
    return noise === 0 ? 0 : noise / (4 * (this.values[STEPS]! - 2 * noise));
  }

  /** The share of a claim that is believed, 0 … 1. */
  get belief(): number {
    const v = this.values;
    if (!this.known || v[CLAIMED] === 0) return 0;
    return Math.min(1, Math.max(0, (2 * v[CAME]!) / v[CLAIMED]! - 1));
  }

  /**
   * Standard error of the demand of the last tick, of which so much of the claim is believed; as a share of the load.
   * @param windowTicks of which an observation is the mean
   */
  error(belief: number, windowTicks: number): number {
    const v = this.values;
    const { noise } = this;
    const wrong = Math.max(0, v[CLAIMED]! - v[CAME]!);
    const hidden = hiddenSteps(windowTicks) * Math.max(0, v[STEPS]! - 2 * noise);
    return Math.sqrt(noise + belief ** 2 * wrong + (1 - belief) ** 2 * hidden);
  }
}

/**
 * The variance of the demand's last tick about the observation, in variances of an observation's step. For a random walk of q a tick it is 14q/16
 * to q/4 where every tick is in the mean of four. With four scrapes a window of W = 4s ticks the mean is of 3s of them and moves by q/3 a tick;
 * it is off by ((3s − 1)(6s − 1) ÷ 18s + (s + 1) ÷ 2) q: 9 times as much for two minutes, 22 for five. A line through these.
 */
function hiddenSteps(windowTicks: number): number {
  return Math.max(0, 1.375 * windowTicks - 2);
}
