import { runInThread } from '../models/neural/thread.ts';
import type { AddonConfig } from './config.ts';
import type { NightlyNetworksParts } from './nightly-networks.ts';
import type { TrainingOutcome } from './training-task.ts';

/** The histories come into the thread's heap; rows and tensors don't. */
const HEAP_SHARE = 0.5;

/** Trains on a thread of its own, within the time and the memory that the settings allow. @param script the compiled worker */
export function trainOnThread(script: URL, { network }: AddonConfig): NightlyNetworksParts['train'] {
  const { minutes, memoryMb } = network.training;
  return (task, onProgress) =>
    runInThread<TrainingOutcome, string>({
      script,
      what: 'the training of the network',
      data: task,
      limits: { seconds: 60 * minutes, heapMb: Math.ceil(HEAP_SHARE * memoryMb), growthMb: memoryMb },
      onProgress,
    });
}
