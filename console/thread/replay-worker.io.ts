import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../../core/errors.ts';
import { replayPast } from '../what-if/replay-past.ts';
import { warmUpWork } from '../what-if/warm-up.ts';
import type { ReplayMessage, ReplayRequest, ReplayThreadData } from './replay-thread.io.ts';

/* Replays one after another, each until it is done or called off; before the first one a small one of its own, as compiling takes a while. */

const port = parentPort!;
const { ended, asked, priority } = workerData as ReplayThreadData;

try {
  if (priority !== null) setPriority(priority);
} catch {
  // Not allowed here: then it is a thread like any other.
}

port.on('message', ({ run, work }: ReplayRequest) => {
  if (work === undefined) return warmUp(run);
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

/** Until it is done, or a question comes. */
function warmUp(since: number): void {
  const checkpoint = () => {
    if (Atomics.load(asked, 0) > since) throw new Error('a question came');
  };
  try {
    for (const _ of replayPast(warmUpWork(), checkpoint));
  } catch {
    // Nobody waits for what comes of it.
  }
}
