import { addonConfig } from '../../addon/config/config.ts';
import type { TrainingLoad } from '../../addon/training/training-task.ts';
import { trainOnThread } from '../../addon/training/training-thread.io.ts';
import { seededRandom } from '../../core/random.ts';
import { resampleSeries } from '../../core/resample.ts';
import { MINUTE_SECONDS } from '../../core/series.ts';
import { NETWORK_INPUTS } from '../../forecaster/lead-time/neural/neural-model.ts';
import { baseArtefact } from '../../forecaster/lead-time/neural/shipped-model.ts';
import { teach } from '../../forecaster/lead-time/neural/training-examples.ts';
import { BACKENDS, type BackendName } from '../../models/neural/backend.io.ts';
import { predictor } from '../../models/neural/quantile-model.ts';
import { runInThread } from '../../models/neural/thread.io.ts';
import { TrainingRows } from '../../models/neural/training-set.ts';
import { EXACT_GRID, toGrid } from '../../replay/clock.ts';
import type { BenchOptions, BenchResult } from '../bench.ts';
import type { BackendAnswer, BackendTask } from './backend-child.ts';
import { imaginedLoad } from './imagined-load.ts';

const WORKLOADS = 1_000;
const QUICK_WORKLOADS = 50;
const DAYS = 7;
/** Loads that the training of the shipped network has not seen. */
const FIRST_SEED = 50_000;
/** What each backend learns from, and predicts. */
const ROWS = 20_000;
const MB = 2 ** 20;

/** A night's training over a cluster's workloads on a thread as the addon has it, and what each backend takes for the same work. */
export async function run(options: BenchOptions): Promise<BenchResult> {
  const say = options.progress ?? (() => undefined);
  const workloads = options.quick ? QUICK_WORKLOADS : WORKLOADS;
  const loads = Array.from({ length: workloads }, (_, i) => loadOf(FIRST_SEED + i));
  say(`${workloads} loads of ${DAYS} days made`);
  const rows = lessonsOf(loads.slice(0, 40));
  const night = await measureNight(loads, say);
  const plain = measurePlain(rows);
  const backends: (string | number)[][] = [];
  for (const name of BACKENDS) {
    const answer = await measureBackend(name, rows);
    backends.push([
      name,
      answer.name,
      answer.trainSeconds,
      answer.predictMicros,
      answer.predictMicros / plain,
      answer.farthest,
    ]);
    say(`${name}: ${answer.trainSeconds.toFixed(1)} s`);
  }
  return {
    title: 'neural',
    columns: ['what', 'value', 'unit', 'wanted', 'verdict'],
    rows: [
      verdict(`a night's training over ${workloads} workloads × ${DAYS} days`, night.seconds / 60, 'min', 15),
      verdict('the process meanwhile, at most', night.megabytes, 'MB', 1024),
      ['of it histories and what was there before', night.megabytesBefore, 'MB', '', ''],
      verdict('a prediction, plain arithmetic', plain / 1_000, 'ms', 1),
    ],
    notes: [`the training ${night.why}`],
    more: [
      {
        title: `the same ${ROWS} lessons on each backend`,
        columns: [
          'asked for',
          'taken',
          'two epochs, s',
          'a prediction in a batch, µs',
          '÷ plain arithmetic',
          'farthest from it',
        ],
        rows: backends,
        notes: ['farthest: largest difference of a quantile to that of plain arithmetic, log ratio'],
      },
    ],
  };
}

function verdict(what: string, value: number, unit: string, wanted: number): (string | number)[] {
  return [what, value, unit, `≤ ${wanted}`, value <= wanted ? 'met' : 'NOT MET'];
}

function loadOf(seed: number): TrainingLoad {
  const random = seededRandom(seed);
  const { observed, startSeconds } = toGrid(imaginedLoad(seed, DAYS), EXACT_GRID);
  const series = resampleSeries({ startSeconds, stepSeconds: 15, values: observed }, MINUTE_SECONDS);
  const peak = series.values.reduce((most, value) => (Number.isNaN(value) ? most : Math.max(most, value)), 0);
  return { id: `${seed}`, history: series, leadSeconds: 15 * 24 ** random(), podCapacity: peak / (4 + 46 * random()) };
}

async function measureNight(loads: readonly TrainingLoad[], say: (line: string) => void) {
  const extension = import.meta.url.slice(import.meta.url.lastIndexOf('.'));
  const script = new URL(`../../addon/training/training-worker.io${extension}`, import.meta.url);
  const before = process.memoryUsage.rss();
  let most = before;
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 50);
  const began = performance.now();
  try {
    const train = trainOnThread(script, addonConfig({}, 'the defaults'), new AbortController().signal);
    const task = { loads, current: undefined, previous: undefined, seed: 1 };
    const outcome = await train(task, say);
    const seconds = (performance.now() - began) / 1_000;
    return { seconds, why: `${outcome.kind}: ${outcome.why}`, megabytes: most / MB, megabytesBefore: before / MB };
  } finally {
    clearInterval(watch);
  }
}

function lessonsOf(loads: readonly TrainingLoad[]): Float32Array {
  const rows = new TrainingRows(NETWORK_INPUTS);
  for (const { history, ...load } of loads) {
    const { values: observed } = resampleSeries(history, 15);
    teach({ observed, ...load }, { every: 8, heldOutFrom: Number.POSITIVE_INFINITY }, rows);
  }
  return rows.set().rows.slice(0, ROWS * NETWORK_INPUTS);
}

/** Microseconds a row. */
function measurePlain(rows: Float32Array): number {
  const { network } = baseArtefact();
  const predict = predictor(network);
  const out = new Float64Array(network.levels.length);
  const pass = () => {
    const began = performance.now();
    for (let at = 0; at < rows.length; at += NETWORK_INPUTS) predict(rows, at, out);
    return ((performance.now() - began) * 1_000 * NETWORK_INPUTS) / rows.length;
  };
  pass();
  return Math.min(pass(), pass(), pass());
}

/** Each in a thread of its own: they share one engine in a thread. */
function measureBackend(prefer: BackendName, rows: Float32Array): Promise<BackendAnswer> {
  const extension = import.meta.url.slice(import.meta.url.lastIndexOf('.'));
  const task: BackendTask = { prefer, rows };
  return runInThread<BackendAnswer>({
    script: new URL(`./backend-child${extension}`, import.meta.url),
    what: `the backend ${prefer}`,
    data: task,
    limits: { seconds: 600, heapMb: 1_024, growthMb: 4_096 },
  });
}
