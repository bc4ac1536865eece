import { setMaxListeners } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { useLightSignals } from '../light-signals.ts';
import { type PlayOptions, playSeed } from './play.io.ts';

/** Traces of errors that a simulation makes by the thousand cost more than the simulation. */
Error.stackTraceLimit = 0;
/** A process that is told to stop tells a dozen watches and loops. */
setMaxListeners(0);
useLightSignals();

parentPort?.on('message', async (seed: number) => {
  parentPort?.postMessage(await playSeed(seed, workerData as PlayOptions));
});
