import type { AddonConfig } from '../../addon/config/config.ts';
import type { RefitPool, Refitted } from '../../addon/refits/refit.ts';
import { refitHere, refitThreads } from '../../addon/refits/refit-pool.io.ts';
import { ChosenSource } from '../../addon/sources/chosen-source.ts';
import { ownRecording } from '../../addon/sources/recording.ts';
import { loadsOf, NightlyNetworks, Nights } from '../../addon/training/nightly-training.ts';
import { trainOnThread } from '../../addon/training/training-thread.io.ts';
import { ClockCheck, type ServerTime } from '../../core/clock-check.ts';
import { NetworkShelf } from '../../forecaster/lead-time/neural/model-cache.ts';
import { FileGuardStore } from '../../storage/file-guard-store.io.ts';
import { FileHistoryStore } from '../../storage/file-history-store.io.ts';
import { FileNetworkStore } from '../../storage/file-neural-model-store.io.ts';
import { MemoryForecastStore } from '../../storage/forecast-store.ts';
import type { HistoryStore } from '../../storage/history-store.ts';
import { epochSeconds, keepDoing, monotonic, ownNamespace } from '../process.ts';
import { chooseSource } from './demand-choice.ts';
import { fileRecords } from './file-records.ts';
import { runScaling, type ScalingBase, type ScalingFlags, type ScalingStores } from './scaling.ts';
import { startupsFile } from './startups-file.ts';

export type RunFlags = ScalingFlags;

const TRAINING_SCRIPT = new URL('../../addon/training/training-worker.io.js', import.meta.url);
const LOOK_AT_NETWORK_SECONDS = 300;

/** `prescale run`: the addon in one process until SIGTERM or SIGINT. */
export async function runAddon(flags: RunFlags): Promise<void> {
  await runScaling(flags, { stores: ownStores });
}

/** History and the guards' memory in files, all else in memory; refits on threads. */
async function ownStores(base: ScalingBase): Promise<ScalingStores> {
  const { config, api, inside, log, metrics } = base;
  const onDamage = (message: string) => log.error(message);
  const handlers = { onDamage, epochSeconds };
  const history = await FileHistoryStore.open(config.store.folder, config.store.retentionDays, handlers);
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
  const networks = new NetworkShelf();
  const nights = trainNightly(base, networks, history);
  return {
    ...{ source, history, recording: ownRecording(source, history), networks },
    ...{ forecasts: new MemoryForecastStore<Refitted>(), refits: { pool } },
    guards: new FileGuardStore(config.store.folder),
    records,
    clockProblem: () => clock.ownProblem,
    startups: startupsFile(config.store.folder),
    close: async () => {
      await Promise.all([nights, pool.close(), source.close(), history.close(), records.close()]);
    },
  };
}

/** Ends with the signal. */
async function trainNightly(
  { config, log, signal, isLeader, taught }: ScalingBase,
  shelf: NetworkShelf,
  history: HistoryStore,
): Promise<void> {
  const { network, store } = config;
  const train = trainOnThread(TRAINING_SCRIPT, config, signal);
  const networks = new NightlyNetworks({
    ...{ store: new FileNetworkStore(store.folder), shelf, use: network.use, train, log },
  });
  const read = (id: string) => history.read(id);
  const loads = () => loadsOf(taught(), network.training.workloads, read, { log, random: Math.random });
  const nights = new Nights({ networks, settings: network, isLeader, loads }, epochSeconds());
  const look = () => nights.look(epochSeconds());
  await keepDoing('training the network', LOOK_AT_NETWORK_SECONDS, look, log, signal);
}

function newPool({ forecast }: AddonConfig): RefitPool {
  return forecast.workers === 0
    ? refitHere()
    : refitThreads(new URL('../../addon/refits/refit-worker.io.js', import.meta.url), forecast.workers);
}
