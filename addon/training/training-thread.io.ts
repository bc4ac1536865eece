import { WorldError } from '../../core/errors.ts';
import { runInThread } from '../../models/neural/thread.io.ts';
import type { AddonConfig } from '../config/config.ts';
import type { NightlyNetworksParts } from './nightly-training.ts';
import type { TrainingOutcome, TrainingTask } from './training-task.ts';

const MB = 2 ** 20;
/** Rows and tensors are in no JavaScript heap. */
const HEAP_SHARE = 0.5;

/**
 * Trains on a thread of its own, within the time and the memory that the settings allow. Where the container has less memory left than
 * that, nothing is begun: a process that is killed for its memory forecasts and scales nothing.
 * @param script the compiled worker
 * @param signal ends it at once
 * @param freeBytes what the process may still take
 */
export function trainOnThread(
  script: URL,
  { network }: AddonConfig,
  signal: AbortSignal,
  freeBytes: () => number = () => process.availableMemory(),
): NightlyNetworksParts['train'] {
  const { minutes, memoryMb } = network.training;
  return async (task, onProgress) => {
    const freeMb = Math.floor(freeBytes() / MB);
    if (freeMb < memoryMb) {
      throw new WorldError(
        `the training of the network may take ${memoryMb} MB (network.training.memoryMb) and ${freeMb} MB are free: raise the memory limit of the container, or lower memoryMb and workloads`,
      );
    }
    return runInThread<TrainingOutcome, string>({
      script,
      what: 'the training of the network',
      data: task,
      transfer: buffersOf(task),
      signal,
      limits: { seconds: 60 * minutes, heapMb: Math.ceil(HEAP_SHARE * memoryMb), growthMb: memoryMb },
      onProgress,
    });
  };
}

/** The histories are handed over and not copied; none is looked at here again. */
function buffersOf({ loads }: TrainingTask): ArrayBuffer[] {
  const whole = loads.filter(({ history: { values } }) => values.byteLength === values.buffer.byteLength);
  return [...new Set(whole.map(({ history }) => history.values.buffer as ArrayBuffer))];
}
