import { describe, expect, it } from 'vitest';
import { WorldError } from '../../core/errors.ts';
import { NeuralModelCache } from '../../forecaster/lead-time/neural/model-cache.ts';
import { LEAD_TIME_LAYOUT, NEURAL_INPUTS } from '../../forecaster/lead-time/neural/neural-model.ts';
import { shippedModel } from '../../forecaster/lead-time/neural/shipped-model.ts';
import { decodeArtefact, encodeArtefact } from '../../models/neural/artefact.ts';
import { randomModel } from '../../models/neural/example-model.ts';
import { MemoryNeuralModelStore } from '../../storage/neural-model-store.ts';
import { type Log, SILENT } from '../../telemetry/log/log.ts';
import { addonConfig } from '../config/config.ts';
import { loadsOf, NightlySchedule, NightlyTraining, nightOf } from './nightly-training.ts';
import type { TrainingOutcome } from './training-task.ts';
import { trainOnThread } from './training-thread.io.ts';

const artefact = (seed: number) =>
  encodeArtefact(randomModel(NEURAL_INPUTS, [0.5, 0.99], 4, seed), {
    layout: LEAD_TIME_LAYOUT,
    trainedOn: 'nothing',
    rows: 0,
    seed,
    untilSeconds: 0,
    firstLoss: 1,
    heldOutLoss: 1,
  });
const idOf = (bytes: Uint8Array) => decodeArtefact(bytes, LEAD_TIME_LAYOUT).id;
const published = (bytes: Uint8Array): TrainingOutcome => ({ kind: 'published', bytes, why: 'better', examples: 9 });

function world(use: 'trained' | 'shipped' | 'none' = 'trained') {
  const store = new MemoryNeuralModelStore();
  const modelCache = new NeuralModelCache();
  const errors: string[] = [];
  const schedule: (() => TrainingOutcome)[] = [];
  const log: Log = { ...SILENT, error: (message) => errors.push(message) };
  const train = async () => schedule.shift()!();
  const neuralModels = new NightlyTraining({ store, modelCache, use, train, log });
  const night = (outcome: () => TrainingOutcome) => {
    schedule.push(outcome);
    return neuralModels.night([], 0);
  };
  return { store, modelCache, errors, neuralModels, night };
}

describe('neural models from night to night', () => {
  it('a better one is backtested from then on, a worse one is taken back, and each stays at hand for who was calibrated with it', async () => {
    const { modelCache, night } = world();
    const [first, second] = [artefact(1), artefact(2)];
    expect(modelCache.current).toBe('shipped');
    await night(() => published(first));
    await night(() => published(second));
    expect(modelCache.current).toBe(second);
    await night(() => ({ kind: 'kept', why: 'no better', examples: 9 }));
    expect(modelCache.current).toBe(second);
    await night(() => ({ kind: 'rolled-back', to: 'previous', why: 'worse', examples: 9 }));
    expect(modelCache.current).toBe(first);
    await night(() => published(second));
    await night(() => ({ kind: 'rolled-back', to: 'shipped', why: 'worse', examples: 9 }));
    expect(modelCache.current).toBe('shipped');
    for (const bytes of [first, second]) expect(modelCache.get(idOf(bytes))?.id).toBe(idOf(bytes));
    expect(modelCache.get(shippedModel().id)).toBe(shippedModel());
    expect(modelCache.get('another')).toBeUndefined();
  });

  it('a training that dies changes nothing', async () => {
    const { modelCache, store, night } = world();
    await night(() => published(artefact(1)));
    const dead = night(() => {
      throw new WorldError('the training of the neural model ran out of memory');
    });
    await expect(dead).rejects.toThrow('ran out of memory');
    expect(modelCache.current).toBe(await store.current());
  });

  it('a damaged or foreign one is said once, and what is at hand stays', async () => {
    const { modelCache, store, errors, neuralModels, night } = world();
    const good = artefact(1);
    await night(() => published(good));
    await store.publish(good.slice(0, 700));
    await neuralModels.refresh();
    await neuralModels.refresh();
    expect(errors).toEqual(['the trained neural model can not be used: the one at hand stays']);
    expect(modelCache.current).toBe(good);
  });

  it('asked for the shipped one or none, no trained one is taken', async () => {
    for (const use of ['shipped', 'none'] as const) {
      const { modelCache, store, neuralModels } = world(use);
      await store.publish(artefact(1));
      await neuralModels.refresh();
      expect(modelCache.current).toBe(use);
    }
  });
});

describe('what is learned from', () => {
  const metrics = Array.from({ length: 20 }, (_, i) => ({ id: `${i}`, leadTimeSeconds: 30, podCapacity: 1 }));
  const history = { startSeconds: 0, stepSeconds: 60, values: new Float64Array(1) };

  it('are so many at most, drawn by chance, each once; who can not be read is left out', async () => {
    const read = async (id: string) => {
      if (id === '3') throw new WorldError('damaged');
      return id === '4' ? undefined : history;
    };
    const of = (most: number) => loadsOf(metrics, most, read, { log: SILENT, random: Math.random });
    expect(new Set((await of(100)).map(({ id }) => id)).size).toBe(18);
    const five = (await of(5)).map(({ id }) => id);
    expect(five.length).toBeLessThanOrEqual(5);
    expect(new Set(five).size).toBe(five.length);
  });
});

const at = (day: number, hour: number) => day * 86_400 + hour * 3_600;

describe('nights of one process', () => {
  const settings = addonConfig({}, 'test').neural;

  it('train once a night, the leader only, and after a failure the next night', async () => {
    const { neuralModels } = world();
    let leads = true;
    let fails = false;
    const trained: number[] = [];
    let now = 0;
    const loads = async () => {
      trained.push(now / 86_400);
      if (fails) throw new WorldError('the histories can not be read');
      return [];
    };
    neuralModels.night = async () => ({ kind: 'kept', why: 'no better', examples: 9 });
    const schedule = new NightlySchedule({ neuralModels, settings, isLeader: () => leads, loads }, at(10, 12));
    const until = async (end: number) => {
      for (; now < end; now += 600) await schedule.look(now).catch(() => undefined);
    };
    now = at(10, 12);
    await until(at(12, 12));
    leads = false;
    await until(at(13, 12));
    leads = true;
    fails = true;
    await until(at(15, 12));
    expect(trained.map(Math.floor)).toEqual([11, 12, 14, 15]);
    expect(trained.map((day) => Math.round((day % 1) * 24))).toEqual([2, 2, 2, 2]);
  });

  it('do not train where that is not wanted', async () => {
    const off = addonConfig({ neural: { training: { enabled: false } } }, 'test').neural;
    let asked = 0;
    const loads = async () => {
      asked++;
      return [];
    };
    const schedule = new NightlySchedule(
      { neuralModels: world().neuralModels, settings: off, isLeader: () => true, loads },
      at(1, 0),
    );
    await schedule.look(at(9, 0));
    expect(asked).toBe(0);
  });
});

it('a training is not begun where its memory is not free', async () => {
  const config = addonConfig({ neural: { training: { memoryMb: 500 } } }, 'test');
  const train = trainOnThread(new URL('file:///nowhere.js'), config, new AbortController().signal, () => 400 * 2 ** 20);
  const task = { loads: [], current: undefined, previous: undefined, seed: 1 };
  await expect(train(task, () => {})).rejects.toThrow(
    /may take 500 MB \(neural\.training\.memoryMb\) and 400 MB are free: raise the memory limit/,
  );
});

it('a night begins at its hour', () => {
  expect(nightOf(at(3, 1.99), 2)).toBe(nightOf(at(2, 2), 2));
  expect(nightOf(at(3, 2), 2)).toBe(nightOf(at(2, 2), 2) + 1);
});
