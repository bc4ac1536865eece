import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../../core/errors.ts';
import { replayPast, type WhatIfWork } from '../what-if/replay-past.ts';

/* Replays once, and ends. */

try {
  parentPort!.postMessage({ answer: replayPast(workerData as WhatIfWork) });
} catch (error) {
  parentPort!.postMessage({ error: messageOf(error) });
}
