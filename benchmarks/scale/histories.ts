import { seededRandom } from '../../core/random.ts';
import { DAY_SECONDS, MINUTE_SECONDS, type Series } from '../../core/series.ts';
import { DEMAND_KINDS, generatedDemand } from '../generated-demand.ts';

const DAYS = 7;
const POINTS = (DAYS * DAY_SECONDS) / MINUTE_SECONDS;
/** Seeds whose load is recorded by the minute. */
const SEEDS = Array.from({ length: 40 }, (_, seed) => seed).filter((seed) => seed % 5 < 3);
/** Between the parts of one load that two workloads have. */
const SHIFT_POINTS = 97;

/**
 * Seven days by the minute of as many workloads as one asks for: ten kinds of load with 24 seeds each; from the 241st workload on
 * another part of one of these, each at a level of its own.
 */
export class Histories {
  private readonly loads: readonly Float64Array[];

  constructor() {
    this.loads = DEMAND_KINDS.flatMap((kind) => SEEDS.map((seed) => generatedDemand(kind, seed).values));
  }

  /** @param endSeconds the newest minute */
  of(i: number, endSeconds: number): Series {
    const load = this.loads[i % this.loads.length]!;
    const from = (Math.floor(i / this.loads.length) * SHIFT_POINTS) % (load.length - POINTS);
    const level = 0.25 + 1.75 * seededRandom(i)();
    const values = load.subarray(from, from + POINTS).map((value) => level * value);
    return { startSeconds: endSeconds - (POINTS - 1) * MINUTE_SECONDS, stepSeconds: MINUTE_SECONDS, values };
  }
}
