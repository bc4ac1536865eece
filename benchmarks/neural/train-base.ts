import { seededRandom } from '../../core/random.ts';
import { LEAD_TIME_LAYOUT, NETWORK_INPUTS } from '../../forecaster/lead-time/neural/neural-model.ts';
import { teach } from '../../forecaster/lead-time/neural/training-examples.ts';
import { TrainingRows } from '../../models/neural/training-set.ts';
import { EXACT_GRID, toGrid } from '../../replay/clock.ts';
import type { BenchOptions, BenchResult } from '../bench.ts';
import { imaginedLoad } from './imagined-load.ts';
import { shipNetwork } from './ship-network.ts';

const LOADS = 2_400;
const QUICK_LOADS = 40;
const DAYS = 9;
const ROWS_A_LOAD = 600;
/** Of the loads, so many of a hundred teach nothing and tell when to stop. */
const HELD_OUT_PERCENT = 6;
/** Pods at the peak: 4 … 50; p90 of the start-up: 15 s … 6 min, by its logarithm. */
const LEAST_PODS = 4;
const MORE_PODS = 46;
const LEAST_LEAD_SECONDS = 15;
const LEAD_FACTOR = 24;
const SETTINGS = { levels: [0.5, 0.8, 0.95, 0.99], width: 48, blocks: 2, batch: 2_048, learningRate: 0.003, seed: 1 };
const EPOCHS = 12;

/**
 * Trains the network that is shipped, on generated loads alone (imagined-load.ts): whoever runs it gets it again. Writes it as source code
 * where `--out` says.
 */
export async function run(options: BenchOptions): Promise<BenchResult> {
  const loads = options.quick ? QUICK_LOADS : LOADS;
  return shipNetwork(
    {
      title: 'base',
      file: 'models/neural/shipped-lead-time-weights.ts',
      constant: 'BASE_LEAD_TIME',
      layout: LEAD_TIME_LAYOUT,
      loads,
      days: DAYS,
      rows: lessonsOf(loads, options.progress),
      settings: { ...SETTINGS, epochs: options.quick ? 2 : EPOCHS },
    },
    options,
  );
}

function lessonsOf(loads: number, progress: ((line: string) => void) | undefined): TrainingRows {
  const rows = new TrainingRows(NETWORK_INPUTS, loads * ROWS_A_LOAD);
  for (let seed = 0; seed < loads; seed++) {
    const random = seededRandom(90_001 + seed);
    const samples = imaginedLoad(seed, DAYS);
    const peak = samples.values.reduce((most, value) => Math.max(most, value), 0);
    if (!(peak > 0)) continue;
    const podCapacity = peak / (LEAST_PODS + MORE_PODS * random());
    const leadSeconds = LEAST_LEAD_SECONDS * LEAD_FACTOR ** random();
    const { observed } = toGrid(samples, EXACT_GRID);
    const every = Math.max(1, Math.floor((observed.length * 5) / 21 / ROWS_A_LOAD));
    const heldOutFrom = seed % 100 < HELD_OUT_PERCENT ? 0 : Number.POSITIVE_INFINITY;
    teach({ observed, leadSeconds, podCapacity }, { every, heldOutFrom }, rows, seed % every);
    if ((seed + 1) % 100 === 0) progress?.(`${seed + 1} of ${loads} loads played`);
  }
  return rows;
}
