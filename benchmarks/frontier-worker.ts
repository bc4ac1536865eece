import { parentPort } from 'node:worker_threads';
import { type FrontierJob, frontierCell } from './frontier-cell.ts';

/** A thread of the benchmark `frontier`: a job in, its cell out. */
parentPort!.on('message', async (job: FrontierJob) => parentPort!.postMessage(await frontierCell(job)));
