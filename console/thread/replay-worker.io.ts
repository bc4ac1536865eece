import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../../core/errors.ts';
import { replayPast } from '../what-if/replay-past.ts';
import type { ReplayMessage, ReplayRequest, ReplayThreadData } from './replay-thread.io.ts';

/* Replays one after another, each until it is done or called off. */

const port = parentPort!;
const { ended, priority } = workerData as ReplayThreadData;

try {
  if (priority !== null) setPriority(priority);
} catch {
  // Not allowed here: then it is a thread like any other.
}

port.on('message', ({ run, work }: ReplayRequest) => {
  const post = (message: ReplayMessage) => port.postMessage(message);
  const checkpoint = () => {
    if (Atomics.load(ended, 0) >= run) throw new Error('it was called off');
  };
  try {
    checkpoint();
    for (const answer of replayPast(work, checkpoint)) post({ run, answer, done: answer.pending.length === 0 });
  } catch (error) {
    post({ run, error: messageOf(error) });
  }
});
