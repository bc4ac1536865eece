import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import type { Played, PlayOptions } from './play.io.ts';

/**
 * Most of what a simulation makes dies young: a nursery that is large from the start is a fifth of the time. By itself V8 leaves it at a
 * few megabytes, as hardly anything survives, and looks through all that is alive every few milliseconds.
 */
const YOUNG_MB = 64;
const SEMI_SPACE_MB = 32;
const WORKER = new URL('./worker.io.js', import.meta.url);

/**
 * Plays seed after seed on so many threads until somebody has enough.
 * @param onPlayed told of each in the order in which they end. @returns whether to go on
 */
export async function playSeeds(
  firstSeed: number,
  workers: number,
  options: PlayOptions,
  onPlayed: (played: Played) => boolean,
): Promise<void> {
  setFlagsFromString(`--min-semi-space-size=${SEMI_SPACE_MB}`);
  let next = firstSeed;
  let goesOn = true;
  const lane = async (play: (seed: number) => Promise<Played>) => {
    while (goesOn) {
      const played = await play(next++);
      goesOn = onPlayed(played) && goesOn;
    }
  };
  const threads = Array.from(
    { length: workers },
    () => new Worker(WORKER, { workerData: options, resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB } }),
  );
  await Promise.all(threads.map((thread) => lane((seed) => asked(thread, seed))));
  await Promise.all(threads.map((thread) => thread.terminate()));
}

function asked(thread: Worker, seed: number): Promise<Played> {
  return new Promise((resolve, reject) => {
    thread.once('error', reject);
    thread.once('message', (played: Played) => {
      thread.off('error', reject);
      resolve(played);
    });
    thread.postMessage(seed);
  });
}
