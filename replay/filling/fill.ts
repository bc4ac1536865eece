import { normalQuantile, type Random, seededRandom } from '../../core/random.ts';
import { HOUR_SECONDS, MINUTE_SECONDS, type Samples } from '../../core/series.ts';
import { type BridgePoint, bridge } from './fractional-bridge.ts';
import { Roughness } from './roughness.ts';

/**
 * How the demand between two samples over a minute apart is made up.
 * `linear`: a straight line, whose slope tells the next sample. `step`: the last sample until the next one. `displacement`: random
 * midpoint displacement, as rough as the trace itself was until then.
 */
export const FILLINGS = ['linear', 'step', 'displacement'] as const;
export type Filling = (typeof FILLINGS)[number];

/** What came closest to replays of the full traces (npm run bench -- coarse). */
export const DEFAULT_FILLING: Filling = 'displacement';

/** A step that trembles around a minute or an hour is one. */
const TREMBLE = 1.05;
/** Samples further apart than so many steps have a gap between them. */
export const MAX_STEPS_APART = 2;
/** Further apart than so many steps they are no neighbours. */
const NEXT_STEPS = 1.5;
/** Samples before a segment that say where its level is. */
const BEFORE = 3;
/** The filling has dice of its own. */
const FILL_SEED = 0x6f11;
const JUMP_SEED = 0x70a3;

/** Whether what lies between the samples of a trace is filled; a finer one is taken as it is, linear between its samples. */
export function isCoarse(stepSeconds: number): boolean {
  return stepSeconds > TREMBLE * MINUTE_SECONDS;
}

/**
 * A trace by the minute: what lies between two samples at most two steps apart is made up. Every sample stays. What is made up
 * between two of them follows from these two, from samples before them and from the seed.
 * @param stepSeconds of the trace, over a minute
 */
export function fillToMinutes(samples: Samples, stepSeconds: number, filling: Filling, seed: number): Samples {
  if (filling === 'linear') return samples;
  const { times, values } = samples;
  const filled = new MinuteSamples(samples, stepSeconds);
  const draw = filling === 'step' ? holdLast : displaced(stepSeconds, seed);
  for (let i = 0; i < times.length; i++) {
    const from = times[i]!;
    filled.add(from, values[i]!);
    const isNext = i > 0 && from - times[i - 1]! <= NEXT_STEPS * stepSeconds;
    const distance = (times[i + 1] ?? Number.POSITIVE_INFINITY) - from;
    const parts = distance <= MAX_STEPS_APART * stepSeconds ? Math.round(distance / MINUTE_SECONDS) : 1;
    const between = draw(from, values[i]!, isNext, values[i + 1]!, parts);
    for (let part = 1; part < parts; part++) filled.add(from + (distance * part) / parts, between[part]!);
  }
  return filled.samples();
}

/**
 * Draws what lies between a sample and the next.
 * @param isNext the sample is one step after the one before it
 * @param parts that the segment is divided into; 1: there is nothing to draw
 * @returns by part, 1 … parts − 1; valid until the next call
 */
type Draw = (time: number, value: number, isNext: boolean, next: number, parts: number) => ArrayLike<number>;

function diceOf(seed: number, minute: number): Random {
  return seededRandom(seed ^ Math.imul(minute, 0x9e3779b1));
}

const holdLast: Draw = (_time, value, _isNext, _next, parts) => new Float64Array(parts).fill(value);

function displaced(stepSeconds: number, seed: number): Draw {
  const roughness = new Roughness();
  const bridges = new Map<string, readonly BridgePoint[]>();
  const partsPerStep = stepSeconds / MINUTE_SECONDS;
  return (time, value, isNext, next, parts) => {
    roughness.add(value, isNext);
    const drawn = new Float64Array(parts + 1);
    if (parts < 2) return drawn;
    const { recent, hurst, stepVariance } = roughness;
    const before = Math.min(BEFORE, recent.length - 1);
    const key = `${parts} ${before} ${hurst}`;
    let points = bridges.get(key);
    if (!points) {
      points = bridge(parts, partsPerStep, before, hurst);
      bridges.set(key, points);
    }
    // Dice of the segment's own: what is drawn in it depends on nothing that comes after it.
    const random = diceOf(seed ^ FILL_SEED, Math.floor(time / MINUTE_SECONDS));
    const jump = roughness.jumpTo(next);
    // What a schedule starts, it starts at the same minute each hour or day, whichever that is.
    const jumpsAt =
      1 + Math.floor(parts * diceOf(seed ^ JUMP_SEED, Math.floor((time % HOUR_SECONDS) / MINUTE_SECONDS))());
    drawn[0] = value;
    drawn[parts] = next - jump;
    for (const { part, neighbours, weights, variance } of points) {
      let middle = 0;
      for (let k = 0; k < weights.length; k++) {
        const neighbour = neighbours[k]!;
        middle += weights[k]! * (neighbour < 0 ? recent[recent.length - 1 + neighbour]! : drawn[neighbour]!);
      }
      const level = Math.max(0, middle + (part >= jumpsAt ? jump : 0));
      drawn[part] = middle + Math.sqrt(stepVariance * variance) * level * normalQuantile(random());
    }
    for (let part = 1; part < parts; part++) drawn[part] = Math.max(0, drawn[part]! + (part >= jumpsAt ? jump : 0));
    return drawn;
  };
}

/** Samples as they are added, in room for all of them. */
class MinuteSamples {
  private readonly times: Float64Array;
  private readonly values: Float64Array;
  private count = 0;

  constructor({ times }: Samples, stepSeconds: number) {
    const most = times.length * (Math.round((MAX_STEPS_APART * stepSeconds) / MINUTE_SECONDS) + 1);
    this.times = new Float64Array(most);
    this.values = new Float64Array(most);
  }

  add(time: number, value: number): void {
    this.times[this.count] = time;
    this.values[this.count++] = value;
  }

  samples(): Samples {
    return { times: this.times.slice(0, this.count), values: this.values.slice(0, this.count) };
  }
}
