import { setPriority } from 'node:os';
import { messageOf } from '../../core/errors.ts';
import { serveThread } from '../../models/neural/thread.io.ts';
import { type BaselineTask, compareWithHpa, type PlayedBaseline } from './compare.ts';

/** On Linux of this thread alone: whatever else the process does comes first. */
const LOWEST_PRIORITY = 19;

try {
  setPriority(LOWEST_PRIORITY);
} catch {
  // Not allowed here: then it is a thread like any other.
}

await serveThread<readonly BaselineTask[], never>(async (tasks) => tasks.map(played));

/** What one task is at fault for spoils no other. */
function played(task: BaselineTask): PlayedBaseline {
  try {
    return compareWithHpa(task);
  } catch (error) {
    return `it could not be played: ${messageOf(error)}`;
  }
}
