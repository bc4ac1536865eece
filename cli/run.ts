import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ChosenSource } from '../addon/chosen-source.ts';
import type { AddonConfig } from '../addon/config.ts';
import { ownRecording } from '../addon/recording.ts';
import type { RefitPool, Refitted } from '../addon/refit.ts';
import { refitHere, refitThreads } from '../addon/refit-pool.ts';
import { FileHistoryStore } from '../forecaster/file-history-store.ts';
import { MemoryForecastStore } from '../forecaster/forecast-store.ts';
import { chooseSource } from './demand-choice.ts';
import { monotonic } from './process.ts';
import { runScaling, type ScalingBase, type ScalingFlags, type ScalingStores, type StartupKeeper } from './scaling.ts';

export type RunFlags = ScalingFlags;

const STARTUPS_FILE = 'startups.json';

/** `prescale run`: the addon in one process until SIGTERM or SIGINT. */
export async function runAddon(flags: RunFlags): Promise<void> {
  await runScaling(flags, { stores: ownStores });
}

/** History in files, all else in memory; refits on threads. */
async function ownStores({ config, api, inside, log, metrics }: ScalingBase): Promise<ScalingStores> {
  const onDamage = (message: string) => log.error(message);
  const history = await FileHistoryStore.open(config.store.folder, config.store.retentionDays, { onDamage });
  const source = new ChosenSource(
    () => chooseSource(config, api, history, inside, log),
    monotonic,
    (name, outcome, seconds) => metrics.query(name, outcome, seconds),
  );
  const pool = newPool(config);
  return {
    ...{ source, history, recording: ownRecording(source, history) },
    ...{ forecasts: new MemoryForecastStore<Refitted>(), refits: { pool } },
    startups: startupsFile(config.store.folder),
    close: async () => {
      await Promise.all([pool.close(), source.close(), history.close()]);
    },
  };
}

function newPool({ forecast }: AddonConfig): RefitPool {
  return forecast.workers === 0
    ? refitHere()
    : refitThreads(new URL('../addon/refit-worker.js', import.meta.url), forecast.workers);
}

/** Written whole or not at all. */
function startupsFile(folder: string): StartupKeeper {
  const path = join(folder, STARTUPS_FILE);
  return {
    shared: false,
    load: async () => {
      try {
        return JSON.parse(await readFile(path, 'utf8'));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
    save: async (startups) => {
      await mkdir(folder, { recursive: true });
      await writeFile(`${path}.new`, JSON.stringify(startups));
      await rename(`${path}.new`, path);
    },
  };
}
