import { setImmediate } from 'node:timers/promises';

/**
 * Whoever else waits for this thread goes first. What came in while it was busy (messages of other threads, sockets) is read between two turns:
 * the first one may follow at once on what is read just now.
 */
export async function othersFirst(): Promise<void> {
  await setImmediate();
  await setImmediate();
}
