import { loadBackend } from '../models/neural/backend.ts';
import { serveThread } from '../models/neural/thread.ts';
import { trainNight } from './night-training.ts';
import type { TrainingTask } from './training-task.ts';

await serveThread<TrainingTask, string>(async (task, onProgress) => {
  const { tf, why } = await loadBackend();
  onProgress(why);
  return trainNight(tf, task, onProgress);
});
