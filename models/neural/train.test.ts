import { beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { normalQuantile, seededRandom } from '../../core/random.ts';
import { BACKENDS, type Backend, loadBackend } from './backend.io.ts';
import { randomModel } from './example-model.ts';
import { predictor } from './quantile-model.ts';
import { predictBatch, type Trained, type TrainingSettings, trainQuantiles } from './train.io.ts';
import { TrainingRows, type TrainingSet } from './training-set.ts';

const LEVELS = [0.5, 0.9];
const SETTINGS: TrainingSettings = {
  levels: LEVELS,
  width: 8,
  blocks: 1,
  epochs: 6,
  batch: 64,
  learningRate: 0.02,
  seed: 3,
};

/** y = 2a + |b| · noise: the median is linear, what lies above it is not. */
function examples(count: number): TrainingSet {
  const random = seededRandom(5);
  const rows = new TrainingRows(2, 16);
  for (let i = 0; i < count; i++) {
    const { values, at } = rows.next();
    values[at] = normalQuantile(random());
    values[at + 1] = normalQuantile(random());
    const noise = normalQuantile(random());
    rows.push(2 * values[at]! + Math.abs(values[at + 1]!) * noise, 1, i % 5 === 0);
  }
  return rows.set();
}
const SET = examples(1_200);

function quantilesAt(neural: Parameters<typeof predictor>[0], a: number, b: number): Float64Array {
  const out = new Float64Array(LEVELS.length);
  predictor(neural)(Float32Array.of(a, b), 0, out);
  return out;
}

describe.each(BACKENDS)('training on the backend %s', (name) => {
  let backend: Backend;
  let trained: Trained | undefined;
  const once = (tf: Backend['tf']): Trained => {
    trained ??= trainQuantiles(tf, SET, SETTINGS);
    return trained;
  };
  beforeAll(async () => {
    backend = await loadBackend({ prefer: name });
  });
  const here = ({ skip }: TestContext): Backend['tf'] => {
    if (backend.name !== name) console.log(`skipped: ${backend.why}`);
    return backend.name === name ? backend.tf : skip(backend.why);
  };

  it('learns median and spread, frees what it took, and gives the same again', (context) => {
    const tf = here(context);
    const before = tf.memory().numTensors;
    const { neural, firstLoss, heldOutLoss } = trainQuantiles(tf, SET, SETTINGS);
    expect(tf.memory().numTensors).toBe(before);
    expect(heldOutLoss).toBeLessThan(0.5 * firstLoss);
    const calm = quantilesAt(neural, 1, 0.1);
    const wild = quantilesAt(neural, 1, 2);
    expect(calm[0]!).toBeCloseTo(2, 0);
    // The 0.9 quantile of a normal is 1.28 deviations over its median.
    expect(wild[1]! - wild[0]!).toBeGreaterThan(1.5);
    expect(calm[1]! - calm[0]!).toBeLessThan(0.8);
    expect(once(tf).neural).toEqual(neural);
  });

  it('predicts in batches what plain arithmetic predicts, to a hundred-thousandth', (context) => {
    const tf = here(context);
    const neural = randomModel(5, [0.5, 0.9, 0.99]);
    const random = seededRandom(1);
    const rows = Float32Array.from({ length: 500 }, () => 4 * normalQuantile(random()));
    const batch = predictBatch(tf, neural, rows);
    const predict = predictor(neural);
    const out = new Float64Array(3);
    for (let row = 0; row < 100; row++) {
      predict(rows, row * 5, out);
      for (let l = 0; l < 3; l++) {
        expect(Math.abs(batch[row * 3 + l]! - out[l]!)).toBeLessThan(1e-5 * (1 + Math.abs(out[l]!)));
      }
    }
  });

  it('going on from a neural model never ends worse on what was kept back; what can only get worse stays', (context) => {
    const tf = here(context);
    const { neural, heldOutLoss } = once(tf);
    const further = trainQuantiles(tf, SET, { ...SETTINGS, from: neural, epochs: 1 });
    expect(further.heldOutLoss).toBeLessThanOrEqual(heldOutLoss * (1 + 1e-5));
    const poisoned = { ...SET, targets: SET.targets.map((y, i) => (SET.heldOut[i] ? y : 1_000)) };
    expect(trainQuantiles(tf, poisoned, { ...SETTINGS, from: neural, epochs: 2 }).neural).toBe(neural);
  });

  it('says that it diverged instead of giving NaN', (context) => {
    const tf = here(context);
    const huge = { ...SET, targets: SET.targets.map(() => 3e38) };
    const before = tf.memory().numTensors;
    expect(() => trainQuantiles(tf, huge, SETTINGS)).toThrow(/not finite/);
    expect(tf.memory().numTensors).toBe(before);
  });
});

it('rows that are not finite are never learned from', () => {
  const rows = new TrainingRows(2, 1);
  for (const [a, y] of [
    [1, 2],
    [Number.NaN, 2],
    [1, Number.POSITIVE_INFINITY],
    [3, 4],
  ] as const) {
    const { values, at } = rows.next();
    values.set([a, 0], at);
    rows.push(y, 1, false);
  }
  const { rows: kept, targets } = rows.set();
  expect([...kept]).toEqual([1, 0, 3, 0]);
  expect([...targets]).toEqual([2, 4]);
});
