import { join } from 'node:path';
import type { AddonConfig } from '../../addon/config/config.ts';
import type { RefitPool, Refitted } from '../../addon/refits/refit.ts';
import { refitHere, refitThreads } from '../../addon/refits/refit-pool.io.ts';
import { ChosenSource } from '../../addon/sources/chosen-source.ts';
import { ownRecording } from '../../addon/sources/recording.ts';
import { loadsOf, NightlySchedule, NightlyTraining } from '../../addon/training/nightly-training.ts';
import { trainOnThread } from '../../addon/training/training-thread.io.ts';
import { ClockCheck, type ServerTime } from '../../core/clock-check.ts';
import { WEEKS_DAYS, WEEKS_STEP_SECONDS } from '../../core/weeks.ts';
import { NeuralModelCache } from '../../forecaster/lead-time/neural/model-cache.ts';
import { FileGuardStore } from '../../storage/file-guard-store.io.ts';
import { FileHistoryStore } from '../../storage/file-history-store.io.ts';
import { FileNeuralModelStore } from '../../storage/file-neural-model-store.io.ts';
import { MemoryForecastStore } from '../../storage/forecast-store.ts';
import type { HistoryStore } from '../../storage/history-store.ts';
import { CLOCK, epochSeconds, keepDoing, monotonic, ownNamespace } from '../process.ts';
import { chooseSource } from './demand-choice.ts';
import { fileRecords } from './file-records.ts';
import { runScaling, type ScalingBase, type ScalingFlags, type ScalingStores } from './scaling.ts';
import { startupsFile } from './startups-file.ts';

export type RunFlags = ScalingFlags;

const TRAINING_SCRIPT = new URL('../../addon/training/training-worker.io.js', import.meta.url);
const NEURAL_REFRESH_SECONDS = 300;

/** `prescale run`: the addon in one process until SIGTERM or SIGINT. */
export async function runAddon(flags: RunFlags): Promise<void> {
  await runScaling(flags, { stores: ownStores, replays: 'here' });
}

/** History and the guards' memory in files, all else in memory; refits on threads. */
async function ownStores(base: ScalingBase): Promise<ScalingStores> {
  const { config, api, inside, log, metrics } = base;
  const onDamage = (message: string) => log.error(message);
  const handlers = { onDamage, epochSeconds };
  const { folder, retentionDays } = config.store;
  const history = await FileHistoryStore.open(folder, retentionDays, handlers);
  const weeks = await FileHistoryStore.open(join(folder, 'weeks'), WEEKS_DAYS, handlers, WEEKS_STEP_SECONDS);
  const clock = new ClockCheck(monotonic);
  let isOff = false;
  const compare = (time: ServerTime) => {
    clock.compare('Prometheus', time);
    const problem = clock.ownProblem;
    if (problem !== undefined && !isOff) log.error('a clock is off: nothing is removed', { problem });
    isOff = problem !== undefined;
  };
  const source = new ChosenSource(
    () => chooseSource(config, api, history, inside, ownNamespace(), log, {}, compare),
    monotonic,
    (name, outcome, seconds) => metrics.query(name, outcome, seconds),
  );
  const records = await fileRecords(config.store.folder, handlers);
  const pool = newPool(config);
  const neuralModels = new NeuralModelCache();
  const schedule = trainNightly(base, neuralModels, history);
  return {
    source,
    history,
    weeks,
    neuralModels,
    recording: ownRecording(source, history, { store: weeks, clock: CLOCK, epochSeconds, random: Math.random, log }),
    forecasts: new MemoryForecastStore<Refitted>(),
    refits: { pool },
    guards: new FileGuardStore(config.store.folder),
    records,
    clockProblem: () => clock.ownProblem,
    startups: startupsFile(config.store.folder),
    close: async () => {
      await Promise.all([schedule, pool.close(), source.close(), history.close(), weeks.close(), records.close()]);
    },
  };
}

/** Ends with the signal. */
async function trainNightly(
  { config, log, signal, isLeader, trained }: ScalingBase,
  modelCache: NeuralModelCache,
  history: HistoryStore,
): Promise<void> {
  const { neural, store } = config;
  const train = trainOnThread(TRAINING_SCRIPT, config, signal);
  const neuralModels = new NightlyTraining({
    store: new FileNeuralModelStore(store.folder),
    modelCache,
    use: neural.use,
    train,
    log,
  });
  const read = (id: string) => history.read(id);
  const loads = () => loadsOf(trained(), neural.training.workloads, read, { log, random: Math.random });
  const schedule = new NightlySchedule({ neuralModels, settings: neural, isLeader, loads }, epochSeconds());
  const look = () => schedule.look(epochSeconds());
  await keepDoing('training the neural model', NEURAL_REFRESH_SECONDS, look, log, signal);
}

function newPool({ forecast }: AddonConfig): RefitPool {
  return forecast.workers === 0
    ? refitHere()
    : refitThreads(new URL('../../addon/refits/refit-worker.io.js', import.meta.url), forecast.workers);
}
