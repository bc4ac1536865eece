import { LEVELS } from '../../core/forecast.ts';
import { type Random, seededRandom } from '../../core/random.ts';
import { resample } from '../../core/resample.ts';
import { DAY_SECONDS, MINUTE_SECONDS, medianStepSeconds, type Series } from '../../core/series.ts';
import { cleanHistory } from '../../forecaster/clean.ts';
import { decimate } from '../../forecaster/day-ahead/backtest.ts';
import { PathFeatures } from '../../models/neural/path-features.ts';
import { PATH_INPUTS, PATH_LAYOUT } from '../../models/neural/path-inputs.ts';
import { TrainingRows } from '../../models/neural/training-set.ts';
import type { BenchOptions, BenchResult } from '../bench.ts';
import { imaginedLoad } from './imagined-load.ts';
import { shipNetwork } from './ship-network.ts';

const LOADS = 4_000;
const QUICK_LOADS = 40;
const DAYS = 12;
const HISTORY_DAYS = 7;
/** Of each load so many origins, and from each so many moments of the day after it. */
const ORIGINS = 24;
const HORIZONS = 16;
/** Of the loads, so many of a hundred teach nothing and tell when to stop. */
const HELD_OUT_PERCENT = 4;
/** As the backtest sees them, and as they were recorded. */
const COARSE_STEPS = [600, 1_200];
const COARSE_SHARE = 0.35;
/** So many histories are shorter than the rest. */
const SHORT_SHARE = 0.4;
/** So many moments are drawn by the logarithm of their distance, the others evenly. */
const NEAR_SHARE = 0.4;
/** A miss counts as the load does that is expected, in shares of the mean: the loss of a logarithm stands for that of the load. */
const LEAST_WEIGHT = 0.05;
const MOST_WEIGHT = 4;
/** No miss is larger, in scales. Loads that had one count less: what nobody announces comes less often than it is imagined. */
const MOST_MISSED = 8;
const WILD_SHARE = 0.3;
const SETTINGS = { levels: LEVELS, width: 64, blocks: 2, batch: 2_048, learningRate: 0.003, seed: 1 };
const EPOCHS = 8;

/**
 * Trains the path network that is shipped, on generated loads alone (imagined-load.ts): whoever runs it gets it again. Writes it as source
 * code where `--out` says.
 */
export async function run(options: BenchOptions): Promise<BenchResult> {
  const loads = options.quick ? QUICK_LOADS : LOADS;
  const rows = new TrainingRows(PATH_INPUTS, loads * ORIGINS * HORIZONS);
  for (let seed = 0; seed < loads; seed++) {
    play(seed, rows, seed % 100 < HELD_OUT_PERCENT);
    if ((seed + 1) % 100 === 0) options.progress?.(`${seed + 1} of ${loads} loads played`);
  }
  return shipNetwork(
    {
      title: 'base-path',
      file: 'models/neural/shipped-path-weights.ts',
      constant: 'BASE_PATH',
      layout: PATH_LAYOUT,
      loads,
      days: DAYS,
      rows,
      settings: { ...SETTINGS, epochs: options.quick ? 2 : EPOCHS },
    },
    options,
  );
}

/** One load: many origins with histories of one to seven days, and from each what came at many moments. */
function play(seed: number, rows: TrainingRows, heldOut: boolean): void {
  const random = seededRandom(50_001 + seed);
  const samples = imaginedLoad(300_000 + seed, DAYS);
  const step = Math.max(MINUTE_SECONDS, medianStepSeconds(samples.times) ?? MINUTE_SECONDS);
  const recorded = cleanHistory(resample(samples, step)).series;
  const coarse = COARSE_STEPS[Math.floor(random() * COARSE_STEPS.length)]!;
  const series = random() < COARSE_SHARE && coarse > step ? decimate(recorded, coarse) : recorded;
  const examples: TrainingExample[] = [];
  for (let i = 0; i < ORIGINS; i++) playOrigin(series, random, examples);
  const wild = examples.some(({ missed }) => Math.abs(missed) > MOST_MISSED);
  for (const { inputs, missed, weight } of examples) {
    const row = rows.next();
    row.values.set(inputs, row.at);
    rows.push(Math.max(-MOST_MISSED, Math.min(MOST_MISSED, missed)), (wild ? WILD_SHARE : 1) * weight, heldOut);
  }
}

interface TrainingExample {
  readonly inputs: Float32Array;
  /** What came, in units of the load's own scale from the anchor. */
  readonly missed: number;
  readonly weight: number;
}

function playOrigin(series: Series, random: Random, examples: TrainingExample[]): void {
  const { values, stepSeconds } = series;
  const day = Math.round(DAY_SECONDS / stepSeconds);
  const days = random() < SHORT_SHARE ? 1 + (HISTORY_DAYS - 1) * random() : HISTORY_DAYS;
  const span = Math.round(days * day);
  const origin = span + Math.floor((values.length - day - span) * random());
  if (!(origin > 0)) return;
  const features = new PathFeatures({ ...series, values: values.subarray(origin - span, origin) });
  if (!(features.largest > 0)) return;
  for (let i = 0; i < HORIZONS; i++) {
    const ahead = random() < NEAR_SHARE ? Math.round(day ** random()) : 1 + Math.floor(day * random());
    const y = values[origin - 1 + ahead];
    if (y === undefined || !Number.isFinite(y)) continue;
    const inputs = new Float32Array(PATH_INPUTS);
    const anchor = features.write(ahead, inputs, 0);
    const share = Math.exp(anchor - features.meanLog);
    examples.push({
      inputs,
      missed: (features.logOf(y) - anchor) / features.scale,
      weight: Math.max(LEAST_WEIGHT, Math.min(MOST_WEIGHT, share)),
    });
  }
}
